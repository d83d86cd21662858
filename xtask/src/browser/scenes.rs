//! The recordings that the page is looked at with, each of a real program in a virtualenv of its
//! own, and their pages.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{console, process, venvs, workspace};

/// No program and no export takes longer.
const LIMIT: Duration = Duration::from_secs(120);

/// A virtualenv, what is timed in it, and how it is used.
struct Scene {
    name: &'static str,
    detail: &'static str,
    targets: &'static [&'static str],
    runs: &'static [&'static [&'static str]],
    /// Programs that hang: all but the last are killed, and that runs while the page is made.
    hanging: &'static [&'static [&'static str]],
}

const WAREHOUSE: [&str; 2] = ["warehouse:**", "!warehouse:main"];

/// Puts a file beside the recordings that isn't one.
const DAMAGE: &str = "\
import glob, os
open(os.path.join(os.path.dirname(glob.glob('data/*/*.rec')[0]), 'damaged.rec'), 'wb').write(b'no recording' * 1000)";

const SCENES: [Scene; 7] = [
    Scene {
        name: "warehouse",
        detail: "tree",
        targets: &WAREHOUSE,
        runs: &[&["warehouse.py", "--orders", "1200", "--child"]],
        hanging: &[
            &["warehouse.py", "--orders", "300", "--hang"],
            &["warehouse.py", "--orders", "100", "--hang"],
        ],
    },
    Scene {
        name: "thousand",
        detail: "tree",
        targets: &["generated.part*:**"],
        runs: &[&["thousand.py"]],
        hanging: &[],
    },
    Scene {
        name: "hostile",
        detail: "tree",
        targets: &["hostile:*"],
        runs: &[&["hostile.py", "\"><img src=x onerror=alert(2)></script>"]],
        hanging: &[],
    },
    Scene {
        name: "timed",
        detail: "time",
        targets: &WAREHOUSE,
        runs: &[&["warehouse.py", "--orders", "100"]],
        hanging: &[&["warehouse.py", "--orders", "10", "--hang"]],
    },
    Scene {
        name: "counted",
        detail: "count",
        targets: &WAREHOUSE,
        runs: &[&["warehouse.py", "--orders", "100"]],
        hanging: &[],
    },
    Scene {
        name: "damaged",
        detail: "tree",
        targets: &WAREHOUSE,
        runs: &[&["warehouse.py", "--orders", "20"], &["-c", DAMAGE]],
        hanging: &[],
    },
    Scene {
        name: "idle",
        detail: "tree",
        targets: &WAREHOUSE,
        runs: &[&["-c", "import warehouse"]],
        hanging: &[],
    },
];

/// Records all scenes, and returns the folder of their pages.
pub(super) fn record(stage: &Stage, python: &Interpreter) -> Result<PathBuf> {
    let pages = stage.folder().join("pages");
    fs::create_dir_all(&pages).with_context(|| format!("`{}`", pages.display()))?;
    console::heading("Recordings");
    for scene in &SCENES {
        let page = pages.join(format!("{}.html", scene.name));
        scene
            .play(stage, python, &page)
            .with_context(|| format!("the scene `{}`", scene.name))?;
        let bytes = fs::metadata(&page)
            .with_context(|| format!("`{}`", page.display()))?
            .len();
        console::line(&format!("{}: {} KiB", scene.name, bytes / 1024));
    }
    Ok(pages)
}

impl Scene {
    fn play(&self, stage: &Stage, python: &Interpreter, page: &Path) -> Result<()> {
        let folder = stage.folder().join(self.name);
        let programs = workspace::root().join("tests/browser/programs");
        fs::create_dir_all(&folder).with_context(|| format!("`{}`", folder.display()))?;
        for entry in fs::read_dir(&programs)? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                fs::copy(&path, folder.join(name))?;
            }
        }
        let venv = folder.join(".venv");
        venvs::bare(python, &venv)?;
        let setup = Setup {
            engine: Engine::Native,
            detail: self.detail,
            targets: self.targets,
        };
        stage.install(&venv, setup)?;
        for arguments in self.runs {
            let mut program = program(stage, &folder, arguments);
            process::run_quietly(&mut program, LIMIT)?;
        }
        let mut last = None;
        for arguments in self.hanging {
            if let Some(child) = last.replace(Hanging::start(stage, &folder, arguments)?) {
                drop(child);
            }
        }
        let mut export = stage.probe();
        export
            .args(["export", "html", "--venv"])
            .arg(&venv)
            .arg("--data-dir")
            .arg(folder.join("data"))
            .arg("--output")
            .arg(page);
        process::run_quietly(&mut export, LIMIT)?;
        drop(last);
        Ok(())
    }
}

/// A program in a scene's folder, which records into it; what was started to try the engine
/// recorded elsewhere.
fn program(stage: &Stage, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = stage.command(Path::new(".venv/bin/python"));
    command
        .current_dir(folder)
        .env("PROBE_DATA_DIR", folder.join("data"))
        .args(arguments);
    command
}

/// A program that waits forever, and is killed when it is no longer wanted.
struct Hanging(Child);

impl Hanging {
    /// Starts one, and waits until it hangs.
    fn start(stage: &Stage, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let child = program(stage, folder, arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("a program that hangs can't be started")?;
        let mut hanging = Self(child);
        let stdout = hanging.0.stdout.take().context("it has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(line == "hangs\n", "it says `{line}`, and ended");
        // It says so before its last call.
        std::thread::sleep(Duration::from_millis(300));
        Ok(hanging)
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
