//! What must hold of every export, whatever the recordings were: it is whole, no name breaks out of
//! its place, and its figures are those of the model.

use std::collections::BTreeSet;

use probe::harmless;
use probe::metrics;
use probe::report::Model;
use probe::report::export::{self, Calls, ExportError};
use quick_xml::events::Event;

/// A format, and what checks it.
type Check = fn(&Model, &Calls);

const CHECKS: [Check; 10] = [
    json,
    csv,
    prometheus,
    openmetrics,
    pstats,
    callgrind,
    speedscope,
    pprof,
    collapsed,
    flamegraph,
];

/// Checks one format: which one follows from the input.
pub(super) fn check(model: &Model, input: &[u8]) {
    let calls = Calls::of(model);
    let sum = input.iter().map(|byte| usize::from(*byte)).sum::<usize>();
    CHECKS[(sum / 3) % CHECKS.len()](model, &calls);
}

/// What was written; none where there are no calls, or no times, to write.
fn written<T>(result: Result<T, ExportError>, calls: &Calls) -> Option<T> {
    match result {
        Ok(written) => Some(written),
        Err(ExportError::NoCalls) => {
            assert!(calls.is_empty());
            None
        }
        Err(ExportError::NoTimes) => {
            assert_eq!(calls.self_ns(), 0);
            None
        }
        Err(ExportError::Format(error)) => panic!("{error}"),
    }
}

/// The same, of text that is shown on terminals.
fn text(result: Result<String, ExportError>, calls: &Calls) -> Option<String> {
    let text = written(result, calls)?;
    assert_eq!(harmless::lines(&text), text);
    Some(text)
}

fn json(model: &Model, calls: &Calls) {
    let text = text(export::json::text(model, None), calls).expect("it is always written");
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    for (entry, name) in json["functions"]
        .as_array()
        .expect("it has functions")
        .iter()
        .zip(
            probe::report::order::arrange(&model.functions, Default::default(), 0)
                .0
                .iter()
                .map(|it| &it.name),
        )
    {
        assert_eq!(entry["name"], **name);
    }
}

fn csv(model: &Model, calls: &Calls) {
    let text = text(export::csv::text(model), calls).expect("it is always written");
    // No name has a line end, so a line is a record; and no line begins a formula.
    assert_eq!(text.lines().count(), model.functions.len() + 1);
    assert!(
        text.lines()
            .all(|line| !line.starts_with(['=', '+', '-', '@']))
    );
    let calls: u128 = text
        .lines()
        .skip(1)
        .map(|line| {
            // The name is quoted where it has a comma; the other cells have none.
            let cell = line.rsplit(',').nth(11).expect("a line has 13 cells");
            cell.parse::<u128>().expect("the second is a number")
        })
        .sum();
    let expected: u128 = model.functions.iter().map(|it| u128::from(it.calls)).sum();
    assert_eq!(calls, expected);
}

fn prometheus(model: &Model, calls: &Calls) {
    let families = metrics::families(model);
    let text = text(Ok(metrics::text::prometheus(&families)), calls).expect("it is always written");
    check_samples(model, &text);
}

fn openmetrics(model: &Model, calls: &Calls) {
    let families = metrics::families(model);
    let text =
        text(Ok(metrics::text::openmetrics(&families)), calls).expect("it is always written");
    let text = text.strip_suffix("# EOF\n").expect("it ends as it must");
    check_samples(model, text);
}

/// Each line is a comment or a sample, and none is there twice.
fn check_samples(model: &Model, text: &str) {
    let mut seen = BTreeSet::new();
    let mut calls = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
        let number: f64 = value.parse().expect("it is a number");
        assert!(number.is_finite() && number >= 0.0, "{line}");
        let labels = series.trim_start_matches(|c: char| c.is_ascii_lowercase() || c == '_');
        check_labels(labels);
        assert!(seen.insert(series), "twice: {series}");
        if series.starts_with("probe_calls_total{") {
            calls.push(value.parse::<u64>().expect("calls are whole"));
        }
    }
    let expected: Vec<u64> = model.functions.iter().map(|it| it.calls).collect();
    assert_eq!(calls, expected);
}

/// `{name="value",…}` or nothing, where a value ends at the first quote that isn't escaped.
fn check_labels(labels: &str) {
    if labels.is_empty() {
        return;
    }
    let mut rest = labels.strip_prefix('{').expect("labels begin");
    loop {
        let (name, value) = rest.split_once("=\"").expect("a label has a value");
        assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{labels}");
        let mut chars = value.char_indices();
        let end = loop {
            match chars.next().expect("a value ends") {
                (_, '\\') => {
                    let (_, escaped) = chars.next().expect("something is escaped");
                    assert!(matches!(escaped, '\\' | '"' | 'n'), "{labels}");
                }
                (at, '"') => break at,
                _ => {}
            }
        };
        match &value[end + 1..] {
            "}" => return,
            more => rest = more.strip_prefix(',').expect("another label follows"),
        }
    }
}

