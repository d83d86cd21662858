//! The code that the last installation needed, kept for each Python in the user's cache folder,
//! so that the next one starts none: a start takes as long as all the rest of an installation.
//!
//! What code was made of tells it from other code, not its path: Python puts a module's own path
//! into code that it loads (`_fix_co_filename` in `importlib`). Nothing here is relied on: a file
//! that another user could have written, that isn't whole, or is of a Python that changed since,
//! counts for nothing.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use super::compiler::Code;
use super::parts;
use crate::files::{self, Sha256Hex, digest};

/// The folder's name below the user's cache of the probe.
const FOLDER: &str = "bytecode";

/// The first part of a file. Another layout gets another one.
const LAYOUT: &[u8] = b"probe bytecode 1";

/// So many Pythons' files are kept; a file has some 200 kB.
const MOST_FILES: usize = 16;

/// It says where somebody's Pythons are, and nobody else has a use for it.
const MODE: u32 = 0o600;

/// The file of one Python.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// That of this interpreter as it is now; none where there is no place that only this user
    /// can write.
    pub(super) fn of(interpreter: &Path) -> Option<Self> {
        Self::below(&folder()?, interpreter)
    }

    fn below(folder: &Path, interpreter: &Path) -> Option<Self> {
        let path = folder.join(identity(interpreter)?);
        Some(Self { path })
    }

    /// The code in it, by its source's sha256.
    pub(super) fn read(&self) -> BTreeMap<Sha256Hex, Code> {
        let trusted = files::check_trusted(&self.path).is_ok();
        let bytes = trusted.then(|| files::read_regular(&self.path).ok());
        bytes
            .flatten()
            .and_then(|it| parse(&it))
            .unwrap_or_default()
    }

    /// Replaces its content. A failure changes nothing for anybody.
    pub(super) fn write(&self, codes: &BTreeMap<Sha256Hex, Code>) {
        let Some(folder) = self.path.parent() else {
            return;
        };
        // Before anything is made there, and after.
        let is_trusted = || files::check_trusted(folder).is_ok();
        let make = || DirBuilder::new().recursive(true).mode(0o700).create(folder);
        if !is_trusted() || make().is_err() || !is_trusted() {
            return;
        }
        if files::replace_unflushed(&self.path, &to_bytes(codes), MODE).is_ok() {
            prune(folder);
        }
    }
}

/// The folder of this user's files; none without a home.
pub(super) fn folder() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "probe")?;
    Some(dirs.cache_dir().join(FOLDER))
}

/// The name of a file for what a program is now: where it is, and what changes with an update.
fn identity(interpreter: &Path) -> Option<String> {
    let path = fs::canonicalize(interpreter).ok()?;
    let data = fs::metadata(&path).ok()?;
    let mut hasher = Sha256::new_with_prefix(path.as_os_str().as_bytes());
    for number in [data.ino(), data.size()] {
        hasher.update(number.to_le_bytes());
    }
    for number in [data.mtime(), data.mtime_nsec()] {
        hasher.update(number.to_le_bytes());
    }
    Some(Sha256Hex::from(hasher).as_str()[..32].to_owned())
}

/// The sha256 of the rest, the layout's name, and of each code its source's sha256, the tag, the
/// magic number and the code.
fn to_bytes(codes: &BTreeMap<Sha256Hex, Code>) -> Vec<u8> {
    let mut content = Vec::new();
    parts::push(&mut content, LAYOUT);
    for (source, code) in codes {
        let source = source.as_str().as_bytes();
        for part in [source, code.tag.as_bytes(), &code.magic, &code.bytes] {
            parts::push(&mut content, part);
        }
    }
    let mut bytes = digest(&content).as_str().as_bytes().to_vec();
    bytes.extend(content);
    bytes
}

