//! Playing another user, where the tests run as root.

use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Context, Run};

/// A user without rights.
pub const NOBODY: u32 = 65534;

/// True where the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// `probe`, run by a user without rights where the tests run as root. The program is copied to
/// where that user can reach it.
pub fn as_nobody(context: &Context, arguments: &[&str]) -> Command {
    if !is_root() {
        return context.probe(arguments);
    }
    let program = context.root().join("home/probe");
    if !program.exists() {
        // By another process: a child of another test may hold what this one writes open, and
        // a program that is open for writing can't be started.
        let mut copy = context.command("cp");
        copy.arg(env!("CARGO_BIN_EXE_probe")).arg(&program);
        copy.succeeds();
    }
    let mut probe = context.command(program);
    probe.args(arguments).uid(NOBODY).gid(NOBODY);
    probe
}
