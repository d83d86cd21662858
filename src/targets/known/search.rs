//! Where a venv's Python finds modules, and their sources, without asking it. Reads folders
//! and the path lines of `.pth` files (editable installs); import hooks aren't seen.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::roots;
use crate::targets::Pattern;

/// Modules without a file, as `sys.builtin_module_names` gives them in common builds, and
/// `__main__`, which is whatever is run.
const WITHOUT_FILE: [&str; 14] = [
    "__main__",
    "atexit",
    "builtins",
    "errno",
    "faulthandler",
    "gc",
    "itertools",
    "marshal",
    "posix",
    "pwd",
    "signal",
    "sys",
    "time",
    "zipimport",
];

/// The most modules that are listed for one pattern.
const MOST_MODULES: usize = 5000;

/// What is known of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Its source.
    Source(PathBuf),
    /// It is there, without a source: built in, compiled, or a folder alone.
    Opaque,
    /// It isn't where we look.
    Absent,
}

/// The folders that modules are looked for in, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPath {
    roots: Vec<PathBuf>,
    complete: bool,
}

impl SearchPath {
    /// The project's folder and its `src`, the site-packages given with what their `.pth`
    /// files add, and the standard library that belongs to them. Without site-packages the
    /// path is incomplete: that a module isn't found says little then.
    #[must_use]
    pub fn new(project: &Path, site_packages: &[PathBuf]) -> Self {
        let mut roots = vec![project.to_owned(), project.join("src")];
        let mut library = Vec::new();
        for folder in site_packages {
            roots.push(folder.clone());
            roots.extend(roots::added_by_pth(folder));
            library.extend(roots::standard_library(folder));
        }
        let complete = !library.is_empty();
        roots.extend(library);
        Self { roots, complete }
    }

    /// True where a module that isn't found most likely isn't there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// Looks for a module by its full name.
    #[must_use]
    pub fn find(&self, module: &str) -> Found {
        if WITHOUT_FILE.contains(&module) {
            return Found::Opaque;
        }
        let relative: PathBuf = module.split('.').collect();
        let mut is_folder = false;
        for root in &self.roots {
            let base = root.join(&relative);
            for source in [base.join("__init__.py"), with_ending(&base, ".py")] {
                if source.is_file() {
                    return Found::Source(source);
                }
            }
            if is_compiled(&base) {
                return Found::Opaque;
            }
            is_folder |= base.is_dir();
        }
        if is_folder {
            Found::Opaque
        } else {
            Found::Absent
        }
    }

    /// The full names of the modules beside this one: of its package, or all top-level ones.
    #[must_use]
    pub fn beside(&self, module: &str) -> Vec<String> {
        let (package, prefix) = match module.rsplit_once('.') {
            Some((package, _)) => (package.split('.').collect(), format!("{package}.")),
            None => (PathBuf::new(), String::new()),
        };
        let mut names: Vec<String> = self
            .roots
            .iter()
            .filter_map(|root| fs::read_dir(root.join(&package)).ok())
            .flatten()
            .flatten()
            .filter_map(|entry| module_name(&entry.path()))
            .filter(|name| name != "__init__")
            .map(|name| format!("{prefix}{name}"))
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// The modules with a source that a pattern's module half matches, by name. A pattern
    /// that starts with a wildcard gives none: it would mean reading all there is.
    #[must_use]
    pub fn matching(&self, pattern: &Pattern) -> Vec<(String, PathBuf)> {
        if let Some(module) = pattern.exact_module() {
            return match self.find(&module) {
                Found::Source(path) => vec![(module, path)],
                _ => Vec::new(),
            };
        }
        let prefix: Vec<&str> = leading_exact(pattern.module());
        let mut modules = Vec::new();
        if prefix.is_empty() {
            return modules;
        }
        let package: PathBuf = prefix.iter().collect();
        for root in &self.roots {
            let base = root.join(&package);
            let sources = [base.clone(), with_ending(&base, ".py")];
            let walk = sources.iter().flat_map(|start| {
                WalkDir::new(start)
                    .sort_by_file_name()
                    .into_iter()
                    .filter_entry(|entry| entry.depth() == 0 || module_name(entry.path()).is_some())
                    .flatten()
            });
            for entry in walk.filter(|entry| entry.file_type().is_file()) {
                let Some(module) = dotted(root, entry.path()) else {
                    continue;
                };
                let known = modules.iter().any(|(name, _)| *name == module);
                if !known && pattern.matches_module(&module) {
                    modules.push((module, entry.path().to_owned()));
                }
                if modules.len() == MOST_MODULES {
                    return modules;
                }
            }
        }
        modules
    }
}

/// The parts before the first wildcard.
pub(super) fn leading_exact(parts: &[String]) -> Vec<&str> {
    parts
        .iter()
        .map(String::as_str)
        .take_while(|part| !part.contains('*'))
        .collect()
}

/// `shop/db/__init__.py` below the root is `shop.db`.
fn dotted(root: &Path, source: &Path) -> Option<String> {
    let relative = source.strip_prefix(root).ok()?.to_str()?;
    let module = relative.strip_suffix(".py")?;
    let module = module.strip_suffix("/__init__").unwrap_or(module);
    Some(module.replace('/', "."))
}

/// The name of the module or package that a file or folder may be.
fn module_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let stem = match name.strip_suffix(".py") {
        Some(stem) => stem,
        None if name.ends_with(".so") => name.split('.').next()?,
        None if path.is_dir() => name,
        None => return None,
    };
    let is_name = stem.parse::<Pattern>().is_ok_and(|pattern| {
        pattern.module().len() == 1 && pattern.exact_module().is_some() && !pattern.excludes()
    });
    (is_name && stem != "__pycache__").then(|| stem.to_owned())
}

