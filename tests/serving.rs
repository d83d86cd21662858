//! `probe serve`: the real server on a real socket, asked by hand; what it says is its own unit
//! tests' business, and a Prometheus server's in `cargo xtask collectors`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use common::{Context, Run, Server, many, snapshot, usual_python};
use rustix::process::Signal;

/// A place with one recording whose numbers are known: the one that guards the format.
fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::copy(gold, folder.join("gold.rec")).unwrap();
    context
}

#[test]
fn each_path_and_form() {
    let context = gold();
    let server = Server::start(&context, &[]);
    let calls = r#"probe_calls_total{function="shop:pay",module="shop"} 3"#;

    let text = server.gets("/metrics");
    assert_eq!(text.status, 200);
    assert_eq!(
        text.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    assert!(text.text().contains(calls), "{}", text.text());

    let accept = "Accept: application/openmetrics-text; version=1.0.0\r\n";
    let open = server.asks("GET", "/metrics?a=b", accept);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(open.header("content-type"), Some(kind));
    assert!(open.text().contains(calls) && open.text().ends_with("# EOF\n"));

    let kind = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; \
                encoding=delimited";
    let native = server.asks("GET", "/metrics", &format!("Accept: {kind}\r\n"));
    assert_eq!(native.header("content-type"), Some(kind));
    assert!(native.body.windows(17).any(|it| it == b"probe_calls_total"));

    let page = server.gets("/");
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );

    let data = server.gets("/data.json");
    let data: serde_json::Value = serde_json::from_slice(&data.body).unwrap();
    assert_eq!(data["schema"], 1);
    assert!(page.text().contains("data-live=\"/data.json\""));

    let data = server.gets("/report.json");
    let report = context.probe(&["report", "--json"]).succeeds().json();
    let data: serde_json::Value = serde_json::from_slice(&data.body).unwrap();
    assert_eq!(data, report);

    assert_eq!(server.gets("/healthz").text(), "ok\n");
    let head = server.asks("HEAD", "/metrics", "");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let length = text.body.len().to_string();
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    for answer in [&text, &page, &head, &server.gets("/nothing")] {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin")
        );
        assert_eq!(answer.header("access-control-allow-origin"), None);
        assert!(answer.header("content-security-policy").is_some());
    }
}

#[test]
fn what_is_refused() {
    let context = gold();
    let server = Server::start(&context, &["--allow-host", "probe.internal"]);
    assert_eq!(server.gets("/nothing").status, 404);
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = server.asks(method, "/metrics", "Content-Length: 0\r\n");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD")),
            "{method}"
        );
    }
    for (host, status) in [
        ("evil.example", 421),
        ("evil.example:7762", 421),
        ("localhost", 200),
        ("LOCALHOST.:1", 200),
        ("[::1]:7762", 200),
        ("probe.internal", 200),
    ] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(server.says(&request).status, status, "{host}");
    }
    let hosts = "Host: localhost\r\nHost: evil.example";
    for (request, status) in [
        ("GET /healthz HTTP/1.0\r\n\r\n".to_owned(), 400),
        (format!("GET /healthz HTTP/1.0\r\n{hosts}\r\n\r\n"), 400),
        (
            "GET http://evil.example/ HTTP/1.0\r\nHost: localhost\r\n\r\n".to_owned(),
            421,
        ),
        ("nonsense\r\n\r\n".to_owned(), 400),
        (
            format!(
                "GET / HTTP/1.0\r\nHost: localhost\r\nA: {}\r\n\r\n",
                "a".repeat(20_000)
            ),
            431,
        ),
        (
            format!("GET / HTTP/1.0\r\n{}\r\n", "A: b\r\n".repeat(100)),
            431,
        ),
    ] {
        assert_eq!(server.says(&request).status, status, "{request:.60}");
    }
    // After all that it is well.
    assert_eq!(server.gets("/healthz").status, 200);
}

#[test]
fn a_slow_client_is_left_and_keeps_nobody_waiting() {
    let context = gold();
    let server = Server::start(&context, &[]);
    let mut slow: Vec<TcpStream> = (0..20).map(|_| server.connect()).collect();
    for stream in &mut slow {
        stream
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: loc")
            .unwrap();
    }
    assert_eq!(server.gets("/healthz").status, 200);
    // The server hangs up on those who never end; without a limit this would last forever.
    for mut stream in slow {
        let mut rest = Vec::new();
        // It may say why (408).
        let _ = stream.read_to_end(&mut rest).unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    }
    assert_eq!(server.gets("/healthz").status, 200);
}

