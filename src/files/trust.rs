//! Whether another user could have put what lies at a path there, or could exchange it: looks
//! at its owner and mode, at those of every folder above it, and at the links on the way.
//!
//! Knows the standard library only, since the native engine compiles this very file too: the
//! payload and the command line then can't disagree. `store.py` has the same rules in Python.

use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Links that are followed before a path counts as endless, as in the kernel.
const MOST_LINKS: usize = 40;

/// What another user has a hand in.
#[derive(Debug)]
pub struct Distrust {
    /// The file, the folder above it, or the link on the way to it.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// Why something isn't trusted.
#[derive(Debug)]
pub enum Problem {
    /// It is this user's, who is neither root nor one of those trusted.
    Owner(u32),
    /// Others than its owner may write to it.
    Writable,
    /// It can't be looked at.
    Unknown(io::Error),
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Owner(owner) => write!(f, "`{path}` belongs to another user (id {owner})"),
            Problem::Writable => write!(f, "`{path}` can be written by other users"),
            Problem::Unknown(error) => write!(f, "`{path}` can't be looked at: {error}"),
        }
    }
}

impl std::error::Error for Distrust {}

/// Checks what lies at an absolute path, and all that leads there, as far as it exists. Root,
/// whoever owns `/` (in a user namespace, root may be called otherwise), and the users given
/// are trusted. A folder that others may write to is well where it is sticky, as `/tmp` is:
/// then only an owner can exchange what is in it. So is one that belongs to a user's private
/// group, whose number is the user's.
///
/// # Errors
/// The first thing on the way that somebody else has a hand in.
pub fn check(path: &Path, users: &[u32]) -> Result<(), Distrust> {
    let distrust = |path: &Path, problem| Distrust {
        path: path.to_owned(),
        problem,
    };
    let mut real = PathBuf::from("/");
    let system = fs::metadata(&real).map_or(0, |it| it.uid());
    let mut left: Vec<PathBuf> = reversed(path);
    let mut links = 0;
    while let Some(part) = left.pop() {
        if part.as_os_str() == ".." {
            real.pop();
            continue;
        }
        real.push(part);
        let metadata = match fs::symlink_metadata(&real) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(distrust(&real, Problem::Unknown(error))),
        };
        let owner = metadata.uid();
        if owner != 0 && owner != system && !users.contains(&owner) {
            return Err(distrust(&real, Problem::Owner(owner)));
        }
        if metadata.is_symlink() {
            links += 1;
            let target = fs::read_link(&real).and_then(|target| match links {
                0..=MOST_LINKS => Ok(target),
                _ => Err(io::Error::other("too many links")),
            });
            let target = target.map_err(|error| distrust(&real, Problem::Unknown(error)))?;
            real.pop();
            if target.is_absolute() {
                real = PathBuf::from("/");
            }
            left.extend(reversed(&target));
        } else if is_open_to_others(&metadata, users) {
            return Err(distrust(&real, Problem::Writable));
        }
    }
    Ok(())
}

/// The names in a path and its `..`, the last one first.
fn reversed(path: &Path) -> Vec<PathBuf> {
    path.components()
        .rev()
        .filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir))
        .map(|part| PathBuf::from(part.as_os_str()))
        .collect()
}

fn is_open_to_others(metadata: &Metadata, users: &[u32]) -> bool {
    let mode = metadata.mode();
    let group = metadata.gid();
    let is_private_group = group == 0 || users.contains(&group);
    let is_open = mode & 0o002 != 0 || (mode & 0o020 != 0 && !is_private_group);
    is_open && !(metadata.is_dir() && mode & 0o1000 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    /// A folder below the temporary one, which is sticky; our id.
    fn place() -> (tempfile::TempDir, PathBuf, u32) {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        let us = fs::metadata(&real).unwrap().uid();
        (folder, real, us)
    }

    #[test]
    fn what_others_can_write_or_exchange_is_named() {
        let (_folder, place, us) = place();
        let inner = place.join("open/inner");
        fs::create_dir_all(&inner).unwrap();
        assert!(check(&inner, &[us]).is_ok());
        assert!(check(&inner.join("not/yet"), &[us]).is_ok());
        for (bits, is_well) in [(0o777, false), (0o1777, true), (0o755, true)] {
            mode(&place.join("open"), bits);
            let answer = check(&inner, &[us]);
            assert_eq!(answer.is_ok(), is_well, "{bits:o}");
            if let Err(distrust) = answer {
                assert_eq!(distrust.path, place.join("open"));
                assert!(distrust.to_string().contains("by other users"));
            }
        }
        let file = place.join("file");
        fs::write(&file, "").unwrap();
        mode(&file, 0o1666);
        assert!(check(&file, &[us]).is_err(), "sticky means nothing there");
    }

    #[test]
    fn links_are_followed_and_their_ends_looked_at() {
        let (_folder, place, us) = place();
        fs::create_dir_all(place.join("open/inner")).unwrap();
        mode(&place.join("open"), 0o777);
        symlink("open/../open/./inner", place.join("relative")).unwrap();
        symlink(place.join("open"), place.join("absolute")).unwrap();
        symlink("round", place.join("round")).unwrap();
        symlink(&place, place.join("well")).unwrap();
        for bad in ["relative", "absolute/inner", "round/x", "well/well/open"] {
            assert!(check(&place.join(bad), &[us]).is_err(), "{bad}");
        }
        assert!(check(&place.join("well/well"), &[us]).is_ok());
        assert!(check(&place.join("open/.."), &[us]).is_err());
    }

    #[test]
    fn owners_are_root_and_those_given() {
        let (_folder, place, us) = place();
        if us != 0 {
            return;
        }
        std::os::unix::fs::chown(&place, Some(12345), None).unwrap();
        let distrust = check(&place.join("x"), &[0]).unwrap_err();
        assert!(matches!(distrust.problem, Problem::Owner(12345)));
        assert!(check(&place.join("x"), &[0, 12345]).is_ok());
        let link = place.with_extension("link");
        symlink("/", &link).unwrap();
        std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
        let answer = check(&link, &[0]);
        fs::remove_file(&link).unwrap();
        assert!(answer.is_err(), "planted by somebody else");
    }
}
