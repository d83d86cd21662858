//! One `_probe_*` folder in site-packages: whether it is ours, and the state of each file in
//! it. The hash in the folder's name is what is trusted; the manifest helps to say which
//! file differs, and is checked against that hash.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::Manifest;
use crate::files::{self, Sha256Hex, digest};
use crate::payload::{MANIFEST, PLAN, PackageName, Payload, may_be_of_a_package};

/// How a file compares with what should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    /// As written.
    Intact,
    /// Something else has its name.
    Modified,
    /// It should be there.
    Missing,
    /// It isn't the probe's.
    Foreign,
}

/// One file of a package's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledFile {
    /// Its path in the folder.
    pub name: String,
    /// How it compares.
    pub state: FileState,
    /// What it contains now, where it is a regular file.
    pub sha256: Option<Sha256Hex>,
}

/// A package's folder.
#[derive(Debug, Clone)]
pub struct InstalledPackage {
    /// Its name.
    pub name: PackageName,
    /// Its files, bytecode aside, in the order of their names.
    pub files: Vec<InstalledFile>,
    /// Bytecode of its files: names in its `__pycache__`.
    pub bytecode: Vec<String>,
    /// Whether it has a `__pycache__`.
    pub has_pycache: bool,
    /// What the installer noted, where that can be read.
    pub manifest: Option<Manifest>,
    /// The plan that it carries, where that is intact.
    pub plan: Option<String>,
}

/// The names in a folder with the contents of the regular files among them.
type Contents = BTreeMap<String, Option<Vec<u8>>>;

impl InstalledPackage {
    /// Looks at the folder `name` in site-packages. None where it isn't a folder, or
    /// nothing in it is recognizably ours and no start-up file names it.
    ///
    /// # Errors
    /// The folder can't be read.
    pub(super) fn inspect(
        site_packages: &Path,
        name: PackageName,
        is_named: bool,
    ) -> io::Result<Option<Self>> {
        let folder = site_packages.join(name.as_str());
        if !folder.symlink_metadata()?.is_dir() {
            return Ok(None);
        }
        let mut contents = read_folder(&folder)?;
        let pycache = folder.join(PYCACHE);
        let has_pycache = pycache.symlink_metadata().is_ok_and(|data| data.is_dir());
        let pycache_names = if has_pycache {
            contents.remove(PYCACHE);
            read_folder(&pycache)?.into_keys().collect()
        } else {
            Vec::new()
        };
        let manifest_bytes = contents.remove(MANIFEST);
        let manifest = match &manifest_bytes {
            Some(Some(bytes)) => Manifest::parse(bytes),
            _ => None,
        };
        // What a Python makes that was about to write bytecode when the package was removed.
        let nothing_but_bytecode = contents.is_empty()
            && manifest_bytes.is_none()
            && pycache_names.iter().all(|name| is_bytecode(name));
        let judged = judge(&name, &contents, manifest.as_ref());
        if !(judged.recognized || manifest.is_some() || is_named || nothing_but_bytecode) {
            return Ok(None);
        }
        let mut files = judged.files;
        let plan = intact_plan(&files, &contents);
        files.push(judge_manifest(
            manifest_bytes,
            manifest.as_ref(),
            &name,
            &files,
        ));
        let (bytecode, foreign): (Vec<_>, Vec<_>) = pycache_names.into_iter().partition(|pyc| {
            nothing_but_bytecode || files.iter().any(|file| is_bytecode_of(&file.name, pyc))
        });
        files.extend(foreign.into_iter().map(|pyc| InstalledFile {
            name: format!("{PYCACHE}/{pyc}"),
            state: FileState::Foreign,
            sha256: None,
        }));
        files.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(Some(Self {
            name,
            files,
            bytecode,
            has_pycache,
            manifest,
            plan,
        }))
    }
}

/// The folder for bytecode.
pub(super) const PYCACHE: &str = "__pycache__";

/// True for a name that bytecode of some source has.
fn is_bytecode(pyc: &str) -> bool {
    pyc.split_once('.')
        .is_some_and(|(stem, _)| is_bytecode_of(&format!("{stem}.py"), pyc))
}

/// True for `__pycache__/<stem>.<tag>.pyc`, and for the temporary file that a Python which
/// was killed while writing it leaves behind (`<stem>.<tag>.pyc.<number>`).
pub(super) fn is_bytecode_of(source: &str, pyc: &str) -> bool {
    source
        .strip_suffix(".py")
        .and_then(|stem| pyc.strip_prefix(stem)?.strip_prefix('.'))
        .is_some_and(|rest| {
            rest.ends_with(".pyc")
                || rest.rsplit_once(".pyc.").is_some_and(|(_, number)| {
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                })
        })
}

fn read_folder(folder: &Path) -> io::Result<Contents> {
    let mut contents = Contents::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        contents.insert(name, files::read_regular(&entry.path()).ok());
    }
    Ok(contents)
}

struct Judged {
    files: Vec<InstalledFile>,
    recognized: bool,
}

