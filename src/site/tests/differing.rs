//! What isn't as it should be: a user's own files, changed files, other versions, other places.

use serde_json::Value;

use super::super::*;
use super::{Sandbox, payload};
use crate::payload::{MANIFEST, PTH, SITECUSTOMIZE, START};
use crate::python::{Surroundings, find_in};

#[test]
fn a_user_s_sitecustomize_is_left_alone_in_each_of_its_forms() {
    for name in [
        "sitecustomize.py",
        "sitecustomize/__init__.py",
        "sitecustomize.cpython-312-x86_64-linux-gnu.so",
        "__pycache__/sitecustomize.cpython-312.pyc",
    ] {
        let sandbox = Sandbox::new();
        let path = sandbox.site(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "# mine\n").unwrap();
        let before = sandbox.digest();
        sandbox.install(1);
        assert_eq!(std::fs::read(&path).unwrap(), b"# mine\n");
        let ours = sandbox.site(SITECUSTOMIZE);
        assert!(name == SITECUSTOMIZE || !ours.exists(), "{name}");
        assert_eq!(sandbox.state(), State::Intact, "{name}");
        assert_eq!(sandbox.uninstall().kept, [], "{name}");
        assert_eq!(sandbox.digest(), before, "{name}");
    }
}

#[test]
fn a_foreign_start_up_file_is_refused_by_name() {
    for name in [PTH, START] {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.site(name), "import sys\n").unwrap();
        let before = sandbox.digest();
        let error = sandbox.try_install(1).unwrap_err();
        assert!(matches!(error, SiteError::InTheWay { .. }), "{error}");
        assert!(error.to_string().contains(name));
        assert_eq!(sandbox.digest(), before);
    }
}

#[test]
fn a_modified_file_stays_and_the_rest_goes() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let name = payload(1).package;
    let plan = sandbox.site(name.as_str()).join("plan.py");
    std::fs::write(&plan, "# mine\n").unwrap();
    std::fs::write(sandbox.site(name.as_str()).join("notes.txt"), "mine").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    let done = sandbox.uninstall();
    let kept: Vec<&str> = done.kept.iter().map(|kept| kept.path.as_str()).collect();
    assert_eq!(
        kept,
        [format!("{name}/notes.txt"), format!("{name}/plan.py")]
    );
    assert_eq!(std::fs::read_dir(sandbox.site("")).unwrap().count(), 1);
    assert_eq!(
        std::fs::read_dir(plan.parent().unwrap()).unwrap().count(),
        2
    );
}

#[test]
fn a_modified_start_up_file_keeps_the_package_that_it_names() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let pth = sandbox.site(PTH);
    let mut text = std::fs::read_to_string(&pth).unwrap();
    text.push_str("import sys\n");
    std::fs::write(&pth, &text).unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    assert!(matches!(
        sandbox.try_install(2),
        Err(SiteError::Modified { .. })
    ));
    assert_eq!(sandbox.uninstall().kept.len(), 2);
    assert_eq!(std::fs::read_to_string(&pth).unwrap(), text);
    assert!(sandbox.python().contains(payload(1).package.as_str()));
    std::fs::remove_file(&pth).unwrap();
    assert_eq!(sandbox.uninstall().kept, []);
}

#[test]
fn a_file_that_took_our_place_is_kept_and_named() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    std::fs::write(sandbox.site(SITECUSTOMIZE), "# from a wheel\n").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    sandbox.install(1);
    assert_eq!(sandbox.state(), State::Intact);
    std::fs::write(sandbox.site(START), "# from a wheel\n").unwrap();
    let done = sandbox.uninstall();
    assert_eq!(done.kept.len(), 1);
    assert_eq!(done.kept[0].path, START);
    assert!(sandbox.site(SITECUSTOMIZE).exists());
}

#[test]
fn a_damaged_package_is_written_again() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    sandbox.python();
    let folder = sandbox.site(payload(1).package.as_str());
    let intact = std::fs::read(folder.join("__init__.py")).unwrap();
    std::fs::write(folder.join("__init__.py"), "raise SystemExit(3)\n").unwrap();
    std::fs::remove_file(folder.join("plan.py")).unwrap();
    std::fs::write(folder.join(MANIFEST), "{").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    assert_eq!(sandbox.install(1).plan.notes.len(), 1);
    assert_eq!(std::fs::read(folder.join("__init__.py")).unwrap(), intact);
    assert_eq!(sandbox.state(), State::Intact);
}

#[test]
fn a_change_is_found_though_the_manifest_agrees_with_it() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let name = payload(1).package;
    let folder = sandbox.site(name.as_str());
    // The plan too, or this program would know what the folder should contain.
    for file in ["__init__.py", "plan.py"] {
        std::fs::write(folder.join(file), "# mine\n").unwrap();
    }
    let mut manifest = Manifest::parse(&std::fs::read(folder.join(MANIFEST)).unwrap()).unwrap();
    for (path, sha256) in &mut manifest.files {
        *sha256 = crate::files::digest_file(&sandbox.site(path)).unwrap();
    }
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    assert_eq!(sandbox.state(), State::Modified);
}