/// None where anything in it isn't as written: Python crashes on code that is damaged.
fn parse(bytes: &[u8]) -> Option<BTreeMap<Sha256Hex, Code>> {
    let (sum, content) = bytes.split_at_checked(64)?;
    if digest(content).as_str().as_bytes() != sum {
        return None;
    }
    let parts = parts::split(content)?;
    let (layout, codes) = parts.split_first()?;
    if layout != LAYOUT {
        return None;
    }
    let entry = |entry: &[Vec<u8>]| {
        let [source, tag, magic, bytes] = entry else {
            return None;
        };
        let source = Sha256Hex::parse(std::str::from_utf8(source).ok()?)?;
        let code = Code {
            tag: String::from_utf8(tag.clone()).ok()?,
            magic: magic.as_slice().try_into().ok()?,
            bytes: bytes.clone(),
        };
        Some((source, code))
    };
    codes.chunks(4).map(entry).collect()
}

/// Removes the files that were written longest ago.
fn prune(folder: &Path) {
    let mut written: Vec<(SystemTime, PathBuf)> = files_in(folder)
        .filter_map(|path| Some((path.symlink_metadata().ok()?.modified().ok()?, path)))
        .collect();
    written.sort();
    let over = written.len().saturating_sub(MOST_FILES);
    for (_, path) in &written[..over] {
        let _ = fs::remove_file(path);
    }
}

/// What is in the folder, each with the name of one of our files, or of one that is being written.
pub(super) fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let is_ours = |name: &str| {
        files::is_temporary(name)
            || (name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(move |entry| entry.file_name().to_str().is_some_and(is_ours))
        .map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn codes() -> BTreeMap<Sha256Hex, Code> {
        let code = |bytes: &[u8]| Code {
            tag: "cpython-312".into(),
            magic: *b"\xcb\x0d\r\n",
            bytes: bytes.to_vec(),
        };
        [(digest(b"one"), code(b"1")), (digest(b"two"), code(b""))].into()
    }

    /// A file of a Python of its own.
    fn place() -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python");
        fs::write(&python, "1").unwrap();
        let cache = Cache::below(&folder.path().join("cache"), &python).unwrap();
        (folder, cache)
    }

    #[test]
    fn what_was_written_is_read_by_the_same_python_only() {
        let (folder, cache) = place();
        assert_eq!(cache.read(), BTreeMap::new());
        cache.write(&codes());
        assert_eq!(cache.read(), codes());
        let mode = fs::metadata(&cache.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let python = folder.path().join("python");
        fs::write(&python, "23").unwrap();
        let updated = Cache::below(&folder.path().join("cache"), &python).unwrap();
        assert_eq!(updated.read(), BTreeMap::new());
    }

    #[test]
    fn what_is_not_as_written_counts_for_nothing() {
        let whole = to_bytes(&codes());
        assert_eq!(parse(&whole), Some(codes()));
        for at in 0..whole.len() {
            assert_eq!(parse(&whole[..at]), None, "cut at {at}");
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert_eq!(parse(&changed), None, "changed at {at}");
        }
    }

    #[test]
    fn a_place_that_others_can_write_is_not_used() {
        let (_folder, cache) = place();
        cache.write(&codes());
        let folder = cache.path.parent().unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o777)).unwrap();
        assert_eq!(cache.read(), BTreeMap::new());
        fs::remove_file(&cache.path).unwrap();
        cache.write(&codes());
        assert!(!cache.path.exists());
    }

    #[test]
    fn only_the_newest_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("somebody's"), "").unwrap();
        for number in 0..MOST_FILES + 3 {
            let python = folder.path().join(format!("python{number}"));
            fs::write(&python, "").unwrap();
            let cache = Cache::below(&folder.path().join("cache"), &python).unwrap();
            cache.write(&codes());
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            let file = fs::File::options().append(true).open(&cache.path).unwrap();
            file.set_modified(time).unwrap();
        }
        let cache = folder.path().join("cache");
        assert!(files_in(&cache).count() <= MOST_FILES + 1);
        assert_eq!(files_in(folder.path()).count(), 0);
    }
}
