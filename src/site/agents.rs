//! Other agents, profilers and debuggers that work by the same means as the probe: who was seen,
//! and where. One table; nobody is kept from anything. Only names are compared, of modules and of
//! the folders that these tools put on PYTHONPATH.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;

use serde::Serialize;

use crate::payload::{PTH, START, package_in};

/// Longer than any start-up file that is read for names.
const MOST_BYTES: u64 = 1 << 16;

/// One tool: its name, the top-level modules that tell of it, and the ends of folders in which
/// its sitecustomize lies.
struct Known {
    name: &'static str,
    modules: &'static [&'static str],
    folders: &'static [&'static str],
}

/// As ddtrace 4.16, opentelemetry-instrumentation 0.66, newrelic 14.1, elastic-apm 6.26, debugpy
/// 1.8, coverage 7.17, autowrapt 2.0 and their like do it.
const KNOWN: [Known; 13] = [
    known(
        "ddtrace",
        &["ddtrace"],
        &["ddtrace/bootstrap", "ddtrace/profiling/bootstrap"],
    ),
    known(
        "opentelemetry",
        &["opentelemetry"],
        &["opentelemetry/instrumentation/auto_instrumentation"],
    ),
    known("newrelic", &["newrelic"], &["newrelic/bootstrap"]),
    known(
        "elastic-apm",
        &["elasticapm"],
        &["elasticapm/instrumentation/wrapper"],
    ),
    known("sentry", &["sentry_sdk"], &[]),
    known("autowrapt", &["autowrapt"], &[]),
    known("coverage", &["coverage", "pytest_cov"], &[]),
    known("viztracer", &["viztracer"], &[]),
    known("trace0", &["trace0"], &[]),
    known("scalene", &["scalene"], &[]),
    known("pyinstrument", &["pyinstrument"], &[]),
    known("debugpy", &["debugpy"], &[]),
    known(
        "pydevd",
        &["pydevd", "_pydevd_bundle", "_pydev_bundle"],
        &["pydev_sitecustomize"],
    ),
];

const fn known(
    name: &'static str,
    modules: &'static [&'static str],
    folders: &'static [&'static str],
) -> Known {
    Known {
        name,
        modules,
        folders,
    }
}

/// Where an agent was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Seen {
    /// A start-up file in site-packages names it.
    #[serde(rename = "start-up file")]
    StartUpFile,
    /// Its folder is on the PYTHONPATH of this shell.
    #[serde(rename = "PYTHONPATH")]
    PythonPath,
    /// The venv's Python has loaded it when it starts.
    #[serde(rename = "loaded")]
    Loaded,
}

/// One sighting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agent {
    /// The tool's name.
    pub name: &'static str,
    /// How it was seen.
    pub seen: Seen,
    /// In which file, folder or module.
    #[serde(rename = "where")]
    pub place: String,
}

impl Known {
    fn at(&self, seen: Seen, place: impl Into<String>) -> Agent {
        Agent {
            name: self.name,
            seen,
            place: place.into(),
        }
    }

    fn has_module(&self, name: &str) -> bool {
        self.modules.contains(&name)
    }
}

/// Agents that the start-up files of a site-packages name. A folder that can't be read has none.
#[must_use]
pub fn in_site_packages(folder: &Path) -> Vec<Agent> {
    let names = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = names
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| runs_at_start(name))
        .collect();
    names.sort();
    let named = |name: &String| {
        let words = imported(&text(&folder.join(name)), name.ends_with(".start"));
        let agents = KNOWN
            .iter()
            .filter(move |known| words.iter().any(|word| known.has_module(word)));
        agents
            .map(|known| known.at(Seen::StartUpFile, name.clone()))
            .collect::<Vec<_>>()
    };
    names.iter().flat_map(named).collect()
}

fn runs_at_start(name: &str) -> bool {
    let start_up = name.ends_with(".pth") || name.ends_with(".start");
    (start_up && name != PTH && name != START) || name == "sitecustomize.py"
}

/// The text of a regular file that isn't ours.
fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    if path.is_file()
        && let Ok(file) = std::fs::File::open(path)
    {
        // What can't be read to its end is judged by what was.
        let _ = file.take(MOST_BYTES).read_to_end(&mut bytes);
    }
    if package_in(&bytes).is_some() {
        return String::new();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The words of lines that import something; in a `.start` file each line does.
fn imported(text: &str, every_line: bool) -> Vec<String> {
    text.lines()
        .filter(|line| every_line || line.contains("import"))
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .map(ToOwned::to_owned)
        .collect()
}

/// Agents whose folder is on this PYTHONPATH with a sitecustomize in it.
#[must_use]
pub fn on_python_path(python_path: &OsStr) -> Vec<Agent> {
    std::env::split_paths(python_path)
        .filter_map(|folder| {
            let known = KNOWN
                .iter()
                .find(|known| known.folders.iter().any(|end| folder.ends_with(end)))?;
            Some(known.at(Seen::PythonPath, folder.display().to_string()))
        })
        .collect()
}

/// Agents among the top-level modules of a Python.
#[must_use]
pub fn loaded(modules: &[String]) -> Vec<Agent> {
    KNOWN
        .iter()
        .filter_map(|known| {
            let module = modules.iter().find(|name| known.has_module(name))?;
            Some(known.at(Seen::Loaded, module))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(agents: &[Agent]) -> Vec<(&str, &str)> {
        agents
            .iter()
            .map(|agent| (agent.name, agent.place.as_str()))
            .collect()
    }

    #[test]
    fn start_up_files_are_told_by_what_they_import() {
        let folder = tempfile::tempdir().unwrap();
        let coverage = "import sys; exec('import os\\n\\nif os.getenv(\"COVERAGE_PROCESS_START\"):\\n \
                        import coverage')";
        for (name, text) in [
            ("a1_coverage.pth", coverage),
            ("autowrapt-init.pth", "import autowrapt; autowrapt.init()\n"),
            ("autowrapt-init.start", "# PEP 829\nautowrapt:init\n"),
            ("distutils-precedence.pth", "import os; os.getenv('x')\n"),
            ("probe.pth", "import coverage\n"),
            ("editable.pth", "/srv/coverage\n"),
            ("notes.txt", "import coverage\n"),
            (
                "sitecustomize.py",
                "# import scalene\nfrom ddtrace import patch_all\n",
            ),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        assert_eq!(
            names(&in_site_packages(folder.path())),
            [
                ("coverage", "a1_coverage.pth"),
                ("autowrapt", "autowrapt-init.pth"),
                ("autowrapt", "autowrapt-init.start"),
                ("ddtrace", "sitecustomize.py"),
            ]
        );
        let ours = "import _probe_0123456789ab, coverage\n";
        std::fs::write(folder.path().join("sitecustomize.py"), ours).unwrap();
        assert_eq!(in_site_packages(folder.path()).len(), 3);
        assert_eq!(in_site_packages(&folder.path().join("gone")), []);
    }

    #[test]
    fn python_path_and_modules_tell_too() {
        let path =
            OsStr::new("/v/ddtrace/bootstrap:/srv/myddtrace/bootstrap::/v/newrelic/bootstrap");
        assert_eq!(
            names(&on_python_path(path)),
            [
                ("ddtrace", "/v/ddtrace/bootstrap"),
                ("newrelic", "/v/newrelic/bootstrap")
            ]
        );
        let modules = ["sys", "_pydevd_bundle", "coverage"].map(ToOwned::to_owned);
        assert_eq!(
            names(&loaded(&modules)),
            [("coverage", "coverage"), ("pydevd", "_pydevd_bundle")]
        );
    }
}