#[test]
fn what_is_ours_is_known_without_the_manifest() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    sandbox.install(1);
    let folder = sandbox.site(payload(1).package.as_str());
    std::fs::remove_file(folder.join(MANIFEST)).unwrap();
    assert_eq!(sandbox.state(), State::Incomplete);
    assert_eq!(sandbox.uninstall().kept, []);
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn a_package_that_only_looks_like_ours_is_not() {
    let sandbox = Sandbox::new();
    let folder = sandbox.site("_probe_0123456789ab");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("__init__.py"), "# mine\n").unwrap();
    let before = sandbox.digest();
    assert_eq!(sandbox.state(), State::Absent);
    sandbox.install(1);
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn a_venv_that_moved_is_stale_and_another_install_makes_it_current() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let moved = sandbox.folder.path().join("moved");
    std::fs::rename(sandbox.folder.path().join("venv"), &moved).unwrap();
    let venv = find_in(Some(&moved), &Surroundings::default()).unwrap();
    let judge = |venv: &Venv| verdict(&inspect(&venv.site_packages).unwrap(), venv);
    assert_eq!(judge(&venv).state, State::Stale);
    assert_eq!(judge(&venv).why.len(), 1);
    install(&venv, &payload(1), Value::Null, Mode::Perform).unwrap();
    assert_eq!(judge(&venv).state, State::Intact);
}

#[test]
fn another_version_s_installation_is_stale_and_removed_whole() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    // As a version with another runtime and other templates would have installed it.
    let files = [("__init__.py", &b"def start(how): pass\n"[..])];
    let package = crate::payload::PackageName::of(files);
    let pth = format!("import {package} as p; p.start('pth')\n");
    let mut manifest = Manifest::new(&sandbox.venv(), Value::Null);
    manifest.version = "0.0.1".into();
    manifest.pycache_existed = false;
    manifest.files = [
        (format!("{package}/__init__.py"), files[0].1),
        (PTH.to_owned(), pth.as_bytes()),
    ]
    .map(|(path, bytes)| (path, crate::files::digest(bytes)))
    .into();
    let folder = sandbox.site(package.as_str());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("__init__.py"), files[0].1).unwrap();
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    std::fs::write(sandbox.site(PTH), pth).unwrap();
    let verdict = sandbox.verdict();
    assert_eq!(verdict.state, State::Stale, "{verdict:?}");
    assert!(verdict.why[0].contains("0.0.1"));
    sandbox.install(1);
    assert_eq!(sandbox.state(), State::Intact);
    assert!(!folder.exists());
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn nothing_is_written_or_removed_where_a_planted_symlink_leads() {
    let sandbox = Sandbox::new();
    let victim = sandbox.site("victim");
    std::fs::create_dir(&victim).unwrap();
    for name in ["sitecustomize.cpython-312.pyc", "finder.cpython-312.pyc"] {
        std::fs::write(victim.join(name), "precious").unwrap();
    }
    std::os::unix::fs::symlink(&victim, sandbox.site("__pycache__")).unwrap();
    let before = sandbox.digest();
    sandbox.install(1);
    assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 2);
    assert_eq!(sandbox.uninstall().kept, []);
    assert_eq!(sandbox.digest(), before);

    // In place of the package's bytecode.
    sandbox.install(1);
    let pycache = sandbox.site(&format!("{}/__pycache__", payload(1).package));
    std::fs::remove_dir_all(&pycache).unwrap();
    std::os::unix::fs::symlink(&victim, &pycache).unwrap();
    sandbox.install(1);
    let kept = sandbox.uninstall().kept;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].path.ends_with("/__pycache__"), "{kept:?}");
    std::fs::remove_dir_all(pycache.parent().unwrap()).unwrap();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn bytecode_is_never_of_another_source_than_the_file_s() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let package = sandbox.site(payload(1).package.as_str());
    std::fs::remove_dir_all(package.join("__pycache__")).unwrap();
    let finder = package.join("finder.py");
    let text = std::fs::read_to_string(&finder).unwrap();
    std::fs::write(&finder, text.replace("def ", "fed ")).unwrap();
    let mut bytecode = Bytecode::begin(&sandbox.venv(), &payload(1));
    bytecode.put(&sandbox.venv().site_packages, payload(1).package.as_str());
    let compiled = std::fs::read_dir(package.join("__pycache__")).unwrap();
    let compiled: Vec<_> = compiled.map(|entry| entry.unwrap().file_name()).collect();
    assert!(compiled.len() > 10, "{compiled:?}");
    let of_finder = |name: &std::ffi::OsString| name.to_string_lossy().starts_with("finder.");
    assert!(!compiled.iter().any(of_finder), "{compiled:?}");
}
