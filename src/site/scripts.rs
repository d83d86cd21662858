//! The scripts in a venv's `bin` that don't start its Python as it starts by itself: those of a
//! venv that moved still name the old place, others name another Python or pass `-S`. The probe
//! can't be in what they start.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::python::Venv;

/// More than the first two lines of any script.
const MOST_BYTES: u64 = 1024;

/// Scripts that start the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scripts {
    /// What they start.
    pub interpreter: String,
    /// Whether they pass `-S`.
    pub no_site: bool,
    /// Their names in `bin`.
    pub names: Vec<String>,
}

/// Finds them; a folder that can't be read has none.
#[must_use]
pub fn astray(venv: &Venv) -> Vec<Scripts> {
    let bin = venv.root.join("bin");
    let entries = std::fs::read_dir(&bin).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let mut found: Vec<Scripts> = Vec::new();
    for name in names {
        let Some(started) = started_by(&bin.join(&name)) else {
            continue;
        };
        let ours = started
            .interpreter
            .parent()
            .is_some_and(|folder| std::fs::canonicalize(folder).is_ok_and(|folder| folder == bin));
        if ours && !started.no_site {
            continue;
        }
        let interpreter = started.interpreter.display().to_string();
        let same = found
            .iter_mut()
            .find(|it| it.interpreter == interpreter && it.no_site == started.no_site);
        match same {
            Some(same) => same.names.push(name),
            None => found.push(Scripts {
                interpreter,
                no_site: started.no_site,
                names: vec![name],
            }),
        }
    }
    found
}

/// What a script's first lines start.
#[derive(Debug, PartialEq, Eq)]
struct Started {
    interpreter: PathBuf,
    no_site: bool,
}

fn started_by(script: &Path) -> Option<Started> {
    let mut start = Vec::new();
    let file = std::fs::File::open(script).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut start).ok()?;
    parse(&String::from_utf8_lossy(&start))
}

/// Either `#!/path/python -options`, or what pip and uv write where that would be too long or has
/// a space in it: `#!/bin/sh` and `'''exec' /path/python "$0" "$@"`.
fn parse(text: &str) -> Option<Started> {
    let mut lines = text.lines();
    let mut words = lines.next()?.strip_prefix("#!")?.trim().to_owned();
    if words == "/bin/sh" {
        words = lines.next()?.strip_prefix("'''exec' ")?.to_owned();
    }
    let (interpreter, options) = match words.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"')?,
        None => words.split_once(' ').unwrap_or((&words, "")),
    };
    let interpreter = PathBuf::from(interpreter);
    let name = interpreter.file_name()?.to_str()?;
    if !interpreter.is_absolute() || !name.starts_with("python") {
        return None;
    }
    let no_site = options
        .split_whitespace()
        .take_while(|word| word.starts_with('-'))
        .any(|word| !word.starts_with("--") && word.contains('S'));
    Some(Started {
        interpreter,
        no_site,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_of_each_tool_are_understood() {
        let started = |text: &str| parse(text).map(|it| (it.interpreter, it.no_site));
        for (text, path, no_site) in [
            ("#!/v/bin/python\nimport sys\n", "/v/bin/python", false),
            ("#! /v/bin/python3.12 -sE\n", "/v/bin/python3.12", false),
            ("#!/v/bin/python -IS\n", "/v/bin/python", true),
            (
                "#!/bin/sh\n'''exec' \"/a b/bin/python3\" \"$0\" \"$@\"\n' '''\n",
                "/a b/bin/python3",
                false,
            ),
            (
                "#!/bin/sh\n'''exec' /long/bin/python \"$0\" \"$@\"\n",
                "/long/bin/python",
                false,
            ),
        ] {
            assert_eq!(
                started(text),
                Some((PathBuf::from(path), no_site)),
                "{text}"
            );
        }
        for text in [
            "",
            "\x7fELF",
            "#!/usr/bin/env python3\n",
            "#!/bin/sh\nexec python\n",
            "#!/usr/bin/perl\n",
            "#!python\n",
        ] {
            assert_eq!(started(text), None, "{text}");
        }
    }
}
