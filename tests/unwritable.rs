//! Places where this user can't write, or nobody can: one clear sentence, and nothing changed;
//! and what root installs, which other users must be able to read.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::{Context, NOBODY, Python, Run, Tree, as_nobody, is_root, pythons, skip, snapshot};

const INSTALL: [&str; 3] = ["install", "-t", "app:f"];

/// A Python that another user can start too, if tests run as root: root's home is closed.
fn python_of_everybody() -> Option<&'static Python> {
    let starts = |python: &&Python| {
        let mut start = Command::new(&python.path);
        start.args(["-I", "-S", "-c", ""]).current_dir("/");
        start.uid(NOBODY).gid(NOBODY);
        start.status().is_ok_and(|status| status.success())
    };
    pythons().iter().rev().find(starts)
}

#[test]
fn what_root_installs_fires_for_others_whatever_roots_umask() {
    if !is_root() {
        eprintln!("left out: only root can play another user");
        return;
    }
    let Some(python) = python_of_everybody() else {
        return skip("another user's Python", "all are in root's home");
    };
    let context = Context::of(python);
    let before = Tree::of(&context.site_packages());
    context.write("app.py", "def f(): pass\n");
    for targets in ["app:f", "app:*"] {
        let mut shell = context.command("sh");
        shell
            .args(["-c", "umask 077; exec \"$@\"", "sh"])
            .arg(env!("CARGO_BIN_EXE_probe"))
            .args(["install", "-t", targets]);
        shell.succeeds();
    }
    for path in before.differences(&Tree::of(&context.site_packages())) {
        let path = context.site_packages().join(&path[1..]);
        let metadata = fs::metadata(&path).unwrap();
        let wanted = if metadata.is_dir() { 0o755 } else { 0o644 };
        assert_eq!(metadata.mode() & 0o777, wanted, "{}", path.display());
    }
    // A data folder of that user, as a service has one.
    let data = context.root().join("service");
    fs::create_dir(&data).unwrap();
    std::os::unix::fs::chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut app = context.python(&["-c", "import app; app.f()"]);
    app.env("PROBE_DATA_DIR", &data).uid(NOBODY).gid(NOBODY);
    let ran = app.succeeds();
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let mut report = as_nobody(&context, &["report", "--json"]);
    let report = report.env("PROBE_DATA_DIR", &data).succeeds().json();
    assert_eq!(report["functions"][0]["calls"], 1, "{report:#}");
}

#[test]
fn a_venv_of_root_run_by_another_user() {
    if !is_root() {
        eprintln!("left out: only root can play another user");
        return;
    }
    let context = Context::new();
    let before = Tree::of(&context.venv());
    snapshot!(context, as_nobody(&context, &INSTALL), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` can't be written
      caused by: Permission denied (os error 13)
    hint: run the command as the user that owns it
    ");
    before.assert_same_as_now(&context.venv());
    context.install(&["app:f"]);
    let before = Tree::of(&context.venv());
    for arguments in [&["install", "-t", "app:g"][..], &["uninstall"]] {
        let ran = as_nobody(&context, arguments).ran().with_code(3);
        assert!(ran.stderr.contains("can't be written"), "{}", ran.text());
        before.assert_same_as_now(&context.venv());
    }
    // Looking is allowed, and true.
    let status = as_nobody(&context, &["status", "--no-start", "--json"]);
    assert_eq!({ status }.succeeds().json()["state"], "intact");
}

/// `probe`, run with other mounts: `script` mounts, and then does `exec "$@"`. None where this
/// machine permits none.
fn with_mounts(context: &Context, script: &str, arguments: &[&str]) -> Option<Command> {
    let mut trial = Command::new("unshare");
    let trial = trial.args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]);
    if !trial.output().is_ok_and(|output| output.status.success()) {
        eprintln!("left out: this machine permits no mounts");
        return None;
    }
    let mut command = context.command("unshare");
    command
        .args(["-m", "sh", "-ec", script, "sh"])
        .arg(env!("CARGO_BIN_EXE_probe"))
        .args(arguments)
        .env("FOLDER", context.site_packages());
    Some(command)
}

const READ_ONLY: &str = r#"
mount --bind "$FOLDER" "$FOLDER"
mount -o remount,bind,ro "$FOLDER"
exec "$@"
"#;

#[test]
fn a_read_only_file_system() {
    let context = Context::new();
    let before = Tree::of(&context.venv());
    let Some(mut install) = with_mounts(&context, READ_ONLY, &INSTALL) else {
        return;
    };
    snapshot!(context, install, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` can't be written
      caused by: Read-only file system (os error 30)
    hint: make its file system writable first
    ");
    before.assert_same_as_now(&context.venv());
    context.install(&["app:f"]);
    let before = Tree::of(&context.venv());
    if let Some(mut uninstall) = with_mounts(&context, READ_ONLY, &["uninstall"]) {
        snapshot!(context, uninstall, @"
        exit code: 3
        ----- stdout -----

        ----- stderr -----
        using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
        error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` can't be written
          caused by: Read-only file system (os error 30)
        hint: make its file system writable first
        ");
    }
    if let Some(mut status) = with_mounts(&context, READ_ONLY, &["status"]) {
        status.succeeds();
    }
    before.assert_same_as_now(&context.venv());
}

/// A file system of so many KiB, with what site-packages has; shows what is left on it.
fn full(size: u32) -> String {
    format!(
        r#"
cp -a "$FOLDER" "$FOLDER.old"
mount -t tmpfs -o size={size}k none "$FOLDER"
cp -a "$FOLDER.old/." "$FOLDER"
rm -r "$FOLDER.old"
ls -A "$FOLDER" >"$HOME/before"
code=0
"$@" || code=$?
ls -A "$FOLDER" | diff "$HOME/before" - >&2
test -z "$(find "$FOLDER" -name '.probe-new-*')"
exit $code
"#
    )
}

#[test]
fn a_full_disk() {
    let context = Context::new();
    let Some(mut install) = with_mounts(&context, &full(64), &INSTALL) else {
        return;
    };
    let before = Tree::of(&context.venv());
    snapshot!(context, install, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: can't write `[PROJECT]/.venv/lib/python3.[X]/site-packages/_probe_[HASH]`
      caused by: No space left on device (os error 28)
    hint: free some space and try again
    ");
    before.assert_same_as_now(&context.venv());
    // Room for what is installed, and not for another.
    context.install(&["app:f"]);
    let before = Tree::of(&context.venv());
    let size = kib(&context.site_packages()) + 64;
    let upgrade = with_mounts(&context, &full(size), &["install", "-t", "app:g"]);
    let ran = upgrade.unwrap().ran().with_code(3);
    assert!(
        ran.stderr.contains("No space left on device"),
        "{}",
        ran.text()
    );
    let status = with_mounts(&context, &full(size), &["status", "--json"]);
    assert_eq!(status.unwrap().succeeds().json()["state"], "intact");
    before.assert_same_as_now(&context.venv());
}

/// What a folder takes on a disk.
fn kib(folder: &Path) -> u32 {
    let blocks: u64 = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().metadata().unwrap().len().div_ceil(4096))
        .sum();
    u32::try_from(blocks * 4).unwrap()
}
