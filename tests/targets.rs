//! `probe targets`: which functions the targets chose, and what became of each.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Context, Run, check_keys, snapshot};

const APP: &str = "
import helper

def called(): return helper.helped()
def never(): pass

class Cart:
    def total(self): return 1
    def secret(self): return 2
    @property
    def size(self): return 3
    @size.setter
    def size(self, size): pass
";

/// A place with a package of which a part is imported, and a part of that called.
fn installed(targets: &[&str]) -> Context {
    let context = Context::new();
    context.write("app.py", APP);
    context.write("helper.py", "def helped(): return 1\ndef other(): pass\n");
    context.write("later.py", "def f(): pass\n");
    context.install(targets);
    context
}

const RUN: [&str; 2] = [
    "-c",
    "import app; app.called(); app.called(); cart = app.Cart(); cart.total(); cart.size = cart.size",
];

#[test]
fn each_state_of_a_function() {
    let context = installed(&["app:**", "!app:Cart.secret", "helper:helped", "later:*"]);
    snapshot!(context, context.probe(&["targets"]), @"
    exit code: 0
    ----- stdout -----
    app:**
      app:Cart.size         never imported
      app:Cart.size.setter  never imported
      app:Cart.total        never imported
      app:called            never imported
      app:never             never imported

    !app:Cart.secret
      it takes away from what earlier targets choose

    helper:helped
      helper:helped  never imported

    later:*
      later:f  never imported
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    context.python(&RUN).succeeds();
    snapshot!(context, context.probe(&["targets"]), @"
    exit code: 0
    ----- stdout -----
    app:**
      app:Cart.size         hooked        1 call
      app:Cart.size.setter  hooked        1 call
      app:Cart.total        hooked        1 call
      app:called            hooked        2 calls
      app:never             never called

    !app:Cart.secret
      it takes away from what earlier targets choose

    helper:helped
      helper:helped  hooked  2 calls

    later:*
      later:f  never imported
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}

#[test]
fn the_answer_as_json() {
    let context = installed(&["app:called", "later:*", "nowhere:**"]);
    context.python(&RUN).succeeds();
    let answer = context.probe(&["targets", "--json"]).succeeds().json();
    check_keys(&answer, &["schema", "targets"]);
    assert_eq!(answer["schema"], 1);
    let targets = answer["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 3);
    for target in targets {
        check_keys(target, &["pattern", "functions"]);
        for function in target["functions"].as_array().unwrap() {
            check_keys(function, &["name", "state", "why", "calls"]);
        }
    }
    assert_eq!(targets[0]["functions"][0]["calls"], 2);
    assert_eq!(targets[1]["functions"][0]["state"], "never imported");
    assert_eq!(targets[2]["functions"].as_array().unwrap().len(), 0);
    assert!(targets[2]["why"].is_string());
}

#[test]
fn the_last_target_that_matches_decides() {
    let context = installed(&["app:**", "!app:**", "app:Cart.*"]);
    context.python(&RUN).succeeds();
    let recorded = context.recorded().functions();
    let names: Vec<&str> = recorded.keys().map(String::as_str).collect();
    // `*` is one part of a name, and a setter's has two.
    assert_eq!(names, ["app:Cart.size", "app:Cart.total"]);
    assert_eq!(recorded["app:Cart.size"], (1, 0));
}

#[test]
fn what_a_module_imported_is_found_by_its_full_name_only() {
    let context = installed(&["user:*"]);
    context.write(
        "user.py",
        "from helper import helped, other\ndef own(): return helped()\n",
    );
    context
        .python(&["-c", "import user; user.own()"])
        .succeeds();
    let names =
        |context: &Context| -> Vec<String> { context.recorded().functions().into_keys().collect() };
    assert_eq!(names(&context), ["user:own"]);
    context.install(&["user:helped"]);
    context
        .python(&["-c", "import user; user.own()"])
        .succeeds();
    // Named by where it is defined.
    assert!(names(&context).contains(&"helper:helped".to_owned()));
}

#[test]
fn what_cannot_be_instrumented_says_why() {
    let context = installed(&["app:called", "math:sqrt", "builtins:str.upper"]);
    let script = "import math, app; app.called(); math.sqrt(len('four'))";
    context.python(&["-c", script]).succeeds();
    snapshot!(context, context.probe(&["targets"]), @"
    exit code: 0
    ----- stdout -----
    app:called
      app:called  hooked  1 call

    math:sqrt
      math:sqrt  hooked  1 call

    builtins:str.upper
      builtins:str.upper  impossible  it is a method of a type written in C, which can't be changed
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}
