//! `probe push` over gRPC and over TLS: the real program, and a collector in this process that is
//! built from hyper's and rustls's servers.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::convert::Infallible;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use common::{Context, Run, usual_python, wait_for_line};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use prost::Message;
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A place with one recording whose numbers are known: the one that guards the format.
fn gold() -> Context {
    let context = Context::without_venv(usual_python());
    let folder = context.data().join("shop-0123456789ab");
    fs::create_dir_all(&folder).unwrap();
    let gold = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gold/recording-1.0.rec");
    fs::copy(gold, folder.join("gold.rec")).unwrap();
    context
}

/// One request, as the collector got it.
struct Got {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A collector that answers with these gRPC statuses in turn, and then always with the last.
struct Collector {
    address: String,
    got: Receiver<Got>,
}

/// What a collector with TLS shows.
struct Identity {
    acceptor: TlsAcceptor,
    /// The authority that vouches for it.
    certificate: PathBuf,
}

fn identity(context: &Context) -> Identity {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = context.root().join("authority.pem");
    fs::write(&certificate, made.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = tokio_rustls::rustls::crypto::ring::default_provider();
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    Identity {
        acceptor,
        certificate,
    }
}

impl Collector {
    fn start(statuses: &'static [&'static str], tls: Option<TlsAcceptor>) -> Self {
        let (ready, address) = channel();
        let (send, got) = channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .unwrap()
                .block_on(collect(statuses, tls, &ready, &send));
        });
        let port: u16 = address.recv().unwrap();
        let address = format!("localhost:{port}");
        Self { address, got }
    }

    #[track_caller]
    fn next(&self) -> Got {
        self.got.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

async fn collect(
    statuses: &'static [&'static str],
    tls: Option<TlsAcceptor>,
    ready: &mpsc::Sender<u16>,
    send: &mpsc::Sender<Got>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    ready.send(listener.local_addr().unwrap().port()).unwrap();
    let number = AtomicUsize::new(0);
    let service = service_fn(|request: Request<Incoming>| {
        let status = statuses[number
            .fetch_add(1, Ordering::Relaxed)
            .min(statuses.len() - 1)];
        let send = send.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let _ = send.send(Got {
                path: parts.uri.path().to_owned(),
                headers: parts.headers,
                body,
            });
            Ok::<_, Infallible>(answer(status))
        }
    });
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        // What becomes of a connection is the program's to say.
        match &tls {
            None => {
                let builder = http2::Builder::new(TokioExecutor::new());
                let _ = builder
                    .serve_connection(TokioIo::new(stream), &service)
                    .await;
            }
            Some(acceptor) => {
                let Ok(stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                let io = TokioIo::new(stream);
                let _ = if is_h2 {
                    let builder = http2::Builder::new(TokioExecutor::new());
                    builder.serve_connection(io, &service).await
                } else {
                    http1::Builder::new().serve_connection(io, &service).await
                };
            }
        }
    }
}

/// A gRPC answer of an empty message, with its status in the trailers.
fn answer(
    status: &'static str,
) -> Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    trailers.insert("grpc-message", HeaderValue::from_static("as told"));
    let message = Full::new(Bytes::from_static(&[0; 5]));
    Response::new(message.with_trailers(async { Some(Ok(trailers)) }))
}

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
    assert_eq!(got.body[0], 0, "not compressed");
    let length = u32::from_be_bytes(got.body[1..5].try_into().unwrap());
    assert_eq!(length as usize, got.body.len() - 5);
    ExportMetricsServiceRequest::decode(&got.body[5..]).unwrap()
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
    } = identity(&context);
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
    let other = identity(&context).certificate;
    let mut push = push(&context, &url, &[]);
    push.env("OTEL_EXPORTER_OTLP_CERTIFICATE", &other);
    let mut child = push.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let said = "warning: not sent, will try again: invalid peer certificate: BadSignature";
    wait_for_line(&mut stderr, said);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(collector.got.try_recv().is_err());
}
