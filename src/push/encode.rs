//! One process's figures as OTLP metrics: cumulative since it started to record. A process of many
//! functions gives several pieces, so that none is too large for a request.

use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::harmless;
use crate::metrics::distribution::{Distribution, Exponential, SCALE, ZERO_THRESHOLD};
use crate::push::resource::text;
use crate::report::Model;
use crate::report::model::Function;

/// A piece is closed when its points take so many bytes. With one function more, whose name may
/// have 64 KiB in each of its points, it stays far below a request's limit.
const PIECE_BYTES: usize = 512 << 10;

/// The time that a process's figures are of, in ns since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When it started to record.
    pub start: u64,
    /// When it was read, or ended.
    pub end: u64,
}

/// The metrics of one process, of which `model` has nothing but its recording. Nothing is in flight
/// in one that ended.
#[must_use]
pub fn encode(model: &Model, resource: &Resource, span: Span, ended: bool) -> Vec<ResourceMetrics> {
    let mut pieces = Vec::new();
    let mut points = Points::default();
    for function in &model.functions {
        points.add(function, span, ended);
        if points.bytes > PIECE_BYTES {
            pieces.push(std::mem::take(&mut points).metrics());
        }
    }
    let mut last = points.metrics();
    last.extend(whole(model, span));
    pieces.push(last);
    let pieces = pieces.into_iter().filter(|metrics| !metrics.is_empty());
    pieces
        .map(|metrics| ResourceMetrics {
            resource: Some(resource.clone()),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(InstrumentationScope {
                    name: "probe".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    ..InstrumentationScope::default()
                }),
                metrics,
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        })
        .collect()
}

/// The points of some functions.
#[derive(Default)]
struct Points {
    bytes: usize,
    calls: Vec<NumberDataPoint>,
    errors: Vec<NumberDataPoint>,
    in_flight: Vec<NumberDataPoint>,
    self_time: Vec<NumberDataPoint>,
    active_time: Vec<NumberDataPoint>,
    duration: Vec<ExponentialHistogramDataPoint>,
}

impl Points {
    fn add(&mut self, function: &Function, span: Span, ended: bool) {
        // Each name stays another's: a point must not come twice.
        let attributes = vec![text("code.function.name", &harmless::name(&function.name))];
        let mut put = |points: &mut Vec<NumberDataPoint>, value| {
            let point = point(attributes.clone(), span, value);
            self.bytes += point.encoded_len();
            points.push(point);
        };
        put(&mut self.calls, integer(function.calls));
        put(&mut self.errors, integer(function.errors));
        let in_flight = if ended { 0 } else { function.in_flight };
        put(&mut self.in_flight, integer(in_flight));
        if let Some(self_ns) = function.time.and_then(|time| time.self_ns) {
            put(&mut self.self_time, seconds(self_ns));
        }
        if let Some(active_ns) = function.time.and_then(|time| time.active_ns) {
            put(&mut self.active_time, seconds(active_ns));
        }
        if let Some(point) = histogram(attributes, function, span) {
            self.bytes += point.encoded_len();
            self.duration.push(point);
        }
    }

    fn metrics(self) -> Vec<Metric> {
        let mut metrics = vec![
            sum(
                "probe.calls",
                "Calls that ended.",
                "{call}",
                true,
                self.calls,
            ),
            sum(
                "probe.call.errors",
                "Calls that ended by an exception.",
                "{call}",
                true,
                self.errors,
            ),
            sum(
                "probe.call.in_flight",
                "Calls begun and not ended.",
                "{call}",
                false,
                self.in_flight,
            ),
            sum(
                "probe.call.self_time",
                "Time of calls without the timed functions that they called.",
                "s",
                true,
                self.self_time,
            ),
            sum(
                "probe.call.active_time",
                "Time in which generators and coroutines ran, of their calls.",
                "s",
                true,
                self.active_time,
            ),
        ];
        metrics.retain(|metric| !is_empty(metric));
        if !self.duration.is_empty() {
            metrics.push(Metric {
                name: "probe.call.duration".to_owned(),
                description: "How long calls took, from start to finish.".to_owned(),
                unit: "s".to_owned(),
                data: Some(Data::ExponentialHistogram(ExponentialHistogram {
                    data_points: self.duration,
                    aggregation_temporality: AggregationTemporality::Cumulative.into(),
                })),
                ..Metric::default()
            });
        }
        metrics
    }
}

