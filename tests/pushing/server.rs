//! A collector in this process that is built from hyper's and rustls's servers: gRPC and HTTP/1.1,
//! with TLS or without. No test is here.

use std::convert::Infallible;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use prost::Message;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::common::Context;

/// A name that no machine has: only a proxy knows the way.
pub(crate) const NAME: &str = "collector.invalid";

/// One request, as the collector got it.
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A collector that answers with these gRPC statuses in turn, and then always with the last.
pub(crate) struct Collector {
    pub(crate) address: String,
    pub(crate) got: Receiver<Got>,
}

/// What a collector with TLS shows.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    /// The authority that vouches for it.
    pub(crate) certificate: PathBuf,
    /// Whom it wants to see, where it asks who is there: a certificate and its key.
    pub(crate) client: (PathBuf, PathBuf),
}

/// A collector's identity, under two names. It may ask who is there.
pub(crate) fn identity(context: &Context, asks: bool) -> Identity {
    let made = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        rcgen::generate_simple_self_signed(names).unwrap()
    };
    let write = |name: &str, pem: String| {
        let path = context.root().join(name);
        fs::write(&path, pem).unwrap();
        path
    };
    let (own, client) = (made(&["localhost", NAME]), made(&["client"]));
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = if asks {
        let mut roots = RootCertStore::empty();
        roots.add(client.cert.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        config.with_no_client_auth()
    };
    let mut config = config
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Identity {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        certificate: write("authority.pem", own.cert.pem()),
        client: (
            write("client.pem", client.cert.pem()),
            write("client.key", client.signing_key.serialize_pem()),
        ),
    }
}

impl Collector {
    pub(crate) fn start(statuses: &'static [&'static str], tls: Option<TlsAcceptor>) -> Self {
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
    pub(crate) fn next(&self) -> Got {
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
            let is_packed = parts.headers.contains_key("grpc-encoding");
            let _ = send.send(Got {
                path: parts.uri.path().to_owned(),
                headers: parts.headers,
                body,
            });
            Ok::<_, Infallible>(answer(status, is_packed))
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

/// A gRPC answer with its status in the trailers: of an empty message, or of a warning that is packed
/// as the request was, which is what Go's collectors do.
fn answer(
    status: &'static str,
    is_packed: bool,
) -> Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>> {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static(status));
    trailers.insert("grpc-message", HeaderValue::from_static("as told"));
    let mut message = vec![0; 5];
    if is_packed {
        let response = ExportMetricsServiceResponse {
            partial_success: Some(ExportMetricsPartialSuccess {
                rejected_data_points: 0,
                error_message: "all is well".to_owned(),
            }),
        };
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&response.encode_to_vec()).unwrap();
        let packed = encoder.finish().unwrap();
        message = vec![1, 0, 0, 0, u8::try_from(packed.len()).unwrap()];
        message.extend(packed);
    }
    let message = Full::new(Bytes::from(message));
    let mut response = Response::new(message.with_trailers(async { Some(Ok(trailers)) }));
    if is_packed {
        let headers = response.headers_mut();
        headers.insert("grpc-encoding", HeaderValue::from_static("gzip"));
    }
    response
}

/// A proxy that connects to this address, whatever it is asked for; or refuses. It tells what was
/// said to it.
pub(crate) fn proxy(address: &str, refuses: bool) -> (String, Receiver<String>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = listener.local_addr().unwrap().to_string();
    let (send, got) = channel();
    let address = address.to_owned();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = stream.unwrap();
            let mut head = Vec::new();
            // Byte by byte: what comes after is the collector's.
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                head.extend(byte);
            }
            let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
            if send.send(head).is_err() {
                return;
            }
            if refuses {
                let no = b"HTTP/1.1 407 Who asks?\r\nContent-Length: 0\r\n\r\n";
                client.write_all(no).unwrap();
                continue;
            }
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let mut server = TcpStream::connect(&address).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let _ = std::io::copy(&mut from, &mut to);
                let _ = to.shutdown(std::net::Shutdown::Write);
            });
            let _ = std::io::copy(&mut server, &mut client);
        }
    });
    (ours, got)
}
