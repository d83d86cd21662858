//! What tasks say: headings, the commands they run, and errors. Tasks print through here so
//! that all of them look alike.

use std::ffi::OsStr;
use std::io::{IsTerminal, stdout};
use std::process::Command;

/// Prints the heading of one step.
pub(crate) fn heading(text: &str) {
    println!("\n{}", styled("1", text));
}

/// Prints one command as somebody would type it.
pub(crate) fn command(command: &Command) {
    typed(&typed_line(command));
}

/// Prints a line that somebody would type.
pub(crate) fn typed(line: &str) {
    println!("{}", styled("2", &format!("$ {line}")));
}

/// Prints one line.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Prints one message beside the task's output.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints a failure and its causes.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  caused by: {cause}");
    }
}

/// The command line of `command`: the program's bare name and the arguments, quoted for a shell.
pub(crate) fn typed_line(command: &Command) -> String {
    let program = command.get_program();
    let name = std::path::Path::new(program)
        .is_absolute()
        .then(|| std::path::Path::new(program).file_name())
        .flatten()
        .unwrap_or(program);
    std::iter::once(name)
        .chain(command.get_args())
        .map(quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn styled(code: &str, text: &str) -> String {
    let plain =
        !stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    if plain {
        text.to_owned()
    } else {
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_a_shell_would_take_it() {
        let mut command = Command::new("/somewhere/target/debug/probe");
        command.args([
            "install",
            "-t",
            "shop.**:**",
            "-t",
            "json:dumps",
            "",
            "it's",
        ]);
        assert_eq!(
            typed_line(&command),
            r"probe install -t 'shop.**:**' -t json:dumps '' 'it'\''s'"
        );
    }

    #[test]
    fn a_relative_program_keeps_its_path() {
        assert_eq!(
            typed_line(&Command::new(".venv/bin/python")),
            ".venv/bin/python"
        );
    }
}
