//! What is in a site-packages, of any bytes: inspected, judged, and taken out for real. Nothing
//! may go that the plan didn't name, and nothing outside of what the probe's names are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use probe::files::digest;
use probe::payload::{PackageName, start_up_file};
use probe::python::{Chosen, Venv};
use probe::site::{self, Manifest, Mode, SiteError, Step};
use serde_json::json;

use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "installed",
    about: "what is installed: start-up files, manifest, package",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "\u{1e}",
        "\n",
        "install.json",
        "plan.py",
        "__init__.py",
        "__pycache__/",
        "probe.pth",
        "probe.start",
        "sitecustomize.py",
        "..",
        "../../",
        "/",
        "\"files\"",
        "\"schema\": 1",
        "\"venv\"",
        "\"pycache_existed\": false",
        "_probe_",
        "0123456789ab",
        "keep.py",
        "\"python\": \"3.11\"",
        ".cpython-312.pyc",
    ]),
    longest: 16 << 10,
};

/// Between two files of an input; each is a path, a line's end, and the content.
const BETWEEN: u8 = 0x1e;

/// Files of somebody else, in the folder and beside it.
const OTHERS: [&str; 3] = ["keep.py", "../keep.py", "other/__init__.py"];

fn run(input: &[u8]) {
    let folder = files::folder();
    let site_packages = folder.path().join("lib/python3.12/site-packages");
    fs::create_dir_all(&site_packages).expect("a temporary folder can be made");
    lay(&site_packages, input);
    for other in OTHERS {
        put(&site_packages, other, b"somebody else's");
    }
    let venv = Venv {
        root: folder.path().canonicalize().expect("it was just made"),
        interpreter: folder.path().join("bin/python"),
        version: Some((3, 12)),
        chosen: Chosen::Given,
        site_packages,
    };
    let before = contents(&venv.root);
    let inspection = site::inspect(&venv.site_packages).expect("the folder can be read");
    let verdict = site::verdict(&inspection, &venv);
    assert_eq!(verdict.state == site::State::Absent, inspection.is_absent());
    let planned = match site::uninstall(&venv, Mode::DryRun) {
        Ok(done) => done.plan,
        Err(SiteError::NothingInstalled { .. }) => return,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(contents(&venv.root), before, "a dry run changed something");
    let named: Vec<PathBuf> = planned
        .steps
        .iter()
        .map(|step| checked(step, &venv.site_packages))
        .collect();
    site::uninstall(&venv, Mode::Perform).expect("the folder can be written");
    let after = contents(&venv.root);
    for (path, content) in &before {
        let stays = !named.iter().any(|it| it == path);
        assert!(
            !stays || after.get(path) == Some(content),
            "{}",
            path.display()
        );
    }
    let kept = site::inspect(&venv.site_packages).expect("the folder can be read");
    assert!(kept.is_absent() || !planned.kept.is_empty(), "{kept:?}");
}

/// A step of a removal has a path of the probe's own, and knows what it removes.
fn checked(step: &Step, site_packages: &Path) -> PathBuf {
    let path = PathBuf::from(step.path());
    assert!(
        path.components()
            .all(|it| matches!(it, Component::Normal(_))),
        "{step:?}"
    );
    let first = path
        .iter()
        .next()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let ours = [
        "_probe_",
        "probe.pth",
        "probe.start",
        "sitecustomize.py",
        "__pycache__",
    ];
    assert!(
        ours.iter().any(|it| first.starts_with(it)) || probe::files::is_temporary(&first),
        "{step:?}"
    );
    match step {
        Step::Remove {
            sha256: Some(sha256),
            ..
        } => {
            let content = fs::read(site_packages.join(&path)).expect("what goes is there");
            assert_eq!(digest(&content), *sha256);
        }
        Step::Remove { sha256: None, .. } | Step::RemoveFolder { .. } => {}
        Step::CreatePackage { .. } | Step::Write { .. } => panic!("{step:?} removes nothing"),
    }
    site_packages.join(path)
}

/// Every file below a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.append(&mut contents(&path));
        } else {
            found.insert(path.clone(), fs::read(&path).expect("the file can be read"));
        }
    }
    found
}

/// Makes the files that an input describes, within the folder.
fn lay(site_packages: &Path, input: &[u8]) {
    for file in input.split(|byte| *byte == BETWEEN).take(40) {
        let end = file
            .iter()
            .position(|byte| *byte == b'\n')
            .unwrap_or(file.len());
        let content = file.get(end + 1..).unwrap_or_default();
        if let Ok(path) = std::str::from_utf8(&file[..end]) {
            let inside = Path::new(path)
                .components()
                .all(|it| matches!(it, Component::Normal(_)));
            if inside && !path.is_empty() && !path.contains('\0') {
                put(site_packages, path, content);
            }
        }
    }
}

/// Writes a file; what is in its way stays.
fn put(folder: &Path, path: &str, content: &[u8]) {
    let path = folder.join(path);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let _ = made.and_then(|()| fs::write(&path, content));
}

fn seeds() -> Vec<Vec<u8>> {
    let package = [
        ("__init__.py", "def start(): pass\n"),
        ("plan.py", "SCHEMA = 1\n"),
    ];
    let name = PackageName::of(package.map(|(name, content)| (name, content.as_bytes())));
    let start_up: Vec<(String, Vec<u8>)> = ["probe.pth", "probe.start", "sitecustomize.py"]
        .map(|file| (file.to_owned(), start_up_file(file, &name)))
        .into();
    let mut whole = start_up.clone();
    whole.extend(package.map(|(file, content)| (format!("{name}/{file}"), content.into())));
    let files: BTreeMap<&str, _> = whole
        .iter()
        .map(|it| (it.0.as_str(), digest(&it.1)))
        .collect();
    let manifest = json!({
        "schema": 1, "version": "0.1.0", "installed": "2026-11-24T12:00:00Z", "venv": "/srv/v",
        "python": "3.12", "options": {"data_root": "/d"}, "files": files, "pycache_existed": false,
    });
    let manifest = serde_json::to_vec(&manifest).expect("a manifest is JSON");
    assert!(Manifest::parse(&manifest).is_some());
    whole.push((format!("{name}/install.json"), manifest));
    whole.push((
        format!("{name}/__pycache__/plan.cpython-312.pyc"),
        vec![1, 2],
    ));
    whole.push((
        "__pycache__/sitecustomize.cpython-312.pyc".to_owned(),
        vec![3],
    ));
    let escaping = json!({
        "schema": 1, "venv": [255],
        "files": {format!("{name}/../../keep.py"): digest(b"somebody else's"), "keep.py": digest(b"somebody else's")},
    });
    let mut hostile = start_up.clone();
    hostile.push((
        format!("{name}/install.json"),
        escaping.to_string().into_bytes(),
    ));
    hostile.push((format!("{name}/keep.py"), b"somebody else's".to_vec()));
    [whole, start_up, hostile]
        .iter()
        .map(|files| {
            let files = files
                .iter()
                .map(|(name, content)| [name.as_bytes(), b"\n", content].concat());
            files.collect::<Vec<_>>().join(&BETWEEN)
        })
        .collect()
}
