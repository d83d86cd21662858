//! The interpreters of the table: CPython of each supported version, a distribution's own Python
//! that brings a sitecustomize in its standard library, and PyPy.

use anyhow::{Result, bail};

use crate::console;
use crate::interpreters::{self, Interpreter, Minor, SUPPORTED};

/// What kind of Python a column is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of each minor version.
    CPython,
    /// `/usr/bin/python3.X` of Debian or Ubuntu.
    Debian,
    /// PyPy, which the Python engine serves.
    PyPy,
}

/// One column of the table.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// What stands above it, and what `--python` calls it.
    pub(crate) label: String,
    /// What kind it is.
    pub(crate) kind: Kind,
    /// The interpreter.
    pub(crate) python: Interpreter,
}

impl Column {
    /// True where the version is older than this one.
    pub(crate) fn before(&self, minor: u8) -> bool {
        self.python.minor() < Minor(3, minor)
    }

    /// True on PyPy.
    pub(crate) fn is_pypy(&self) -> bool {
        self.kind == Kind::PyPy
    }

    /// True where the standard library's folder holds a sitecustomize, which hides all others.
    pub(crate) fn has_own_sitecustomize(&self) -> bool {
        has_own_sitecustomize(&self.python)
    }

    /// The start-up file that comes first.
    pub(crate) fn usual_how(&self) -> &'static str {
        if self.before(15) { "pth" } else { "start" }
    }
}

/// The columns that `wanted` names, all without. What is missing is an error where all are
/// required, unless `wanted` leaves it out; else it is said.
pub(crate) fn find(wanted: &[String], required: bool) -> Result<Vec<Column>> {
    let found = interpreters::find()?;
    let chosen = interpreters::choose(&found);
    let mut columns: Vec<(String, Option<Column>)> = SUPPORTED
        .iter()
        .map(|minor| {
            let python = chosen.get(minor).copied();
            (
                minor.to_string(),
                column(minor.to_string(), Kind::CPython, python),
            )
        })
        .collect();
    let debian = found.iter().find(|python| is_debian(python));
    columns.push((
        "debian".to_owned(),
        column("debian".to_owned(), Kind::Debian, debian),
    ));
    let pypy = found
        .iter()
        .filter(|python| python.implementation == "pypy" && python.minor() >= Minor(3, 9))
        .max_by_key(|python| python.order);
    columns.push((
        "pypy".to_owned(),
        column("pypy".to_owned(), Kind::PyPy, pypy),
    ));

    if let Some(unknown) = wanted
        .iter()
        .find(|name| columns.iter().all(|(label, _)| label != *name))
    {
        bail!("`{unknown}` is no column: give versions like 3.12, `debian` or `pypy`");
    }
    columns.retain(|(label, _)| wanted.is_empty() || wanted.contains(label));
    let missing: Vec<&str> = columns
        .iter()
        .filter(|(_, column)| column.is_none())
        .map(|(label, _)| label.as_str())
        .collect();
    if !missing.is_empty() && !required {
        console::line(&format!("not found, and left out: {}", missing.join(", ")));
    } else if !missing.is_empty() {
        bail!(
            "no {} was found on PATH, in pyenv, in uv's folder or in {}; choose others with `--python` \
             (`debian` and `pypy` are the packages python3 and pypy3 of Debian and Ubuntu, each with -venv)",
            missing.join(", "),
            interpreters::VARIABLE
        );
    }
    Ok(columns
        .into_iter()
        .filter_map(|(_, column)| column)
        .collect())
}

fn column(label: String, kind: Kind, python: Option<&Interpreter>) -> Option<Column> {
    python.map(|python| Column {
        label,
        kind,
        python: python.clone(),
    })
}

fn is_debian(python: &Interpreter) -> bool {
    python.unfit().is_none() && python.path.starts_with("/usr/bin") && has_own_sitecustomize(python)
}

fn has_own_sitecustomize(python: &Interpreter) -> bool {
    let prefix = python.path.parent().and_then(std::path::Path::parent);
    prefix.is_some_and(|prefix| {
        prefix
            .join(format!("lib/python{}/sitecustomize.py", python.minor()))
            .exists()
    })
}
