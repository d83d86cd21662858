//! What pip and pip-tools do to a virtualenv.

use anyhow::Result;

use crate::survival::action::{Action, Promise};
use crate::survival::scene::{Scene, make_wheel};
use crate::survival::tools::Tool::PipSync;

/// Prints the folder with the pip that Python brings.
const BUNDLED: &str = "import ensurepip, os; \
    print(os.path.join(os.path.dirname(ensurepip.__file__), '_bundled'), end='')";

/// A project that is its own build backend.
const EDITABLE: &str = "[build-system]\nrequires = []\nbuild-backend = \"make_wheel\"\n\
    backend-path = [\".\"]\n[project]\nname = \"editable\"\nversion = \"1.0\"\n";

pub(super) fn all() -> Vec<Action> {
    vec![
        Action::new("pip install", |scene| {
            scene.wheel("more", &["more.py=\n"])?;
            scene.pip(&["install", "more"])
        }),
        Action::new("pip install --force-reinstall", |scene| {
            scene.pip(&["install", "--force-reinstall", "tiny"])
        }),
        Action::new("pip uninstall", |scene| {
            scene.pip(&["uninstall", "--yes", "extra"])?;
            scene.extra_is_gone()
        })
        .short(),
        Action::new("pip install --upgrade pip", |scene| {
            let output = scene.run(&mut scene.python(&["-c", BUNDLED]))?;
            let bundled = String::from_utf8(output.stdout)?;
            let upgrade = ["install", "--upgrade", "--force-reinstall", "--find-links"];
            scene.pip(&[&upgrade[..], &[&bundled, "pip"]].concat())
        }),
        Action::new("pip install -e", |scene| {
            std::fs::copy(make_wheel(), scene.folder().join("make_wheel.py"))?;
            scene.write("pyproject.toml", EDITABLE)?;
            scene.pip(&["install", "--no-build-isolation", "--editable", "."])
        }),
        Action::new("pip install of a wheel with a sitecustomize.py", |scene| {
            ship(scene, "sitecustomize.py=own = 1\n")
        })
        .with(Promise::Damaged)
        .short(),
        Action::new("pip uninstall of that wheel", |scene| {
            ship(scene, "sitecustomize.py=own = 1\n")?;
            scene.pip(&["uninstall", "--yes", "custom"])
        })
        .with(Promise::Damaged)
        .short(),
        Action::new("pip install of a wheel with a probe.pth", |scene| {
            ship(scene, "probe.pth=# nothing\n")
        })
        .with(Promise::Damaged),
        Action::new("pip uninstall of that wheel too", |scene| {
            ship(scene, "probe.pth=# nothing\n")?;
            scene.pip(&["uninstall", "--yes", "custom"])
        })
        .with(Promise::Damaged),
        Action::new("pip-sync", |scene| {
            scene.write("requirements.txt", "tiny==1.0\n")?;
            scene.use_tool(
                PipSync,
                &[
                    "--python-executable",
                    ".venv/bin/python",
                    "--no-index",
                    "--find-links",
                    "wheels",
                    "requirements.txt",
                ],
            )?;
            scene.extra_is_gone()
        })
        .by(PipSync),
    ]
}

/// Installs a wheel with this file.
fn ship(scene: &Scene<'_>, file: &str) -> Result<()> {
    scene.wheel("custom", &[file])?;
    scene.pip(&["install", "custom"])
}