fn with_ending(base: &Path, ending: &str) -> PathBuf {
    let mut path = base.as_os_str().to_owned();
    path.push(ending);
    path.into()
}

/// `base.so`, `base.cpython-312-x86_64-linux-gnu.so` or `base.pyc`.
fn is_compiled(base: &Path) -> bool {
    let (Some(folder), Some(name)) = (base.parent(), base.file_name().and_then(|n| n.to_str()))
    else {
        return false;
    };
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .any(|file| {
            file.strip_prefix(name).is_some_and(|rest| {
                rest.starts_with('.') && (rest.ends_with(".so") || rest == ".pyc")
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> (tempfile::TempDir, SearchPath) {
        let root = tempfile::tempdir().unwrap();
        for file in [
            "app.py",
            "src/shop/__init__.py",
            "src/shop/db/__init__.py",
            "src/shop/db/sql.py",
            "src/shop/__pycache__/x.py",
            "src/shop/templates-x/page.py",
            "src/shop/fast.cpython-312-x86_64-linux-gnu.so",
            "site/requests/__init__.py",
            "site/__editable__.tool.pth",
            "other-project/tool/cli.py",
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
        }
        let editable = format!(
            "import x\n# no\n{}\n",
            root.path().join("other-project").display()
        );
        fs::write(root.path().join("site/__editable__.tool.pth"), editable).unwrap();
        let search = SearchPath::new(root.path(), &[root.path().join("site")]);
        (root, search)
    }

    #[test]
    fn modules_are_found_where_python_would() {
        let (root, search) = project();
        let source = |path: &str| Found::Source(root.path().join(path));
        assert_eq!(search.find("app"), source("app.py"));
        assert_eq!(search.find("shop"), source("src/shop/__init__.py"));
        assert_eq!(search.find("shop.db"), source("src/shop/db/__init__.py"));
        assert_eq!(search.find("shop.db.sql"), source("src/shop/db/sql.py"));
        assert_eq!(search.find("requests"), source("site/requests/__init__.py"));
        assert_eq!(search.find("tool.cli"), source("other-project/tool/cli.py"));
        for opaque in ["tool", "shop.fast", "sys", "__main__"] {
            assert_eq!(search.find(opaque), Found::Opaque, "{opaque}");
        }
        for absent in ["shp", "shop.dbx", "app.inner", "shop.fas"] {
            assert_eq!(search.find(absent), Found::Absent, "{absent}");
        }
    }

    #[test]
    fn neighbours_are_named_in_full() {
        let (_root, search) = project();
        assert_eq!(search.beside("shop.x"), ["shop.db", "shop.fast"]);
        assert!(search.beside("x").contains(&"requests".to_owned()));
    }

    #[test]
    fn a_pattern_gives_its_modules() {
        let (_root, search) = project();
        let matching = |text: &str| -> Vec<String> {
            let pattern = text.parse().unwrap();
            search.matching(&pattern).into_iter().map(|m| m.0).collect()
        };
        assert_eq!(matching("shop.**"), ["shop", "shop.db", "shop.db.sql"]);
        assert_eq!(matching("shop.*"), ["shop.db"]);
        assert_eq!(matching("shop.db"), ["shop.db"]);
        assert_eq!(matching("tool.**"), ["tool.cli"]);
        assert_eq!(matching("app.**"), ["app"]);
        assert!(matching("**").is_empty());
    }
}
