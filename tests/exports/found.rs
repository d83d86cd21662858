//! What the tests of exports share: a place in which a program has worked, and what a consumer makes
//! of an export of it. No test is here.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::common::{Context, Run};

/// What reads exports.
const READER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports/read.py");

/// A place in which three processes worked.
pub(crate) fn worked(arguments: &[&str]) -> Context {
    let context = Context::new();
    context.write("work.py", include_str!("work.py"));
    let mut run = context.probe(&["run", "-t", "work:**"]);
    run.args(arguments)
        .arg("--")
        .arg(context.venv().join("bin/python"))
        .arg("work.py")
        .succeeds();
    context
}

/// Writes an export into a file.
pub(crate) fn exported(context: &Context, format: &str) -> PathBuf {
    let path = context.project().join(format);
    context
        .probe(&["export", format, "-o"])
        .arg(&path)
        .succeeds();
    path
}

/// What a consumer made of an export.
pub(crate) struct Found {
    pub(crate) functions: Map<String, Value>,
    pub(crate) all: Value,
}

pub(crate) fn read(context: &Context, format: &str) -> Found {
    let path = exported(context, format);
    read_by(context, &context.python.path, format, &path)
}

pub(crate) fn read_by(context: &Context, python: &Path, format: &str, path: &Path) -> Found {
    let mut reader = context.command(python);
    reader.args(["-I", READER, format]).arg(path);
    let mut found = reader.succeeds().json();
    Found {
        functions: std::mem::take(found["functions"].as_object_mut().unwrap()),
        all: found["all"].take(),
    }
}

impl Found {
    /// Fails where these figures aren't those of the report, or of other functions.
    #[track_caller]
    pub(crate) fn assert_agrees(&self, context: &Context, keys: &[&str]) {
        let report = context.recorded();
        let functions = report.0["functions"].as_array().unwrap();
        if !keys.is_empty() {
            assert_eq!(self.functions.len(), functions.len());
        }
        for function in functions {
            let name = function["name"].as_str().unwrap();
            for key in keys {
                // What the format leaves out where nothing is known is null in the report.
                let found = self.functions[name].get(*key).and_then(Value::as_f64);
                assert_eq!(found, function[*key].as_f64(), "{key} of {name}");
            }
        }
        for key in ["calls", "self_ns"] {
            if let Some(sum) = self.all.get(key) {
                let all = functions.iter().map(|it| it[key].as_u64().unwrap_or(0));
                assert_eq!(sum, all.sum::<u64>(), "{key} of all");
            }
        }
    }

    /// Fails where calls or totals aren't those of the report.
    #[track_caller]
    pub(crate) fn assert_calls_and_totals(&self, context: &Context) {
        for function in context.recorded().0["functions"].as_array().unwrap() {
            let found = &self.functions[function["name"].as_str().unwrap()];
            assert_eq!(found["calls"], function["calls"]);
            assert_eq!(found["total_ns"], function["total_ns"]);
        }
    }
}
