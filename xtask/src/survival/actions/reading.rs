//! Commands that only look at a virtualenv: they must say the same with the probe as without.

use anyhow::{Result, ensure};

use crate::survival::action::Action;
use crate::survival::scene::Scene;
use crate::survival::tools::Tool::Uv;

/// The file in which the answers without the probe are kept.
const ANSWERS: &str = "answers.txt";

const VERBS: [&str; 4] = ["list", "freeze", "check", "inspect"];

pub(super) fn all() -> Vec<Action> {
    vec![
        Action::new("pip list, freeze, check, inspect", |scene| {
            compare(scene, &pip(scene)?)
        })
        .after(|scene| scene.write(ANSWERS, &pip(scene)?))
        .short(),
        Action::new("uv pip list, freeze, check, tree", |scene| {
            compare(scene, &uv(scene)?)
        })
        .after(|scene| scene.write(ANSWERS, &uv(scene)?))
        .by(Uv),
    ]
}

fn pip(scene: &Scene<'_>) -> Result<String> {
    let mut answers = String::new();
    for verb in VERBS {
        let mut pip = scene.python(&["-m", "pip", "--disable-pip-version-check", verb]);
        let output = scene.run(&mut pip)?;
        answers.push_str(&String::from_utf8(output.stdout)?);
        answers.push_str(&String::from_utf8(output.stderr)?);
    }
    Ok(answers)
}

fn uv(scene: &Scene<'_>) -> Result<String> {
    let mut answers = String::new();
    for verb in ["list", "freeze", "check", "tree"] {
        let mut uv = scene.tool(Uv, &["pip", verb, "--python", ".venv/bin/python"])?;
        let output = scene.run(&mut uv)?;
        answers.push_str(&String::from_utf8(output.stdout)?);
        // How long it took differs.
        answers.push_str(&output.status.to_string());
    }
    Ok(answers)
}

/// What is said now is what was said before.
fn compare(scene: &Scene<'_>, now: &str) -> Result<()> {
    let before = std::fs::read_to_string(scene.folder().join(ANSWERS))?;
    ensure!(
        before.contains("tiny"),
        "the tool says nothing of what is installed:\n{before}"
    );
    ensure!(
        before == now,
        "without the probe:\n{before}\nwith it:\n{now}"
    );
    Ok(())
}
