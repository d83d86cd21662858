//! Tiny wheels made by hand, so that package tools can be used without a network.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Context, Run};

/// Makes a wheel of these files in the place's folder `wheels`; gives its path.
pub fn wheel(context: &Context, name: &str, version: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = context.root().join("wheels");
    fs::create_dir_all(&folder).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("xtask/assets/make_wheel.py");
    let mut make = context.command(&context.python.path);
    make.args(["-I".as_ref(), script.as_os_str(), folder.as_os_str()])
        .args([name, version])
        .args(files.iter().map(|(path, text)| format!("{path}={text}")));
    PathBuf::from(make.succeeds().stdout.trim_end())
}
