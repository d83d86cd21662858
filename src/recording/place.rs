//! Where recordings live: the data root, and each venv's own folder below it.
//! Makes and reads nothing; the payload creates the folders when it first records.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The file in a venv's folder that holds the venv's path.
pub const VENV_FILE: &str = "venv";

/// The ending of a recording's name, without the dot.
pub const RECORDING_EXTENSION: &str = "rec";

/// The ending of files that many short processes' recordings are folded into.
pub const FOLD_EXTENSION: &str = "fold";

/// Where those who have no home keep their recordings, each in a folder of their own.
pub(super) const WITHOUT_HOME: &str = "/var/tmp";

/// The folder below which each venv has its own: the one given, else the user's state
/// folder, else (no home) a folder for this user in `/var/tmp`.
#[must_use]
pub fn data_root(given: Option<&Path>) -> PathBuf {
    if let Some(root) = given {
        return std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    }
    directories::ProjectDirs::from("", "", "probe")
        .map(|dirs| {
            dirs.state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .to_owned()
        })
        .unwrap_or_else(|| {
            without_home(Path::new(WITHOUT_HOME), rustix::process::geteuid().as_raw())
        })
}

/// The data root of a user without a home, below `/var/tmp` or a service's own one.
pub(super) fn without_home(system: &Path, user: u32) -> PathBuf {
    system.join(format!("probe-{user}"))
}

/// The name of a venv's folder below a data root: the last part of its absolute path that
/// isn't `.venv`, `venv` or `env`, and the first 12 hex digits of the path's sha256.
#[must_use]
pub fn folder_name(venv: &Path) -> String {
    let digest = Sha256::digest(venv.as_os_str().as_bytes());
    let mut name: String = telling_part(venv)
        .to_string_lossy()
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') {
                c
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    name.push('-');
    for byte in &digest[..6] {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// `.venv` says nothing; the project's folder above it does.
fn telling_part(venv: &Path) -> &OsStr {
    let parts: Vec<&OsStr> = venv.iter().filter(|part| *part != "/").collect();
    parts
        .iter()
        .rev()
        .find(|part| !matches!(part.to_str(), Some(".venv" | "venv" | "env")))
        .or(parts.last())
        .copied()
        .unwrap_or(OsStr::new("root"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_is_named_after_the_project() {
        let name = folder_name(Path::new("/srv/shop/.venv"));
        assert!(name.starts_with("shop-"), "{name}");
        assert_eq!(name.len(), "shop-".len() + 12);
        assert_ne!(name, folder_name(Path::new("/srv/other/shop/.venv")));
    }

    #[test]
    fn odd_paths_still_give_a_plain_name() {
        assert!(folder_name(Path::new("/")).starts_with("root-"));
        assert!(folder_name(Path::new("/a/b c\n/venv")).starts_with("b_c_-"));
    }
}
