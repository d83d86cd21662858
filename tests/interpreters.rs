//! The core path on every supported Python: install, the probe fires, a program's calls are
//! counted, uninstall, and the virtualenv is as it was.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Context, Engine, Python, Run, Tree, on_each_engine, on_each_python};
use serde_json::json;

on_each_engine!(the_core_path);
on_each_python!(
    the_venv_comes_back_byte_for_byte,
    names_taken_early_are_counted,
    modes_of_starting_python_are_covered,
);

fn the_core_path(python: &Python, engine: Engine) {
    let context = Context::with_engine(python, engine);
    context.copy_program("shapes.py");
    context.install(&["shapes:plain"]);

    let status = context.probe(&["status", "--json"]).succeeds().json();
    assert_eq!(status["state"], "intact");
    assert_eq!(status["fires"], true);
    assert_eq!(status["engine"], engine.name());
    assert_eq!(status["why"], json!([]));
    // PEP 829: from 3.15 a `.start` takes the place of the `.pth` of the same name.
    let how = if python.minor >= 15 { "start" } else { "pth" };
    assert_eq!(status["how"], how);

    let ran = context
        .python(&["-c", "import shapes; shapes.run()"])
        .succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let recorded = context.recorded();
    assert_eq!(recorded.calls("shapes:plain"), 10);
    let process = &recorded.processes()[0];
    assert_eq!(process["state"], "exited");
    let version = process["python"].as_str().unwrap();
    let prefix = format!("{}.", python.version());
    assert!(version.starts_with(&prefix), "{version}");

    context.probe(&["uninstall"]).succeeds();
    let status = context.probe(&["status", "--json"]).ran().with_code(1);
    assert_eq!(status.json()["state"], "absent");
    context
        .python(&["-c", "import shapes; shapes.run()"])
        .succeeds();
    assert_eq!(context.recorded().calls("shapes:plain"), 10);
}

fn the_venv_comes_back_byte_for_byte(python: &Python) {
    let context = Context::of(python);
    context.copy_program("shapes.py");
    let before = Tree::of(&context.venv());
    for targets in [&["shapes:plain"][..], &["shapes:**", "!shapes:raising"]] {
        context.install(targets);
        // Python leaves bytecode of the start-up files and of the payload.
        context.python(&["shapes.py"]).succeeds();
        context.python(&["-O", "shapes.py"]).succeeds();
    }
    let with = before.differences(&Tree::of(&context.venv()));
    assert!(with.len() > 30, "{with:?}");
    assert!(with.iter().any(|path| path.ends_with(".opt-1.pyc")));
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.venv());
}

fn names_taken_early_are_counted(python: &Python) {
    let context = Context::of(python);
    context.write("late.py", "def f():\n    return 1\n");
    context.write(
        "main.py",
        "from late import f\nimport late\nkept = [f]\nf(); late.f(); kept[0]()\n",
    );
    context.install(&["late:f"]);
    context.python(&["main.py"]).succeeds();
    assert_eq!(context.recorded().calls("late:f"), 3);
}

/// How often a start of Python that fires for these options is counted.
fn modes_of_starting_python_are_covered(python: &Python) {
    let context = Context::of(python);
    context.write("pkg/__init__.py", "");
    context.write("pkg/work.py", "def f():\n    return 1\n");
    context.write("pkg/__main__.py", "from pkg.work import f\nf()\n");
    context.install(&["pkg.work:f"]);
    let project = context.project();
    let project = project.to_str().unwrap();
    let script =
        format!("import sys; sys.path.insert(0, {project:?}); import pkg.work; pkg.work.f()");
    let ways: [&[&str]; 5] = [
        &["-m", "pkg"],
        &["pkg"],
        &["-c", &script],
        &["-I", "-c", &script],
        &["-E", "-s", "-B", "-OO", "-c", &script],
    ];
    for (number, way) in ways.iter().enumerate() {
        // Started as `python pkg`, the package's folder is on the path, and not its parent.
        let mut python = context.python(way);
        if !way.contains(&"-I") && !way.contains(&"-E") {
            python.env("PYTHONPATH", project);
        }
        python.succeeds();
        let calls = context.recorded().calls("pkg.work:f");
        assert_eq!(calls, number as u64 + 1, "{way:?}");
    }
    // Without `site` there is no probe, and no harm.
    context.python(&["-S", "-c", &script]).succeeds();
    context
        .python(&["-c", &script])
        .env("PROBE_DISABLE", "1")
        .succeeds();
    assert_eq!(context.recorded().calls("pkg.work:f"), ways.len() as u64);
}
