//! Tests of the choice, and of the search on this machine.

use super::*;

fn interpreter(path: &str, order: u32, source: Source) -> Interpreter {
    let [major, minor, micro, _] = order.to_be_bytes();
    Interpreter {
        path: path.into(),
        version: format!("{major}.{minor}.{micro}"),
        order,
        implementation: "cpython".to_owned(),
        free_threaded: false,
        source,
    }
}

fn chosen_path(found: &[Interpreter], minor: Minor) -> Option<PathBuf> {
    choose(found).get(&minor).map(|chosen| chosen.path.clone())
}

#[test]
fn the_newest_of_a_minor_version_is_chosen() {
    let found = [
        interpreter("/old", 0x030c_01f0, Source::Path),
        interpreter("/new", 0x030c_0af0, Source::Uv),
        interpreter("/candidate", 0x030d_00c1, Source::Path),
        interpreter("/final", 0x030d_00f0, Source::Pyenv),
    ];
    assert_eq!(chosen_path(&found, Minor(3, 12)), Some("/new".into()));
    assert_eq!(chosen_path(&found, Minor(3, 13)), Some("/final".into()));
}

#[test]
fn a_named_one_comes_before_a_newer_one() {
    let found = [
        interpreter("/named", 0x030c_01f0, Source::Named),
        interpreter("/new", 0x030c_0af0, Source::Path),
    ];
    assert_eq!(chosen_path(&found, Minor(3, 12)), Some("/named".into()));
}

#[test]
fn other_kinds_of_python_are_listed_but_not_chosen() {
    let mut pypy = interpreter("/pypy", 0x030a_0ef0, Source::Path);
    pypy.implementation = "pypy".to_owned();
    let mut threaded = interpreter("/threaded", 0x030d_00f0, Source::Path);
    threaded.free_threaded = true;
    let old = interpreter("/old", 0x0307_10f0, Source::Pyenv);
    assert_eq!(pypy.unfit(), Some("not CPython"));
    assert_eq!(threaded.unfit(), Some("free-threaded"));
    assert_eq!(old.unfit(), Some("not a supported version"));
    assert!(choose(&[pypy, threaded, old]).is_empty());
}

#[test]
fn minor_versions_read_and_sort_as_numbers() {
    let minor: Minor = "3.10".parse().unwrap();
    assert_eq!(minor, Minor(3, 10));
    assert!(minor > "3.9".parse().unwrap());
    for wrong in ["3", "3.x", "", "3.1.2"] {
        assert!(wrong.parse::<Minor>().is_err(), "{wrong}");
    }
}

#[test]
fn the_machine_s_own_interpreters_answer() {
    let chosen = find_chosen().unwrap();
    for interpreter in &chosen {
        assert!(interpreter.path.is_absolute(), "{interpreter:?}");
        assert!(
            interpreter
                .version
                .starts_with(&interpreter.minor().to_string()),
            "{interpreter:?}"
        );
    }
}
