//! A snapshot file of any bytes: it is refused, or it is what it would be written as again, can
//! be compared, and is shown without anything that a terminal would obey.

use std::path::Path;

use jiff::tz::TimeZone;
use probe::compare::table::{View, render};
use probe::compare::{Options, codec, compare};

use crate::Target;
use crate::mutation::Mutation;

pub(super) static TARGET: Target = Target {
    name: "snapshot",
    about: "a snapshot file, and comparing it",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "\"schema\":1",
        "\"group\":",
        "\"calls\":",
        "\"times\":",
        "\"total_ns\":",
        "\"min_ns\":",
        "\"scale\":",
        "\"slots\":",
        "[[0,1]]",
        "[751,18446744073709551615]",
        "18446744073709551615",
        "{",
        "}",
        "[",
        "]",
        ",",
        "0",
        "-1",
        "1e400",
        "65536",
        "-65536",
        "null",
        "\\u001b[2J",
        "\\ud800",
    ]),
    longest: 8192,
};

fn run(input: &[u8]) {
    let Ok(snapshot) = codec::read(input, Path::new("snapshot.json")) else {
        return;
    };
    let text = codec::write(&snapshot).expect("what was read can be written");
    let again = codec::read(text.as_bytes(), Path::new("again.json"));
    assert_eq!(again.expect("what was written can be read"), snapshot);
    let options = Options {
        threshold: 5.0,
        without_drift: true,
    };
    let comparison = compare(&snapshot, &snapshot, options);
    for it in &comparison.functions {
        assert!(!it.changed(), "{it:?}");
    }
    let view = View {
        names: ["before", "after"],
        width: 80,
        zone: TimeZone::UTC,
        threshold: 5.0,
        all: true,
        limit: 0,
    };
    let text = render(&comparison, [&snapshot, &snapshot], &view);
    let safe = probe::harmless::styled(&text);
    assert_eq!(text, safe);
}

fn seeds() -> Vec<Vec<u8>> {
    let gold = include_str!("../../../tests/gold/snapshot-1.json");
    [
        gold.to_owned(),
        gold.replace("1004000", "18446744073709551615"),
        gold.replace("[119,1]", "[119,18446744073709551615]"),
        gold.replace("shop:pay", "\\u001b[2J"),
        gold.replace("\"scale\":0", "\"scale\":65536"),
        String::new(),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect()
}
