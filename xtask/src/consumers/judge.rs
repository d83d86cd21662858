//! Compares the figures that a consumer tells with those of the report. Pure.

use serde_json::Value;

/// How far the middle of a slot, which decides its bucket, may be from a figure of the report.
const HALF_A_SLOT: f64 = 0.032;

/// The upper bounds of metrics' buckets go by these steps in each power of ten.
const STEPS: [f64; 3] = [1.0, 2.5, 5.0];

/// What must be equal.
#[derive(Debug, Clone, Copy)]
pub(super) enum Equal {
    /// A figure of each function.
    Each(&'static str),
    /// The same, but for functions that call themselves, of which less is told.
    EachButRecursive(&'static str),
    /// A figure of each function, as well as three digits tell it.
    Rounded(&'static str),
    /// A figure of each function lies in the same bucket, as far as slots tell which.
    Bucket(&'static str),
    /// The sum of a figure of all functions.
    Sum(&'static str),
    /// Nothing but that it was read; what else was looked at.
    Read(&'static str),
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Judgement {
    /// What was compared.
    pub(super) equal: String,
    /// Functions that it was compared of.
    pub(super) functions: usize,
    /// What differs.
    pub(super) problems: Vec<String>,
}

/// Compares what was found, as `tests/exports/read.py` prints it, once for each interpreter that
/// read, with the report.
pub(super) fn judge(found: &[Value], report: &Value, equal: &[Equal]) -> Judgement {
    let empty = Vec::new();
    let functions = report["functions"].as_array().unwrap_or(&empty);
    let mut problems = Vec::new();
    for found in found {
        for equal in equal {
            match *equal {
                Equal::Each(key) => each(found, functions, key, same, &mut problems),
                Equal::Rounded(key) => each(found, functions, key, near, &mut problems),
                Equal::Bucket(key) => each(found, functions, key, in_one_bucket, &mut problems),
                Equal::EachButRecursive(key) => {
                    let (own, others): (Vec<&Value>, Vec<&Value>) =
                        functions.iter().partition(|it| is_recursive(found, it));
                    let plain: Vec<Value> = others.into_iter().cloned().collect();
                    each(found, &plain, key, same, &mut problems);
                    let recursive: Vec<Value> = own.into_iter().cloned().collect();
                    each(found, &recursive, key, |a, b| a < b, &mut problems);
                }
                Equal::Sum(key) => {
                    let sum: f64 = functions.iter().filter_map(|it| it[key].as_f64()).sum();
                    if found["all"][key].as_f64() != Some(sum) {
                        problems.push(format!("{key} of all: {}, not {sum}", found["all"][key]));
                    }
                }
                Equal::Read(_) => {}
            }
        }
    }
    Judgement {
        equal: told(equal),
        functions: functions.len(),
        problems,
    }
}

fn each(
    found: &Value,
    functions: &[Value],
    key: &str,
    is_equal: fn(f64, f64) -> bool,
    problems: &mut Vec<String>,
) {
    for function in functions {
        let name = function["name"].as_str().unwrap_or_default();
        let (mine, theirs) = (&function[key], &found["functions"][name][key]);
        let equal = match (theirs.as_f64(), mine.as_f64()) {
            (Some(theirs), Some(mine)) => is_equal(theirs, mine),
            (theirs, mine) => theirs == mine,
        };
        if !equal {
            problems.push(format!("{key} of {name}: {theirs}, not {mine}"));
        }
    }
}

fn same(a: f64, b: f64) -> bool {
    a == b
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 0.005 * b
}

fn in_one_bucket(a: f64, b: f64) -> bool {
    (bucket(b * (1.0 - HALF_A_SLOT))..=bucket(b * (1.0 + HALF_A_SLOT))).contains(&bucket(a))
}

/// The index of the bucket of a time in ns.
fn bucket(ns: f64) -> usize {
    let bounds = (2..12).flat_map(|power| STEPS.map(|step| step * 10_f64.powi(power)));
    // What was divided by 1e9 and multiplied again may be off by its last bit.
    bounds.take_while(|bound| bound * (1.0 + 1e-9) < ns).count()
}

/// True where a consumer knows of calls within others of the same function.
fn is_recursive(found: &Value, function: &Value) -> bool {
    let name = function["name"].as_str().unwrap_or_default();
    let figures = &found["functions"][name];
    figures["primitive"] != figures["calls"]
}

/// What was compared, in words.
fn told(equal: &[Equal]) -> String {
    let name = |key: &str| key.trim_end_matches("_ns").replace('_', " ");
    let joined = |of: fn(&Equal) -> Option<&'static str>| {
        let names: Vec<String> = equal.iter().filter_map(of).map(name).collect();
        names.join(", ")
    };
    let parts = [
        (
            joined(|it| match it {
                Equal::Each(key) => Some(key),
                _ => None,
            }),
            "of each function",
        ),
        (
            joined(|it| match it {
                Equal::EachButRecursive(key) => Some(key),
                _ => None,
            }),
            "of each that doesn't call itself, less of the others",
        ),
        (
            joined(|it| match it {
                Equal::Rounded(key) => Some(key),
                _ => None,
            }),
            "of each, as rounded there",
        ),
        (
            joined(|it| match it {
                Equal::Bucket(key) => Some(key),
                _ => None,
            }),
            "of each, within its bucket",
        ),
        (
            joined(|it| match it {
                Equal::Sum(key) => Some(key),
                _ => None,
            }),
            "of all together",
        ),
        (
            joined(|it| match it {
                Equal::Read(what) => Some(what),
                _ => None,
            }),
            "",
        ),
    ];
    let told: Vec<String> = parts
        .iter()
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, of)| format!("{names} {of}").trim_end().to_owned())
        .collect();
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named() {
        let report = json!({"functions": [
            {"name": "f", "calls": 3, "self_ns": 1000, "p99_ns": 240.0},
            {"name": "g", "calls": 4, "self_ns": null, "p99_ns": 260.0},
        ]});
        let equal = [
            Equal::Each("calls"),
            Equal::Rounded("self_ns"),
            Equal::Bucket("p99_ns"),
            Equal::Sum("calls"),
        ];
        let right = json!({"all": {"calls": 7}, "functions": {
            "f": {"calls": 3, "self_ns": 1004, "p99_ns": 101.0},
            "g": {"calls": 4, "p99_ns": 500.0},
        }});
        let judged = judge(&[right], &report, &equal);
        assert_eq!(judged.problems, [""; 0]);
        assert_eq!(
            judged.equal,
            "calls of each function; self of each, as rounded there; p99 of each, within its \
             bucket; calls of all together"
        );
        let wrong = json!({"all": {"calls": 8}, "functions": {
            "f": {"calls": 3.5, "self_ns": 1006, "p99_ns": 99.0},
            "g": {"calls": 4, "self_ns": 0, "p99_ns": 510.0},
        }});
        assert_eq!(judge(&[wrong], &report, &equal).problems.len(), 6);
    }

    #[test]
    fn a_bucket_is_known_as_exactly_as_a_slot() {
        for (found, reported, same) in [
            (249.0, 251.0, true),
            (251.0, 249.0, true),
            (249.0, 259.0, false),
            (251.0, 241.0, false),
            (400.0, 251.0, true),
            (99.0, 240.0, false),
        ] {
            assert_eq!(in_one_bucket(found, reported), same, "{found} {reported}");
        }
    }
}
