//! A chapter as text: finds the commands in it, and puts what they printed where it belongs. Pure;
//! who runs commands is next door.
//!
//! A block of commands begins with a line of three backticks and `console`; in it a line with `$ `
//! is a command, and what follows is what it printed, which is written anew. `console lines=9`
//! cuts that after so many lines. A block in a comment, `<!-- $ command -->`, is run and not shown.

use anyhow::{Result, ensure};

/// What begins a block of commands.
const BEGIN: &str = "```console";

/// What ends it.
const END: &str = "```";

/// What begins a command that isn't shown.
const HIDDEN: &str = "<!-- $ ";

/// What stands in place of the lines that are cut.
const CUT: &str = "…";

/// The chapter with what each command prints now; `run` gives that.
pub(super) fn filled(text: &str, mut run: impl FnMut(&str) -> Result<String>) -> Result<String> {
    let mut filled = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        push(&mut filled, line);
        if let Some(command) = line.strip_prefix(HIDDEN) {
            run(command.trim_end_matches("-->").trim_end())?;
        }
        let Some(options) = line.strip_prefix(BEGIN) else {
            continue;
        };
        let most = most_lines(options)?;
        let mut ended = false;
        for line in lines.by_ref() {
            if line == END {
                ended = true;
                break;
            }
            if let Some(command) = line.strip_prefix("$ ") {
                push(&mut filled, line);
                for line in cut(&run(command)?, most) {
                    push(&mut filled, &line);
                }
            }
        }
        ensure!(ended, "a block of commands has no end");
        push(&mut filled, END);
    }
    Ok(filled)
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn most_lines(options: &str) -> Result<usize> {
    match options.trim().strip_prefix("lines=") {
        Some(number) => Ok(number.parse()?),
        None => {
            ensure!(options.trim().is_empty(), "`{options}` isn't known");
            Ok(usize::MAX)
        }
    }
}

fn cut(printed: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    if lines.len() > most {
        lines.truncate(most);
        lines.push(CUT.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(command: &str) -> Result<String> {
        ensure!(command != "false", "it failed");
        Ok(format!("<{command}>\nsecond\nthird\n"))
    }

    #[test]
    fn what_commands_print_is_written_anew() {
        let text = "# A\n\n```console\n$ one\nold\nolder\n$ two\n```\n\n```toml\n$ no\n```\n";
        let expected = "# A\n\n```console\n$ one\n<one>\nsecond\nthird\n$ two\n<two>\nsecond\n\
                        third\n```\n\n```toml\n$ no\n```\n";
        assert_eq!(filled(text, echo).unwrap(), expected);
        assert_eq!(filled(expected, echo).unwrap(), expected);
    }

    #[test]
    fn long_output_is_cut_where_the_block_says_so() {
        let text = "```console lines=1\n$ one\n```\n";
        let expected = "```console lines=1\n$ one\n<one>\n…\n```\n";
        assert_eq!(filled(text, echo).unwrap(), expected);
        assert_eq!(filled(expected, echo).unwrap(), expected);
    }

    #[test]
    fn hidden_commands_are_run_and_leave_nothing() {
        let mut seen = Vec::new();
        let text = "<!-- $ prepare it -->\n";
        let run = |command: &str| {
            seen.push(command.to_owned());
            Ok(String::new())
        };
        assert_eq!(filled(text, run).unwrap(), text);
        assert_eq!(seen, ["prepare it"]);
    }

    #[test]
    fn what_fails_or_has_no_end_is_an_error() {
        for text in [
            "```console\n$ false\n```\n",
            "```console\n$ one\n",
            "```console x\n```\n",
        ] {
            assert!(filled(text, echo).is_err(), "{text}");
        }
    }
}
