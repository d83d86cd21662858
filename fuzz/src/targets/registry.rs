//! `registry.json` of any bytes: venvs are still remembered and forgotten, and what could be
//! read of the file stays.

use std::path::{Path, PathBuf};

use probe::site::{Entry, Registry};

use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "registry",
    about: "registry.json, which says where the probe is installed",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "\"schema\"",
        "\"venvs\"",
        "\"venv\"",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "1",
        "255",
        "256",
        "-1",
        "1e400",
        "null",
        "\\u0000",
        "\\ud800",
        "\"/srv/shop/.venv\"",
    ]),
    longest: 4096,
};

thread_local! {
    static FOLDER: tempfile::TempDir = files::folder();
}

fn run(input: &[u8]) {
    let root = FOLDER.with(|folder| folder.path().to_owned());
    files::write(&root, "registry.json", input);
    let registry = Registry::new(root);
    let before = venvs(&registry);
    let new = Path::new("/srv/new/.venv");
    let damage = registry
        .add(new, None)
        .expect("the registry can be written");
    assert_eq!(damage.is_some(), before.is_none());
    let mut expected = before.unwrap_or_default();
    if !expected.iter().any(|it| it == new) {
        expected.push(new.to_owned());
    }
    assert_eq!(venvs(&registry).as_ref(), Some(&expected));
    registry.remove(new).expect("the registry can be written");
    expected.retain(|it| it != new);
    assert_eq!(venvs(&registry), Some(expected));
}

/// What is in it; none where the file is damaged.
fn venvs(registry: &Registry) -> Option<Vec<PathBuf>> {
    let known = registry.read().expect("the file can be read");
    match known.damage {
        Some(why) => {
            assert!(known.entries.is_empty(), "{why}");
            None
        }
        None => Some(known.entries.iter().map(Entry::venv).collect()),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"schema": 1, "venvs": [{"venv": "/srv/shop/.venv"}, {"venv": [47, 255]}]}"#,
        r#"{"schema": 1, "venvs": [], "more": {"a": [1.5, true, null]}}"#,
        r#"{"schema": 2, "venvs": []}"#,
        "",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
