//! Families as Prometheus's protobuf: `io.prometheus.client.MetricFamily` messages, each with its
//! length before it. Histograms are there twice, by classic bounds and native, as Prometheus's own
//! libraries do where both may be wanted; a server that knows native ones takes those.
//!
//! The messages are those of <https://github.com/prometheus/client_model>, without what is never
//! sent. Crates that have them need protoc, or a compiler like it, to be built, or are older than native
//! histograms.

use prost::Message;

use crate::metrics::distribution::{BOUNDS, Distribution, SCALE, ZERO_THRESHOLD};
use crate::metrics::family::{Family, Kind, Sample, Value};

/// The messages' names and numbers, in their own words.
#[allow(missing_docs)]
pub mod message {
    /// Metrics of one name.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct MetricFamily {
        #[prost(string, optional, tag = "1")]
        pub name: Option<String>,
        #[prost(string, optional, tag = "2")]
        pub help: Option<String>,
        #[prost(enumeration = "MetricType", optional, tag = "3")]
        pub r#type: Option<i32>,
        #[prost(message, repeated, tag = "4")]
        pub metric: Vec<Metric>,
        #[prost(string, optional, tag = "5")]
        pub unit: Option<String>,
    }

    /// What the metrics of a family are.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
    #[repr(i32)]
    pub enum MetricType {
        Counter = 0,
        Gauge = 1,
        Summary = 2,
        Untyped = 3,
        Histogram = 4,
    }

    /// One time series.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Metric {
        #[prost(message, repeated, tag = "1")]
        pub label: Vec<LabelPair>,
        #[prost(message, optional, tag = "2")]
        pub gauge: Option<Number>,
        #[prost(message, optional, tag = "3")]
        pub counter: Option<Number>,
        #[prost(message, optional, tag = "7")]
        pub histogram: Option<Histogram>,
    }

    /// A label.
    #[derive(Clone, PartialEq, Eq, prost::Message)]
    pub struct LabelPair {
        #[prost(string, optional, tag = "1")]
        pub name: Option<String>,
        #[prost(string, optional, tag = "2")]
        pub value: Option<String>,
    }

    /// What a gauge and a counter have in common.
    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub struct Number {
        #[prost(double, optional, tag = "1")]
        pub value: Option<f64>,
    }

    /// A histogram, classic and native.
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Histogram {
        #[prost(uint64, optional, tag = "1")]
        pub sample_count: Option<u64>,
        #[prost(double, optional, tag = "2")]
        pub sample_sum: Option<f64>,
        #[prost(message, repeated, tag = "3")]
        pub bucket: Vec<Bucket>,
        #[prost(sint32, optional, tag = "5")]
        pub schema: Option<i32>,
        #[prost(double, optional, tag = "6")]
        pub zero_threshold: Option<f64>,
        #[prost(uint64, optional, tag = "7")]
        pub zero_count: Option<u64>,
        #[prost(message, repeated, tag = "12")]
        pub positive_span: Vec<BucketSpan>,
        #[prost(sint64, repeated, tag = "13")]
        pub positive_delta: Vec<i64>,
    }

    /// A classic bucket.
    #[derive(Clone, Copy, PartialEq, prost::Message)]
    pub struct Bucket {
        #[prost(uint64, optional, tag = "1")]
        pub cumulative_count: Option<u64>,
        #[prost(double, optional, tag = "2")]
        pub upper_bound: Option<f64>,
    }

    /// Native buckets that follow each other.
    #[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
    pub struct BucketSpan {
        /// The first one's index, or the gap to the span before.
        #[prost(sint32, optional, tag = "1")]
        pub offset: Option<i32>,
        #[prost(uint32, optional, tag = "2")]
        pub length: Option<u32>,
    }
}

use message::{Bucket, BucketSpan, Histogram, LabelPair, Metric, MetricFamily, MetricType, Number};

/// All families, one message after the other.
#[must_use]
pub fn encode(families: &[Family]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for family in families {
        bytes.extend(message(family).encode_length_delimited_to_vec());
    }
    bytes
}

fn message(family: &Family) -> MetricFamily {
    let kind = match family.kind {
        Kind::Counter => MetricType::Counter,
        Kind::Gauge | Kind::Info => MetricType::Gauge,
        Kind::Histogram => MetricType::Histogram,
    };
    MetricFamily {
        name: Some(family.sample_name()),
        help: Some(family.help.to_owned()),
        r#type: Some(kind as i32),
        metric: family
            .samples
            .iter()
            .map(|it| metric(family.kind, it))
            .collect(),
        unit: family.unit.map(str::to_owned),
    }
}

fn metric(kind: Kind, sample: &Sample) -> Metric {
    let label = sample.labels.iter().map(|(name, value)| LabelPair {
        name: Some((*name).to_owned()),
        value: Some(value.clone()),
    });
    let number = Number {
        value: Some(sample.value.number()),
    };
    let mut metric = Metric {
        label: label.collect(),
        ..Metric::default()
    };
    match (&sample.value, kind) {
        (Value::Distribution(it), _) => metric.histogram = Some(histogram(it)),
        (_, Kind::Counter) => metric.counter = Some(number),
        (_, Kind::Gauge | Kind::Info | Kind::Histogram) => metric.gauge = Some(number),
    }
    metric
}

fn histogram(distribution: &Distribution) -> Histogram {
    let classic = BOUNDS.iter().zip(distribution.classic());
    let native = distribution.exponential();
    let (mut positive_span, mut positive_delta) = (Vec::<BucketSpan>::new(), Vec::new());
    // The index of the bucket that would follow the last span, and the last bucket's count.
    let (mut next, mut last) = (None, 0);
    for (index, count) in native.buckets {
        match (positive_span.last_mut(), next) {
            (Some(span), Some(next)) if next == index => {
                span.length = span.length.map(|length| length + 1);
            }
            _ => positive_span.push(BucketSpan {
                offset: Some(index - next.unwrap_or(0)),
                length: Some(1),
            }),
        }
        next = Some(index + 1);
        positive_delta.push((count as i64).wrapping_sub(last));
        last = count as i64;
    }
    if positive_span.is_empty() && native.zero == 0 {
        // What has no bucket at all would be taken for a classic one without this.
        positive_span.push(BucketSpan {
            offset: Some(0),
            length: Some(0),
        });
    }
    Histogram {
        sample_count: Some(distribution.count),
        sample_sum: Some(distribution.sum_seconds),
        bucket: classic
            .map(|(bound, seen)| Bucket {
                cumulative_count: Some(seen),
                upper_bound: Some(*bound),
            })
            .collect(),
        schema: Some(SCALE),
        zero_threshold: Some(ZERO_THRESHOLD),
        zero_count: Some(native.zero),
        positive_span,
        positive_delta,
    }
}