/// Compares contents (the manifest and the bytecode taken out) with what should be there.
fn judge(name: &PackageName, contents: &Contents, manifest: Option<&Manifest>) -> Judged {
    let prefix = format!("{name}/");
    let noted: BTreeMap<String, Sha256Hex> = manifest
        .iter()
        .flat_map(|manifest| &manifest.files)
        .filter_map(|(path, sha256)| Some((path.strip_prefix(&prefix)?.to_owned(), sha256.clone())))
        .collect();
    let ours: [&dyn Fn(&str) -> bool; 3] = [&|_| true, &|file| noted.contains_key(file), &|file| {
        may_be_of_a_package(file)
    }];
    for is_ours in ours {
        let parts = contents
            .iter()
            .filter_map(|(file, bytes)| Some((file.as_str(), bytes.as_deref()?)))
            .filter(|(file, _)| is_ours(file));
        if PackageName::of(parts) == *name {
            let is_ours = |file: &str, bytes: &Option<Vec<u8>>| bytes.is_some() && is_ours(file);
            return Judged {
                files: list(contents, |file, bytes| {
                    if is_ours(file, bytes) {
                        FileState::Intact
                    } else {
                        FileState::Foreign
                    }
                }),
                recognized: true,
            };
        }
    }
    let rebuilt = rebuild(name, contents);
    let recognized = rebuilt.is_some();
    judge_each(contents, &rebuilt.unwrap_or(noted), recognized)
}

/// Compares file by file: the whole doesn't have the hash in its name.
fn judge_each(
    contents: &Contents,
    expected: &BTreeMap<String, Sha256Hex>,
    recognized: bool,
) -> Judged {
    let mut files = list(contents, |file, bytes| {
        match (expected.get(file), bytes) {
            (Some(sha256), Some(bytes)) if digest(bytes) == *sha256 => FileState::Intact,
            (Some(_), _) => FileState::Modified,
            // Without any note of what belongs here, such files count as ours and changed.
            (None, Some(_)) if expected.is_empty() && may_be_of_a_package(file) => {
                FileState::Modified
            }
            (None, _) => FileState::Foreign,
        }
    });
    files.extend(
        expected
            .keys()
            .filter(|file| !contents.contains_key(*file))
            .map(|file| InstalledFile {
                name: file.clone(),
                state: FileState::Missing,
                sha256: None,
            }),
    );
    let all_as_noted = files
        .iter()
        .all(|file| matches!(file.state, FileState::Intact | FileState::Foreign));
    if all_as_noted {
        // The notes agree with the files and both disagree with the hash in the name: the
        // notes were changed too, and nobody can say which file it was.
        for file in &mut files {
            if file.state == FileState::Intact {
                file.state = FileState::Modified;
            }
        }
    }
    Judged { files, recognized }
}

fn list(
    contents: &Contents,
    state: impl Fn(&str, &Option<Vec<u8>>) -> FileState,
) -> Vec<InstalledFile> {
    contents
        .iter()
        .map(|(file, bytes)| InstalledFile {
            name: file.clone(),
            state: state(file, bytes),
            sha256: bytes.as_deref().map(digest),
        })
        .collect()
}

/// What should be there, where this program's own runtime with the folder's plan has the
/// folder's name.
fn rebuild(name: &PackageName, contents: &Contents) -> Option<BTreeMap<String, Sha256Hex>> {
    let plan = std::str::from_utf8(contents.get(PLAN)?.as_deref()?).ok()?;
    let payload = Payload::build(plan);
    (payload.package == *name).then(|| {
        payload
            .files
            .iter()
            .map(|file| (file.name.to_owned(), digest(&file.bytes)))
            .collect()
    })
}

fn intact_plan(files: &[InstalledFile], contents: &Contents) -> Option<String> {
    files
        .iter()
        .find(|file| file.name == PLAN && file.state == FileState::Intact)?;
    String::from_utf8(contents.get(PLAN)?.clone()?).ok()
}

/// The manifest has no hash of its own: it is as it should be where it can be read and
/// agrees with the files that the package's name vouches for.
fn judge_manifest(
    found: Option<Option<Vec<u8>>>,
    manifest: Option<&Manifest>,
    package: &PackageName,
    files: &[InstalledFile],
) -> InstalledFile {
    let agrees = |manifest: &Manifest| {
        files
            .iter()
            .filter(|file| file.state == FileState::Intact)
            .all(|file| {
                manifest.files.get(&format!("{package}/{}", file.name)) == file.sha256.as_ref()
            })
    };
    let state = match (&found, manifest) {
        (None, _) => FileState::Missing,
        (Some(_), Some(manifest)) if agrees(manifest) => FileState::Intact,
        (Some(_), _) => FileState::Modified,
    };
    InstalledFile {
        name: MANIFEST.to_owned(),
        state,
        sha256: found.flatten().as_deref().map(digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytecode_is_told_by_its_source() {
        assert!(is_bytecode_of("plan.py", "plan.cpython-312.pyc"));
        assert!(is_bytecode_of("plan.py", "plan.cpython-312.opt-1.pyc"));
        assert!(is_bytecode_of(
            "__init__.py",
            "__init__.cpython-38.pyc.139872"
        ));
        assert!(!is_bytecode_of("plan.py", "planes.cpython-312.pyc"));
        assert!(!is_bytecode_of("plan.py", "plan.cpython-312.pyc.bak"));
        assert!(!is_bytecode_of("install.json", "install.json.pyc"));
    }
}
