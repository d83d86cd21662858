//! `probe push`, told how by OpenTelemetry's variables, and by those that name proxies: the real
//! program, and a collector in this process. Who wins over whom is `push::settings::tests`'s.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

#[path = "pushing/collector.rs"]
#[allow(dead_code)]
mod collector;
mod common;

use std::io::BufReader;
use std::net::TcpListener;
use std::process::Stdio;

use collector::{Collector, YES, gold, push};
use common::{Run, snapshot, wait_for_line};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn smaller_and_the_same() {
    let context = gold();
    let collector = Collector::start(&[YES]);
    push(&context, &collector, &["--once"]).succeeds();
    let arguments = ["--once", "--compression", "gzip"];
    push(&context, &collector, &arguments).succeeds();
    let mut by_variable = push(&context, &collector, &["--once"]);
    by_variable
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
        .succeeds();
    let (plain, packed, again) = (collector.next(), collector.next(), collector.next());
    assert!(!plain.head.contains("content-encoding"), "{}", plain.head);
    for packed in [&packed, &again] {
        let head = &packed.head;
        assert!(head.contains("content-encoding: gzip\r\n"), "{head}");
        assert!(packed.sent < plain.sent, "{}", packed.sent);
        assert_eq!(packed.request, plain.request);
    }
}

#[test]
fn variables_alone() {
    let context = gold();
    let (general, metrics) = (Collector::start(&[YES]), Collector::start(&[YES]));
    let mut push = context.probe(&["push", "--once"]);
    push.env(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        format!("{}/base/", general.url),
    )
    .env("OTEL_EXPORTER_OTLP_HEADERS", "x-key=general")
    .env("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json");
    let ran = push.succeeds();
    let said = ran.stderr.replace(&general.url, "[URL]");
    insta::assert_snapshot!(said, @"
    warning: `OTEL_EXPORTER_OTLP_METRICS_PROTOCOL` is ignored: it can be `http/protobuf` or `grpc`, not `http/json`
    sent 1 process to `[URL]/base/` in 1 request
    ");
    let got = general.next();
    assert!(
        got.head.starts_with("post /base/v1/metrics "),
        "{}",
        got.head
    );
    assert!(got.head.contains("x-key: general\r\n"), "{}", got.head);

    push.env_remove("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL")
        .env(
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            format!("{}/as/it?is", metrics.url),
        )
        .env("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-other=metrics")
        .env("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "gzip");
    push.succeeds();
    let got = metrics.next();
    assert!(got.head.starts_with("post /as/it?is "), "{}", got.head);
    assert!(got.head.contains("x-other: metrics\r\n"), "{}", got.head);
    assert!(!got.head.contains("x-key"), "{}", got.head);
    assert!(
        got.head.contains("content-encoding: gzip\r\n"),
        "{}",
        got.head
    );
    general.has_no_more();

    snapshot!(context, context.probe(&["push", "--once"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: there is no URL of a collector to send to
    hint: give it with `--otlp URL`, such as `--otlp http://localhost:4318`, or set `OTEL_EXPORTER_OTLP_ENDPOINT`
    ");
}

#[test]
fn a_collector_that_says_nothing_is_left_in_time() {
    let context = gold();
    // The system takes the connection, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut push = context.probe(&["push", "--otlp", &url]);
    push.env("OTEL_EXPORTER_OTLP_TIMEOUT", "50");
    let mut child = push.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let said = "warning: not sent, will try again: no answer within 0.05 s";
    wait_for_line(&mut stderr, said);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_proxy_is_asked_for_the_whole_url() {
    let context = gold();
    let proxy = Collector::start(&[YES]);
    let address = proxy.url.strip_prefix("http://").unwrap();
    let arguments = ["push", "--once", "--otlp", "http://collector.invalid:4318"];
    let mut push = context.probe(&arguments);
    push.env("HTTP_PROXY", format!("http://me:pw@{address}"))
        .succeeds();
    let got = proxy.next();
    let wanted = "post http://collector.invalid:4318/v1/metrics http/1.1\r\n";
    assert!(got.head.starts_with(wanted), "{}", got.head);
    for header in [
        "host: collector.invalid:4318\r\n",
        "proxy-authorization: basic bwu6chc=\r\n",
    ] {
        assert!(got.head.contains(header), "{}", got.head);
    }
    assert_eq!(got.calls(), [3]);
    // A collector on this machine is none of a proxy's business.
    let collector = Collector::start(&[YES]);
    let mut push = collector::push(&context, &collector, &["--once"]);
    push.env("HTTP_PROXY", &proxy.url).succeeds();
    let got = collector.next();
    assert!(got.head.starts_with("post /v1/metrics "), "{}", got.head);
    proxy.has_no_more();
    let mut push = context.probe(&arguments);
    push.env("HTTP_PROXY", "socks5://me:pw@localhost:1080");
    snapshot!(context, push, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: the proxy `socks5://localhost:1080/` can't be used: only those of `http://` can
    hint: `HTTPS_PROXY` and `HTTP_PROXY` name a proxy as `http://HOST:PORT`; `NO_PROXY` the hosts that are reached without one
    ");
}
