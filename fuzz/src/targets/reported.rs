//! What must hold of every report, whatever the recordings were; what must of every export is in
//! `exported`.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use probe::recording::process::Host;
use probe::report::Model;
use probe::report::collect::{self, Parts};
use probe::report::json::Report;
use probe::report::model::{Function, Time};
use probe::report::order::{Order, arrange};
use probe::report::select::{Run, select};
use probe::report::stacks_json::Stacks;
use probe::report::stacks_text;
use probe::report::table::{View, render};
use probe::top::once;
use probe::top::sample::Sampler;

use super::exported;

/// Orders and widths of terminals in cells, one of them absurd.
const VIEWS: [(Order, usize); 3] = [(Order::Name, 1), (Order::Mean, 80), (Order::P99, 300)];

/// Reads recordings as the program does.
pub(super) fn model(paths: &[PathBuf], host: &Host) -> Model {
    for run in [Run::Last, Run::Process(4711)] {
        let chosen = select(run, paths.to_vec());
        assert!(chosen.iter().all(|path| paths.contains(path)));
    }
    watch(paths, *host);
    collect::read(paths, host, Parts { tree: true }, &|_| {})
}

/// Follows recordings as `probe top` does, for two looks after the first.
fn watch(paths: &[PathBuf], host: Host) {
    let mut sampler = Sampler::new(host);
    let before = sampler.sample(paths);
    sampler.sample(paths);
    let after = sampler.sample(paths);
    let window = once::window(&before, &after);
    // Nothing has changed, so nothing was called.
    assert!(window.figures.values().all(|it| it.calls == 0));
    check_obeyed(once::render(&window, &after, "shop", 80, 40));
}

/// Checks the figures, the JSON, and one table: which one follows from the input, since a table
/// takes longer than all the rest.
pub(super) fn check(model: &Model, input: &[u8]) {
    assert_eq!(model.dropped.recordings, model.skipped.len() as u64);
    assert!(
        model.hooked.is_sorted_by(|a, b| a.name < b.name),
        "a name twice"
    );
    for function in &model.functions {
        assert!(function.calls > 0 || function.in_flight > 0);
        function.time.iter().for_each(plausible);
    }
    let (order, width) =
        VIEWS[input.iter().map(|byte| usize::from(*byte)).sum::<usize>() % VIEWS.len()];
    let (functions, more) = arrange(&model.functions, order, 0);
    assert_eq!((functions.len(), more), (model.functions.len(), 0));
    check_json(model, &functions);
    check_table(model, order, width);
    exported::check(model, input);
    check_stacks(model, width);
}

fn plausible(time: &Time) {
    let found = time.percentiles;
    let ascending = [
        time.min_ns as f64,
        found.p50,
        found.p90,
        found.p99,
        time.max_ns as f64,
    ];
    assert!(ascending.is_sorted(), "{time:?}");
    assert!(time.mean_ns.is_finite() && time.mean_ns >= 0.0, "{time:?}");
}

fn check_json(model: &Model, functions: &[&Function]) {
    let text = serde_json::to_string(&Report::new(model, None, functions))
        .expect("a report can be written as JSON");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it can be read back");
    let found = json["functions"].as_array().expect("it has functions");
    assert_eq!(found.len(), model.functions.len());
    for (entry, function) in found.iter().zip(functions) {
        assert_eq!(entry["name"], function.name);
        assert_eq!(entry["calls"], function.calls);
        assert_eq!(entry["p50_ns"].is_null(), function.time.is_none());
    }
}

fn check_table(model: &Model, order: Order, width: usize) {
    let text = render(
        model,
        &View {
            heading: "shop",
            width,
            zone: TimeZone::UTC,
            order,
            limit: 40,
        },
    );
    check_obeyed(text);
}

/// Everything that hasn't ended, in words and as JSON.
fn check_stacks(model: &Model, width: usize) {
    check_obeyed(stacks_text::render(model, "shop", width, &TimeZone::UTC));
    let json = serde_json::to_value(Stacks::new(model, None)).expect("stacks can be JSON");
    let threads = json["threads"].as_array().expect("it has threads");
    // Two recordings of one process and moment share what is told.
    assert!(threads.len() <= model.stacks.len());
    for thread in threads {
        let frames = thread["frames"].as_array().expect("it has frames");
        assert!(!frames.is_empty());
    }
}

/// Colours aside, there is nothing that a terminal would obey.
fn check_obeyed(text: String) {
    let plain = ["0", "1", "2", "22", "31", "32", "39"]
        .iter()
        .fold(text, |text, code| {
            text.replace(&format!("\u{1b}[{code}m"), "")
        });
    let obeyed = plain.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(obeyed, None, "{plain:?}");
}
