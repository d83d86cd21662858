//! Where a process records that has become another user since `store.py` chose the folder: a
//! server that root started, whose workers give up root's rights. A call may find that out, in
//! which no Python can run, so these are the rules of `store.py` once more, in the same order.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::process::effective_user;
use super::space::{check, open};
use super::trust;

/// Where a user's own state lies, below the home.
const STATE: &str = if cfg!(target_os = "macos") {
    "Library/Application Support"
} else {
    ".local/state"
};

/// The choice that was made, and what it takes to make it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// The folder that was chosen.
    pub(crate) chosen: PathBuf,
    /// The user that it was chosen for.
    pub(crate) user: u32,
    /// The plan's folder, or that below PROBE_DATA_DIR.
    pub(crate) first: PathBuf,
    /// The venv's folder below a data root.
    pub(crate) name: OsString,
    /// What is written into a new folder's file `venv`.
    pub(crate) venv: Vec<u8>,
    /// Whether somebody gave the root, so that several users may record there.
    pub(crate) shared: bool,
    /// Whether no other root may be taken.
    pub(crate) alone: bool,
    /// Who installed the payload, and may do in this process what they like.
    pub(crate) installer: u32,
}

impl Places {
    /// The folder for the user that this process is now.
    ///
    /// # Errors
    /// Why it can't be used, or none can.
    pub(super) fn folder(&self) -> Result<PathBuf, String> {
        let user = effective_user();
        if user == self.user {
            check(&self.chosen)?;
            return Ok(self.chosen.clone());
        }
        let mut refusals = Vec::new();
        for path in self.places(user) {
            match self.claim(&path, user) {
                Ok(()) => return Ok(path),
                Err(why) => refusals.push(why),
            }
        }
        Err(refusals.join("; "))
    }

    fn places(&self, user: u32) -> Vec<PathBuf> {
        let mut places = vec![self.first.clone()];
        let is_taken = |path| fs::symlink_metadata(path).is_ok_and(|it| it.uid() != user);
        if self.shared && is_taken(&self.first) {
            let mut name = self.first.clone().into_os_string();
            name.push(format!(".u{user}"));
            places.push(name.into());
        }
        if !self.alone {
            places.extend(own_roots(user).into_iter().map(|it| it.join(&self.name)));
        }
        places
    }

    fn claim(&self, path: &Path, user: u32) -> Result<(), String> {
        let name = path.display();
        let users = [user, if user == 0 { 0 } else { self.installer }];
        let above = path.parent().unwrap_or(path);
        let is_safe = || {
            trust::check(above, &users)
                .map_err(|distrust| format!("the data folder {name} isn't safe: {distrust}"))
        };
        is_safe()?;
        let failed = |error: io::Error| format!("the data folder {name} can't be made: {error}");
        let made = make(path).map_err(failed)?;
        if made {
            // Others may have been faster.
            is_safe()?;
        }
        check(path)?;
        if made {
            write_venv(path, &self.venv).map_err(failed)?;
        }
        Ok(())
    }
}

/// The data roots that are a user's own.
fn own_roots(user: u32) -> Vec<PathBuf> {
    let home = home(user).filter(|home| home.is_absolute() && home.is_dir());
    home.map(|home| home.join(STATE).join("probe"))
        .into_iter()
        .chain([PathBuf::from(format!("/var/tmp/probe-{user}"))])
        .collect()
}

/// A user's home, as /etc/passwd has it. The system's functions that know more take locks, which
/// a forked child may find taken for ever.
fn home(user: u32) -> Option<PathBuf> {
    let text = fs::read("/etc/passwd").ok()?;
    let id = user.to_string();
    text.split(|byte| *byte == b'\n').find_map(|line| {
        let fields: Vec<&[u8]> = line.split(|byte| *byte == b':').collect();
        match fields[..] {
            [_, _, number, _, _, home, ..] if number == id.as_bytes() => {
                Some(PathBuf::from(OsStr::from_bytes(home)))
            }
            _ => None,
        }
    })
}

/// Makes a folder and those above it for the owner only; false where it is there.
fn make(path: &Path) -> io::Result<bool> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    if let Some(parent) = path.parent()
        && !parent.is_dir()
    {
        make(parent)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        // Whatever the umask took away.
        Ok(()) => fs::set_permissions(path, Permissions::from_mode(0o700)).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn write_venv(folder: &Path, venv: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    open(&mut options, &folder.join("venv"))?.write_all(venv)
}
