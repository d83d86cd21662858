//! What an interpreter prints when it is asked whether the probe fires: any bytes give an
//! answer, or the reason why there is none.

use std::path::PathBuf;
use std::sync::LazyLock;

use probe::python::{Chosen, Venv, answer_in};
use probe::site::{Inspection, Live, inspect};

use crate::Target;
use crate::mutation::Mutation;

pub(super) static TARGET: Target = Target {
    name: "answer",
    about: "what a started interpreter says of the probe in it",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "<<probe-answer<<",
        ">>probe-answer>>",
        "\n",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"described\"",
        "\"fires\"",
        "\"why\"",
        "\"path\"",
        "true",
        "false",
        "null",
        "1e999",
        "\"\\ud800\"",
        "[[[[",
    ]),
    longest: 4096,
};

/// What is in a site-packages where nothing is.
static NOTHING: LazyLock<Inspection> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    inspect(folder.path()).expect("an empty folder can be read")
});

fn run(input: &[u8]) {
    let Some(answer) = answer_in(input) else {
        return;
    };
    let venv = Venv {
        root: PathBuf::from("/nowhere"),
        site_packages: PathBuf::from("/nowhere/lib/python3.12/site-packages"),
        interpreter: PathBuf::from("/nowhere/bin/python"),
        version: Some((3, 12)),
        chosen: Chosen::Given,
    };
    let live = Live::of_answer(answer, &venv, &NOTHING);
    assert!(
        live.fires == Some(true) || !live.why.is_empty() || live.package.is_some(),
        "{live:?}"
    );
    assert!(live.how.is_none() || live.fires == Some(true));
}

fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"path": ["/srv"], "no_site": false, "described": {"fires": true, "how": "pth",
        "engine": "native", "why": [], "package": "_probe_0123456789ab", "recording": null,
        "can_record": null}}"#,
        r#"{"path": ["/srv"], "no_site": true}"#,
        r#"{"described": {"fires": false, "why": ["off"], "can_record": "full", "how": "start"}}"#,
        "[1]",
    ]
    .map(|json| {
        format!(
            "hello\n<<probe-answer<<\n{}\n>>probe-answer>>\n",
            json.replace('\n', "")
        )
        .into_bytes()
    })
    .into()
}
