//! What people and their scripts do with the files themselves.

use std::fs;

use anyhow::Result;

use crate::survival::action::{Action, Promise};
use crate::survival::scene::Scene;

pub(super) fn all() -> Vec<Action> {
    let damage = |name, deed| Action::new(name, deed).with(Promise::Damaged);
    vec![
        Action::new("find -name '*.pyc' -delete", |scene| {
            shell(scene, "find .venv -name '*.pyc' -delete")
        })
        .short(),
        Action::new("rm -r of every __pycache__", |scene| {
            shell(scene, "find .venv -name __pycache__ -print0 | xargs -0 rm -r")
        }),
        Action::new("python -m compileall", |scene| {
            let site_packages = scene.site_packages().display().to_string();
            let compileall = ["-m", "compileall", "-q", "-f", &site_packages];
            scene.run(&mut scene.python(&compileall)).map(drop)
        }),
        damage("git clean of probe.pth", |scene| remove(scene, "probe.pth")),
        damage("git clean of probe.start", |scene| {
            remove(scene, "probe.start")
        }),
        damage("git clean of sitecustomize.py", |scene| {
            remove(scene, "sitecustomize.py")
        }),
        damage("git clean of the package's __init__.py", |scene| {
            Ok(fs::remove_file(scene.package()?.join("__init__.py"))?)
        }),
        damage("git clean of the package's plan.py", |scene| {
            Ok(fs::remove_file(scene.package()?.join("plan.py"))?)
        }),
        damage("git clean of the package", |scene| {
            Ok(fs::remove_dir_all(scene.package()?)?)
        })
        .short(),
        Action::new("cp -a, rsync -a to another place", |scene| {
            shell(scene, "cp -a .venv moved")
        })
        .with(Promise::Moved)
        .short(),
        Action::new("mv to another place", |scene| shell(scene, "mv .venv moved"))
            .with(Promise::Moved),
        Action::new("COPY as docker does, with new times", |scene| {
            shell(
                scene,
                "cp -r --preserve=mode,links .venv moved; find moved -exec touch -h -d 2001-01-01 {} +",
            )
        })
        .with(Promise::Moved),
        Action::new("COPY to the same path, another owner", |scene| {
            shell(
                scene,
                "mv .venv old; cp -r --preserve=mode,links old .venv; rm -r old
                if [ $(id -u) = 0 ]; then chown -hR 12345:12345 .venv; fi",
            )
        }),
    ]
}

fn shell(scene: &Scene<'_>, script: &str) -> Result<()> {
    let mut shell = scene.command("sh".as_ref());
    scene.run(shell.args(["-ec", script])).map(drop)
}

fn remove(scene: &Scene<'_>, name: &str) -> Result<()> {
    Ok(fs::remove_file(scene.site_packages().join(name))?)
}
