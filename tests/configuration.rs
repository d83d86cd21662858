//! The configuration: which file is in force, the command line over it, the environment
//! between them, and every error with its line or column.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Context, Run, snapshot};
use serde_json::{Value, json};

/// The plan that `run` would follow.
fn plan(context: &Context, arguments: &[&str]) -> Value {
    let mut run = context.probe(&["run", "--dry-run", "--json"]);
    run.args(arguments).args(["--", "true"]);
    run.succeeds().json()
}

#[test]
fn the_nearest_file_is_read() {
    let context = Context::new();
    context.write("pyproject.toml", "[tool.probe]\ntargets = ['outer:f']\n");
    let answer = plan(&context, &[]);
    assert_eq!(answer["plan"]["targets"], json!(["outer:f"]));
    let file = context.project().join("pyproject.toml");
    assert_eq!(answer["config"], file.to_str().unwrap());
    // Ours comes before the project's.
    context.write("probe.toml", "targets = ['ours:f']\ndetail = 'count'\n");
    let answer = plan(&context, &[]);
    assert_eq!(answer["plan"]["targets"], json!(["ours:f"]));
    assert_eq!(answer["plan"]["detail"], "count");
    // One that is named comes before both.
    context.write("other.toml", "targets = ['named:f']\n");
    let answer = plan(&context, &["--config", "other.toml"]);
    assert_eq!(answer["plan"]["targets"], json!(["named:f"]));
}

#[test]
fn the_command_line_goes_over_the_file() {
    let context = Context::new();
    context.write(
        "probe.toml",
        "targets = ['app:f']\nexclude = ['app:secret']\ndetail = 'time'\nengine = 'python'\n\
         data-dir = 'recordings'\n",
    );
    let mut run = context.probe(&["run", "--dry-run", "-t", "app:**", "--detail", "count"]);
    run.args(["--", "true"]).env_remove("PROBE_DATA_DIR");
    let ran = run.succeeds();
    for line in [
        "  app:**",
        "  !app:secret",
        "  detail count",
        "  engine python",
    ] {
        assert!(ran.stdout.lines().any(|it| it == line), "{}", ran.text());
    }
    let store = format!("into {}/recordings/", context.project().display());
    assert!(ran.stdout.contains(&store), "{}", ran.text());
    assert!(ran.stderr.contains("probe.toml"), "{}", ran.text());
}

#[test]
fn where_recordings_go() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\n");
    context.write(
        "probe.toml",
        "targets = ['app:f']\ndata-dir = 'of the file'\n",
    );
    let store = |variable: Option<&str>, arguments: &[&str]| {
        let mut run = context.probe(&["run", "--dry-run", "--json"]);
        run.args(arguments).args(["--", "true"]);
        match variable {
            Some(value) => run.env("PROBE_DATA_DIR", value),
            None => run.env_remove("PROBE_DATA_DIR"),
        };
        let answer = run.succeeds().json();
        let store = answer["plan"]["store"].as_str().unwrap().to_owned();
        let root = store.rsplit_once('/').unwrap().0.to_owned();
        root.replace(context.root().to_str().unwrap(), "[ROOT]")
    };
    assert_eq!(store(None, &[]), "[ROOT]/project/of the file");
    assert_eq!(store(Some("/variable"), &[]), "/variable");
    assert_eq!(
        store(Some("/variable"), &["--data-dir", "/given"]),
        "/given"
    );
    std::fs::remove_file(context.project().join("probe.toml")).unwrap();
    assert_eq!(store(None, &["-t", "app:f"]), "[ROOT]/home/state/probe");
}

#[test]
fn what_install_resolved_is_what_processes_follow() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\ndef g(): pass\ndef h(): pass\n");
    context.write(
        "probe.toml",
        "targets = ['app:*']\nexclude = ['app:g']\ndetail = 'count'\n",
    );
    context.probe(&["install"]).succeeds();
    // A file that changes later has its effect with the next install.
    context.write("probe.toml", "targets = ['app:g']\n");
    let script = "import app; app.f(); app.f(); app.g(); app.h()";
    context.python(&["-c", script]).succeeds();
    let recorded = context.recorded();
    let calls = ["app:f", "app:g", "app:h"].map(|name| recorded.calls(name));
    assert_eq!(calls, [2, 0, 1]);
    assert_eq!(recorded.0["functions"][0]["self_ns"], Value::Null);
}

