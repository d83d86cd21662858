//! `probe.toml` and `pyproject.toml` of any bytes: a configuration or an error with its place;
//! and the plan that comes of one is read by Python as it was meant.

use std::path::Path;

use probe::exit::Diagnose;
use probe::site::{note_keep, noted_keep};
use probe::targets::config::{Config, ConfigError};
use probe::targets::plan::Limits;
use probe::targets::{Detail, Engine, Pattern, Plan};
use serde_json::json;

use crate::mutation::Mutation;
use crate::{Target, files, python};

pub(super) static TARGET: Target = Target {
    name: "configuration",
    about: "probe.toml and pyproject.toml, and the plan that comes of them",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "targets",
        "exclude",
        "detail",
        "engine",
        "data-dir",
        "keep-for",
        "keep-size",
        "\"30d\"",
        "\"1.5 GiB\"",
        "[tool.probe]",
        "[tool]",
        "[[tool]]",
        "tool.probe",
        "=",
        "\"",
        "'",
        "\"\"\"",
        "[",
        "]",
        "{",
        "}",
        "#",
        "\n",
        "shop.**:*",
        "!",
        "\"tree\"",
        "\"native\"",
        "~",
        "~root",
        "\\u0000",
        "\\U0001f40d",
        "1979-05-27",
        "1_0",
        "nan",
    ]),
    longest: 4096,
};

thread_local! {
    static FOLDER: tempfile::TempDir = files::folder();
}

fn run(input: &[u8]) {
    let folder = FOLDER.with(|folder| folder.path().to_owned());
    for name in ["probe.toml", "pyproject.toml"] {
        files::write(&folder, name, input);
        match Config::find(Some(Path::new(name)), &folder) {
            Ok(config) => check(config.expect("a file that is named is found"), &folder),
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains(name), "{text}");
                let _ = error.hint();
                if let ConfigError::At { place, .. } = error {
                    let lines = String::from_utf8_lossy(input).matches('\n').count() + 1;
                    assert!((1..=lines).contains(&place.line), "{text}");
                }
            }
        }
    }
}

fn check(config: Config, folder: &Path) {
    assert!(config.exclude.iter().all(Pattern::excludes));
    assert!(config.data_dir.iter().all(|it| it.is_absolute()));
    let mut noted = json!({});
    note_keep(&mut noted, &config.keep);
    assert_eq!(noted_keep(&noted), config.keep);
    let targets = [config.targets, config.exclude].concat();
    let plan = Plan {
        targets,
        detail: config.detail.unwrap_or(Detail::Time),
        engine: config.engine.unwrap_or(Engine::Auto),
        root_given: config.data_dir.is_some(),
        store: config.data_dir.unwrap_or_else(|| folder.to_owned()),
        folder: "shop-0123456789ab".to_owned(),
        venv: folder.to_owned(),
        limits: Limits::default(),
    };
    let source = plan.to_python();
    assert!(source.is_ascii(), "{source}");
    let Some(read) = python::ask(&json!({ "plan": source })) else {
        return;
    };
    let targets: Vec<_> = plan
        .targets
        .iter()
        .map(|it| json!([it.text(), it.excludes(), it.module(), it.qualname()]))
        .collect();
    let expected = json!({
        "SCHEMA": 1,
        "DETAIL": plan.detail.name(),
        "ENGINE": plan.engine.name(),
        "STORE": plan.store,
        "ROOT_GIVEN": plan.root_given,
        "FOLDER": plan.folder,
        "VENV": plan.venv,
        "TARGETS": targets,
        "MAX_FUNCTIONS": plan.limits.functions,
        "MAX_NODES": plan.limits.nodes,
        "MAX_BYTES": plan.limits.bytes,
    });
    assert_eq!(read, expected);
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "targets = ['shop.**:*', 'json:dumps']\nexclude = [\"**.tests.**\"]\ndetail = 'tree'\n\
         engine = 'native'\ndata-dir = 'recordings'\nkeep-for = '30d'\nkeep-size = '1.5GB'\n",
        "[project]\nname = 'größe'\n[tool.probe]\ntargets = [\n  \"shop:f\", # why\n]\n",
        "tool = {probe = {detail = 'count', data-dir = '~/x'}}\n[other]\nday = 1979-05-27\n",
        "tool.probe.targets = ['''shop''', \"\"\"a\n\"\"\"]\n",
        "",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
