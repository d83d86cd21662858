//! Installations in real venvs, with a Python that runs in between.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::files::{Sha256Hex, digest_tree};
use crate::python::{Surroundings, find_in};

mod differing;
mod life;

/// A venv made by the `python3` on PATH.
struct Sandbox {
    folder: TempDir,
}

/// A whole plan, whose recordings can't go anywhere.
fn plan_text(number: u32) -> String {
    format!(
        "SCHEMA = 1\nDETAIL = \"tree\"\nENGINE = \"auto\"\n\
         STORE = \"/dev/null/store-{number}\"\nFOLDER = \"store-{number}\"\nVENV = \"/\"\n\
         TARGETS = ((\"hello\", False, (\"hello\",), (\"**\",)),)\n\
         ROOT_GIVEN = True\nMAX_FUNCTIONS = 100\nMAX_NODES = 100\nMAX_BYTES = 1000000\n"
    )
}

fn payload(number: u32) -> Payload {
    Payload::build(&plan_text(number))
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("python3")
            .args(["-m", "venv", "--without-pip"])
            .arg(folder.path().join("venv"))
            .status()
            .unwrap();
        assert!(made.success());
        Self { folder }
    }

    fn venv(&self) -> Venv {
        find_in(
            Some(&self.folder.path().join("venv")),
            &Surroundings::default(),
        )
        .unwrap()
    }

    fn site(&self, name: &str) -> PathBuf {
        self.venv().site_packages.join(name)
    }

    fn digest(&self) -> Sha256Hex {
        digest_tree(self.folder.path()).unwrap()
    }

    fn install(&self, number: u32) -> Done {
        self.try_install(number).unwrap()
    }

    fn try_install(&self, number: u32) -> Result<Done, SiteError> {
        install(&self.venv(), &payload(number), Value::Null, Mode::Perform)
    }

    fn uninstall(&self) -> Done {
        uninstall(&self.venv(), Mode::Perform).unwrap()
    }

    fn inspect(&self) -> Inspection {
        inspect(&self.venv().site_packages).unwrap()
    }

    fn verdict(&self) -> Verdict {
        verdict(&self.inspect(), &self.venv())
    }

    fn live(&self) -> Live {
        live(&self.venv(), &self.inspect())
    }

    fn state(&self) -> State {
        self.verdict().state
    }

    /// Starts the venv's Python and gives what it says about the probe.
    fn python(&self) -> String {
        let output = Command::new(self.venv().interpreter)
            .args(["-c", "import sys; print([m for m in sys.modules if m.startswith('_probe_') and '.' not in m])"])
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Whether a sitecustomize of the base Python's comes before any in site-packages, as on
    /// Debian.
    fn base_has_sitecustomize(&self) -> bool {
        Command::new(self.venv().interpreter)
            .args(["-I", "-B", "-c", "import sitecustomize"])
            .output()
            .unwrap()
            .status
            .success()
    }

    fn perform_first(&self, plan: &Plan, count: usize) {
        let part = Plan {
            steps: plan.steps[..count].to_vec(),
            ..Plan::default()
        };
        let lock = FolderLock::acquire(&self.venv().site_packages).unwrap();
        perform::perform(&part, &lock, perform::Python::default()).unwrap();
    }
}
