//! Venvs made by hand, with each thing that can be wrong, and one made by a real Python.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::exit::Diagnose;

/// A venv of empty folders.
fn venv_with(libraries: &[&str], config: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for library in libraries {
        let path = folder.path().join("lib").join(library);
        std::fs::create_dir_all(path.join("site-packages")).unwrap();
    }
    std::fs::create_dir(folder.path().join("bin")).unwrap();
    std::fs::write(folder.path().join("pyvenv.cfg"), config).unwrap();
    folder
}

fn found(folder: &TempDir) -> Result<Venv, PythonError> {
    find_in(Some(folder.path()), &Surroundings::default())
}

#[test]
fn a_venv_is_read_without_its_interpreter() {
    let folder = venv_with(&["python3.12"], "version = 3.12.1\n");
    symlink("/gone/python3.12", folder.path().join("bin/python")).unwrap();
    symlink("lib", folder.path().join("lib64")).unwrap();
    let venv = found(&folder).unwrap();
    assert_eq!(venv.version, Some((3, 12)));
    assert!(venv.site_packages.ends_with("lib/python3.12/site-packages"));
    assert!(venv.interpreter.ends_with("bin/python"));
    venv.check_installable().unwrap();
}

#[test]
fn a_free_threaded_library_is_known() {
    let venv = found(&venv_with(&["python3.13t"], "version_info = 3.13.0\n")).unwrap();
    assert_eq!(venv.version, Some((3, 13)));
}

#[test]
fn two_libraries_and_a_dangling_interpreter_are_refused() {
    let folder = venv_with(&["python3.12", "python3.13"], "version = 3.13.0\n");
    symlink("/gone/python", folder.path().join("bin/python")).unwrap();
    let error = found(&folder).unwrap_err();
    assert!(matches!(error, PythonError::Unclear { .. }), "{error}");
    assert!(error.to_string().contains("python3.12, python3.13"));
}

#[test]
fn the_interpreter_decides_between_two_libraries() {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(made.success());
    let before = found(&folder).unwrap();
    std::fs::create_dir_all(folder.path().join("lib/python3.7/site-packages")).unwrap();
    let after = found(&folder).unwrap();
    assert_eq!(before.site_packages, after.site_packages);
    assert_eq!(before.version, after.version);
}

#[test]
fn unsupported_versions_are_named() {
    for (library, version, word) in [
        ("python2.7", "2.7.18", "old"),
        ("python3.7", "3.7.16", "old"),
        ("python3.16", "3.16.0", "new"),
    ] {
        let folder = venv_with(&[library], &format!("version = {version}\n"));
        let error = found(&folder).unwrap().check_installable().unwrap_err();
        assert!(matches!(error, PythonError::Unsupported { .. }));
        assert!(
            error.to_string().ends_with(&format!("too {word}")),
            "{error}"
        );
        assert_eq!(
            error.hint().unwrap(),
            "CPython 3.8 to 3.15 are supported, and PyPy from 3.9 on"
        );
    }
    let pypy = found(&venv_with(&["pypy3.8"], "version = 3.8.16\n"));
    assert!(matches!(pypy, Err(PythonError::OldPyPy { .. })));
    let folder = venv_with(&["pypy3.10"], "version = 3.10.2\n");
    found(&folder).unwrap().check_installable().unwrap();
}

#[test]
fn a_folder_that_is_no_venv_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(found(&folder), Err(PythonError::NotAVenv { .. })));
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(
        find_in(Some(&file), &Surroundings::default()),
        Err(PythonError::NotAVenv { .. })
    ));
    assert!(matches!(
        find_in(Some(&folder.path().join("gone")), &Surroundings::default()),
        Err(PythonError::Missing { .. })
    ));
    assert!(matches!(
        found(&venv_with(&[], "version = 3.12.1\n")),
        Err(PythonError::NoSitePackages { .. })
    ));
}

#[test]
fn a_conda_environment_needs_no_pyvenv_cfg() {
    let folder = venv_with(&["python3.11"], "");
    std::fs::remove_file(folder.path().join("pyvenv.cfg")).unwrap();
    std::fs::create_dir(folder.path().join("conda-meta")).unwrap();
    let venv = found(&folder).unwrap();
    assert_eq!(venv.version, Some((3, 11)));
    venv.check_installable().unwrap();
}

#[test]
fn a_managed_prefix_is_refused_with_its_marker() {
    let folder = venv_with(&["python3.11"], "version = 3.11.2\n");
    let marker = folder.path().join("lib/python3.11/EXTERNALLY-MANAGED");
    std::fs::write(&marker, "").unwrap();
    let error = found(&folder).unwrap().check_installable().unwrap_err();
    assert!(matches!(error, PythonError::ExternallyManaged { .. }));
    std::fs::remove_file(folder.path().join("pyvenv.cfg")).unwrap();
    assert!(matches!(
        found(&folder),
        Err(PythonError::ExternallyManaged { .. })
    ));
}

#[test]
fn site_packages_elsewhere_are_refused() {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = venv_with(&["python3.12"], "version = 3.12.1\n");
    let site_packages = folder.path().join("lib/python3.12/site-packages");
    std::fs::remove_dir(&site_packages).unwrap();
    symlink(elsewhere.path(), &site_packages).unwrap();
    let error = found(&folder).unwrap().check_installable().unwrap_err();
    assert!(matches!(error, PythonError::Outside { .. }));
}

#[test]
fn writable_is_what_the_kernel_says() {
    let folder = tempfile::tempdir().unwrap();
    check_writable(folder.path()).unwrap();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    // Root may write there all the same.
    let really = std::fs::write(folder.path().join("file"), "").is_ok();
    assert_eq!(check_writable(folder.path()).is_ok(), really);
    let gone = check_writable(&folder.path().join("gone")).unwrap_err();
    assert!(matches!(gone, PythonError::NotWritable { .. }));
}
