//! The consumers: what each reads, by what means, and what must be equal. They tell their figures in
//! the form of `tests/exports/read.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::judge::Equal;
use super::parts::{self, Part};
use super::{LIMIT, Place};
use crate::{process, workspace};

/// A consumer's name with its version, and its figures: once for each interpreter that read.
pub(super) type Told = (String, Vec<Value>);

/// A consumer of an export.
pub(super) struct Reader {
    pub(super) export: &'static str,
    /// Its name, where it can't be read.
    pub(super) name: &'static str,
    pub(super) needs: &'static [Part],
    pub(super) equal: &'static [Equal],
    pub(super) read: fn(&Place<'_>, &Path) -> Result<Told>,
}

use Equal::{Bucket, Each, EachButRecursive, Read, Rounded, Sum};

/// All keys of a function in the report.
const ALL: &[Equal] = &[
    Each("calls"),
    Each("errors"),
    Each("total_ns"),
    Each("self_ns"),
    Each("min_ns"),
    Each("max_ns"),
    Each("mean_ns"),
    Each("p50_ns"),
    Each("p90_ns"),
    Each("p99_ns"),
    Each("active_ns"),
    Each("in_flight"),
];

const METRICS: &[Equal] = &[
    Each("calls"),
    Each("errors"),
    Each("total_ns"),
    Each("self_ns"),
    Each("active_ns"),
    Each("in_flight"),
];

const SCRAPED: &[Equal] = &[
    Each("calls"),
    Each("errors"),
    Each("total_ns"),
    Each("self_ns"),
    Each("active_ns"),
    Each("in_flight"),
    Bucket("p99_ns"),
    Sum("calls"),
];

const TREE: &[Equal] = &[Each("calls"), Each("self_ns"), Sum("calls"), Sum("self_ns")];

/// The consumers, by export.
pub(super) const READERS: [Reader; 14] = [
    Reader {
        export: "json",
        name: "jq",
        needs: &[Part::Program("jq")],
        equal: ALL,
        read: jq,
    },
    Reader {
        export: "csv",
        name: "Python's csv",
        needs: &[],
        equal: ALL,
        read: |place, path| Ok(("Python's csv".to_owned(), by_each(place, "csv", path)?)),
    },
    Reader {
        export: "prometheus",
        name: "promtool check metrics",
        needs: &[Part::Program("promtool")],
        equal: METRICS,
        read: |place, path| {
            let name = format!("promtool check metrics {}", prometheus_version()?);
            Ok((name, vec![by_python(place, "prometheus", path)?]))
        },
    },
    Reader {
        export: "prometheus",
        name: "a Prometheus server",
        needs: &[Part::Program("prometheus"), Part::Python],
        equal: SCRAPED,
        read: |place, path| scraped(place, "prometheus", path),
    },
    Reader {
        export: "openmetrics",
        name: "prometheus_client's parser",
        needs: &[Part::Python],
        equal: METRICS,
        read: |place, path| {
            let name = "prometheus_client's OpenMetrics parser".to_owned();
            Ok((name, vec![by_python(place, "openmetrics", path)?]))
        },
    },
    Reader {
        export: "openmetrics",
        name: "a Prometheus server",
        needs: &[Part::Program("prometheus"), Part::Python],
        equal: SCRAPED,
        read: |place, path| scraped(place, "openmetrics", path),
    },
    Reader {
        export: "pstats",
        name: "Python's pstats",
        needs: &[],
        equal: &[
            Each("calls"),
            Each("self_ns"),
            EachButRecursive("total_ns"),
            Sum("calls"),
            Sum("self_ns"),
        ],
        read: |place, path| {
            let versions: Vec<String> = place
                .pythons
                .iter()
                .map(|python| python.minor().to_string())
                .collect();
            let name = format!("pstats of Python {}", versions.join(", "));
            Ok((name, by_each(place, "pstats", path)?))
        },
    },
    Reader {
        export: "callgrind",
        name: "callgrind_annotate",
        needs: &[Part::Program("callgrind_annotate"), Part::Python],
        equal: TREE,
        read: |place, path| {
            let mut command = Command::new("callgrind_annotate");
            let name = first_line(command.arg("--version"))?;
            Ok((name, vec![by_python(place, "callgrind", path)?]))
        },
    },
    Reader {
        export: "speedscope",
        name: "its schema",
        needs: &[Part::Python, Part::Node],
        equal: TREE,
        read: valid,
    },
    Reader {
        export: "speedscope",
        name: "speedscope in Chromium",
        needs: &[Part::Program("node"), Part::Program("chromium"), Part::Node],
        equal: &[Each("calls"), Rounded("self_ns"), Sum("calls")],
        read: |place, path| browsed(place, "speedscope", path),
    },
    Reader {
        export: "pprof",
        name: "go tool pprof",
        needs: &[Part::Go, Part::Python],
        equal: TREE,
        read: |place, path| {
            let name = "go tool pprof -top".to_owned();
            Ok((name, vec![by_python(place, "pprof", path)?]))
        },
    },
    Reader {
        export: "collapsed",
        name: "inferno-flamegraph",
        needs: &[Part::Inferno, Part::Python],
        equal: &[Sum("self_ns")],
        read: drawn,
    },
    Reader {
        export: "flamegraph",
        name: "an XML parser",
        needs: &[],
        equal: &[Sum("self_ns")],
        read: |place, path| {
            let found = by_each(place, "flamegraph", path)?;
            Ok(("Python's xml.etree".to_owned(), found))
        },
    },
    Reader {
        export: "flamegraph",
        name: "Chromium",
        needs: &[Part::Program("node"), Part::Program("chromium"), Part::Node],
        equal: &[Sum("self_ns"), Read("zoom and search work")],
        read: |place, path| browsed(place, "flamegraph", path),
    },
];

/// A script of the exports' tests.
fn script(name: &str) -> PathBuf {
    workspace::root().join("tests/exports").join(name)
}

/// Runs a reader to its end, and takes the figures that it prints.
fn figures(command: &mut Command) -> Result<Value> {
    let output = process::run_quietly(command, LIMIT)?;
    serde_json::from_slice(&output.stdout).context("the figures can't be understood")
}

/// What `read.py` tells, run by a Python.
fn by(place: &Place<'_>, python: &Path, format: &str, path: &Path) -> Result<Value> {
    let mut read = place.stage.command(python);
    figures(read.arg("-I").arg(script("read.py")).arg(format).arg(path))
}

fn by_python(place: &Place<'_>, format: &str, path: &Path) -> Result<Value> {
    let python = place.parts.python();
    by(place, &python, format, path)
}

fn by_each(place: &Place<'_>, format: &str, path: &Path) -> Result<Vec<Value>> {
    let pythons = place.pythons.iter();
    pythons
        .map(|python| by(place, &python.path, format, path))
        .collect()
}

/// jq makes figures of a report.
fn jq(_: &Place<'_>, path: &Path) -> Result<Told> {
    const FILTER: &str = "{functions: (.functions | map({key: .name, value: .}) | from_entries)}";
    let found = figures(Command::new("jq").arg(FILTER).arg(path))?;
    Ok((
        first_line(Command::new("jq").arg("--version"))?,
        vec![found],
    ))
}

fn scraped(place: &Place<'_>, format: &str, path: &Path) -> Result<Told> {
    let mut scrape = place.stage.command(&place.parts.python());
    scrape.arg(script("scrape.py")).arg(format).arg(path);
    scrape.arg(place.stage.folder().join(format!("server-of-{format}")));
    scrape.env("PYTHONDONTWRITEBYTECODE", "1");
    let name = format!(
        "a Prometheus server {}, histogram_quantile",
        prometheus_version()?
    );
    Ok((name, vec![figures(&mut scrape)?]))
}

/// The schema that comes with speedscope.
fn valid(place: &Place<'_>, path: &Path) -> Result<Told> {
    let modules = place.parts.modules();
    let schema = modules.join("speedscope/dist/release/file-format-schema.json");
    let mut validate = place.stage.command(&place.parts.python());
    validate
        .args(["-I", "-c"])
        .arg("import json, jsonschema, sys; jsonschema.validate(*[json.load(open(it)) for it in sys.argv[1:]])")
        .arg(path)
        .arg(schema);
    process::run_quietly(&mut validate, LIMIT)?;
    let found = by_python(place, "speedscope", path)?;
    Ok(("its published schema, jsonschema".to_owned(), vec![found]))
}

fn browsed(place: &Place<'_>, kind: &str, path: &Path) -> Result<Told> {
    let chromium = parts::program("chromium").context("no chromium")?;
    let mut browse = place.stage.command(Path::new("node"));
    browse
        .arg(script("browse.cjs"))
        .arg(place.parts.modules())
        .arg(&chromium)
        .arg(kind)
        .arg(path)
        .arg(place.stage.folder().join(format!("{kind}.png")));
    let found = figures(&mut browse)?;
    let version = first_line(Command::new(&chromium).arg("--version"))?;
    let version: Vec<&str> = version.split_whitespace().take(2).collect();
    let page = match kind {
        "speedscope" => format!("speedscope {} in ", speedscope_version(place)?),
        _ => String::new(),
    };
    Ok((format!("{page}{}", version.join(" ")), vec![found]))
}

fn drawn(place: &Place<'_>, path: &Path) -> Result<Told> {
    let mut draw = place.stage.command(&place.parts.flamegraph());
    let output = process::run_quietly(draw.args(["--countname", "ns"]).arg(path), LIMIT)?;
    let svg = place.stage.folder().join("by-inferno.svg");
    fs::write(&svg, output.stdout).with_context(|| format!("`{}`", svg.display()))?;
    let found = by_python(place, "flamegraph", &svg)?;
    let name = format!("inferno-flamegraph {}", parts::INFERNO);
    Ok((name, vec![found]))
}

fn speedscope_version(place: &Place<'_>) -> Result<String> {
    let path = place.parts.modules().join("speedscope/package.json");
    let package: Value = serde_json::from_slice(&fs::read(path)?)?;
    Ok(package["version"].as_str().unwrap_or_default().to_owned())
}

/// The version of Prometheus, and of promtool with it.
fn prometheus_version() -> Result<String> {
    let line = first_line(Command::new("promtool").arg("--version"))?;
    Ok(line
        .split_whitespace()
        .nth(2)
        .unwrap_or_default()
        .to_owned())
}

/// Whatever the exit code: that of `callgrind_annotate --version` is 255.
fn first_line(command: &mut Command) -> Result<String> {
    let output = process::output_within(command, LIMIT)?;
    let streams = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&streams);
    Ok(text.lines().next().unwrap_or_default().to_owned())
}
