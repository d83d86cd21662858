//! Which engine works: the one that the plan or PROBE_ENGINE asks for, told by `status` before
//! anything was recorded and by `report` afterwards; and what keeps the native one out.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{AUTO, Context, Engine, Python, Run, on_each_python, snapshot};
use serde_json::{Value, json};

const SCRIPT: [&str; 2] = ["-c", "import work; work.f()"];

fn project(python: &Python) -> Context {
    let context = Context::of(python);
    context.write("work.py", "def f(): return 1\n");
    context
}

/// The engines of the recorded processes; the recordings go.
fn recorded_by(context: &Context) -> Vec<String> {
    let report = context.probe(&["report", "--json"]).succeeds().json();
    std::fs::remove_dir_all(context.data()).unwrap();
    let processes = report["processes"].as_array().unwrap().iter();
    processes
        .map(|it| it["engine"].as_str().unwrap().to_owned())
        .collect()
}

fn status(context: &Context, variable: Option<&str>) -> Value {
    let mut status = context.probe(&["status", "--json"]);
    status.envs(variable.map(|value| ("PROBE_ENGINE", value)));
    status.succeeds().json()
}

on_each_python!(the_engine_that_is_asked_for_works);

fn the_engine_that_is_asked_for_works(python: &Python) {
    let context = project(python);
    for (asked, engine) in [
        ("auto", AUTO),
        ("native", Engine::Native),
        ("python", Engine::Python),
    ] {
        let options = ["-t", "work:f", "--engine", asked];
        context.probe(&["install"]).args(options).succeeds();
        // No target's module is imported in the Python that status starts.
        let answer = status(&context, None);
        assert_eq!(answer["engine"], engine.name());
        assert_eq!(answer["why"], json!([]));
        context.python(&SCRIPT).succeeds();
        assert_eq!(recorded_by(&context), [engine.name()]);

        // The environment goes before the plan.
        for other in [Engine::Native, Engine::Python] {
            let variable = ("PROBE_ENGINE", other.name());
            assert_eq!(status(&context, Some(other.name()))["engine"], other.name());
            context.python(&SCRIPT).envs([variable]).succeeds();
            assert_eq!(recorded_by(&context), [other.name()]);
        }

        let mut run = context.probe(&["run"]);
        run.args(options)
            .arg("--")
            .arg(context.venv().join("bin/python"));
        run.args(SCRIPT).succeeds();
        assert_eq!(recorded_by(&context), [engine.name()]);
    }
}

#[test]
fn an_engine_that_does_not_exist_is_told() {
    let context = project(common::usual_python());
    context.install(&["work:f"]);
    let answer = status(&context, Some("rust"));
    assert_eq!(answer["engine"], AUTO.name());
    let why = "PROBE_ENGINE: 'rust' is no engine (auto, native, python), so auto it is";
    assert_eq!(answer["why"], json!([why]));
}

#[test]
fn a_native_engine_that_does_not_load_is_replaced_and_the_reason_told() {
    let context = project(common::usual_python());
    context
        .probe(&["install", "-t", "work:f", "--engine", "native"])
        .succeeds();
    let library = context
        .site_packages()
        .join(context.package())
        .join("_native.abi3.so");
    std::fs::write(&library, "damaged").unwrap();
    let ran = context
        .probe(&["status", "--json"])
        .ran()
        .with_code(1)
        .json();
    assert_eq!(ran["state"], "modified");
    assert_eq!(
        (&ran["fires"], &ran["engine"]),
        (&json!(true), &json!("python"))
    );
    let told = |why: &Value| {
        let why = why.as_str().unwrap();
        why.starts_with("the native engine doesn't load: ")
            && why.ends_with("; the Python engine works instead")
    };
    let why = ran["why"].as_array().unwrap();
    assert!(why.iter().any(told), "{why:?}");
    context.python(&SCRIPT).succeeds();
    assert_eq!(recorded_by(&context), ["python"]);

    std::fs::remove_file(&library).unwrap();
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               missing  _probe_[HASH]/_native.abi3.so
      fires    yes, through probe.[FILE]
      engine   python
      why      `_probe_[HASH]/_native.abi3.so` is missing
               this probe has no native engine; the Python engine works instead
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.python(&SCRIPT).succeeds();
    assert_eq!(recorded_by(&context), ["python"]);

    // Installed again it is there again.
    context
        .probe(&["install", "-t", "work:f", "--engine", "native"])
        .succeeds();
    assert_eq!(status(&context, None)["engine"], "native");
}
