//! `probe export html` of what a real program recorded: the file is whole, says what `report` says,
//! and holds hostile names as data. How it looks and what it does is `cargo xtask browser`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::{Context, Run, snapshot};
use serde_json::Value;

/// Functions of all kinds of names, and a command line.
const APP: &str = "\
EVIL = '</script><img src=x onerror=alert(1)>\\u2028\\u202e\"'

def leaf():
    return 1

def f():
    return leaf()

def g():
    raise ValueError

g.__qualname__ = g.__name__ = EVIL
globals()[EVIL] = globals().pop('g')
";

const PROGRAM: &str = "\
import app
for _ in range(5):
    app.f()
try:
    getattr(app, app.EVIL)()
except ValueError:
    pass
";

fn recorded() -> Context {
    let context = Context::new();
    context.write("app.py", APP);
    context.write("main.py", PROGRAM);
    context.install(&["app:*"]);
    context
        .python(&["main.py", "</script><script>alert(2)</script>"])
        .succeeds();
    context
}

/// The data of a page, as a browser finds it.
fn data_in(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

/// Calls, errors and total by name.
fn figures(functions: &Value) -> BTreeMap<String, [Value; 3]> {
    let functions = functions.as_array().unwrap().iter();
    functions
        .map(|it| {
            let figures = ["calls", "errors", "total_ns"].map(|key| it[key].clone());
            (it["name"].as_str().unwrap().to_owned(), figures)
        })
        .collect()
}

#[test]
fn the_page_says_what_the_report_says() {
    let context = recorded();
    let file = context.project().join("page.html");
    let ran = context
        .probe(&["export", "html", "--output", "page.html"])
        .succeeds();
    assert_eq!(ran.stdout, "");
    let page = fs::read_to_string(&file).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    let data = data_in(&page);
    let report = context.probe(&["report", "--json"]).succeeds().json();
    let mut reported = figures(&report["functions"]);
    // What can't be seen is shown as its code, in words as in the page.
    let evil = reported.keys().find(|it| it.contains("img")).unwrap();
    let figures_of_evil = reported[evil].clone();
    let shown = evil
        .replace('\u{2028}', "\\u{2028}")
        .replace('\u{202e}', "\\u{202e}");
    reported.remove(&evil.clone());
    reported.insert(shown, figures_of_evil);
    assert_eq!(figures(&data["functions"]), reported);
    assert_eq!(reported["app:f"][0], 5);
    assert_eq!(data["heading"], context.venv().to_str().unwrap());
    assert_eq!(
        data["processes"][0]["command"],
        format!(
            "{} main.py </script><script>alert(2)</script>",
            context.venv().join("bin/python").display()
        )
    );
    // The call tree: leaf within f.
    let tree = &data["tree"];
    let name = |node: usize| {
        let function = tree["function"][node].as_u64().unwrap() as usize;
        tree["names"][function].as_str().unwrap()
    };
    let leaf = (0..3).find(|node| name(*node) == "app:leaf").unwrap();
    let parent = tree["parent"][leaf].as_u64().unwrap() as usize;
    assert_eq!(name(parent), "app:f");
    assert_eq!(tree["calls"][leaf], 5);
    // A histogram's slots hold all calls.
    let slots = data["functions"][0]["latencies"][0]["slots"]
        .as_array()
        .unwrap();
    let calls: u64 = slots.iter().map(|it| it[2].as_u64().unwrap()).sum();
    assert_eq!(data["functions"][0]["calls"], calls);
}

#[test]
fn names_and_command_lines_are_data() {
    let context = recorded();
    let page = context.probe(&["export", "html"]).succeeds().stdout;
    assert!(!page.contains("<img") && !page.contains("<script>alert"));
    assert_eq!(page.matches("</script>").count(), 2);
    assert_eq!(page.matches("<script").count(), 2);
    assert!(page.contains("default-src 'none'; script-src 'sha256-"));
    let elsewhere = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!elsewhere.contains("http:") && !elsewhere.contains("https:"));
}

#[test]
fn stdout_and_a_file_are_the_same() {
    let context = recorded();
    let without_moment = |page: &str| {
        let (before, rest) = page.split_once("\"read_ms\":").unwrap();
        let (_, after) = rest.split_once(',').unwrap();
        format!("{before}{after}")
    };
    let page = context
        .probe(&["export", "html", "--run", "last"])
        .succeeds()
        .stdout;
    context
        .probe(&["export", "html", "-o", "page.html"])
        .succeeds();
    let file = fs::read_to_string(context.project().join("page.html")).unwrap();
    assert_eq!(without_moment(&page), without_moment(&file));
}

#[test]
fn what_prevents_it_is_said() {
    let context = Context::installed();
    snapshot!(context, context.probe(&["export", "html"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: nothing is recorded in `[ROOT]/data/project-[HASH]`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    context.write("app.py", "def f(): pass\n");
    context.run_app();
    let ran = context
        .probe(&["export", "html", "-o", "nowhere/page.html"])
        .ran();
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("nowhere/page.html"), "{}", ran.text());
    snapshot!(context, context.probe(&["export", "html", "--run", "first"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `first` is not a run
    hint: use `--run last`, `--run all`, or a process id
    ");
}
