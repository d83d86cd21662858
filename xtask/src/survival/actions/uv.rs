//! What uv does to a virtualenv.

use anyhow::Result;

use crate::survival::action::{Action, Promise};
use crate::survival::scene::Scene;
use crate::survival::tools::Tool::Uv;

pub(super) fn all() -> Vec<Action> {
    let uv = |name, deed| Action::new(name, deed).by(Uv);
    vec![
        uv("uv sync", |scene| {
            project(scene)?;
            scene.use_tool(Uv, &["sync"])?;
            scene.extra_is_gone()
        }),
        uv("uv sync --inexact", |scene| {
            project(scene)?;
            scene.use_tool(Uv, &["sync", "--inexact"])
        }),
        uv("uv run", |scene| {
            project(scene)?;
            scene.use_tool(Uv, &["run", "python", "-c", "import tiny"])
        }),
        uv("uv pip sync", |scene| {
            scene.write("requirements.txt", "tiny==1.0\n")?;
            pip(scene, &["sync", "requirements.txt"])?;
            scene.extra_is_gone()
        }),
        uv("uv pip install", |scene| {
            scene.wheel("more", &["more.py=\n"])?;
            pip(scene, &["install", "more"])
        }),
        uv(
            "uv pip install of a wheel with a sitecustomize.py",
            |scene| {
                scene.wheel("custom", &["sitecustomize.py=own = 1\n"])?;
                pip(scene, &["install", "custom"])
            },
        )
        .with(Promise::Damaged),
        uv("uv pip uninstall of that wheel", |scene| {
            scene.wheel("custom", &["sitecustomize.py=own = 1\n"])?;
            pip(scene, &["install", "custom"])?;
            pip(scene, &["uninstall", "custom"])
        })
        .with(Promise::Damaged),
        uv("uv venv --allow-existing", |scene| {
            venv(scene, "--allow-existing")
        }),
        uv("uv venv --clear", |scene| venv(scene, "--clear")).with(Promise::Removed),
        uv("uv venv --allow-existing, another Python", |scene| {
            let python = scene.pythons.older.path.display().to_string();
            scene.use_tool(Uv, &["venv", "--allow-existing", "--python", &python])
        })
        .with(Promise::LeftBehind),
    ]
}

/// Makes a project that needs one of two packages that are installed.
fn project(scene: &Scene<'_>) -> Result<()> {
    let text = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.8\"\n\
        dependencies = [\"tiny\"]\n[tool.uv]\npackage = false\nno-index = true\n\
        find-links = [\"wheels\"]\n";
    scene.write("pyproject.toml", text)
}

fn pip(scene: &Scene<'_>, arguments: &[&str]) -> Result<()> {
    let mut command = scene.tool(Uv, &["pip", arguments[0], "--python", ".venv/bin/python"])?;
    if arguments[0] != "uninstall" {
        command.args(["--no-index", "--find-links", "wheels"]);
    }
    scene.run(command.args(&arguments[1..])).map(drop)
}

fn venv(scene: &Scene<'_>, option: &str) -> Result<()> {
    let python = scene.pythons.usual.path.display().to_string();
    scene.use_tool(Uv, &["venv", option, "--python", &python])
}