#[test]
fn signals_stop_it_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let context = gold();
        let server = Server::start(&context, &[]);
        // A connection that is open and idle must not hold it up.
        let _idle = server.connect();
        assert_eq!(server.gets("/healthz").status, 200);
        server.signal(signal);
        assert_eq!(server.ended(), (Some(0), String::new()));
    }
}

#[test]
fn counters_stay_when_recordings_go() {
    let context = gold();
    let second = context.data().join("till-0123456789ab");
    fs::create_dir_all(&second).unwrap();
    let gold = context.data().join("shop-0123456789ab/gold.rec");
    fs::copy(&gold, second.join("more.rec")).unwrap();
    let server = Server::start(&context, &[]);
    let before = server.gets("/metrics").text();
    assert!(
        before.contains("probe_calls_total{function=\"shop:pay\",module=\"shop\"} 6\n"),
        "{before}"
    );
    assert!(before.contains("probe_processes{state=\"exited\"} 2\n"));
    fs::remove_file(&gold).unwrap();
    fs::write(second.join("broken.rec"), "no recording").unwrap();
    // What was read a moment ago is still told; then it looks again.
    let is_gone = || {
        let text = server.gets("/metrics").text();
        text.contains("probe_processes{state=\"exited\"} 1\n")
            .then_some(text)
    };
    let after = std::iter::repeat_with(is_gone)
        .inspect(|_| std::thread::sleep(Duration::from_millis(100)))
        .take(600)
        .find_map(|found| found)
        .unwrap();
    assert!(
        after.contains("probe_calls_total{function=\"shop:pay\",module=\"shop\"} 6\n"),
        "{after}"
    );
    assert!(after.contains("probe_unreadable_recordings 1\n"), "{after}");
}

#[test]
fn it_folds_and_removes_what_is_old_once_it_was_counted() {
    let context = many(120);
    let install = ["install", "-t", "app:f", "--keep-for", "47h"];
    context.probe(&install).succeeds();
    let server = Server::start(&context, &[]);
    let are_gone = || {
        let text = server.gets("/metrics").text();
        text.contains("probe_processes{state=\"exited\"} 40\n")
            .then_some(text)
    };
    let text = std::iter::repeat_with(are_gone)
        .inspect(|_| std::thread::sleep(Duration::from_millis(100)))
        .take(600)
        .find_map(|found| found)
        .unwrap();
    let calls = "probe_calls_total{function=\"app:f\",module=\"app\"} 120\n";
    assert!(text.contains(calls), "{text}");
    assert!(context.recordings().is_empty(), "they are folded");
    server.signal(Signal::TERM);
    let (_, said) = server.ended();
    assert!(
        said.ends_with("\nremoved 80 old recordings, by the virtualenv's settings: keep-for 47h\n"),
        "{said}"
    );
}

#[test]
fn nothing_recorded_is_no_reason_not_to_serve() {
    let context = Context::without_venv(usual_python());
    let server = Server::start(&context, &[]);
    let text = server.gets("/metrics").text();
    assert!(
        text.contains("probe_processes{state=\"running\"} 0\n"),
        "{text}"
    );
    assert!(!text.contains("probe_calls_total"), "{text}");
}

#[test]
fn beyond_loopback_it_warns() {
    let context = gold();
    let server = Server::of(&mut context.probe(&["serve", "--listen", "0.0.0.0:0"]));
    server.signal(Signal::TERM);
    let (code, said) = server.ended();
    assert_eq!(code, Some(0));
    assert!(
        said.starts_with("warning: whoever can reach 0.0.0.0:"),
        "{said}"
    );
}

#[test]
fn addresses_that_cannot_be_had() {
    let context = gold();
    snapshot!(context, context.probe(&["serve", "--listen", "nowhere"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `nowhere` is no address to listen on
      caused by: invalid socket address
    hint: give a host and a port, such as `127.0.0.1:7762`
    ");
    let server = Server::start(&context, &[]);
    let ran = context
        .probe(&["serve", "--listen", &server.address])
        .ran()
        .with_code(3);
    let text = ran.text().replace(&server.address, "[ADDRESS]");
    insta::assert_snapshot!(text, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: can't listen on [ADDRESS]
      caused by: Address already in use (os error 98)
    hint: something listens there already; choose another port with `--listen`, or any free one with `--listen 127.0.0.1:0`
    ");
}
