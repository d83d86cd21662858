//! The settings `keep-for` and `keep-size`: from the file and the command line into the installation,
//! and what readers do by them. What `serve` and `push` do is in their own tests.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Stdio;
use std::time::Duration;

use common::{Context, NOBODY, Run, Tree, as_nobody, is_root, many, snapshot};
use serde_json::{Value, json};

/// Installs it again, with these options.
#[track_caller]
fn install(context: &Context, options: &[&str]) {
    let mut install = context.probe(&["install", "-t", "app:f"]);
    install.args(options).succeeds();
}

/// What `status` says is to be kept, of an installation that is intact.
#[track_caller]
fn keep(context: &Context) -> Value {
    let answer = context.probe(&["status", "--json"]).succeeds().json();
    assert_eq!(answer["state"], "intact");
    answer["keep"].clone()
}

/// The processes that a report shows, and what it says beside that.
#[track_caller]
fn report(context: &Context, options: &[&str]) -> (usize, String) {
    let mut report = context.probe(&["report", "--json"]);
    let ran = report.args(options).succeeds();
    let processes = ran.json()["processes"].as_array().unwrap().len();
    let said = ran.stderr.lines().filter(|it| !it.starts_with("using "));
    (processes, said.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_command_line_goes_over_the_file_and_status_shows_it() {
    let context = Context::new();
    let without = Tree::of(&context.site_packages());
    context.write(
        "probe.toml",
        "targets = ['app:f']\nkeep-for = '30d'\nkeep-size = '1.5 GB'\n",
    );
    context.probe(&["install"]).succeeds();
    assert_eq!(
        keep(&context),
        json!({
            "for": "30d",
            "for_ns": 2_592_000_000_000_000_u64,
            "size": "1.5 GB",
            "size_bytes": 1_500_000_000,
        })
    );
    context.probe(&["install", "--keep-for", "2w"]).succeeds();
    assert_eq!(keep(&context)["for"], "2w");
    snapshot!(context, context.probe(&["status"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      settings keep-for 2w, keep-size 1.5 GB
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    // What was lost comes back with them.
    fs::remove_file(context.site_packages().join("probe.pth")).unwrap();
    context.probe(&["status", "--fix"]).succeeds();
    assert_eq!(keep(&context)["for"], "2w");
    assert_eq!(keep(&context)["size"], "1.5 GB");
    context.probe(&["uninstall"]).succeeds();
    without.assert_same_as_now(&context.site_packages());
}

#[test]
fn processes_know_nothing_of_it() {
    let context = Context::installed();
    let package = context.package();
    let plan = || fs::read(context.site_packages().join(&package).join("plan.py")).unwrap();
    let before = plan();
    let mut again = context.probe(&["install", "-t", "app:f", "--keep-for", "30d"]);
    snapshot!(context, again, @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      replace  _probe_[HASH]/install.json
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    warning: the target `app:f` may name nothing: no module `app` is found
    ");
    assert_eq!(context.package(), package);
    assert_eq!(plan(), before);
    // And it is gone with an installation that doesn't say it.
    install(&context, &[]);
    assert_eq!(keep(&context), Value::Null);
}

#[test]
fn what_is_no_amount_is_wrong_usage() {
    let context = Context::new();
    let mut install = context.probe(&["install", "-t", "app:f", "--keep-for", "30"]);
    snapshot!(context, install, @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: invalid value '30' for '--keep-for <AGE>': an age is a number and s, m, h, d or w, such as `30d`

    For more information, try '--help'.
    ");
    context.write("probe.toml", "targets = ['app:f']\nkeep-size = 'much'\n");
    snapshot!(context, context.probe(&["install"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 2, column 13: `keep-size` can't be `much`: a size is a number and a unit, such as `500MB` or `2GiB`
    ");
    context.write("probe.toml", "targets = ['app:f']\nkeep-for = 30\n");
    snapshot!(context, context.probe(&["install"]), @r#"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/probe.toml`, line 2, column 12: `keep-for` takes a string, not a number
    hint: write `keep-for = "30d"`
    "#);
    assert!(
        fs::read_dir(context.site_packages())
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn a_report_removes_what_is_too_old_once_it_was_shown() {
    let context = many(120);
    install(&context, &["--keep-for", "47h"]);
    assert_eq!(
        report(&context, &[]),
        (
            120,
            "removed 80 old recordings, by the virtualenv's settings: keep-for 47h".to_owned()
        )
    );
    assert_eq!(report(&context, &[]), (40, String::new()));
}

#[test]
fn the_oldest_go_where_there_is_too_much_and_what_runs_stays() {
    let context = many(3);
    install(&context, &["--keep-size", "0b"]);
    let mut running = context.python(&["-c", "import app, sys; app.f(); sys.stdin.read()"]);
    let mut running = running.stdin(Stdio::piped()).spawn().unwrap();
    while context.recordings().len() == 3 {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(
        report(&context, &[]),
        (
            4,
            "removed 3 old recordings, by the virtualenv's settings: keep-size 0b".to_owned()
        )
    );
    assert_eq!(report(&context, &[]), (1, String::new()));
    drop(running.stdin.take());
    assert!(running.wait().unwrap().success());
    // It has ended, and is shown once more.
    assert_eq!(report(&context, &[]).0, 1);
    context.probe(&["report"]).ran().with_code(3);
}

#[test]
fn without_settings_all_are_kept() {
    let context = many(120);
    for _ in 0..2 {
        assert_eq!(report(&context, &[]), (120, String::new()));
    }
    // Nor by those of an installation that is gone.
    install(&context, &["--keep-for", "0s"]);
    context.probe(&["uninstall"]).succeeds();
    assert_eq!(report(&context, &[]), (120, String::new()));
}

#[test]
fn what_somebody_copied_elsewhere_is_kept() {
    let context = many(3);
    install(&context, &["--keep-for", "0s"]);
    let copy = context.root().join("copy");
    let folder = copy.join(context.store().file_name().unwrap());
    fs::create_dir_all(&folder).unwrap();
    for path in fs::read_dir(context.store()).unwrap() {
        let path = path.unwrap().path();
        fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
    }
    let copy = ["--data-dir", copy.to_str().unwrap()];
    for _ in 0..2 {
        assert_eq!(report(&context, &copy), (3, String::new()));
    }
    // Whoever says so means it.
    let prune = [&["prune", "--json"][..], &copy].concat();
    let answer = context.probe(&prune).succeeds().json();
    assert_eq!([&answer["removed"], &answer["kept"]], [3, 0]);
    assert_eq!(context.recordings().len(), 3);
}

#[test]
fn each_venv_below_a_root_has_its_own() {
    let context = many(3);
    install(&context, &["--keep-for", "0s"]);
    let other = context.data().join("other-0123456789ab");
    let recordings = context.recordings();
    fs::create_dir(&other).unwrap();
    for path in recordings {
        fs::copy(&path, other.join(path.file_name().unwrap())).unwrap();
    }
    let everywhere = || {
        let mut report = context.probe(&["report", "--json"]);
        let ran = report.current_dir(context.root()).succeeds();
        let processes = ran.json()["processes"].as_array().unwrap().len();
        (processes, ran.stderr)
    };
    let (processes, said) = everywhere();
    assert_eq!(processes, 6);
    assert!(said.contains("removed 3 old recordings"), "{said}");
    assert_eq!(everywhere(), (3, String::new()));
}

#[test]
fn what_another_user_recorded_is_left_to_them() {
    if !is_root() {
        println!("skipped: only root can play other users");
        return;
    }
    let context = many(120);
    // The first one folds.
    report(&context, &[]);
    install(&context, &["--keep-for", "47h"]);
    let store = context.store();
    let archive = store.join("01010101-0000.fold");
    fs::set_permissions(context.data(), PermissionsExt::from_mode(0o755)).unwrap();
    for path in [&store, &archive] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let left = format!(
        "left 80 old recordings in `{}`, which is another user's; `probe prune` removes them",
        store.display()
    );
    assert_eq!(report(&context, &[]), (120, left));
    context.probe(&["prune"]).succeeds();
    assert_eq!(fs::metadata(archive).unwrap().uid(), NOBODY);
    let home = context.root().join("home");
    let as_owner = as_nobody(&context, &["report", "--json"])
        .env("HOME", home)
        .succeeds();
    assert_eq!(as_owner.json()["processes"].as_array().unwrap().len(), 40);
}

#[test]
fn prune_uses_the_settings() {
    let context = many(120);
    install(&context, &["--keep-for", "47h", "--keep-size", "1GB"]);
    snapshot!(context, context.probe(&["prune", "--dry-run"]), @"
    exit code: 0
    ----- stdout -----
    would remove 80 recordings (5.2 MB) of [ROOT]/data/project-[HASH], kept 40 recordings (2.6 MB)
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    using the virtualenv's settings: keep-for 47h, keep-size 1GB
    ");
    // What it is told goes over both.
    let mut told = context.probe(&["prune", "--dry-run", "--json", "--older-than", "71h"]);
    let told = told.succeeds();
    assert_eq!(told.json()["removed"], 40);
    assert!(!told.stderr.contains("settings"), "{}", told.stderr);
    context.probe(&["prune"]).succeeds();
    assert_eq!(context.recordings().len(), 40);
    assert_eq!(report(&context, &[]), (40, String::new()));
}
