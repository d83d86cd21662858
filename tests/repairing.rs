//! `probe status --fix`: what it makes whole again, what it leaves to a person, and that a dry run
//! tells the same and changes nothing.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;

use common::{Context, Run, Tree, check_keys, python_of, refused, snapshot};
use serde_json::Value;

/// The paths of the steps that `--fix --json` tells of.
fn steps(answer: &Value) -> Vec<String> {
    let steps = answer["fixed"].as_array().unwrap().iter();
    steps
        .map(|it| it["path"].as_str().unwrap().to_owned())
        .collect()
}

/// Repairs after a dry run, which must say the same; gives the answer.
#[track_caller]
fn fixed(context: &Context) -> Value {
    let before = Tree::of(context.root());
    let dry = context.probe(&["status", "--fix", "--dry-run", "--json"]);
    let dry = { dry }.ran().with_code(1).json();
    before.assert_same_as_now(context.root());
    assert_eq!(dry["dry_run"], true);
    let answer = context
        .probe(&["status", "--fix", "--json"])
        .succeeds()
        .json();
    check_keys(&answer, &["state", "fires", "fixed", "dry_run"]);
    assert_eq!(answer["state"], "intact", "{answer:#}");
    assert_eq!(answer["fires"], true, "{answer:#}");
    assert_eq!(steps(&answer), steps(&dry));
    answer
}

