//! `cargo xtask pythons`: lists the interpreters that tests use, and says which are missing.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use crate::console;
use crate::interpreters::{self, Interpreter, Minor};

/// Arguments of `cargo xtask pythons`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print the list as JSON
    #[arg(long)]
    json: bool,
    /// Exit with 1, naming what is missing, unless there is one of each of these versions
    #[arg(long, value_name = "3.8,3.9,…", value_delimiter = ',')]
    require: Vec<Minor>,
}

/// One line of the list.
#[derive(Debug, Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    interpreter: &'a Interpreter,
    /// Tests use it.
    chosen: bool,
    /// Why they don't, where it isn't just that another is newer.
    unfit: Option<&'static str>,
}

/// Lists the interpreters; exits with 1 where a required one is missing.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let found = interpreters::find()?;
    let chosen = interpreters::choose(&found);
    let rows: Vec<Row<'_>> = found
        .iter()
        .map(|interpreter| Row {
            interpreter,
            chosen: chosen.values().any(|best| std::ptr::eq(*best, interpreter)),
            unfit: interpreter.unfit(),
        })
        .collect();
    if args.json {
        console::line(&serde_json::to_string_pretty(&serde_json::json!({
            "schema": 1,
            "pythons": rows,
        }))?);
    } else {
        rows.iter().for_each(|row| console::line(&text(row)));
    }
    let missing: Vec<String> = args
        .require
        .iter()
        .filter(|minor| !chosen.contains_key(minor))
        .map(Minor::to_string)
        .collect();
    if missing.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    console::note(&format!(
        "error: no Python {} was found; name one in {}, or install it with pyenv or uv",
        missing.join(", "),
        interpreters::VARIABLE
    ));
    Ok(ExitCode::FAILURE)
}

fn text(row: &Row<'_>) -> String {
    let mark = if row.chosen { '*' } else { ' ' };
    let why = row
        .unfit
        .map(|why| format!("  ({why})"))
        .unwrap_or_default();
    format!(
        "{mark} {:<10} {}{why}",
        row.interpreter.version,
        row.interpreter.path.display()
    )
}
