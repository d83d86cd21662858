//! Environments of every layout: conda's, those that Windows makes, `lib64`, odd `pyvenv.cfg`
//! files; and the places that look like one and must not be installed into.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use common::{Context, Python, Run, Tree, pythons, refused, skip, snapshot, usual_python};
use serde_json::Value;

/// An environment made of empty folders and small files, in the project's folder `.venv`.
fn made_of(context: &Context, folders: &[&str], files: &[(&str, &str)]) -> PathBuf {
    let venv = context.venv();
    for folder in folders {
        fs::create_dir_all(venv.join(folder)).unwrap();
    }
    for (path, text) in files {
        let path = venv.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    venv
}

/// Installs into, looks at and takes out of an environment whose Python can't be started.
fn there_and_back(context: &Context, site_packages: &str) {
    let before = Tree::of(&context.venv());
    context.install(&["app:f"]);
    let site_packages = context.venv().join(site_packages);
    for name in ["probe.pth", "probe.start", "sitecustomize.py"] {
        assert!(site_packages.join(name).is_file(), "{name}");
    }
    let status = context.probe(&["status", "--no-start", "--json"]);
    let status = { status }.succeeds().json();
    assert_eq!(status["state"], "intact", "{status:#}");
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.venv());
}

/// conda adds `lib/python3.1`, which leads to `lib/python3.12`.
fn conda_of(context: &Context, library: &str) -> PathBuf {
    let site_packages = format!("lib/{library}/site-packages");
    let files = [("conda-meta/history", "==> 2026-11-24 <==\n")];
    let venv = made_of(context, &[&site_packages, "bin"], &files);
    symlink(library, venv.join("lib/python3.1")).unwrap();
    venv
}

#[test]
fn a_conda_environment() {
    let context = Context::without_venv(usual_python());
    conda_of(&context, "python3.12");
    there_and_back(&context, "lib/python3.12/site-packages");
}

#[test]
fn a_conda_environment_of_windows() {
    let context = Context::without_venv(usual_python());
    // Without `pyvenv.cfg` and a version in a name only its Python can tell which one it is.
    made_of(
        &context,
        &["Lib/site-packages"],
        &[("conda-meta/history", "")],
    );
    refused!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the virtualenv `[PROJECT]/.venv` doesn't tell which Python it belongs to (found: Lib), and its interpreter can't be asked: `[PROJECT]/.venv/bin/python` doesn't start: No such file or directory (os error 2)
    hint: make it again with `python3 -m venv --clear DIR`
    ");
}

/// What a prefix doesn't take from the Python that it is copied from.
const OWN: [&str; 4] = [
    "site-packages",
    "sitecustomize.py",
    "__pycache__",
    "EXTERNALLY-MANAGED",
];

/// A prefix of its own without `pyvenv.cfg`, as conda makes it: the interpreter is copied, its
/// library is linked, and site-packages is new.
fn prefix_of(python: &Python) -> Option<Context> {
    let context = Context::without_venv(python);
    let mut ask = context.command(&python.path);
    ask.args(["-I", "-c", "import os; print(os.path.dirname(os.__file__))"]);
    let library = PathBuf::from(ask.succeeds().stdout.trim_end());
    let venv = conda_of(&context, library.file_name()?.to_str()?);
    for entry in fs::read_dir(&library).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if !OWN.iter().any(|own| name == *own) {
            symlink(entry.path(), context.site_packages().parent()?.join(name)).unwrap();
        }
    }
    let interpreter = venv.join("bin/python");
    fs::copy(python.path.canonicalize().unwrap(), &interpreter).unwrap();
    // Debian's don't look into site-packages where there is no `pyvenv.cfg`.
    let looks = "import sys; print(sys.argv[1] in sys.path)";
    let mut ask = context.python(&["-I", "-c", looks]);
    let ran = ask.arg(context.site_packages()).ran();
    (ran.stdout == "True\n").then_some(context)
}

