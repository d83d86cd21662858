//! The private folder that a run puts on PYTHONPATH: `sitecustomize.py` and the payload's
//! package.
//!
//! It is named by the payload's hash, below the user's cache folder, and stays after the run.
//! A folder that went away with the command would be missed by the processes that outlive it
//! and start Pythons later (servers, forkservers, build daemons); one that stays is made once
//! and keeps its compiled files, so the next run starts faster. Those that nobody used for a
//! week and no living process knows of are removed by a later run (`prune`).

mod prune;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};

use super::error::Error;
use crate::files::check_trusted;

/// The start of the names of folders that are being made or taken away.
const PASSING: &str = ".passing-";

/// A file beside the folders of runs by which coverage tells that what is in them belongs to
/// others, and isn't to be measured: it takes a folder of `sys.path` below such a file for a
/// virtualenv's. <https://coverage.readthedocs.io/en/latest/source.html>
const MARK: (&str, &[u8]) = (
    "pyvenv.cfg",
    b"# By this file coverage tells that the folders here hold no code of yours.\n",
);

/// What the folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// The package's name, which carries the payload's hash; the folder has it too.
    pub package: String,
    /// Paths relative to the folder, and bytes.
    pub files: Vec<(PathBuf, Vec<u8>)>,
}

/// The folders below which runs keep theirs, the one to try first in front: the user's cache,
/// then (no home, or it can't be written) a folder of this user in the temporary folder.
#[must_use]
pub fn roots() -> Vec<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    directories::ProjectDirs::from("", "", "probe")
        .map(|dirs| dirs.cache_dir().to_owned())
        .into_iter()
        .chain([std::env::temp_dir().join(format!("probe-{user}"))])
        .map(|root| root.join("run"))
        .filter(|root| !root.as_os_str().as_encoded_bytes().contains(&b':'))
        .collect()
}

/// Where [`prepare`] would make the folder, all being well.
///
/// # Errors
/// There is no root to make it below.
pub fn planned(roots: &[PathBuf], contents: &Contents) -> Result<PathBuf, Error> {
    let root = roots.first().ok_or_else(no_root)?;
    Ok(root.join(&contents.package))
}

/// Every root's path has a colon in it.
fn no_root() -> Error {
    Error::Colon {
        path: std::env::temp_dir(),
    }
}

/// Makes the folder below the first of `roots` that can be used, or finds it made.
///
/// # Errors
/// None of them can be used; the error is the first one's.
pub fn prepare(roots: &[PathBuf], contents: &Contents) -> Result<PathBuf, Error> {
    let mut first = None;
    for root in roots {
        match prepare_below(root, contents) {
            Ok(folder) => return Ok(folder),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(no_root))
}

fn prepare_below(root: &Path, contents: &Contents) -> Result<PathBuf, Error> {
    let failed = |source| Error::Folder {
        path: root.to_owned(),
        source,
    };
    // Before anything is made there (a HOME that `sudo` kept is another user's), and after.
    check_place(root)?;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(root)
        .map_err(failed)?;
    check_place(root)?;
    check_private(root)?;
    check_private(root.parent().unwrap_or(root))?;
    // Held to the end of this function: nobody makes, replaces or removes beside us.
    let lock = File::open(root).map_err(failed)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;

    mark(root).map_err(failed)?;
    let folder = root.join(&contents.package);
    if fs::symlink_metadata(&folder).is_ok() && !is_as_wanted(&folder, contents) {
        set_aside(root, &folder).map_err(failed)?;
    }
    if !folder.exists() {
        make(root, &folder, contents)?;
    }
    // The time of the last use, which `prune` goes by.
    let _ = File::open(&folder).and_then(|open| open.set_modified(SystemTime::now()));
    prune::prune(root, &folder, SystemTime::now());
    Ok(folder)
}

/// Whoever can exchange the folder or one above it can run code in the user's programs.
fn check_place(folder: &Path) -> Result<(), Error> {
    check_trusted(folder).map_err(|distrust| Error::Untrusted {
        path: folder.to_owned(),
        distrust,
    })
}

fn mark(root: &Path) -> io::Result<()> {
    let (name, text) = MARK;
    match write(&root.join(name), text) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

/// Whoever can write here can run code in the user's programs.
fn check_private(folder: &Path) -> Result<(), Error> {
    let refused = |problem| Error::NotPrivate {
        path: folder.to_owned(),
        problem,
    };
    let metadata = fs::metadata(folder).map_err(|source| Error::Folder {
        path: folder.to_owned(),
        source,
    })?;
    if metadata.uid() != rustix::process::getuid().as_raw() {
        return Err(refused("belongs to another user"));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(refused("can be written by other users"));
    }
    Ok(())
}

/// Compiled files may stand beside ours; ours must be what they should be.
fn is_as_wanted(folder: &Path, contents: &Contents) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir())
        && check_private(folder).is_ok()
        && contents
            .files
            .iter()
            .all(|(path, bytes)| fs::read(folder.join(path)).is_ok_and(|there| there == *bytes))
}

