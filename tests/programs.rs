//! Programs that tell the truth about their calls, under the installed probe: what `report`
//! says must agree with it to the unit, on every supported Python, with both engines and every
//! detail.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Context, Engine, Python, Run, Truth, on_each_engine};
use serde_json::Value;

on_each_engine!(
    every_shape_of_callable,
    the_script_itself,
    a_server_with_threads_and_its_client,
    processes_that_come_and_go,
    recursion_reaches_as_deep_as_without,
    a_program_says_the_same_as_without,
);

const DETAILS: [&str; 3] = ["tree", "time", "count"];

fn is_nested(name: &str) -> bool {
    name.contains("<locals>")
}

const SHAPES: &str =
    "import json, shapes; shapes.run(); print(json.dumps({'functions': shapes.truth('shapes')}))";

fn every_shape_of_callable(python: &Python, engine: Engine) {
    for detail in DETAILS {
        let context = Context::with_engine(python, engine);
        context.copy_program("shapes.py");
        context
            .probe(&["install", "-t", "shapes:**", "--detail", detail])
            .succeeds();
        let truth = context.truth(&["-c", SHAPES]);
        let expected: Truth = truth
            .clone()
            .into_iter()
            .filter(|(name, _)| engine.sees_nested(python) || !is_nested(name))
            .collect();
        context.recorded().assert_agrees(&expected);
        check_targets(&context, &truth, engine.sees_nested(python));
    }
}

/// Of a script's own functions, those that stand in its text are seen, and from 3.12 only:
/// before, nothing tells when it has defined them.
fn the_script_itself(python: &Python, engine: Engine) {
    let context = Context::with_engine(python, engine);
    context.copy_program("shapes.py");
    context.install(&["__main__:**", "__main__:plain"]);
    let mut truth = context.truth(&["shapes.py", "--truth"]);
    if engine.sees_nested(python) {
        // A property's two functions have one name there, a lambda none; `dataclass` makes its
        // methods later.
        truth.retain(|name, _| {
            let made = ["Base.name", "Point.__", "triple"];
            !made.iter().any(|part| name.contains(part))
        });
        context.recorded().assert_agrees(&truth);
    } else {
        let answer = context.probe(&["targets", "--json"]).succeeds().json();
        let plain = &answer["targets"][1]["functions"][0];
        assert_eq!(plain["name"], "__main__:plain");
        assert_eq!(plain["state"], "impossible");
        let why = plain["why"].as_str().unwrap();
        assert!(why.contains("3.12"), "{why}");
    }
}

/// `targets` knows all functions of the truth: those that are hooked, with their calls, and
/// those that can't be, with the reason.
fn check_targets(context: &Context, truth: &Truth, sees_nested: bool) {
    let answer = context.probe(&["targets", "--json"]).succeeds().json();
    let functions = answer["targets"][0]["functions"].as_array().unwrap();
    for (name, (calls, _)) in truth {
        let found = functions.iter().find(|it| it["name"] == name.as_str());
        let found = found.unwrap_or_else(|| panic!("{name} is missing in {answer:#}"));
        if is_nested(name) && !sees_nested {
            assert_eq!(found["state"], "impossible", "{found}");
            assert!(found["why"].is_string(), "{found}");
        } else {
            assert_eq!(found["state"], "hooked", "{found}");
            assert_eq!(found["calls"], Value::from(*calls), "{found}");
        }
    }
}

fn a_server_with_threads_and_its_client(python: &Python, engine: Engine) {
    for detail in DETAILS {
        let context = Context::with_engine(python, engine);
        context.copy_program("shop");
        context
            .probe(&["install", "-t", "shop.**:**", "--detail", detail])
            .succeeds();
        let truth = context.truth(&["-m", "shop", "--truth", "--requests", "60"]);
        context.recorded().assert_agrees(&truth);
    }
}

fn processes_that_come_and_go(python: &Python, engine: Engine) {
    let scenes = [
        "fork",
        "nested",
        "pool-fork",
        "pool-spawn",
        "exit",
        "kill",
        "threads",
        "fork-in-thread",
        "subprocess",
    ];
    let context = Context::with_engine(python, engine);
    context.copy_program("forks.py");
    context.copy_program("worker.py");
    context.install(&["worker:work"]);
    for scene in scenes {
        let printed = context.python(&["forks.py", scene]).succeeds().json();
        let recorded = context.recorded();
        let calls = &printed["functions"]["worker:work"]["calls"];
        assert_eq!(
            &Value::from(recorded.calls("worker:work")),
            calls,
            "{scene}"
        );
        if let Some(processes) = printed["processes"].as_u64() {
            assert_eq!(recorded.processes().len() as u64, processes, "{scene}");
        }
        std::fs::remove_dir_all(context.data()).unwrap();
    }
}

fn recursion_reaches_as_deep_as_without(python: &Python, engine: Engine) {
    const DEEP: [&str; 2] = ["-c", "import deep; deep.main()"];
    for detail in DETAILS {
        let context = Context::with_engine(python, engine);
        context.copy_program("deep.py");
        let without = context.python(&DEEP).succeeds();
        context
            .probe(&["install", "-t", "deep:**", "--detail", detail])
            .succeeds();
        let with = context.python(&DEEP).succeeds();
        assert_eq!(with.stdout, without.stdout);
        let recorded = context.recorded();
        // A thousand frames less twelve, and the one at the bottom.
        assert_eq!(recorded.calls("deep:down"), 989);
        assert_eq!(recorded.calls("deep:Tree.height"), 248);
    }
}

fn a_program_says_the_same_as_without(python: &Python, engine: Engine) {
    let context = Context::with_engine(python, engine);
    context.write(
        "noisy.py",
        "import sys\n\
         def f(n):\n    return [n] * n\n\
         def fail():\n    1 / 0\n\
         def main():\n    \
             sys.stdout.buffer.write(b'\\x00\\xff out\\n')\n    \
             sys.stdout.flush()\n    \
             sys.stderr.write('err %r %r\\n' % (f(3), sys.argv))\n    \
             sys.exit(7)\n",
    );
    let ways = [
        ["-c", "import noisy; noisy.main()", "a b", ""],
        ["-c", "import noisy; noisy.fail()", "", ""],
    ];
    let run = || {
        ways.map(|arguments| {
            let output = context.python(&arguments).output().unwrap();
            (output.status.code(), output.stdout, output.stderr)
        })
    };
    let without = run();
    assert_eq!((without[0].0, without[1].0), (Some(7), Some(1)));
    context.install(&["noisy:**"]);
    let with = run();
    assert_eq!(with[0], without[0]);
    let lines = |stderr: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(stderr);
        text.lines().map(str::to_owned).collect()
    };
    let (mut traceback, expected) = (lines(&with[1].2), lines(&without[1].2));
    if !engine.sees_nested(python) {
        // A forwarder stands before the function that it calls, under the same name.
        let frame = |line: &String| line.contains("noisy.py") && line.ends_with(", in fail");
        traceback.remove(traceback.iter().position(frame).unwrap());
    }
    assert_eq!(traceback, expected);
    let recorded = context.recorded().functions();
    assert_eq!(recorded["noisy:f"], (1, 0));
    assert_eq!(recorded["noisy:main"], (1, 1));
    assert_eq!(recorded["noisy:fail"], (1, 1));
}
