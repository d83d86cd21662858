//! `cargo xtask consumers`: a program is recorded, each export of it is read by what it is made for
//! (browsers, servers, profilers), and what these make of it is compared with the report. Prints the
//! table of `docs/exports.md`. What is light of it is in `tests/exporting.rs` too, which
//! `cargo xtask test` runs; this takes a minute, and installs parts from PyPI, npm and crates.io.

mod judge;
mod parts;
mod readers;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::interpreters::{self, Interpreter};
use crate::stage::Stage;
use crate::workspace::{self, Profile};
use crate::{console, markdown, process, venvs, verdict};
use judge::Judgement;
use parts::Parts;
use readers::READERS;

/// Arguments of `cargo xtask consumers`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Fail where a consumer can't be had, instead of leaving out what it reads
    #[arg(long)]
    require: bool,
    /// Only the exports whose names have one of these words in them
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    only: Vec<String>,
}

/// Anything that is run here takes no longer.
const LIMIT: Duration = Duration::from_secs(180);

/// The columns of the table.
const HEAD: [&str; 4] = ["export", "read by", "equal to the report", "result"];

/// What is read, and by which programs.
struct Place<'a> {
    stage: &'a Stage,
    parts: &'a Parts,
    pythons: &'a [Interpreter],
    venv: PathBuf,
    /// What `report --json` says.
    report: Value,
}

impl Place<'_> {
    /// Writes an export and returns its path.
    fn export(&self, format: &str) -> Result<PathBuf> {
        let extension = match format {
            "flamegraph" => "svg",
            "pprof" => "pb.gz",
            "speedscope" | "json" => "json",
            "csv" => "csv",
            _ => "txt",
        };
        let path = self.stage.folder().join(format!("{format}.{extension}"));
        let mut export = self.stage.probe();
        export.args(["export", format, "--venv"]).arg(&self.venv);
        export.arg("-o").arg(&path);
        process::run_quietly(&mut export, LIMIT)?;
        Ok(path)
    }
}

/// Reads all; exits with 1 where a consumer says something else than the report.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("consumers", workspace::build(Profile::Debug)?)?;
    let pythons = interpreters::find_chosen()?;
    let parts = Parts::prepare(&pythons)?;
    let place = record(&stage, &pythons, &parts)?;
    let chosen = READERS.iter().filter(|reader| {
        args.only.is_empty() || args.only.iter().any(|word| reader.export.contains(&**word))
    });
    let (mut rows, mut problems) = (Vec::new(), 0);
    for reader in chosen {
        console::note(&format!("{} by {}", reader.export, reader.name));
        let (name, judgement) = match parts.lacks(reader.needs) {
            Some(part) if args.require => bail!("there is no {part}"),
            Some(part) => {
                rows.push(vec![
                    reader.export.to_owned(),
                    reader.name.to_owned(),
                    String::new(),
                    format!("left out: no {part}"),
                ]);
                continue;
            }
            None => read(reader, &place)?,
        };
        for problem in &judgement.problems {
            console::line(&format!("problem: {} by {name}: {problem}", reader.export));
        }
        problems += judgement.problems.len();
        let result = match judgement.problems.len() {
            0 => format!("equal, {} functions", judgement.functions),
            count => format!("{count} problems"),
        };
        rows.push(vec![
            reader.export.to_owned(),
            name,
            judgement.equal,
            result,
        ]);
    }
    console::line("");
    console::line(markdown::table(&HEAD, &rows).trim_end());
    console::line(&format!(
        "\nScreenshots, to be looked at, are in `{}`.",
        stage.folder().display()
    ));
    Ok(verdict::exit(problems == 0))
}

/// Runs the program of the exports in three processes, and reads the report.
fn record<'a>(stage: &'a Stage, pythons: &'a [Interpreter], parts: &'a Parts) -> Result<Place<'a>> {
    let usual = pythons
        .iter()
        .rfind(|python| {
            python
                .version
                .chars()
                .all(|c| c.is_ascii_digit() || c == '.')
        })
        .context("there is no Python that is released")?;
    let venv = stage.bare_venv(usual)?;
    let program = stage.folder().join("work.py");
    let source = workspace::root().join("tests/exports/work.py");
    fs::copy(&source, &program).with_context(|| format!("`{}`", source.display()))?;
    let mut run = stage.probe();
    run.args(["run", "-t", "work:**", "--venv"]).arg(&venv);
    run.arg("--").arg(venvs::python(&venv)).arg(&program);
    process::run_quietly(&mut run, LIMIT)?;
    let mut report = stage.probe();
    report.args(["report", "--json", "--venv"]).arg(&venv);
    let report = process::run_quietly(&mut report, LIMIT)?;
    Ok(Place {
        stage,
        parts,
        pythons,
        venv,
        report: serde_json::from_slice(&report.stdout)?,
    })
}

/// What one consumer makes of an export, and its name with what tells it apart.
fn read(reader: &readers::Reader, place: &Place<'_>) -> Result<(String, Judgement)> {
    let path = place.export(reader.export)?;
    let read = (reader.read)(place, &path);
    let (name, found) = read.with_context(|| format!("{} by {}", reader.export, reader.name))?;
    Ok((name, judge::judge(&found, &place.report, reader.equal)))
}
