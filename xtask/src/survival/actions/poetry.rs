//! What poetry does to a virtualenv.

use anyhow::Result;

use crate::survival::action::Action;
use crate::survival::scene::Scene;
use crate::survival::tools::Tool::Poetry;

pub(super) fn all() -> Vec<Action> {
    let poetry = |name, deed| Action::new(name, deed).by(Poetry);
    vec![
        poetry("poetry sync", |scene| {
            project(scene)?;
            scene.use_tool(Poetry, &["sync"])?;
            scene.extra_is_gone()
        }),
        poetry("poetry install", |scene| {
            project(scene)?;
            scene.use_tool(Poetry, &["install"])
        }),
        poetry("poetry remove", |scene| {
            project(scene)?;
            scene.use_tool(Poetry, &["remove", "tiny"])
        }),
    ]
}

/// Makes a project that needs one of two packages that are installed, and locks it.
fn project(scene: &Scene<'_>) -> Result<()> {
    let text = "[project]\nname = \"shop\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\
        dependencies = []\n[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\n\
        tiny = {path = \"wheels/tiny-1.0-py3-none-any.whl\"}\n";
    scene.write("pyproject.toml", text)?;
    scene.use_tool(Poetry, &["lock"])
}
