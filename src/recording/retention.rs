//! Which recordings are kept: of processes that ended, those that are young enough, and of these
//! the youngest that have room. Choosing is pure; removing is the last function here. What a
//! running process writes is never removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::files::FolderLock;
use crate::recording::clock::Moment;
use crate::recording::error::Error;
use crate::recording::fold;
use crate::recording::process::Host;
use crate::recording::reader::Reader;
use crate::recording::store::Folder;

/// How much is kept; without limits, all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Since a process's last sign of life, in ns.
    pub age_ns: Option<u64>,
    /// On the disk, of all recordings of a folder together.
    pub bytes: Option<u64>,
}

/// A recording as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its path, which may be one below an archive.
    pub path: PathBuf,
    /// On the disk.
    pub bytes: u64,
    /// The last sign of life of its process, in ns since 1970 UTC.
    pub last_sign: u64,
    /// Whether its process has ended for certain, and nobody has to see it first.
    pub may_go: bool,
}

/// The recordings of a folder.
///
/// # Errors
/// The folder can't be read.
pub fn candidates(folder: &Folder, host: &Host) -> Result<Vec<Candidate>, Error> {
    let now = Moment::now().wall_ns;
    let mut archives: BTreeMap<PathBuf, BTreeMap<String, fold::Kept>> = BTreeMap::new();
    let mut found = Vec::new();
    for path in folder.recordings()? {
        if let Some((archive, name)) = fold::split(&path) {
            if !archives.contains_key(archive) {
                archives.insert(archive.to_owned(), fold::kept(archive)?);
            }
            if let Some(kept) = archives.get(archive).and_then(|it| it.get(name)) {
                found.push(Candidate {
                    bytes: kept.bytes,
                    last_sign: kept.modified_wall,
                    may_go: true,
                    path,
                });
            }
        } else if let (Ok(header), Ok(data)) = (Reader::header(&path), fs::symlink_metadata(&path))
        {
            use std::os::unix::fs::MetadataExt;
            let modified = data.modified().ok();
            let modified = modified
                .and_then(|it| it.duration_since(UNIX_EPOCH).ok())
                .and_then(|it| u64::try_from(it.as_nanos()).ok());
            found.push(Candidate {
                bytes: data.blocks() * 512,
                last_sign: modified.max(header.exited_wall).unwrap_or(0),
                may_go: host.is_over(&header, now),
                path,
            });
        }
    }
    Ok(found)
}

/// The recordings that have to go at this moment, in ns since 1970 UTC: those that are too old,
/// and then the oldest, until the rest has room. Pure.
#[must_use]
pub fn choose(candidates: &[Candidate], limits: Limits, now: u64) -> Vec<&Candidate> {
    let mut by_age: Vec<&Candidate> = candidates.iter().collect();
    by_age.sort_by(|a, b| (a.last_sign, &a.path).cmp(&(b.last_sign, &b.path)));
    let mut bytes: u64 = by_age.iter().map(|it| it.bytes).sum();
    by_age.retain(|it| {
        let too_old = limits
            .age_ns
            .is_some_and(|age| now.saturating_sub(it.last_sign) > age);
        let too_much = limits.bytes.is_some_and(|most| bytes > most);
        let goes = it.may_go && (too_old || too_much);
        if goes {
            bytes -= it.bytes;
        }
        goes
    });
    by_age
}

/// Removes recordings of a folder; gives those that went. None where somebody else is folding
/// them at this moment: then it can be tried again.
///
/// # Errors
/// An archive can't be read or written.
pub fn remove(folder: &Path, chosen: &[&Candidate]) -> Result<Option<usize>, Error> {
    let Some(_lock) = FolderLock::try_acquire(folder)? else {
        return Ok(None);
    };
    let mut removed = 0;
    let mut archived: BTreeMap<&Path, BTreeSet<&str>> = BTreeMap::new();
    for it in chosen {
        match fold::split(&it.path) {
            Some((archive, name)) => {
                archived.entry(archive).or_default().insert(name);
            }
            None => removed += usize::from(fs::remove_file(&it.path).is_ok()),
        }
    }
    for (archive, names) in archived {
        removed += fold::remove_from(archive, &names)?;
    }
    Ok(Some(removed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(name: &str, bytes: u64, last_sign: u64) -> Candidate {
        Candidate {
            path: name.into(),
            bytes,
            last_sign,
            may_go: name != "running",
        }
    }

    fn chosen(limits: Limits) -> Vec<String> {
        let candidates = [
            candidate("new", 10, 900),
            candidate("running", 50, 100),
            candidate("old", 20, 200),
            candidate("older", 30, 100),
        ];
        let chosen = choose(&candidates, limits, 1000);
        let name = |it: &&Candidate| it.path.display().to_string();
        chosen.iter().map(name).collect()
    }

    #[test]
    fn without_limits_all_stay() {
        assert!(chosen(Limits::default()).is_empty());
    }

    #[test]
    fn what_is_too_old_goes_but_for_what_runs() {
        let older_than = |age| {
            chosen(Limits {
                age_ns: Some(age),
                bytes: None,
            })
        };
        assert_eq!(older_than(850), ["older"]);
        assert_eq!(older_than(800), ["older"]);
        assert_eq!(older_than(0), ["older", "old", "new"]);
    }

    #[test]
    fn the_oldest_go_until_the_rest_has_room() {
        let most = |bytes| {
            chosen(Limits {
                age_ns: None,
                bytes: Some(bytes),
            })
        };
        assert!(most(110).is_empty());
        assert_eq!(most(109), ["older"]);
        assert_eq!(most(79), ["older", "old"]);
        // What runs has no room, and stays.
        assert_eq!(most(0), ["older", "old", "new"]);
    }
}
