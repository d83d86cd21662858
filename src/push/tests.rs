//! From recordings to requests, read back.

use std::fs;
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use super::batch::{Batch, REQUEST_BYTES};
use super::encode::{Span, encode};
use super::resource::{Given, pairs, resource};
use crate::metrics::distribution::bound;
use crate::recording::process::Host;
use crate::recording::testing::{Description, build, header_of};
use crate::report::Model;
use crate::report::collect::{self, Parts};

const SPAN: Span = Span { start: 5, end: 9 };

fn model(description: &Description) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rec");
    fs::write(&path, build(description)).unwrap();
    let host = Host {
        boot_id: None,
        pid_namespace: None,
    };
    collect::read(&[path], &host, Parts::default(), &|_| {})
}

fn metrics(pieces: &[ResourceMetrics]) -> Vec<&Metric> {
    let scopes = pieces.iter().flat_map(|piece| &piece.scope_metrics);
    scopes.flat_map(|scope| &scope.metrics).collect()
}

/// The values of a sum, in all pieces, and whether it only grows.
fn values(pieces: &[ResourceMetrics], name: &str) -> (Vec<Value>, bool) {
    let (mut values, mut monotonic) = (Vec::new(), false);
    for metric in metrics(pieces).into_iter().filter(|it| it.name == name) {
        let Some(Data::Sum(sum)) = &metric.data else {
            panic!("{name} is no sum");
        };
        monotonic = sum.is_monotonic;
        assert_eq!(sum.aggregation_temporality, 2);
        for point in &sum.data_points {
            assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (5, 9));
            values.push(point.value.unwrap());
        }
    }
    (values, monotonic)
}

#[test]
fn one_process_as_metrics() {
    let mut it = Description {
        exited_wall: None,
        dropped_nodes: 4,
        ..Description::default()
    };
    let record = it.called("a:f", &[0, 1_000_000, 1_000_000, 1 << 30]);
    (record.begun, record.errors) = (6, 1);
    let model = model(&it);
    let pieces = encode(&model, &Resource::default(), SPAN, false);
    assert_eq!(pieces.len(), 1);
    for (name, value, monotonic) in [
        ("probe.calls", Value::AsInt(4), true),
        ("probe.call.errors", Value::AsInt(1), true),
        ("probe.call.in_flight", Value::AsInt(2), false),
        ("probe.call.self_time", Value::AsDouble(1.075741824), true),
        ("probe.dropped.nodes", Value::AsInt(4), true),
    ] {
        assert_eq!(values(&pieces, name), (vec![value], monotonic), "{name}");
    }
    assert!(values(&pieces, "probe.dropped.functions").0.is_empty());
    let duration = metrics(&pieces)
        .into_iter()
        .find(|it| it.name == "probe.call.duration")
        .unwrap();
    let Some(Data::ExponentialHistogram(histogram)) = &duration.data else {
        panic!("no histogram");
    };
    assert_eq!(duration.unit, "s");
    let point = &histogram.data_points[0];
    assert_eq!((point.count, point.zero_count), (4, 1));
    assert_eq!(
        (point.sum, point.max),
        (Some(1.075741824), Some(1.073741824))
    );
    let buckets = point.positive.as_ref().unwrap();
    assert_eq!(buckets.bucket_counts.iter().sum::<u64>(), 3);
    // Bucket `offset` is (base^offset, base^(offset + 1)].
    assert!(bound(buckets.offset) < 0.001032 && bound(buckets.offset + 1) > 0.001 / 1.032);
    assert_eq!(buckets.bucket_counts[0], 2);
    // Once it has ended, nothing is in flight.
    let pieces = encode(&model, &Resource::default(), SPAN, true);
    assert_eq!(values(&pieces, "probe.call.in_flight").0, [Value::AsInt(0)]);
}

