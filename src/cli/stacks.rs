//! The arguments of `probe stacks`.

use clap::Args;

use super::recordings::{WhichArgs, WhoseArgs};

/// What `probe stacks --help` says.
pub(super) const HELP: &str = "\
Show what is running now in each thread, and what killed processes were in.

One block a process, one paragraph a thread, the outermost call first, each with the time since it \
began. It is read from the recordings: the processes aren't stopped, asked or traced, and it needs \
no root. Of a process that was killed, it is what was running when it died, and had been running \
for at least the time that is told.

Generators and coroutines that are suspended lie on no thread's stack and are told apart. Stacks \
are recorded in detail `tree`, the default; of others only the calls that haven't ended are known.";

/// Arguments of `probe stacks`.
#[derive(Debug, Clone, Args)]
pub struct StacksArgs {
    /// Whose recordings.
    #[command(flatten)]
    pub whose: WhoseArgs,
    /// Which of them.
    #[command(flatten)]
    pub which: WhichArgs,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}
