//! The payload's bytecode, made once by the venv's own Python, so that no start of it has to:
//! many containers set PYTHONDONTWRITEBYTECODE or run as a user that can't write there, and
//! compiling at each start costs some 5 ms. So others must be able to read it, whatever the
//! umask. A help only: where it fails, Python compiles.
//!
//! What no process is expected to load is left to Python: compiling it would take half of the
//! time that an installation takes.
//!
//! Python only compiles, and only what wasn't compiled for it before; what it gives is written
//! here. So a command that is killed leaves no Python behind that still writes, and a package
//! appears with its bytecode in it.

mod cache;
mod compiler;
mod parts;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::Mode;
use super::package::PYCACHE;
use crate::files::{self, FilesError, NewFolder, Sha256Hex, digest};
use crate::payload::{Payload, SITECUSTOMIZE, package_in};
use crate::python::Venv;
use cache::Cache;
use compiler::{Code, Compiler, Source};

/// Bytecode in the making, and then what came of it.
#[derive(Debug)]
pub(super) struct Bytecode {
    /// Python, while it is at work on what wasn't kept.
    compiler: Option<Compiler>,
    /// By the source's sha256; without those that Python couldn't compile.
    codes: BTreeMap<Sha256Hex, Code>,
    /// Where new codes are kept for the next time.
    cache: Option<Cache>,
}

impl Bytecode {
    /// Starts to compile a payload as it will be in `site_packages`.
    pub(super) fn begin(venv: &Venv, payload: &Payload) -> Self {
        let package = payload
            .files
            .iter()
            .filter(|file| payload.will_load(file.name))
            .map(|file| (format!("{}/{}", payload.package, file.name), &file.bytes));
        let start_up = payload.start_up_files();
        let start_up = start_up
            .iter()
            .map(|file| (file.name.to_owned(), &file.bytes));
        let sources = package
            .chain(start_up)
            .filter(|(name, _)| name.ends_with(".py"))
            .map(|(name, bytes)| Source {
                path: venv.site_packages.join(&name),
                bytes: bytes.clone(),
            });
        Self::of_sources(&venv.interpreter, sources.collect())
    }

    fn of_sources(interpreter: &Path, sources: Vec<Source>) -> Self {
        let cache = Cache::of(interpreter);
        let kept = cache.as_ref().map(Cache::read).unwrap_or_default();
        let mut codes = BTreeMap::new();
        let mut new = Vec::new();
        for source in sources {
            match kept.get_key_value(&digest(&source.bytes)) {
                Some((sum, code)) => drop(codes.insert(sum.clone(), code.clone())),
                None => new.push(source),
            }
        }
        let compiler = (!new.is_empty()).then(|| Compiler::start(interpreter, new));
        Self {
            compiler,
            codes,
            cache,
        }
    }

    /// The name in `__pycache__` and the content of a file's bytecode; waits for Python. None
    /// where there is none.
    pub(super) fn of(
        &mut self,
        name: &str,
        modified: SystemTime,
        source: &[u8],
    ) -> Option<(String, Vec<u8>)> {
        if let Some(compiler) = self.compiler.take() {
            self.codes.extend(compiler.finish());
            if let Some(cache) = &self.cache {
                cache.write(&self.codes);
            }
        }
        let code = self.codes.get(&digest(source))?;
        let file = name.rsplit_once('/').map_or(name, |(_, file)| file);
        let stem = file.strip_suffix(".py")?;
        let header = header(&code.magic, modified, source.len())?;
        let content = [header.as_slice(), code.bytes.as_slice()].concat();
        Some((format!("{stem}.{}.pyc", code.tag), content))
    }

    /// Puts bytecode where an installation has none: of our `sitecustomize.py`, and of the
    /// package where somebody removed it.
    pub(super) fn put(&mut self, site_packages: &Path, package: &str) {
        let _ = self.put_start_up(site_packages, package);
        let _ = self.put_package(site_packages, package);
    }

