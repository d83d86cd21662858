//! What another user could have planted isn't used: a `.venv` or a configuration above the
//! current folder, the registry, the folder of runs. What is named is. Only root can play
//! another user; the rest is about folders that everybody may write to.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::path::Path;

use common::{Context, NOBODY, Run, as_user, is_root, reachable_probe, refused, snapshot};

/// Gives what lies at a path, and nothing below it, to another user.
fn give(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
}

/// True where nobody else can be played, after saying so.
fn alone() -> bool {
    if !is_root() {
        println!("skipped: only root can give files away");
    }
    !is_root()
}

#[test]
fn a_virtualenv_that_others_can_write() {
    let context = Context::new();
    open_to_all(&context.venv());
    refused!(context, context.probe(&["status"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the nearest virtualenv isn't used: `[PROJECT]/.venv` can be written by other users
    hint: give it with `--venv [PROJECT]/.venv` if you trust who can change it
    ");
    // Named, it is taken.
    context
        .probe(&["status", "--no-start", "--venv", ".venv"])
        .ran()
        .with_code(1);
    let mut active = context.probe(&["status", "--no-start"]);
    active.env("VIRTUAL_ENV", context.venv()).ran().with_code(1);
}

#[test]
fn a_virtualenv_of_another_user() {
    if alone() {
        return;
    }
    let context = Context::new();
    give(&context.venv(), NOBODY);
    for arguments in [
        &["install", "-t", "app:f"][..],
        &["report"],
        &["uninstall"],
        &["run", "-t", "a:f", "--", "true"],
    ] {
        let ran = context.probe(arguments).ran().with_code(3);
        assert!(ran.stderr.contains("isn't used"), "{}", ran.text());
    }
    refused!(context, context.probe(&["status"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the nearest virtualenv isn't used: `[PROJECT]/.venv` belongs to another user (id 65534)
    hint: give it with `--venv [PROJECT]/.venv` if you trust who can change it
    ");
    // It is theirs.
    let theirs = reachable_probe(&context, &["status", "--no-start"]);
    as_user(NOBODY, theirs).ran().with_code(1);
    // The user who called sudo is another one, too.
    let mut sudo = context.probe(&["status", "--no-start"]);
    sudo.env("SUDO_UID", NOBODY.to_string()).ran().with_code(3);
}

#[test]
fn a_virtualenv_in_a_folder_that_others_can_write() {
    let context = Context::new();
    open_to_all(&context.project());
    refused!(context, context.probe(&["status"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the nearest virtualenv isn't used: `[PROJECT]` can be written by other users
    hint: give it with `--venv [PROJECT]/.venv` if you trust who can change it
    ");
    // Where only owners can exchange what is theirs, as in `/tmp`, all is well.
    fs::set_permissions(context.project(), PermissionsExt::from_mode(0o1777)).unwrap();
    context.probe(&["status", "--no-start"]).ran().with_code(1);
}

#[test]
fn a_configuration_of_another_user() {
    if alone() {
        return;
    }
    let context = Context::new();
    let install = ["install", "--venv", ".venv"];
    let config = context.write("pyproject.toml", "[tool.other]\nx = 1\n");
    give(&config, NOBODY);
    // It doesn't speak to us.
    let ran = context.probe(&install).ran().with_code(2);
    assert!(
        ran.stderr.contains("no configuration file is found"),
        "{}",
        ran.text()
    );
    context.write("pyproject.toml", "[tool.probe]\ntargets = ['app:f']\n");
    refused!(context, context.probe(&install), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (given with `--venv`)
    error: the nearest configuration isn't used: `[PROJECT]/pyproject.toml` belongs to another user (id 65534)
    hint: give it with `--config [PROJECT]/pyproject.toml` if you trust who can change it, or give another
    ");
    context
        .probe(&[
            "install",
            "--venv",
            ".venv",
            "--dry-run",
            "--config",
            "pyproject.toml",
        ])
        .succeeds();
    give(&config, 0);
    context
        .probe(&["install", "--venv", ".venv", "--dry-run"])
        .succeeds();
}

#[test]
fn a_configuration_that_others_can_write() {
    let context = Context::new();
    let config = context.write("probe.toml", "targets = ['app:f']\n");
    open_to_all(&config);
    refused!(context, context.probe(&["install", "--venv", ".venv"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (given with `--venv`)
    error: the nearest configuration isn't used: `[PROJECT]/probe.toml` can be written by other users
    hint: give it with `--config [PROJECT]/probe.toml` if you trust who can change it, or give another
    ");
    fs::set_permissions(&config, PermissionsExt::from_mode(0o644)).unwrap();
    open_to_all(&context.project());
    let ran = context
        .probe(&["install", "--venv", ".venv"])
        .ran()
        .with_code(2);
    assert!(ran.stderr.contains("isn't used"), "{}", ran.text());
}

#[test]
fn a_pipe_in_the_place_of_a_configuration_is_not_waited_for() {
    let context = Context::new();
    context.command("mkfifo").arg("probe.toml").succeeds();
    context
        .probe(&["install", "-t", "app:f", "--dry-run"])
        .succeeds();
}

#[test]
fn a_registry_of_another_user() {
    if alone() {
        return;
    }
    let context = Context::new();
    context.install(&["app:f"]);
    let registry = context.data().join("registry.json");
    assert_eq!(
        fs::metadata(&registry).unwrap().permissions().mode() & 0o777,
        0o600
    );
    give(&registry, NOBODY);
    for command in ["status", "uninstall"] {
        let ran = context.probe(&[command, "--all"]).ran().with_code(3);
        assert!(
            ran.stderr.contains("the registry isn't used"),
            "{}",
            ran.text()
        );
    }
    snapshot!(context, context.probe(&["uninstall"]), @"
    exit code: 0
    ----- stdout -----
    removed from [PROJECT]/.venv/lib/python3.[X]/site-packages
      remove   probe.pth
      remove   probe.start
      remove   sitecustomize.py
      remove   __pycache__/ ([N] files)
      remove   _probe_[HASH]/ ([N] files)
    [PROJECT]/.venv/bin/python starts without the probe
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: the registry isn't used: `[ROOT]/data/registry.json` belongs to another user (id 65534); `--all` won't know this change
    ");
    // The whole folder, which root then leaves as it is.
    give(&registry, 0);
    give(&context.data(), NOBODY);
    refused!(context, context.probe(&["status", "--all"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the registry isn't used: `[ROOT]/data` belongs to another user (id 65534)
    hint: choose a folder of your own with PROBE_DATA_DIR, or run the command as its owner
    ");
}

#[test]
fn a_cache_of_another_user_is_passed_over_by_a_run() {
    if alone() {
        return;
    }
    let context = Context::new();
    let cache = context.root().join("home/cache");
    fs::create_dir(&cache).unwrap();
    give(&cache, NOBODY);
    let run = ["run", "-t", "app:f", "--", "env"];
    let mut run = context.probe(&run);
    let temporary = context.root().join("temporary");
    fs::create_dir(&temporary).unwrap();
    fs::set_permissions(&temporary, PermissionsExt::from_mode(0o1777)).unwrap();
    let ran = run.env("TMPDIR", &temporary).succeeds();
    let folder = ran
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("PROBE_RUN_DIR="));
    assert!(
        Path::new(folder.unwrap()).starts_with(&temporary),
        "{}",
        ran.text()
    );
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 0);
}
