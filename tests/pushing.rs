//! `probe push`: the real program, and a collector in this process that answers as it is told and
//! reads what it gets with OpenTelemetry's own types. A real collector, and gRPC, are
//! `cargo xtask collectors`'s.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

#[path = "pushing/collector.rs"]
#[allow(dead_code)]
mod collector;
mod common;

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use collector::{BUSY, Collector, NEVER, YES, gold, push};
use common::{Context, Run, many, snapshot, usual_python};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn once_and_with_what_the_variables_say() {
    let context = gold();
    let collector = Collector::start(&[YES]);
    let mut push = push(&context, &collector, &["--once", "--header", "x-b=2"]);
    push.env("OTEL_EXPORTER_OTLP_HEADERS", "x-a=1%202")
        .env(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=here",
        )
        .env("OTEL_SERVICE_NAME", "till");
    let ran = push.succeeds();
    assert_eq!(ran.stdout, "");
    let said = ran.stderr.replace(&collector.url, "[URL]");
    assert_eq!(said, "sent 1 process to `[URL]` in 1 request\n");
    let got = collector.next();
    assert!(
        got.head.starts_with("post /v1/metrics http/1.1\r\n"),
        "{}",
        got.head
    );
    for header in [
        "content-type: application/x-protobuf",
        "x-a: 1 2",
        "x-b: 2",
        "host: 127.0.0.1:",
    ] {
        assert!(got.head.contains(header), "{}", got.head);
    }
    assert_eq!(got.calls(), [3]);
    let resource = format!("{:?}", got.request.resource_metrics[0].resource);
    for part in ["till", "here", "4711", "deployment.environment.name"] {
        assert!(resource.contains(part), "{resource}");
    }
    assert!(
        !resource.contains("shop.py"),
        "the command line may hold secrets: {resource}"
    );
    collector.has_no_more();
}

#[test]
fn a_busy_collector_is_asked_again_when_it_wants() {
    let context = gold();
    let collector = Collector::start(&[BUSY, YES]);
    let ran = push(&context, &collector, &["--once"]).succeeds();
    assert!(
        ran.stderr
            .starts_with("warning: not sent, will try again: status 503: busy\n"),
        "{}",
        ran.stderr
    );
    let (first, second) = (collector.next(), collector.next());
    assert_eq!(first.request, second.request);
    // What the clock says can be no less, however slow the machine is.
    assert!(
        second.at - first.at >= Duration::from_millis(2900),
        "{:?}",
        second.at - first.at
    );
    collector.has_no_more();
}

