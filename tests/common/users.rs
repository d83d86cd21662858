//! Playing another user, where the tests run as root.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::{Context, Python, Run};

/// A user without rights.
pub const NOBODY: u32 = 65534;

/// True where the tests run as root.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The command, run by this user and nothing but this user. Needs root.
pub fn as_user(user: u32, mut command: Command) -> Command {
    command.uid(user).gid(user);
    command
}

/// Whether a Python starts for a user without rights: one in root's home doesn't.
pub fn can_be_run_by_others(python: &Python) -> bool {
    let mut command = Command::new(&python.path);
    command.args(["-c", "import mmap, json"]).current_dir("/");
    let output = as_user(NOBODY, command).output();
    output.is_ok_and(|output| output.status.success())
}

/// A copy of what a Python needs to run, in a folder that isn't there yet.
pub fn copy_of(python: &Python, folder: &Path) -> Python {
    let program = python.path.canonicalize().unwrap();
    let prefix = program.parent().unwrap().parent().unwrap();
    let name = format!("python{}", python.version());
    for part in ["bin", "lib"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let path = folder.join("bin").join(&name);
    // Links where they are possible: they cost nothing.
    let copy = |from: &Path, to: &Path| {
        if fs::hard_link(from, to).is_err() {
            fs::copy(from, to).unwrap();
        }
    };
    copy(&program, &path);
    for entry in fs::read_dir(prefix.join("lib")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with("libpython") {
            let real = entry.path().canonicalize().unwrap();
            copy(&real, &folder.join("lib").join(entry.file_name()));
        }
    }
    let library = prefix.join("lib").join(&name);
    let needed = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_str().unwrap();
        !["test", "site-packages", "__pycache__"].contains(&name) && !name.starts_with("config-")
    };
    for entry in walkdir::WalkDir::new(&library)
        .into_iter()
        .filter_entry(needed)
    {
        let entry = entry.unwrap();
        let inside = entry.path().strip_prefix(prefix).unwrap();
        if entry.file_type().is_dir() {
            fs::create_dir_all(folder.join(inside)).unwrap();
        } else {
            copy(&entry.path().canonicalize().unwrap(), &folder.join(inside));
        }
    }
    let mut copied = python.clone();
    copied.path = path;
    copied
}

/// `probe`, run by a user without rights where the tests run as root. The program is copied to
/// where that user can reach it.
pub fn as_nobody(context: &Context, arguments: &[&str]) -> Command {
    if !is_root() {
        return context.probe(arguments);
    }
    as_user(NOBODY, reachable_probe(context, arguments))
}

/// `probe`, where every user can reach it.
pub fn reachable_probe(context: &Context, arguments: &[&str]) -> Command {
    let program = context.root().join("home/probe");
    if !program.exists() {
        // By another process: a child of another test may hold what this one writes open, and
        // a program that is open for writing can't be started.
        let mut copy = context.command("cp");
        copy.arg(env!("CARGO_BIN_EXE_probe")).arg(&program);
        copy.succeeds();
    }
    let mut probe = context.command(program);
    probe.args(arguments);
    probe
}
