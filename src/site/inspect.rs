//! What of the probe is in a site-packages: one value with all that plans and verdicts are
//! made of. Looks only, at a few names of one folder; doesn't judge the whole.

use std::io;
use std::path::Path;

use super::start_up::{self, Neighbours};
use super::{Found, InstalledPackage, SiteError, StartUpFile, package::PYCACHE};
use crate::files::{FilesError, is_temporary};
use crate::payload::{PackageName, SITECUSTOMIZE};

/// What a killed install left: a temporary file, or a folder with files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its name in site-packages.
    pub name: String,
    /// The paths in it of the files in it; none for a file.
    pub files: Option<Vec<String>>,
    /// Whether it has a `__pycache__`.
    pub has_pycache: bool,
}

/// All that is there of the probe.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The packages, in the order of their names. More than one after a killed re-install.
    pub packages: Vec<InstalledPackage>,
    /// What has the name of a package and isn't ours: a file, a symlink, somebody's folder.
    pub occupied: Vec<PackageName>,
    /// `probe.pth`, `probe.start` and `sitecustomize.py`.
    pub start_up: [StartUpFile; 3],
    /// Bytecode of our `sitecustomize.py`: paths relative to site-packages.
    pub bytecode: Vec<String>,
    /// Who has the name `sitecustomize`, beside a `sitecustomize.py`.
    pub occupant: Option<String>,
    /// Whether site-packages has a `__pycache__`.
    pub pycache_exists: bool,
    /// What a killed install left.
    pub leftovers: Vec<Leftover>,
}

/// Looks at a site-packages.
///
/// # Errors
/// Something in it can't be read.
pub fn inspect(site_packages: &Path) -> Result<Inspection, SiteError> {
    read(site_packages).map_err(|error| FilesError::on("read", site_packages)(error).into())
}

fn read(site_packages: &Path) -> io::Result<Inspection> {
    let names = names(site_packages)?;
    let start_up = start_up::inspect(site_packages)?;
    let is_named = |name: &PackageName| {
        start_up.iter().any(|file| match &file.found {
            Found::Ours { package, .. } | Found::Modified { package } => package == name,
            Found::Nothing | Found::Foreign => false,
        })
    };
    let (mut packages, mut occupied) = (Vec::new(), Vec::new());
    for name in names.iter().filter_map(|name| PackageName::parse(name)) {
        let named = is_named(&name);
        match InstalledPackage::inspect(site_packages, name.clone(), named)? {
            Some(package) => packages.push(package),
            None => occupied.push(name),
        }
    }
    let sitecustomize = start_up
        .iter()
        .find(|file| file.name == SITECUSTOMIZE)
        .map_or(&Found::Nothing, |file| &file.found);
    let Neighbours { occupant, bytecode } =
        start_up::neighbours(site_packages, &names, sitecustomize)?;
    let leftovers = names
        .iter()
        .filter(|name| is_temporary(name))
        .filter_map(|name| leftover(site_packages, name))
        .collect();
    Ok(Inspection {
        packages,
        occupied,
        pycache_exists: site_packages.join(PYCACHE).symlink_metadata().is_ok(),
        start_up,
        bytecode,
        occupant,
        leftovers,
    })
}

/// Names that aren't UTF-8 can't be ours.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// A folder counts only with nothing but files in it and in its `__pycache__`, as the installer
/// makes it.
fn leftover(site_packages: &Path, name: &str) -> Option<Leftover> {
    let path = site_packages.join(name);
    let metadata = path.symlink_metadata().ok()?;
    if metadata.is_dir() {
        let mut files = names(&path).ok()?;
        let mut has_pycache = false;
        if let Some(place) = files.iter().position(|file| file == PYCACHE)
            && is_folder(&path.join(PYCACHE))
        {
            files.remove(place);
            has_pycache = true;
            let inside = names(&path.join(PYCACHE)).ok()?;
            files.extend(inside.iter().map(|file| format!("{PYCACHE}/{file}")));
        }
        let is_file = |file: &String| {
            let data = path.join(file).symlink_metadata();
            data.is_ok_and(|data| data.is_file())
        };
        files.iter().all(is_file).then(|| Leftover {
            name: name.to_owned(),
            files: Some(files),
            has_pycache,
        })
    } else {
        metadata.is_file().then(|| Leftover {
            name: name.to_owned(),
            files: None,
            has_pycache: false,
        })
    }
}

fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_dir())
}

impl Inspection {
    /// True where nothing of the probe is there.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        let ours =
            |file: &StartUpFile| matches!(file.found, Found::Ours { .. } | Found::Modified { .. });
        self.packages.is_empty()
            && self.bytecode.is_empty()
            && self.leftovers.is_empty()
            && !self.start_up.iter().any(ours)
    }

    /// The package that counts as installed: the one that most start-up files name, among
    /// equals the one that was installed last.
    #[must_use]
    pub fn current(&self) -> Option<&InstalledPackage> {
        self.by_weight().into_iter().next()
    }

    /// All packages, the one that counts as installed first.
    pub(super) fn by_weight(&self) -> Vec<&InstalledPackage> {
        let mut packages: Vec<&InstalledPackage> = self.packages.iter().collect();
        packages.sort_by_cached_key(|package| {
            let namings = self
                .start_up
                .iter()
                .filter(|file| self.names(file, &package.name))
                .count();
            let installed = package
                .manifest
                .as_ref()
                .map(|manifest| manifest.installed.clone());
            std::cmp::Reverse((namings, installed))
        });
        packages
    }

    fn names(&self, file: &StartUpFile, name: &PackageName) -> bool {
        matches!(&file.found, Found::Ours { package, .. } if package == name)
    }

    /// Whether site-packages had a `__pycache__` before the probe came. Where nobody noted it,
    /// one with bytecode of our `sitecustomize.py` counts as made for that.
    pub(super) fn pycache_existed(&self) -> bool {
        let noted = self
            .packages
            .iter()
            .filter_map(|package| package.manifest.as_ref())
            .map(|manifest| manifest.pycache_existed)
            .reduce(|one, other| one && other);
        noted.unwrap_or(self.pycache_exists && self.bytecode.is_empty())
    }

    /// What stands at a start-up file's name.
    pub(super) fn found(&self, name: &str) -> &Found {
        self.start_up
            .iter()
            .find(|file| file.name == name)
            .map_or(&Found::Nothing, |file| &file.found)
    }

    /// Whether our `sitecustomize.py` may stand, or stay, in site-packages.
    pub(super) fn sitecustomize_is_free(&self) -> bool {
        self.who_has_sitecustomize().is_none()
    }

    /// Who else has the name `sitecustomize`.
    pub(super) fn who_has_sitecustomize(&self) -> Option<&str> {
        match self.found(SITECUSTOMIZE) {
            Found::Foreign | Found::Modified { .. } => Some(SITECUSTOMIZE),
            Found::Nothing | Found::Ours { .. } => self.occupant.as_deref(),
        }
    }
}
