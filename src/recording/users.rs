//! The data roots of users: this one's own, and for root those of all others. A venv's
//! processes record below their user's, where they can't below the root that the plan names
//! (`store.py` in the payload). Says where to look; opens no recording.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::recording::place::{WITHOUT_HOME, data_root, without_home};

/// The users that this machine keeps itself; those of a directory server aren't in it.
const PASSWD: &str = "/etc/passwd";

/// Where a home has its user's state.
const STATE: &str = if cfg!(target_os = "macos") {
    "Library/Application Support"
} else {
    ".local/state"
};

/// A user of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The number.
    pub id: u32,
    /// The name.
    pub name: String,
    /// The home folder.
    pub home: PathBuf,
}

/// The users of this machine; none where they can't be read.
#[must_use]
pub fn users() -> Vec<User> {
    fs::read(PASSWD).map_or(Vec::new(), |bytes| parse(&bytes))
}

fn parse(passwd: &[u8]) -> Vec<User> {
    passwd
        .split(|byte| *byte == b'\n')
        .filter_map(|line| {
            let fields: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
            let [name, _, id, _, _, home, ..] = fields[..] else {
                return None;
            };
            Some(User {
                id: std::str::from_utf8(id).ok()?.parse().ok()?,
                name: String::from_utf8_lossy(name).into_owned(),
                home: PathBuf::from(OsStr::from_bytes(home)),
            })
        })
        .collect()
}

/// Where this user's processes record, wherever HOME is for them: the usual root first.
#[must_use]
pub fn own_roots() -> Vec<PathBuf> {
    let us = rustix::process::geteuid().as_raw();
    let mut roots = vec![data_root(None)];
    roots.extend(users().iter().filter(|it| it.id == us).filter_map(root));
    roots.push(without_home(Path::new(WITHOUT_HOME), us));
    once(roots)
}

/// Where all other users' processes record: for root, who alone may read them; else none.
#[must_use]
pub fn others_roots() -> Vec<PathBuf> {
    if !rustix::process::geteuid().is_root() {
        return Vec::new();
    }
    let mut roots: Vec<PathBuf> = users().iter().filter_map(root).collect();
    let system = Path::new(WITHOUT_HOME);
    roots.extend(without_homes(system));
    // A service with `PrivateTmp=` has a `/var/tmp` of its own.
    for private in names(system, "systemd-private-") {
        roots.extend(without_homes(&private.join("tmp")));
    }
    let own = own_roots();
    roots.retain(|root| !own.contains(root));
    once(roots)
}

fn root(user: &User) -> Option<PathBuf> {
    (user.home.is_absolute() && user.home != Path::new("/"))
        .then(|| user.home.join(STATE).join("probe"))
}

/// The folders that other users made beside a venv's folder, because that one was taken: all of
/// them for root, else this user's. Only what exists.
#[must_use]
pub fn beside(root: &Path, folder: &str) -> Vec<PathBuf> {
    let us = rustix::process::geteuid();
    let start = format!("{folder}.u");
    names(root, &start)
        .into_iter()
        .filter(|path| {
            let id = path.file_name().and_then(OsStr::to_str);
            let id = id.and_then(|name| name.strip_prefix(&start)?.parse().ok());
            id.is_some_and(|id: u32| us.is_root() || us.as_raw() == id)
        })
        .collect()
}

/// Those below a folder that everybody may write to, without what others pretend.
fn without_homes(system: &Path) -> Vec<PathBuf> {
    names(system, "probe-")
        .into_iter()
        .filter(|path| {
            fs::symlink_metadata(path)
                .is_ok_and(|it| it.is_dir() && *path == without_home(system, it.uid()))
        })
        .collect()
}

/// What lies in a folder and has a name that begins so, sorted.
fn names(folder: &Path, start: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().as_bytes().starts_with(start.as_bytes()))
        .map(|entry| entry.path())
        .collect();
    paths.sort_unstable();
    paths
}

fn once(roots: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut seen = Vec::new();
    for root in roots {
        if !seen.contains(&root) {
            seen.push(root);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_as_far_as_they_are_users() {
        let users = parse(
            b"root:x:0:0:root:/root:/bin/sh\n\n# no user\nx:y\nbad:x:many:0::/h:\n\
              www-data:x:33:33:www:/var/www:/usr/sbin/nologin\nlast:x:7:7::/\xff",
        );
        let ids: Vec<(u32, &str)> = users.iter().map(|it| (it.id, it.name.as_str())).collect();
        assert_eq!(ids, [(0, "root"), (33, "www-data"), (7, "last")]);
        assert_eq!(users[1].home, Path::new("/var/www"));
        assert_eq!(users[2].home.as_os_str().as_bytes(), b"/\xff");
    }

    #[test]
    fn a_folder_that_pretends_to_be_another_users_is_left_out() {
        let system = tempfile::tempdir().unwrap();
        let us = rustix::process::geteuid().as_raw();
        let ours = without_home(system.path(), us);
        fs::create_dir(&ours).unwrap();
        fs::create_dir(without_home(system.path(), us + 1)).unwrap();
        std::os::unix::fs::symlink(&ours, without_home(system.path(), us + 2)).unwrap();
        fs::create_dir(system.path().join("other")).unwrap();
        assert_eq!(without_homes(system.path()), [ours]);
    }
}
