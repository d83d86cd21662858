//! Finding and reading configurations in real folders.

use super::*;
use crate::exit::{Diagnose, Exit};

fn texts(patterns: &[Pattern]) -> Vec<&str> {
    patterns.iter().map(Pattern::text).collect()
}

fn parse(text: &str) -> Config {
    document::parse(Path::new("/srv/shop/probe.toml"), text, true)
        .unwrap()
        .unwrap()
}

fn fault(text: &str) -> (usize, usize, Fault) {
    let error = document::parse(Path::new("probe.toml"), text, true).unwrap_err();
    assert_eq!(error.exit(), Exit::Usage);
    match error {
        ConfigError::At { place, fault } => (place.line, place.column, *fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_key_is_read() {
    let config = parse(
        "targets = ['shop.**:*', 'hello']\nexclude = ['shop.tests.**']\n\
         detail = 'time'\nengine = 'python'\ndata-dir = '../data'\n\
         keep-for = '30d'\nkeep-size = '1.5 GB'\n",
    );
    assert_eq!(texts(&config.targets), ["shop.**:*", "hello"]);
    assert_eq!(texts(&config.exclude), ["!shop.tests.**"]);
    assert_eq!(config.detail, Some(Detail::Time));
    assert_eq!(config.engine, Some(Engine::Python));
    assert_eq!(
        config.data_dir.as_deref(),
        Some(Path::new("/srv/shop/../data"))
    );
    assert_eq!(
        config.keep.limits().age_ns,
        Some(30 * 86_400 * 1_000_000_000)
    );
    assert_eq!(config.keep.limits().bytes, Some(1_500_000_000));
    assert!(parse("targets = ['shop']").keep.is_all());
}

#[test]
fn a_tilde_is_the_home_folder() {
    let home = directories::BaseDirs::new().unwrap().home_dir().to_owned();
    assert_eq!(parse("data-dir = '~/d'").data_dir, Some(home.join("d")));
    assert_eq!(parse("data-dir = '~'").data_dir, Some(home));
    assert_eq!(
        fault("data-dir = '~other/d'"),
        (1, 12, Fault::Home("~other/d".to_owned()))
    );
}

#[test]
fn an_unknown_key_has_its_place_and_a_suggestion() {
    for (key, suggestion) in [
        ("target", Some("targets")),
        ("excludes", Some("exclude")),
        ("data_dir", Some("data-dir")),
        ("Detail", Some("detail")),
        ("colour", None),
    ] {
        assert_eq!(
            fault(&format!("# ä\n  {key} = []\n")),
            (
                2,
                3,
                Fault::UnknownKey {
                    key: key.to_owned(),
                    suggestion: suggestion.map(str::to_owned)
                }
            )
        );
    }
    // The file's first mistake is told, not the alphabet's.
    assert_eq!(fault("zzz = 1\naaa = 1\n").0, 1);
}

#[test]
fn a_wrong_type_has_the_values_place() {
    let wrong = |key: &str, expected, found: &str| Fault::WrongType {
        key: key.to_owned(),
        expected,
        found: found.to_owned(),
    };
    assert_eq!(
        fault("targets = 'shop'"),
        (1, 11, wrong("targets", "an array of strings", "a string"))
    );
    assert_eq!(
        fault("targets = [\n  'shop',\n  7,\n]"),
        (3, 3, wrong("targets", "an array of strings", "a number"))
    );
    assert_eq!(
        fault("detail = true"),
        (1, 10, wrong("detail", "a string", "a boolean"))
    );
    assert_eq!(
        fault("[tool]\nprobe = 1"),
        (2, 9, wrong("tool.probe", "a table", "a number"))
    );
}

#[test]
fn a_wrong_word_gets_a_suggestion() {
    let (line, column, fault) = fault("detail = 'times'");
    assert_eq!((line, column), (1, 10));
    assert_eq!(
        fault.to_string(),
        "`detail` can't be `times`; did you mean `time`?"
    );
}

#[test]
fn a_target_that_does_not_parse_is_found_in_the_file() {
    let error = document::parse(
        Path::new("/p/probe.toml"),
        "targets = [\n 'shop..db',\n]",
        true,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`/p/probe.toml`, line 2, column 2: target doesn't parse: a part is empty, at column 6\n  \
         shop..db\n       ^"
    );
    assert!(error.hint().is_some());
    // An exclude has no `!` of its own.
    assert!(matches!(fault("exclude = ['!shop']").2, Fault::Target(_)));
}

#[test]
fn broken_toml_has_its_place() {
    let (line, _, fault) = fault("targets = []\ndetail = \n");
    assert_eq!(line, 2);
    assert!(matches!(fault, Fault::Syntax(_)));
}

#[test]
fn the_nearest_file_wins_and_ours_before_the_projects() {
    let root = tempfile::tempdir().unwrap();
    let deep = root.path().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    let found = |given: Option<&str>| {
        Config::find(given.map(Path::new), &deep)
            .unwrap()
            .map(|config| (config.path, texts(&config.targets).join(" ")))
    };
    let write = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::write(&path, text).unwrap();
        path
    };
    assert_eq!(found(None), None);

    let outer = write("probe.toml", "targets = ['outer']");
    assert_eq!(found(None), Some((outer, "outer".to_owned())));

    // A pyproject.toml without our table, or broken without us in it, isn't in the way.
    write("a/b/pyproject.toml", "[tool.black]\nline-length = 88\n");
    write("a/pyproject.toml", "name = \n");
    assert_eq!(found(None).unwrap().1, "outer");

    let shared = write("a/pyproject.toml", "[tool.probe]\ntargets = ['shared']");
    assert_eq!(found(None), Some((shared.clone(), "shared".to_owned())));

    let ours = write("a/probe.toml", "targets = ['ours']");
    assert_eq!(found(None), Some((ours, "ours".to_owned())));

    // Given by name, of either kind; relative to the folder we are in.
    assert_eq!(
        found(Some("../pyproject.toml")).unwrap().1,
        "shared".to_owned()
    );
    let other = write("a/b/other.toml", "[tool.probe]\ntargets = ['other']");
    assert_eq!(found(Some("other.toml")), Some((other, "other".to_owned())));
}

#[test]
fn a_named_file_must_be_there_and_speak_to_us() {
    let root = tempfile::tempdir().unwrap();
    let load = |name: &str| Config::find(Some(Path::new(name)), root.path()).unwrap_err();
    assert!(matches!(load("absent.toml"), ConfigError::Read { .. }));
    fs::write(root.path().join("pyproject.toml"), "[tool.black]\n").unwrap();
    assert!(matches!(
        load("pyproject.toml"),
        ConfigError::NoTable { .. }
    ));
    fs::write(root.path().join("pyproject.toml"), b"\xff").unwrap();
    assert!(matches!(load("pyproject.toml"), ConfigError::Read { .. }));
    // Broken, and we are in it.
    fs::write(root.path().join("pyproject.toml"), "[tool.probe]\nx = \n").unwrap();
    assert!(Config::find(None, root.path()).is_err());
}