#[test]
fn active_time_is_that_of_what_stops_and_goes_on() {
    let mut it = Description::default();
    it.called("a:rows", &[40_000_000]).active = 3_000_000;
    it.functions[0].shape = 1;
    it.called("a:f", &[7]);
    let pieces = encode(&model(&it), &Resource::default(), SPAN, false);
    assert_eq!(values(&pieces, "probe.calls").0.len(), 2);
    let active = (vec![Value::AsDouble(0.003)], true);
    assert_eq!(values(&pieces, "probe.call.active_time"), active);
    let mut others = Description::default();
    others.called("a:f", &[7]);
    let pieces = encode(&model(&others), &Resource::default(), SPAN, false);
    let is_active = |it: &&Metric| it.name == "probe.call.active_time";
    assert_eq!(metrics(&pieces).into_iter().find(is_active), None);
}

#[test]
fn many_functions_and_long_names_stay_below_a_requests_limit() {
    let mut it = Description {
        segment_bytes: 64 << 20,
        ..Description::default()
    };
    for index in 0..2000 {
        let long = if index % 50 == 0 { 60_000 } else { 50 };
        it.called(&format!("a:f{index}{}", "x".repeat(long)), &[1000, 1 << 40]);
    }
    let pieces = encode(&model(&it), &Resource::default(), SPAN, true);
    assert!(pieces.len() > 10, "{}", pieces.len());
    let (mut batch, mut full) = (Batch::default(), Vec::new());
    for piece in pieces.clone() {
        full.extend(batch.add(piece));
    }
    batch.ends(PathBuf::from("a"));
    full.push(batch);
    assert!(full.len() > 2);
    let lasts: Vec<usize> = full.iter().map(|it| it.last_of.len()).collect();
    assert_eq!(lasts.iter().sum::<usize>(), 1);
    assert_eq!(
        lasts.last(),
        Some(&1),
        "a process is done with when its last piece is"
    );
    let mut back = Vec::new();
    for batch in full {
        let bytes = batch.encode();
        assert!(bytes.len() <= REQUEST_BYTES, "{}", bytes.len());
        back.extend(
            ExportMetricsServiceRequest::decode(&*bytes)
                .unwrap()
                .resource_metrics,
        );
    }
    assert_eq!(back, pieces);
    assert_eq!(values(&back, "probe.calls").0.len(), 2000);
}

/// An attribute's text.
fn attribute(resource: &Resource, key: &str) -> Option<String> {
    let all: Vec<_> = resource
        .attributes
        .iter()
        .filter(|it| it.key == key)
        .collect();
    assert!(all.len() < 2, "{key} comes twice");
    Some(match all.first()?.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => text.clone(),
        other => format!("{other:?}"),
    })
}

#[test]
fn a_process_is_a_resource_and_its_command_line_a_secret() {
    let header = header_of(&Description {
        argv: vec!["python".to_owned(), "--token=s3cret".to_owned()],
        host: "box\u{1b}[2J".to_owned(),
        ..Description::default()
    });
    let path = Path::new("/data/my-shop-0123456789ab/07070707-4711-123-89abcdef.rec");
    let plain = resource(&header, path, &Given::default());
    let of = |key| attribute(&plain, key).unwrap();
    assert_eq!(of("service.name"), "my-shop");
    assert_eq!(of("service.instance.id"), "07070707-4711-123-89abcdef");
    assert_eq!(of("process.pid"), "IntValue(4711)");
    assert_eq!(of("process.runtime.version"), "3.12.1");
    assert_eq!(of("host.name"), "box\\u{1b}[2J");
    assert!(!format!("{plain:?}").contains("s3cret"));

    let given = Given {
        attributes: pairs("a=b%2Cc, host.name=here,process.pid=1,service.name=x", "").unwrap(),
        service: Some("till".to_owned()),
        command_args: true,
    };
    let more = resource(&header, path, &given);
    assert_eq!(attribute(&more, "a").unwrap(), "b,c");
    assert_eq!(attribute(&more, "host.name").unwrap(), "here");
    assert_eq!(attribute(&more, "service.name").unwrap(), "till");
    assert_eq!(attribute(&more, "process.pid").unwrap(), "IntValue(4711)");
    assert!(format!("{more:?}").contains("--token=s3cret"));
    for wrong in ["a", "=b", "a=%2", "a=%zz", "a=%ff", "a=b,c"] {
        assert!(pairs(wrong, "here").is_err(), "{wrong}");
    }
}