#[test]
fn what_is_refused_is_not_sent_again() {
    let context = gold();
    let collector = Collector::start(&[NEVER]);
    let ran = push(&context, &collector, &["--once"]).ran().with_code(3);
    let text = ran.text().replace(&collector.url, "[URL]");
    insta::assert_snapshot!(text, @r"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    warning: the collector refuses this: status 403: no \u{1b}c
    error: the collector at `[URL]` refused what was sent
    hint: its reason is above; it may want a header, see `--header`
    ");
    assert_eq!(collector.next().calls(), [3]);
    collector.has_no_more();
}

#[test]
fn who_refuses_need_not_finish_saying_why() {
    let context = gold();
    let collector = Collector::start(&["HTTP/1.1 413 No\r\nContent-Length: 50\r\n\r\ntoo"]);
    let ran = push(&context, &collector, &["--once"]).ran().with_code(3);
    let said = "warning: the collector refuses this: status 413\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    collector.next();
    collector.has_no_more();
}

#[test]
fn a_part_that_is_rejected_is_said() {
    let response = ExportMetricsServiceResponse {
        partial_success: Some(ExportMetricsPartialSuccess {
            rejected_data_points: 2,
            error_message: "too old".to_owned(),
        }),
    };
    let body = String::from_utf8(response.encode_to_vec()).unwrap();
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let context = gold();
    let collector = Collector::start(&[&answer]);
    let ran = push(&context, &collector, &["--once"]).succeeds();
    let said = "warning: the collector rejected 2 points: too old\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
}

#[test]
fn what_ended_is_sent_until_it_is_accepted_and_never_again() {
    let context = gold();
    // A process that runs as far as anybody can tell: it is another machine's.
    let running = context.data().join("shop-0123456789ab/running.rec");
    let mut bytes = fs::read(context.data().join("shop-0123456789ab/gold.rec")).unwrap();
    bytes[17 * 8..19 * 8].fill(0);
    bytes[12 * 8..13 * 8].fill(0);
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let boot = u128::from_str_radix(&boot.trim().replace('-', ""), 16).unwrap();
    bytes[10 * 8..12 * 8].copy_from_slice(&boot.to_be_bytes());
    fs::write(&running, bytes).unwrap();
    let collector = Collector::start(&[BUSY, YES]);
    let mut push = push(&context, &collector, &["--interval", "0.1"]);
    let mut child = push
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let both = [collector.next().calls(), collector.next().calls()];
    assert_eq!(both, [[3, 3], [3, 3]]);
    for _ in 0..3 {
        assert_eq!(collector.next().calls(), [3], "only what runs");
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let said = said.replace(&collector.url, "[URL]");
    insta::assert_snapshot!(said, @"
    sending to `[URL]` every 0.1 s
    warning: not sent, will try again: status 503: busy
    sending works again
    ");
}

#[test]
fn what_is_old_is_removed_once_it_was_accepted() {
    let keep_none = ["install", "-t", "app:f", "--keep-for", "0s"];
    let context = many(3);
    context.probe(&keep_none).succeeds();
    let collector = Collector::start(&[NEVER, YES]);
    push(&context, &collector, &["--once"]).ran().with_code(3);
    assert_eq!(context.recordings().len(), 3);
    let ran = push(&context, &collector, &["--once"]).succeeds();
    let said = "\nremoved 3 old recordings, by the virtualenv's settings: keep-for 0s\n";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    assert!(context.recordings().is_empty());

    let context = many(3);
    context.probe(&keep_none).succeeds();
    let collector = Collector::start(&[BUSY, YES]);
    let mut child = push(&context, &collector, &["--interval", "0.1"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    collector.next();
    // It waits for as long as the collector wants.
    assert_eq!(context.recordings().len(), 3);
    collector.next();
    while !context.recordings().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn wrong_usage_and_nothing_to_send() {
    let context = gold();
    snapshot!(context, context.probe(&["push", "--once", "--otlp", "localhost:4318"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `localhost:4318` is no URL of a collector: it must begin with `http://` or `https://`
    hint: give one such as `http://localhost:4318`, or `http://localhost:4317` with `--protocol grpc`
    ");
    snapshot!(
        context,
        context.probe(&["push", "--once", "--otlp", "http://localhost:4318", "--header", "secret"]),
        @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `…` isn't of the form `KEY=VALUE` that `--header` takes
    hint: names of headers are letters, digits and dashes; values are without line ends
    "
    );
    snapshot!(context, context.probe(&["push", "--otlp", "http://localhost:1", "--interval", "0"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: the interval can't be 0 s
    hint: give seconds between 0.1 and 86400
    ");
    let mut push = context.probe(&["push", "--once", "--otlp", "https://localhost:1"]);
    push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", "/dev/null");
    snapshot!(context, push, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `OTEL_EXPORTER_OTLP_CERTIFICATE` names `/dev/null`, which can't be used
    hint: it takes a file in PEM form: certificates, or the key that belongs to them
    ");
    let empty = Context::without_venv(usual_python());
    let folder = empty.data().join("shop-0123456789ab");
    snapshot!(empty, empty.probe(&["push", "--once", "--otlp", "http://localhost:1"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: nothing is recorded in `[ROOT]/data`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.rec"), "no recording").unwrap();
    snapshot!(empty, empty.probe(&["push", "--once", "--otlp", "http://localhost:1"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    warning: `[ROOT]/data/shop-[HASH]/a.rec` is not a recording; remove it; the others are read without it
    error: nothing is recorded in `[ROOT]/data`
    hint: install the probe with `probe install` and start a program, or start it with `probe run -- COMMAND`
    ");
}