/// What is known of the process as a whole; what was never dropped isn't there.
fn whole(model: &Model, span: Span) -> Vec<Metric> {
    let dropped = model.dropped;
    let figures = [
        (
            "probe.overhead",
            "Time that the probe itself added to the process.",
            "s",
            Some(seconds(model.overhead_ns)).filter(|_| model.overhead_ns > 0),
        ),
        (
            "probe.dropped.functions",
            "Functions without room in the recording.",
            "{function}",
            some(dropped.functions),
        ),
        (
            "probe.dropped.nodes",
            "Calls without room in the call tree; they count in their function.",
            "{call}",
            some(dropped.nodes),
        ),
        (
            "probe.dropped.stacks",
            "Call stacks of threads that had no room or were repaired.",
            "{stack}",
            some(dropped.stacks),
        ),
    ];
    let figures = figures.into_iter().filter_map(|(name, help, unit, value)| {
        let point = point(Vec::new(), span, value?);
        Some(sum(name, help, unit, true, vec![point]))
    });
    figures.collect()
}

fn some(count: u64) -> Option<Value> {
    (count > 0).then(|| integer(count))
}

fn is_empty(metric: &Metric) -> bool {
    matches!(&metric.data, Some(Data::Sum(sum)) if sum.data_points.is_empty())
}

fn sum(
    name: &str,
    help: &str,
    unit: &str,
    is_monotonic: bool,
    data_points: Vec<NumberDataPoint>,
) -> Metric {
    Metric {
        name: name.to_owned(),
        description: help.to_owned(),
        unit: unit.to_owned(),
        data: Some(Data::Sum(Sum {
            data_points,
            aggregation_temporality: AggregationTemporality::Cumulative.into(),
            is_monotonic,
        })),
        ..Metric::default()
    }
}

fn point(attributes: Vec<KeyValue>, span: Span, value: Value) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: span.start,
        time_unix_nano: span.end,
        value: Some(value),
        ..NumberDataPoint::default()
    }
}

fn integer(count: u64) -> Value {
    Value::AsInt(i64::try_from(count).unwrap_or(i64::MAX))
}

fn seconds(nanoseconds: u64) -> Value {
    Value::AsDouble(nanoseconds as f64 / 1e9)
}

fn histogram(
    attributes: Vec<KeyValue>,
    function: &Function,
    span: Span,
) -> Option<ExponentialHistogramDataPoint> {
    let distribution = Distribution::of(function)?;
    let time = function.time?;
    let Exponential { zero, buckets } = distribution.exponential();
    let first = buckets.keys().next().copied().unwrap_or(0);
    let length = buckets
        .keys()
        .next_back()
        .map_or(0, |last| last - first + 1);
    let mut counts = vec![0; usize::try_from(length).unwrap_or(0)];
    for (power, count) in &buckets {
        if let Some(place) = usize::try_from(power - first)
            .ok()
            .and_then(|index| counts.get_mut(index))
        {
            *place = *count;
        }
    }
    Some(ExponentialHistogramDataPoint {
        attributes,
        start_time_unix_nano: span.start,
        time_unix_nano: span.end,
        count: distribution.count,
        sum: Some(distribution.sum_seconds),
        scale: SCALE,
        zero_count: zero,
        positive: (!counts.is_empty()).then_some(Buckets {
            // Here a bucket goes by its lower bound.
            offset: first - 1,
            bucket_counts: counts,
        }),
        min: Some(time.min_ns as f64 / 1e9),
        max: Some(time.max_ns as f64 / 1e9),
        zero_threshold: ZERO_THRESHOLD,
        ..ExponentialHistogramDataPoint::default()
    })
}