#[test]
fn targets_of_the_environment_replace_the_plans() {
    let context = Context::new();
    context.write("app.py", "def f(): pass\ndef g(): pass\n");
    context.install(&["app:f"]);
    let mut python = context.python(&["-c", "import app; app.f(); app.g()"]);
    python.env("PROBE_TARGETS", "app:g,!app:f").succeeds();
    let recorded = context.recorded();
    assert_eq!((recorded.calls("app:f"), recorded.calls("app:g")), (0, 1));
    let mut run = context.probe(&["run", "-t", "app:f", "--", "true"]);
    run.env("PROBE_TARGETS", "app:g").env("PROBE_DISABLE", "1");
    snapshot!(context, run, @"
    exit code: 0
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: `PROBE_DISABLE` is set, so nothing will be recorded
    warning: `PROBE_TARGETS` is set and replaces the targets: `app:g`
    ");
}

#[test]
fn no_target_at_all() {
    let context = Context::new();
    snapshot!(context, context.probe(&["install"]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: no target is given, and no configuration file is found from `[PROJECT]` upwards
    hint: say what to time, such as `-t 'shop.**:*'` for all functions of the package `shop`, or write `targets = ["shop.**:*"]` into `probe.toml`
    "#);
}

#[test]
fn a_key_that_is_not_known() {
    let context = Context::new();
    context.write("probe.toml", "targets = ['app:f']\ndetial = 'tree'\n");
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 2, column 1: unknown key `detial`; did you mean `detail`?
    hint: the keys are `targets`, `exclude`, `detail`, `engine`, `data-dir`, `keep-for`, `keep-size`, `budgets`
    ");
    context.write("probe.toml", "");
    std::fs::remove_file(context.project().join("probe.toml")).unwrap();
    context.write(
        "pyproject.toml",
        "[project]\nname = 'x'\n\n[tool.probe]\ntarget = ['app:f']\n",
    );
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/pyproject.toml`, line 5, column 1: unknown key `target`; did you mean `targets`?
    hint: the keys are `targets`, `exclude`, `detail`, `engine`, `data-dir`, `keep-for`, `keep-size`, `budgets`
    ");
}

#[test]
fn values_that_are_not_understood() {
    let context = Context::new();
    context.write("probe.toml", "targets = 'app:f'\n");
    snapshot!(context, context.probe(&["install"]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 1, column 11: `targets` takes an array of strings, not a string
    hint: write `targets = ["shop.**:*"]`
    "#);
    context.write("probe.toml", "targets = ['app:f']\ndetail = 'trees'\n");
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 2, column 10: `detail` can't be `trees`; did you mean `tree`?
    hint: `detail` is one of count, time, tree
    ");
    context.write("probe.toml", "targets = [\n  'app:f',\n  'app:f:g',\n]\n");
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 3, column 3: target doesn't parse: a second `:`, at column 6
      app:f:g
           ^
    hint: a target is `module:qualname`, such as `shop.db:Session.commit`, `shop.**:*` or `!shop.tests.**`
    ");
    context.write("probe.toml", "targets = ['app:f'\n");
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 1, column 19: this isn't TOML: unclosed array, expected `]`
    ");
}

#[test]
fn a_file_that_is_named_must_have_something_to_say() {
    let context = Context::new();
    snapshot!(context, context.probe(&["install", "--config", "missing.toml"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the configuration `[PROJECT]/missing.toml` can't be read
      caused by: No such file or directory (os error 2)
    hint: name another file with `--config`, or make this one readable and UTF-8
    ");
    context.write("pyproject.toml", "[project]\nname = 'x'\n");
    snapshot!(context, context.probe(&["install", "--config", "pyproject.toml"]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the configuration `[PROJECT]/pyproject.toml` has no table `[tool.probe]`
    hint: add `[tool.probe]` with `targets = ["shop.**:*"]` to it
    "#);
}
