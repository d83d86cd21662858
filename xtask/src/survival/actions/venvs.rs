//! Virtualenvs that are made again in place.

use std::fs;

use anyhow::Result;

use crate::survival::action::{Action, Promise};
use crate::survival::scene::Scene;
use crate::survival::tools::Tool::Virtualenv;

pub(super) fn all() -> Vec<Action> {
    vec![
        Action::new("python -m venv over it", |scene| venv(scene, &[])).short(),
        Action::new("python -m venv --upgrade", |scene| {
            venv(scene, &["--upgrade"])
        })
        .short(),
        Action::new("python -m venv --clear", |scene| venv(scene, &["--clear"]))
            .with(Promise::Removed)
            .short(),
        Action::new("virtualenv over it", |scene| virtualenv(scene, &[])).by(Virtualenv),
        Action::new("virtualenv --clear", |scene| {
            virtualenv(scene, &["--clear"])
        })
        .by(Virtualenv)
        .with(Promise::Removed),
        // venv leaves the links that are there, so the old Python stays.
        Action::new("another Python's -m venv over it", of_another),
        Action::new("the same, bin removed before", |scene| {
            fs::remove_dir_all(scene.venv().join("bin"))?;
            of_another(scene)
        })
        .with(Promise::LeftBehind)
        .short(),
    ]
}

fn venv(scene: &Scene<'_>, options: &[&str]) -> Result<()> {
    let mut python = scene.command(&scene.pythons.usual.path);
    python.args(["-m", "venv", "--without-pip"]).args(options);
    scene.run(python.arg(scene.venv())).map(drop)
}

fn virtualenv(scene: &Scene<'_>, options: &[&str]) -> Result<()> {
    let mut virtualenv = scene.tool(Virtualenv, &["--no-seed", "--no-download", "--python"])?;
    virtualenv.arg(&scene.pythons.usual.path).args(options);
    scene.run(virtualenv.arg(scene.venv())).map(drop)
}

fn of_another(scene: &Scene<'_>) -> Result<()> {
    let mut python = scene.command(&scene.pythons.older.path);
    python.args(["-m", "venv", "--without-pip"]);
    scene.run(python.arg(scene.venv())).map(drop)
}
