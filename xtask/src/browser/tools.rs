//! What opens pages: Chromium, Node.js, and the packages of tests/browser/package.json, which npm
//! puts into `target/browser` once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::{process, workspace};

/// npm takes no longer.
const LIMIT: Duration = Duration::from_secs(180);

/// The names that Chromium goes by; `PROBE_TEST_CHROMIUM` comes before them.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The programs.
pub(super) struct Tools {
    /// Chromium, or another browser of its family.
    pub(super) chromium: PathBuf,
    /// Node.js.
    pub(super) node: PathBuf,
    npm: PathBuf,
}

impl Tools {
    /// Finds all of them.
    ///
    /// # Errors
    /// Some are missing; the error says which, and how to get them.
    pub(super) fn find() -> Result<Self> {
        let named = std::env::var_os("PROBE_TEST_CHROMIUM").map(PathBuf::from);
        let chromium = named.or_else(|| CHROMIUM.into_iter().find_map(on_path));
        let (node, npm) = (on_path("node"), on_path("npm"));
        match (chromium, node, npm) {
            (Some(chromium), Some(node), Some(npm)) => Ok(Self {
                chromium,
                node,
                npm,
            }),
            (chromium, node, npm) => {
                let missing: Vec<&str> = [
                    ("chromium", chromium.is_none()),
                    ("node", node.is_none()),
                    ("npm", npm.is_none()),
                ]
                .into_iter()
                .filter_map(|(name, is_missing)| is_missing.then_some(name))
                .collect();
                bail!(
                    "this needs {}, which aren't on PATH (on Debian: apt-get install chromium nodejs \
                     npm; PROBE_TEST_CHROMIUM names a browser elsewhere)",
                    missing.join(" and ")
                )
            }
        }
    }

    /// The folder that the packages are installed in; installs them unless they are there.
    ///
    /// # Errors
    /// npm can't install them.
    pub(super) fn modules(&self) -> Result<PathBuf> {
        let folder = workspace::target().join("browser/npm");
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        for name in ["package.json", "package-lock.json"] {
            let source = super::scripts().join(name);
            fs::copy(&source, folder.join(name))
                .with_context(|| format!("`{}` can't be copied", source.display()))?;
        }
        if is_installed(&folder)? {
            return Ok(folder);
        }
        let mut npm = Command::new(&self.npm);
        npm.current_dir(&folder)
            .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        process::run_quietly(&mut npm, LIMIT).context("npm can't install what tests need")?;
        fs::copy(lock(&folder), stamp(&folder))?;
        Ok(folder)
    }
}

/// True where what the lock file names is there.
fn is_installed(folder: &Path) -> Result<bool> {
    let wanted = fs::read(lock(folder))?;
    Ok(fs::read(stamp(folder)).is_ok_and(|found| found == wanted))
}

fn lock(folder: &Path) -> PathBuf {
    folder.join("package-lock.json")
}

/// What says that an installation came to its end.
fn stamp(folder: &Path) -> PathBuf {
    folder.join("node_modules/.xtask-stamp")
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut all = std::env::split_paths(&path).map(|folder| folder.join(name));
    all.find(|it| it.is_file())
}