fn make(root: &Path, folder: &Path, contents: &Contents) -> Result<(), Error> {
    let failed = |path: &Path, source| Error::Folder {
        path: path.to_owned(),
        source,
    };
    // Gone again if anything fails before the rename.
    let passing = tempfile::Builder::new()
        .prefix(PASSING)
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(root)
        .map_err(|source| failed(root, source))?;
    for (path, bytes) in &contents.files {
        let path = passing.path().join(path);
        write(&path, bytes).map_err(|source| failed(&path, source))?;
    }
    fs::rename(passing.path(), folder).map_err(|source| failed(folder, source))?;
    let _ = passing.keep();
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}

/// Takes a folder out of sight at once, then away.
fn set_aside(root: &Path, folder: &Path) -> io::Result<()> {
    let passing = tempfile::Builder::new().prefix(PASSING).tempdir_in(root)?;
    fs::rename(folder, passing.path().join("old"))?;
    passing.close()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::slice::from_ref;

    use super::*;

    fn contents(package: &str) -> Contents {
        Contents {
            package: package.to_owned(),
            files: vec![
                ("sitecustomize.py".into(), b"pass\n".to_vec()),
                (Path::new(package).join("__init__.py"), b"x = 1\n".to_vec()),
            ],
        }
    }

    fn names(root: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn it_is_made_once_for_the_owner_alone() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("probe/run");
        let wanted = contents("_probe_a");
        let folder = prepare(from_ref(&root), &wanted).unwrap();
        assert_eq!(folder, root.join("_probe_a"));
        assert_eq!(names(&folder), ["_probe_a", "sitecustomize.py"]);
        for made in [&root, &folder, &folder.join("_probe_a")] {
            assert_eq!(mode(made), 0o700, "{}", made.display());
        }
        assert_eq!(mode(&folder.join("sitecustomize.py")), 0o600);
        assert_eq!(names(&root), ["_probe_a", MARK.0]);

        // The next run finds it, with what Python compiled in it.
        let inode = fs::metadata(&folder).unwrap().ino();
        fs::create_dir(folder.join("__pycache__")).unwrap();
        assert_eq!(prepare(from_ref(&root), &wanted).unwrap(), folder);
        assert_eq!(fs::metadata(&folder).unwrap().ino(), inode);
        assert!(folder.join("__pycache__").exists());
    }

    #[test]
    fn a_changed_one_is_made_anew() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("run");
        let wanted = contents("_probe_a");
        let folder = prepare(from_ref(&root), &wanted).unwrap();

        fs::write(folder.join("sitecustomize.py"), "import evil\n").unwrap();
        prepare(from_ref(&root), &wanted).unwrap();
        assert!(is_as_wanted(&folder, &wanted));

        fs::remove_file(folder.join("_probe_a/__init__.py")).unwrap();
        prepare(from_ref(&root), &wanted).unwrap();
        assert!(is_as_wanted(&folder, &wanted));

        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        prepare(from_ref(&root), &wanted).unwrap();
        assert_eq!(mode(&folder), 0o700);

        // A link in its place is taken away, not followed.
        let victim = temporary.path().join("victim");
        fs::rename(&folder, &victim).unwrap();
        symlink(&victim, &folder).unwrap();
        prepare(from_ref(&root), &wanted).unwrap();
        assert!(fs::symlink_metadata(&folder).unwrap().is_dir());
        assert!(victim.join("sitecustomize.py").exists());
        assert_eq!(names(&root), ["_probe_a", MARK.0]);
    }

    #[test]
    fn a_root_that_others_can_write_is_passed_over() {
        let temporary = tempfile::tempdir().unwrap();
        let open = temporary.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
        let good = temporary.path().join("good");
        let wanted = contents("_probe_a");
        assert_eq!(
            prepare(&[open.clone(), good.clone()], &wanted).unwrap(),
            good.join("_probe_a")
        );
        let error = prepare(&[open], &wanted).unwrap_err();
        assert!(matches!(error, Error::Untrusted { .. }), "{error}");
    }

    #[test]
    fn many_at_once_agree() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().join("run");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let wanted = contents("_probe_a");
                    let folder = prepare(from_ref(&root), &wanted).unwrap();
                    assert!(is_as_wanted(&folder, &wanted));
                });
            }
        });
        assert_eq!(names(&root), ["_probe_a", MARK.0]);
    }
}
