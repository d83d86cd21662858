//! The arguments of `probe completions` and `probe man`, and what clap's own generators make of
//! the command line.

use std::path::PathBuf;

use clap::{Args, Command, CommandFactory, ValueEnum, ValueHint};

use crate::cli::Cli;

/// What `probe completions --help` says first.
pub(super) const COMPLETIONS_HELP: &str = "\
Print the script that teaches a shell to complete `probe`.

  bash        probe completions bash > ~/.local/share/bash-completion/completions/probe
  zsh         probe completions zsh > a folder of your $fpath/_probe
  fish        probe completions fish > ~/.config/fish/completions/probe.fish
  powershell  probe completions powershell | Out-String | Invoke-Expression
  elvish      eval (probe completions elvish | slurp)";

/// What `probe man --help` says first.
pub(super) const MAN_HELP: &str = "\
Print the manual page, or write one for each command.

  probe man | man -l -                    read it
  probe man ~/.local/share/man/man1       install them: `man probe-install` shows one";

/// Arguments of `probe completions`.
#[derive(Debug, Clone, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Arguments of `probe man`.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// Write a page for each command into this folder, instead of printing the main one
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
    /// With a folder, say what would be written, and write nothing
    #[arg(long, requires = "folder")]
    pub dry_run: bool,
}

/// The shells that completions are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[allow(missing_docs)]
pub enum Shell {
    Bash,
    Elvish,
    Fish,
    #[value(name = "powershell")]
    PowerShell,
    Zsh,
}

impl From<Shell> for clap_complete::Shell {
    fn from(shell: Shell) -> Self {
        match shell {
            Shell::Bash => Self::Bash,
            Shell::Elvish => Self::Elvish,
            Shell::Fish => Self::Fish,
            Shell::PowerShell => Self::PowerShell,
            Shell::Zsh => Self::Zsh,
        }
    }
}

/// The script that teaches a shell this command line.
#[must_use]
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    let shell = clap_complete::Shell::from(shell);
    clap_complete::generate(shell, &mut Cli::command(), "probe", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// A manual page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The name of its file, such as `probe-install.1`.
    pub file: String,
    /// Its text, in roff.
    pub text: String,
}

/// The manual pages: that of the program first, then one a command.
///
/// # Errors
/// Never, as far as memory lasts.
pub fn pages() -> std::io::Result<Vec<Page>> {
    // There is no page of `probe help`.
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let commands = program.get_subcommands();
    std::iter::once(&program)
        .chain(commands)
        .map(page)
        .collect()
}

fn page(command: &Command) -> std::io::Result<Page> {
    let man = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    man.render(&mut text)?;
    Ok(Page {
        file: man.get_filename(),
        text: String::from_utf8_lossy(&text).into_owned(),
    })
}