#[test]
fn a_prefix_like_condas_with_a_python_that_starts() {
    let Some(context) = pythons().iter().rev().find_map(prefix_of) else {
        return skip("a copied prefix", "no Python runs from a copy");
    };
    context.write("app.py", "def f(): pass\n");
    context
        .python(&["-B", "-c", "import app; app.f()"])
        .succeeds();
    let before = Tree::of(&context.site_packages());
    let mut install = context.probe(&["install", "-t", "app:f"]);
    install.env("CONDA_PREFIX", context.venv());
    snapshot!(context, install, @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.[X], in [PROJECT]/.venv/lib/python3.[X]/site-packages
      create   _probe_[HASH]/
      write    sitecustomize.py
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (from `CONDA_PREFIX`)
    ");
    context.python(&["-c", "import app; app.f()"]).succeeds();
    context.probe(&["status"]).succeeds();
    assert_eq!(context.recorded().calls("app:f"), 1);
    context.probe(&["uninstall"]).succeeds();
    before.assert_same_as_now(&context.site_packages());
}

#[test]
fn a_venv_of_windows() {
    // Not the version that runs the tests, whose name is hidden in what they show.
    let context = Context::without_venv(usual_python());
    let venv = made_of(
        &context,
        &["Lib/site-packages", "Include"],
        &[
            ("pyvenv.cfg", "home = C:\\Python38\r\nversion = 3.8.10\r\n"),
            ("Scripts/python.exe", "MZ\u{90}\0"),
            ("Scripts/activate.bat", "@echo off\r\n"),
        ],
    );
    let interpreter = venv.join("Scripts/python.exe");
    fs::set_permissions(interpreter, PermissionsExt::from_mode(0o755)).unwrap();
    there_and_back(&context, "Lib/site-packages");
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 0
    ----- stdout -----
    installed for Python 3.8, in [PROJECT]/.venv/Lib/site-packages
      create   _probe_[HASH]/
      write    sitecustomize.py
      write    probe.pth
      write    probe.start
    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    ");
    let status = context.probe(&["status", "--json"]).ran().with_code(1);
    let status = status.json();
    assert_eq!(
        (&status["state"], &status["fires"]),
        (&"intact".into(), &Value::Null)
    );
    let why = status["why"].to_string();
    assert!(why.contains("Scripts/python.exe` doesn't start: "), "{why}");
}

#[test]
fn lib64_as_a_link_and_as_the_real_place() {
    let cfg = [("pyvenv.cfg", "home = /usr/bin\nversion = 3.12.1\n")];
    let context = Context::without_venv(usual_python());
    let venv = made_of(&context, &["lib/python3.12/site-packages"], &cfg);
    symlink("lib", venv.join("lib64")).unwrap();
    there_and_back(&context, "lib/python3.12/site-packages");
    // As on Fedora, the other way round.
    let context = Context::without_venv(usual_python());
    let venv = made_of(&context, &["lib64/python3.12/site-packages"], &cfg);
    there_and_back(&context, "lib64/python3.12/site-packages");
    symlink("lib64", venv.join("lib")).unwrap();
    there_and_back(&context, "lib64/python3.12/site-packages");
    // Two places, and nobody to ask.
    let context = Context::without_venv(usual_python());
    made_of(
        &context,
        &[
            "lib/python3.12/site-packages",
            "lib64/python3.12/site-packages",
        ],
        &cfg,
    );
    context
        .probe(&["install", "-t", "app:f"])
        .ran()
        .with_code(3);
}

#[test]
fn pyvenv_cfg_in_odd_forms() {
    for text in [
        "home = C:\\Python312\r\nversion = 3.12.1\r\n",
        "\u{feff}version = 3.12.1\n",
        "HOME=/usr/bin\nVersion=3.12.1",
        "home = /usr/bin\n\n# by hand\nversion_info\t=\t3.12.1.final.0\n",
        "version = 3.12\nversion = 3.9\n",
        "implementation = CPython\nversion_info = 3.12.1.final.0\nversion = 3.12.1\n",
    ] {
        let context = Context::without_venv(usual_python());
        // The name of a library of Windows tells no version, so the file has to.
        made_of(&context, &["Lib/site-packages"], &[("pyvenv.cfg", text)]);
        there_and_back(&context, "Lib/site-packages");
        let status = context.probe(&["status", "--no-start", "--json"]).ran();
        assert_eq!(status.json()["python"], "3.12", "{text:?}");
    }
}

#[test]
fn a_free_threaded_python() {
    let context = Context::without_venv(usual_python());
    made_of(
        &context,
        &["lib/python3.13t/site-packages"],
        &[("pyvenv.cfg", "home = /usr/bin\nversion = 3.13.0\n")],
    );
    refused!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: the virtualenv `[PROJECT]/.venv` has a free-threaded Python, which the probe doesn't know
    hint: make one with a Python that has a global interpreter lock
    ");
}

#[test]
fn a_python_s_own_prefix() {
    let context = Context::without_venv(usual_python());
    let mut ask = context.command(&context.python.path);
    ask.args(["-I", "-c", "import sys; print(sys.base_prefix)"]);
    let prefix = ask.succeeds().stdout;
    for prefix in [prefix.trim_end(), "/usr"] {
        let install = context.probe(&["install", "-t", "app:f", "--venv", prefix]);
        let ran = { install }.ran().with_code(3);
        let refused = ["is not a virtualenv", "is managed by the system"];
        assert!(
            refused.iter().any(|it| ran.stderr.contains(it)),
            "{}",
            ran.text()
        );
        assert!(
            ran.stderr.contains(prefix) && ran.stderr.contains("hint: "),
            "{}",
            ran.text()
        );
    }
}

#[test]
fn a_library_that_another_environment_has_too() {
    let context = Context::new();
    let other = context.root().join("other");
    fs::rename(context.venv().join("lib"), &other).unwrap();
    symlink(&other, context.venv().join("lib")).unwrap();
    refused!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `[PROJECT]/.venv/lib/python3.[X]/site-packages` leads out of its virtualenv, to `[ROOT]/other/python3.[X]/site-packages`
    hint: give the virtualenv that it really belongs to with `--venv DIR`
    ");
}

#[test]
fn the_project_of_somebody_is_no_environment() {
    let context = Context::without_venv(usual_python());
    context.write("lib/python3.12/site-packages/thing.py", "");
    let project: &Path = &context.project();
    refused!(
        context,
        context.probe(&["install".as_ref(), "-t".as_ref(), "app:f".as_ref(), "--venv".as_ref(), project.as_os_str()]),
        @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `[PROJECT]` (given with `--venv`) is not a virtualenv: there is no `pyvenv.cfg` in it
    hint: make one with `python3 -m venv DIR`, or check the path
    "
    );
}
