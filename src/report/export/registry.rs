//! The families of `report::metrics` for the encoders of prometheus-client, which write what a
//! registry's collectors tell: ours has the figures ready, and histograms with their counts.

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry;

use crate::report::metrics::{BOUNDS, Distribution, Family, Kind, Sample, Unit, Value};

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// Families, as a collector.
#[derive(Debug)]
struct Families(Vec<Family>);

/// A registry that has these families.
pub(super) fn of(families: Vec<Family>) -> registry::Registry {
    let mut registry = registry::Registry::default();
    registry.register_collector(Box::new(Families(families)));
    registry
}

impl Collector for Families {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        for family in &self.0 {
            let unit = match family.unit {
                Unit::None => None,
                Unit::Seconds => Some(registry::Unit::Seconds),
            };
            let help = format!("{}.", family.help);
            let kind = match family.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
                Kind::Info => MetricType::Info,
            };
            let mut encoder = encoder.encode_descriptor(family.name, &help, unit.as_ref(), kind)?;
            for sample in &family.samples {
                encode(&mut encoder, family.kind, sample)?;
            }
        }
        Ok(())
    }
}

fn encode(encoder: &mut MetricEncoder<'_>, kind: Kind, sample: &Sample) -> Result<(), Error> {
    if kind == Kind::Info {
        return encoder.encode_info(&sample.labels);
    }
    let mut encoder = encoder.encode_family(&sample.labels)?;
    match (&sample.value, kind) {
        (Value::Distribution(it), _) => histogram(&mut encoder, it),
        (Value::Count(it), Kind::Counter) => encoder.encode_counter::<NoLabelSet, _, u64>(it, None),
        (Value::Nanoseconds(it), Kind::Counter) => {
            encoder.encode_counter::<NoLabelSet, _, u64>(&seconds(*it), None)
        }
        (Value::Count(it), _) => encoder.encode_gauge(it),
        (Value::Nanoseconds(it), _) => encoder.encode_gauge(&seconds(*it)),
    }
}

fn histogram(encoder: &mut MetricEncoder<'_>, it: &Distribution) -> Result<(), Error> {
    let bounds = BOUNDS.into_iter().map(seconds).chain([f64::INFINITY]);
    let buckets: Vec<(f64, u64)> = bounds.zip(it.buckets()).collect();
    encoder.encode_histogram::<NoLabelSet>(seconds(it.sum_ns), it.count(), &buckets, None)
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / SECOND
}
