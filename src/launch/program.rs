//! Which file a command's name means, as a shell would find it.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::error::Error;

/// Where shells look when PATH isn't set.
const DEFAULT_PATH: &str = "/usr/bin:/bin";

/// What is started: a file, under the name that it was called by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The name as it was given; the child sees it as its `argv[0]`, by which Python finds
    /// its home.
    pub name: OsString,
    /// The file.
    pub path: PathBuf,
}

/// Looks for the file: a name with a slash is a path, any other is looked for on `path`, in
/// which an empty part is the current folder.
pub(super) fn find(name: &OsStr, path: Option<&OsStr>) -> Result<Program, Error> {
    let program = |path: PathBuf| Program {
        name: name.to_owned(),
        path,
    };
    let mut refused = None;
    for candidate in candidates(name, path.unwrap_or(OsStr::new(DEFAULT_PATH))) {
        if !candidate.exists() {
            continue;
        }
        if candidate.is_file() && access(&candidate, Access::EXEC_OK).is_ok() {
            return Ok(program(candidate));
        }
        refused.get_or_insert(candidate);
    }
    Err(match refused {
        // On PATH a folder of that name isn't what was meant.
        Some(path) if path.is_file() || name.as_bytes().contains(&b'/') => {
            Error::NotExecutable { path, source: None }
        }
        _ => Error::NotFound {
            name: name.to_string_lossy().into_owned(),
        },
    })
}

fn candidates(name: &OsStr, path: &OsStr) -> Vec<PathBuf> {
    if name.is_empty() {
        return Vec::new();
    }
    if name.as_bytes().contains(&b'/') {
        return vec![name.into()];
    }
    path.as_bytes()
        .split(|byte| *byte == b':')
        .map(|folder| match folder {
            [] => Path::new(".").join(name),
            _ => Path::new(OsStr::from_bytes(folder)).join(name),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::exit::Diagnose;

    fn write(path: &Path, mode: u32) {
        fs::write(path, "#!/bin/sh\n").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_program_on_the_path_is_found() {
        let root = tempfile::tempdir().unwrap();
        let (a, b) = (root.path().join("a"), root.path().join("b"));
        fs::create_dir_all(a.join("folder")).unwrap();
        fs::create_dir(&b).unwrap();
        write(&a.join("plain"), 0o644);
        write(&a.join("both"), 0o644);
        write(&b.join("both"), 0o755);
        let mut path = a.clone().into_os_string();
        path.push(":");
        path.push(&b);
        let found = |name: &str| find(OsStr::new(name), Some(&path));

        let both = found("both").unwrap();
        assert_eq!(both.path, b.join("both"));
        assert_eq!(both.name, "both");
        assert_eq!(found("plain").unwrap_err().exit().code(), 126);
        assert_eq!(found("absent").unwrap_err().exit().code(), 127);
        assert_eq!(found("folder").unwrap_err().exit().code(), 127);
        assert_eq!(found("").unwrap_err().exit().code(), 127);

        let with_slash = |path: PathBuf| find(path.as_os_str(), Some(OsStr::new("")));
        assert_eq!(with_slash(b.join("both")).unwrap().path, b.join("both"));
        assert_eq!(with_slash(a.clone()).unwrap_err().exit().code(), 126);
        assert_eq!(with_slash(a.join("x")).unwrap_err().exit().code(), 127);
    }

    #[test]
    fn an_empty_part_is_the_current_folder() {
        assert_eq!(
            candidates(OsStr::new("x"), OsStr::new("/a::/b")),
            [Path::new("/a/x"), Path::new("./x"), Path::new("/b/x")]
        );
    }

    #[test]
    fn without_a_path_there_is_still_sh() {
        assert!(find(OsStr::new("sh"), None).is_ok());
    }
}