#[test]
fn what_is_missing_is_written_again() {
    let context = Context::used();
    let site_packages = context.site_packages();
    let package = context.package();
    for name in [
        "probe.pth",
        "sitecustomize.py",
        &format!("{package}/finder.py"),
    ] {
        fs::remove_file(site_packages.join(name)).unwrap();
    }
    refused!(context, context.probe(&["status", "--fix", "--dry-run", "--no-start"]), @"
    exit code: 1
    ----- stdout -----
    would repair [PROJECT]/.venv/lib/python3.[X]/site-packages
      write    _probe_[HASH]/finder.py
      remove   _probe_[HASH]/__pycache__/ ([N] files)
      write    sitecustomize.py
      remove   __pycache__/sitecustomize.cpython-3[X].pyc
      write    probe.pth
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               missing  probe.pth
               missing  sitecustomize.py
               missing  _probe_[HASH]/finder.py
      fires    not known
      why      `probe.pth` is missing
               `sitecustomize.py` is missing
               `_probe_[HASH]/finder.py` is missing
      to do    `probe status --fix` installs it again, with the same targets
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    snapshot!(context, context.probe(&["status", "--fix"]), @"
    exit code: 0
    ----- stdout -----
    repaired [PROJECT]/.venv/lib/python3.[X]/site-packages
      write    _probe_[HASH]/finder.py
      remove   _probe_[HASH]/__pycache__/ ([N] files)
      write    sitecustomize.py
      remove   __pycache__/sitecustomize.cpython-3[X].pyc
      write    probe.pth
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    assert_eq!(
        context.package(),
        package,
        "the plan is the one that was installed"
    );
    context.run_app();
    assert_eq!(context.recorded().calls("app:f"), 2);
    snapshot!(context, context.probe(&["status", "--fix"]), @"
    exit code: 0
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    nothing to repair
    ");
}

#[test]
fn what_was_modified_in_the_package_is_written_again() {
    let context = Context::used();
    let package = context.site_packages().join(context.package());
    // With the plan gone, what the manifest notes about it is enough.
    for name in ["plan.py", "__init__.py"] {
        fs::write(package.join(name), "# mine\n").unwrap();
    }
    let answer = fixed(&context);
    assert!(
        steps(&answer).iter().any(|path| path.ends_with("plan.py")),
        "{answer:#}"
    );
    assert!(package.is_dir());
    context.run_app();
    assert_eq!(context.recorded().calls("app:f"), 2);
}

#[test]
fn what_an_interrupted_installation_left_goes() {
    let context = Context::used();
    let site_packages = context.site_packages();
    let half = site_packages.join(".probe-new-aB3xYz");
    fs::create_dir(&half).unwrap();
    fs::write(half.join("__init__.py"), "half a li").unwrap();
    fixed(&context);
    assert!(!half.exists());
    // Where nothing else is left, it goes and nothing comes.
    context.probe(&["uninstall"]).succeeds();
    let before = Tree::of(&context.venv());
    fs::create_dir(&half).unwrap();
    let status = context
        .probe(&["status", "--fix", "--json"])
        .ran()
        .with_code(1);
    assert_eq!(status.json()["state"], "absent");
    before.assert_same_as_now(&context.venv());
}

#[test]
fn a_start_up_file_that_was_modified_is_left_to_its_owner() {
    let context = Context::used();
    let path = context.site_packages().join("probe.pth");
    let text = fs::read_to_string(&path).unwrap() + "# mine\n";
    fs::write(&path, &text).unwrap();
    fs::remove_file(context.site_packages().join("probe.start")).unwrap();
    refused!(context, context.probe(&["status", "--fix"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    modified
               modified probe.pth
               missing  probe.start
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
      why      `probe.pth` was modified
               `probe.start` is missing
      to do    `probe.pth` was modified since the probe wrote it and isn't overwritten; move it away, then run `probe status --fix` again
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    fs::remove_file(&path).unwrap();
    fixed(&context);
}

#[test]
fn a_moved_venv_gets_a_data_folder_of_its_own() {
    let context = Context::used();
    let old = context.store();
    let moved = context.root().join("moved");
    fs::rename(context.venv(), &moved).unwrap();
    let mut fix = context.probe(&["status", "--fix", "--venv"]);
    fix.arg(&moved);
    snapshot!(context, fix, @"
    exit code: 0
    ----- stdout -----
    repaired [ROOT]/moved/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      replace  sitecustomize.py
      remove   __pycache__/sitecustomize.cpython-3[X].pyc
      replace  probe.pth
      replace  probe.start
      remove   _probe_[HASH]/ ([N] files)
    [ROOT]/moved (Python 3.[X])
      files    intact, [N] files
      fires    yes, through probe.[FILE]
      engine   [ENGINE]
    ----- stderr -----
    using the virtualenv `[ROOT]/moved` (given with `--venv`)
    the virtualenv was at `[PROJECT]/.venv`: it records to `[ROOT]/data/moved-[HASH]` from now on, and what was recorded before stays in `[ROOT]/data/project-[HASH]`
    ");
    assert_eq!(fs::read_dir(&old).unwrap().count(), 2);
    let mut python = context.command(moved.join("bin/python"));
    python.args(["-c", "import app; app.f()"]).succeeds();
    let mut report = context.probe(&["report", "--json", "--venv"]);
    let report = report.arg(&moved).succeeds().json();
    assert_eq!(report["functions"][0]["calls"], 1, "{report:#}");
    assert_eq!(fs::read_dir(&old).unwrap().count(), 2);
    // The registry knows the new place, and only that.
    let all = context
        .probe(&["status", "--all", "--no-start", "--json"])
        .succeeds()
        .json();
    assert_eq!(all["venvs"].as_array().unwrap().len(), 1);
    assert_eq!(all["venvs"][0]["venv"], moved.to_str().unwrap());
}

#[test]
fn another_version_s_files_are_replaced() {
    let context = Context::used();
    let site_packages = context.site_packages();
    let old = site_packages.join(context.package());
    // As another build of the probe would have written it: other code, the same plan.
    let finder = old.join("describing.py");
    let text = fs::read_to_string(&finder).unwrap() + "# another build\n";
    fs::write(&finder, text).unwrap();
    let name = rename_to_its_hash(&site_packages, &context.package());
    let status = context.probe(&["status", "--no-start", "--json"]).ran();
    assert_eq!(status.with_code(1).json()["state"], "stale");
    fixed(&context);
    assert!(!site_packages.join(name).exists());
    context.run_app();
    assert_eq!(context.recorded().calls("app:f"), 2);
}

/// Gives a package the name that its files have, wherever the old one is written.
fn rename_to_its_hash(site_packages: &Path, package: &str) -> String {
    let folder = site_packages.join(package);
    fs::remove_dir_all(folder.join("__pycache__")).unwrap();
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .filter(|(name, _)| name != "install.json")
        .collect();
    files.sort();
    let parts = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let name = probe::payload::PackageName::of(parts).to_string();
    let mut written = vec![folder.join("install.json")];
    written
        .extend(["probe.pth", "probe.start", "sitecustomize.py"].map(|it| site_packages.join(it)));
    for path in written {
        let text = fs::read_to_string(&path).unwrap().replace(package, &name);
        fs::write(path, text).unwrap();
    }
    let manifest = folder.join("install.json");
    let mut noted: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    for (path, sha256) in noted["files"].as_object_mut().unwrap() {
        let path = site_packages.join(path.replace(&name, package));
        *sha256 = probe::files::digest_file(&path).unwrap().as_str().into();
    }
    fs::write(manifest, noted.to_string()).unwrap();
    fs::rename(folder, site_packages.join(&name)).unwrap();
    name
}

#[test]
fn a_venv_that_was_upgraded_to_another_python_is_brought_along() {
    let (Some(old), Some(new)) = (python_of(11), python_of(12)) else {
        return;
    };
    let context = Context::of(old);
    context.write("app.py", "def f(): pass\n");
    context.install(&["app:f"]);
    let before = context.site_packages();
    // As after an upgrade of the system, which takes the old Python away.
    for name in ["python", "python3", "python3.11"] {
        fs::remove_file(context.venv().join("bin").join(name)).unwrap();
    }
    let mut upgrade = context.command(&new.path);
    upgrade
        .args(["-m", "venv", "--upgrade", "--without-pip"])
        .arg(context.venv());
    upgrade.succeeds();
    let status = context
        .probe(&["status", "--json"])
        .ran()
        .with_code(1)
        .json();
    assert_eq!(status["state"], "stale", "{status:#}");
    assert_eq!(status["fires"], false);
    assert!(
        status["why"]
            .to_string()
            .contains("installed for Python 3.11"),
        "{status:#}"
    );
    fixed(&context);
    assert_eq!(probe_files(&before), Vec::<String>::new());
    context.run_app();
    assert_eq!(context.recorded().calls("app:f"), 1);
}

fn probe_files(site_packages: &Path) -> Vec<String> {
    let names = fs::read_dir(site_packages).unwrap();
    names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("probe") || name.contains("sitecustomize"))
        .collect()
}

#[test]
fn where_nothing_says_what_was_timed_nothing_is_guessed() {
    let context = Context::used();
    fs::remove_dir_all(context.site_packages().join(context.package())).unwrap();
    refused!(context, context.probe(&["status", "--fix", "--no-start"]), @"
    exit code: 1
    ----- stdout -----
    [PROJECT]/.venv (Python 3.[X])
      files    incomplete
               modified probe.pth
               modified probe.start
               modified sitecustomize.py
      fires    not known
      why      `probe.pth` names `_probe_[HASH]`, which isn't what is installed
               `probe.start` names `_probe_[HASH]`, which isn't what is installed
               `sitecustomize.py` names `_probe_[HASH]`, which isn't what is installed
               the probe's package is missing
      to do    nothing says any more which functions it timed; install it again with `probe install -t TARGET`
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
}
