//! `probe push` over gRPC, over TLS and through a proxy's tunnel: the real program, and a collector
//! in this process that is built from hyper's and rustls's servers.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

#[path = "pushing/collector.rs"]
#[allow(dead_code)]
mod collector;
mod common;
#[path = "pushing/server.rs"]
mod server;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use collector::gold;
use common::{Context, Run, wait_for_line};
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};
use server::{Collector, Got, Identity, NAME, identity, proxy};

fn push(context: &Context, url: &str, arguments: &[&str]) -> Command {
    let mut push = context.probe(&["push", "--otlp", url]);
    push.args(arguments);
    push
}

/// The message in a gRPC request.
#[track_caller]
fn message(got: &Got) -> ExportMetricsServiceRequest {
    assert_eq!(
        got.path,
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
    );
    assert_eq!(got.headers["content-type"], "application/grpc");
    assert_eq!(got.headers["te"], "trailers");
    assert_eq!(got.headers["x-key"], "a");
    let length = u32::from_be_bytes(got.body[1..5].try_into().unwrap());
    let mut message = got.body[5..].to_vec();
    assert_eq!(length as usize, message.len());
    let is_packed = got
        .headers
        .get("grpc-encoding")
        .is_some_and(|it| it == "gzip");
    assert_eq!(got.body[0], u8::from(is_packed));
    if is_packed {
        let mut unpacked = Vec::new();
        GzDecoder::new(&*message)
            .read_to_end(&mut unpacked)
            .unwrap();
        message = unpacked;
    }
    ExportMetricsServiceRequest::decode(&*message).unwrap()
}

#[test]
fn over_grpc_and_again_where_that_helps() {
    let context = gold();
    let collector = Collector::start(&["14", "0"], None);
    let url = format!("http://{}", collector.address);
    let arguments = ["--once", "--protocol", "grpc", "--header", "x-key=a"];
    let ran = push(&context, &url, &arguments).succeeds();
    let said = ran.stderr.replace(&url, "[URL]");
    insta::assert_snapshot!(said, @"
    warning: not sent, will try again: gRPC status 14 (unavailable): as told
    sent 1 process to `[URL]` in 1 request
    ");
    let (first, second) = (message(&collector.next()), message(&collector.next()));
    assert_eq!(first, second);
    assert_eq!(first.resource_metrics.len(), 1);
    assert!(collector.got.try_recv().is_err());

    let collector = Collector::start(&["16"], None);
    let url = format!("http://{}", collector.address);
    let ran = push(&context, &url, &arguments).ran().with_code(3);
    let said = "warning: the collector refuses this: gRPC status 16 (unauthenticated): as told\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
}

#[test]
fn over_tls_to_whom_it_trusts() {
    let context = gold();
    let Identity {
        acceptor,
        certificate,
        ..
    } = identity(&context, false);
    let collector = Collector::start(&["0"], Some(acceptor));
    let url = format!("https://{}", collector.address);
    for protocol in ["grpc", "http/protobuf"] {
        let arguments = ["--once", "--protocol", protocol, "--header", "x-key=a"];
        let mut push = push(&context, &url, &arguments);
        push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", &certificate)
            .succeeds();
        let got = collector.next();
        if protocol == "grpc" {
            message(&got);
        } else {
            assert_eq!(got.path, "/v1/metrics");
            ExportMetricsServiceRequest::decode(got.body).unwrap();
        }
    }
    // Nobody vouches for it: not a byte of a request.
    let other = identity(&context, false).certificate;
    let mut push = push(&context, &url, &[]);
    push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", &other);
    fails(
        &mut push,
        "warning: not sent, will try again: invalid peer certificate: BadSignature",
    );
    assert!(collector.got.try_recv().is_err());
}

/// Runs until it says so, then stops it.
#[track_caller]
fn fails(push: &mut Command, said: &str) {
    let mut child = push.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    wait_for_line(&mut stderr, said);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn to_whom_wants_to_know_who_asks() {
    let context = gold();
    let it = identity(&context, true);
    let collector = Collector::start(&["0"], Some(it.acceptor));
    let url = format!("https://{}", collector.address);
    let arguments = ["--protocol", "grpc", "--header", "x-key=a"];
    let with = |certificate: &Path| {
        let mut push = push(&context, &url, &arguments);
        push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", &it.certificate)
            .env("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)
            .env("OTEL_EXPORTER_OTLP_CLIENT_KEY", &it.client.1);
        push
    };
    with(&it.client.0).arg("--once").succeeds();
    message(&collector.next());
    // A key doesn't fit another's certificate.
    let ran = with(&it.certificate).ran().with_code(3);
    let said = "error: `OTEL_EXPORTER_OTLP_CLIENT_KEY` names `";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let mut push = push(&context, &url, &arguments);
    push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", &it.certificate);
    let mut child = push.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !said.contains("not sent, will try again") {
        assert!(stderr.read_line(&mut said).unwrap() > 0, "{said}");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(collector.got.try_recv().is_err());
}

#[test]
fn smaller_and_the_same_over_grpc() {
    let context = gold();
    let collector = Collector::start(&["0"], None);
    let url = format!("http://{}", collector.address);
    let arguments = ["--once", "--protocol", "grpc", "--header", "x-key=a"];
    push(&context, &url, &arguments).succeeds();
    let gzip = [&arguments[..], &["--compression", "gzip"]].concat();
    let ran = push(&context, &url, &gzip).succeeds();
    // Its answer was packed too.
    let said = "warning: the collector warns: all is well\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    let (plain, packed) = (collector.next(), collector.next());
    assert_eq!(packed.headers["grpc-encoding"], "gzip");
    assert!(packed.body.len() < plain.body.len());
    assert_eq!(message(&plain), message(&packed));
}

#[test]
fn through_a_proxys_tunnel() {
    let context = gold();
    let Identity {
        acceptor,
        certificate,
        ..
    } = identity(&context, false);
    for (scheme, protocol) in [
        ("http", "grpc"),
        ("https", "grpc"),
        ("https", "http/protobuf"),
    ] {
        let tls = (scheme == "https").then(|| acceptor.clone());
        let collector = Collector::start(&["0"], tls);
        let (address, asked) = proxy(&collector.address, false);
        let url = format!("{scheme}://{NAME}:4317");
        let arguments = ["--once", "--protocol", protocol, "--header", "x-key=a"];
        let mut push = push(&context, &url, &arguments);
        let variable = format!("{}_PROXY", scheme.to_uppercase());
        push.env(variable, format!("http://me:pw@{address}"))
            .env("OTEL_EXPORTER_OTLP_CERTIFICATE", &certificate)
            .succeeds();
        let asked = asked.recv().unwrap();
        let wanted = format!("connect {NAME}:4317 http/1.1\r\n");
        assert!(asked.starts_with(&wanted), "{asked}");
        assert!(
            asked.contains("proxy-authorization: basic bwu6chc=\r\n"),
            "{asked}"
        );
        assert!(!asked.contains("x-key"), "what is the collector's: {asked}");
        let got = collector.next();
        assert_eq!(got.headers["x-key"], "a");
        assert_eq!(got.headers.get("proxy-authorization"), None);
    }
    let (address, _asked) = proxy("", true);
    let mut push = push(&context, &format!("https://{NAME}"), &[]);
    push.env("https_proxy", format!("http://me:pw@{address}"))
        .env("OTEL_EXPORTER_OTLP_CERTIFICATE", &certificate);
    fails(
        &mut push,
        &format!(
            "warning: not sent, will try again: the proxy `{address}`: it answers with status 407"
        ),
    );
}