    fn put_start_up(&mut self, site_packages: &Path, package: &str) -> Result<(), FilesError> {
        let Ok(found) = Found::read(&site_packages.join(SITECUSTOMIZE)) else {
            return Ok(());
        };
        // A user's own isn't ours to compile.
        if package_in(&found.bytes).is_none_or(|ours| ours.as_str() != package) {
            return Ok(());
        }
        let made = self.of(SITECUSTOMIZE, found.modified, &found.bytes);
        let Some((name, content)) = made else {
            return Ok(());
        };
        let pycache = site_packages.join(PYCACHE);
        match pycache.symlink_metadata() {
            Ok(data) if data.is_dir() => {
                let path = pycache.join(name);
                files::replace_from(site_packages, &path, &content, found.mode)
            }
            // Where a symlink leads isn't ours to write.
            Ok(_) => Ok(()),
            Err(_) => {
                let mut new = NewFolder::begin(site_packages, pycache)?;
                new.write(&name, &content, found.mode)?;
                new.appear()
            }
        }
    }

    fn put_package(&mut self, site_packages: &Path, package: &str) -> Result<(), FilesError> {
        let folder = site_packages.join(package);
        let pycache = folder.join(PYCACHE);
        let Ok(entries) = std::fs::read_dir(&folder) else {
            return Ok(());
        };
        if has_entries(&pycache) {
            return Ok(());
        }
        let mut new = NewFolder::begin(site_packages, pycache)?;
        for entry in entries.flatten() {
            let Ok(file) = entry.file_name().into_string() else {
                continue;
            };
            let Ok(found) = Found::read(&entry.path()) else {
                continue;
            };
            let source = format!("{package}/{file}");
            if let Some((name, content)) = self.of(&source, found.modified, &found.bytes) {
                new.write(&name, &content, found.mode)?;
            }
        }
        new.appear()
    }
}

/// Compiles what is in the folder of a run, where that has no bytecode.
pub fn compile_in(venv: &Venv, folder: &Path, package: &str) {
    let inside = folder.join(package);
    if has_entries(&inside.join(PYCACHE)) {
        return;
    }
    let Ok(entries) = std::fs::read_dir(&inside) else {
        return;
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py"))
        .map(|name| format!("{package}/{name}"))
        .chain([SITECUSTOMIZE.to_owned()]);
    let sources = names.filter_map(|name| {
        let path = folder.join(&name);
        let bytes = files::read_regular(&path).ok()?;
        Some(Source { path, bytes })
    });
    Bytecode::of_sources(&venv.interpreter, sources.collect()).put(folder, package);
}

/// Removes what is kept for the next installation, and its folder if that is empty then; gives
/// the folder if something was there.
pub fn remove_kept(mode: Mode) -> Option<PathBuf> {
    let folder = cache::folder()?;
    if files::check_trusted(&folder).is_err() {
        return None;
    }
    let found: Vec<PathBuf> = cache::files_in(&folder).collect();
    if mode == Mode::Perform {
        for file in &found {
            let _ = std::fs::remove_file(file);
        }
        let _ = std::fs::remove_dir(&folder);
    }
    (!found.is_empty()).then_some(folder)
}

/// True for a folder that isn't empty, and for anything else that has its name.
pub(super) fn has_entries(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|data| {
        !data.is_dir()
            || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    })
}

/// A source that is there already.
struct Found {
    bytes: Vec<u8>,
    modified: SystemTime,
    mode: u32,
}

impl Found {
    fn read(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let data = path.symlink_metadata()?;
        Ok(Self {
            bytes: files::read_regular(path)?,
            modified: data.modified()?,
            mode: data.mode() & 0o666,
        })
    }
}

/// The header of bytecode that goes with a source of this time and size, see
/// <https://peps.python.org/pep-0552/>; both are kept modulo 2³².
fn header(magic: &[u8; 4], modified: SystemTime, size: usize) -> Option<[u8; 16]> {
    let seconds = modified.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let mut header = [0; 16];
    header[..4].copy_from_slice(magic);
    header[8..12].copy_from_slice(&seconds.to_le_bytes()[..4]);
    header[12..].copy_from_slice(&size.to_le_bytes()[..4]);
    Some(header)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_header_is_the_documented_one() {
        let time = UNIX_EPOCH + Duration::from_millis(0x1_0203_0405 * 1000 + 999);
        assert_eq!(
            header(b"\xcb\x0d\r\n", time, 258),
            Some(*b"\xcb\x0d\r\n\0\0\0\0\x05\x04\x03\x02\x02\x01\0\0")
        );
    }
}