fn pstats(_: &Model, calls: &Calls) {
    let Some(bytes) = written(export::pstats::bytes(calls), calls) else {
        return;
    };
    let (mut rest, mut sum, mut depth) = (&bytes[..], 0_u64, 0_u32);
    // Calls of a function are the second number of a tuple of five in the outer dict.
    let mut numbers = None;
    while let Some((kind, more)) = rest.split_first() {
        let word = |bytes: &[u8]| {
            let (word, _) = bytes.split_first_chunk::<4>().expect("a word follows");
            u32::from_le_bytes(*word) as usize
        };
        let length = match kind {
            b'{' => {
                depth += 1;
                0
            }
            b'0' => {
                depth -= 1;
                0
            }
            b'(' => {
                numbers = (depth == 1 && word(more) == 5).then_some(0);
                4
            }
            b'i' | b'l' => {
                let (value, length) = number(*kind, more, word(more));
                if let Some(count) = &mut numbers {
                    *count += 1;
                    sum += if *count == 2 { value } else { 0 };
                }
                length
            }
            b'g' => 8,
            b'u' => {
                let text = &more[4..4 + word(more)];
                std::str::from_utf8(text).expect("names are UTF-8");
                4 + text.len()
            }
            other => panic!("no type: {other}"),
        };
        rest = &more[length..];
    }
    assert_eq!((depth, sum), (0, calls.count()));
}

/// A whole number of the marshal format, and its length in bytes.
fn number(kind: u8, bytes: &[u8], word: usize) -> (u64, usize) {
    if kind == b'i' {
        return (word as u64, 4);
    }
    let digits = bytes[4..4 + 2 * word].chunks(2).rev();
    let value = digits.fold(0_u64, |value, digit| {
        value << 15 | u64::from(u16::from_le_bytes([digit[0], digit[1]]))
    });
    (value, 4 + 2 * word)
}

fn callgrind(model: &Model, calls: &Calls) {
    let Some(text) = text(export::callgrind::text(model, calls), calls) else {
        return;
    };
    let cost = |line: &str| -> [u64; 2] {
        let mut numbers = line
            .split(' ')
            .rev()
            .map(|it| it.parse().expect("a number"));
        let count = numbers.next().expect("two numbers");
        [numbers.next().expect("two numbers"), count]
    };
    let (mut sums, mut before) = ([0, 0], "");
    for line in text.lines() {
        if before.starts_with("fn=(") {
            let [ns, count] = cost(line);
            sums = [sums[0] + ns, sums[1] + count];
        }
        before = line;
    }
    assert_eq!(sums, [calls.self_ns(), calls.count()]);
    let summary = text.lines().find(|line| line.starts_with("summary: "));
    let summary = summary
        .expect("it has a summary")
        .trim_start_matches("summary: ");
    assert_eq!(cost(summary), sums);
}

fn speedscope(_: &Model, calls: &Calls) {
    let Some(text) = text(export::speedscope::text(calls, "shop"), calls) else {
        return;
    };
    let json: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    for profile in json["profiles"].as_array().expect("it has profiles") {
        let (mut open, mut last) = (Vec::new(), 0);
        for event in profile["events"].as_array().expect("it has events") {
            let at = event["at"].as_u64().expect("it has a moment");
            assert!(at >= last);
            last = at;
            match event["type"].as_str() {
                Some("O") => open.push(&event["frame"]),
                _ => assert_eq!(open.pop(), Some(&event["frame"])),
            }
        }
        let expected = match profile["unit"].as_str() {
            Some("nanoseconds") => calls.self_ns(),
            _ => calls.count(),
        };
        assert_eq!((open.len(), last), (0, expected));
        assert_eq!(profile["endValue"], expected);
    }
}

fn pprof(model: &Model, calls: &Calls) {
    let (shallow, _) = calls.clone().shallow();
    if let Some(bytes) = written(export::pprof::bytes(model, &shallow), calls) {
        assert!(bytes.starts_with(b"\x1f\x8b"));
    }
}

fn collapsed(_: &Model, calls: &Calls) {
    let (shallow, _) = calls.clone().shallow();
    let Some(text) = text(export::collapsed::text(&shallow), calls) else {
        return;
    };
    let times = text.lines().map(|line| {
        let mut words = line.split(char::is_whitespace);
        let (stack, time) = (words.next(), words.next());
        assert_eq!(words.next(), None, "{line:?}");
        let mut frames = stack.expect("it has a stack").split(';');
        assert!(frames.all(|frame| !frame.is_empty()), "{line:?}");
        time.expect("it has a time")
            .parse::<u64>()
            .expect("a number")
    });
    assert_eq!(times.sum::<u64>(), calls.self_ns());
}

fn flamegraph(_: &Model, calls: &Calls) {
    let (shallow, _) = calls.clone().shallow();
    let title = harmless::line("shop\u{1b}]\u{fffe}</svg>");
    let Some(svg) = text(export::flamegraph::svg(&shallow, &title), calls) else {
        return;
    };
    assert!(!svg.contains(['\u{fffe}', '\u{ffff}']));
    let mut reader = quick_xml::Reader::from_str(&svg);
    let mut scripts = 0;
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Start(tag) if tag.name().as_ref() == b"script" => scripts += 1,
            Event::Text(text) => {
                text.decode().expect("text can be read");
            }
            Event::Eof => break,
            _ => {}
        }
    }
    // inferno's own.
    assert_eq!(scripts, 1);
}
