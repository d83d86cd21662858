//! Families as text: Prometheus's form 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>) and OpenMetrics 1.0
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>), which differ in the names of
//! families, in types and in how they end. A sample is the same line in both, its bucket's bound too:
//! a scraper that asks for the other form goes on with the same series.

use std::fmt::Write as _;

use crate::metrics::distribution::{BOUNDS, Distribution};
use crate::metrics::family::{Family, Kind, Value};

/// Prometheus's text form, 0.0.4.
#[must_use]
pub fn prometheus(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Info => "gauge",
            Kind::Histogram => "histogram",
        };
        let name = family.sample_name();
        let _ = writeln!(text, "# HELP {name} {}", help(family.help));
        let _ = writeln!(text, "# TYPE {name} {kind}");
        samples(&mut text, family);
    }
    text
}

/// OpenMetrics 1.0.
#[must_use]
pub fn openmetrics(families: &[Family]) -> String {
    let mut text = String::new();
    for family in families {
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Info => "info",
        };
        let name = family.name;
        let _ = writeln!(text, "# TYPE {name} {kind}");
        if let Some(unit) = family.unit {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {}", escaped(family.help));
        samples(&mut text, family);
    }
    text.push_str("# EOF\n");
    text
}

fn samples(text: &mut String, family: &Family) {
    let name = family.sample_name();
    for sample in &family.samples {
        match &sample.value {
            Value::Integer(count) => {
                let _ = writeln!(text, "{name}{} {count}", labels(&sample.labels, None));
            }
            Value::Number(number) => {
                let _ = writeln!(text, "{name}{} {number:?}", labels(&sample.labels, None));
            }
            Value::Distribution(distribution) => {
                histogram(text, &name, &sample.labels, distribution);
            }
        }
    }
}

fn histogram(
    text: &mut String,
    name: &str,
    names: &[(&'static str, String)],
    distribution: &Distribution,
) {
    let Distribution {
        count, sum_seconds, ..
    } = distribution;
    for (bound, seen) in BOUNDS.iter().zip(distribution.classic()) {
        let labels = labels(names, Some(&canonical(*bound)));
        let _ = writeln!(text, "{name}_bucket{labels} {seen}");
    }
    let _ = writeln!(text, "{name}_bucket{} {count}", labels(names, Some("+Inf")));
    let labels = labels(names, None);
    let _ = writeln!(text, "{name}_sum{labels} {sum_seconds:?}");
    let _ = writeln!(text, "{name}_count{labels} {count}");
}

/// A bound as OpenMetrics wants it, and Go prints it, so that it is the same label from everybody:
/// `1.0`, `0.001`, `1e-06`.
fn canonical(bound: f64) -> String {
    let text = format!("{bound:?}");
    match text.split_once("e-") {
        Some((digits, power)) => format!("{digits}e-{power:0>2}"),
        None => text,
    }
}

/// Labels in braces, the bucket's bound last; nothing where there are none.
fn labels(labels: &[(&'static str, String)], bound: Option<&str>) -> String {
    let own = labels.iter().map(|(name, value)| (*name, value.as_str()));
    let all: Vec<String> = own
        .chain(bound.map(|bound| ("le", bound)))
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    if all.is_empty() {
        String::new()
    } else {
        format!("{{{}}}", all.join(","))
    }
}

/// A value between quotes.
fn escaped(value: &str) -> String {
    help(value).replace('"', "\\\"")
}

/// A text to the end of its line.
fn help(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n")
}
