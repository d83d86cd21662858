//! Sends one request to a collector and waits for its answer, a connection each: over HTTP/1.1, or
//! as a unary call of gRPC over HTTP/2, with TLS or without. No redirect is followed, and no proxy
//! used.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::push::PushError;
use crate::push::answer::{self, Answer, Grpc};
use crate::push::target::{Protocol, Target};

/// A request and its answer take no longer, OpenTelemetry's own default.
const LIMIT: Duration = Duration::from_secs(10);

/// A collector's answer isn't longer.
const ANSWER_BYTES: usize = 64 << 10;

type Trouble = Box<dyn Error + Send + Sync>;

/// Sends to one collector.
pub struct Client {
    target: Target,
    tls: Option<TlsConnector>,
}

impl Client {
    /// A client for this collector. It trusts the system's authorities, or those in a file.
    ///
    /// # Errors
    /// With TLS: there are none, or the file can't be read.
    pub fn new(target: Target, certificates: Option<&Path>) -> Result<Self, PushError> {
        let tls = if target.secure {
            Some(connector(&target, certificates)?)
        } else {
            None
        };
        Ok(Self { target, tls })
    }

    /// Sends a request's bytes. What goes wrong on the way is worth another try.
    pub async fn send(&self, message: Vec<u8>) -> Answer {
        match tokio::time::timeout(LIMIT, self.exchange(message)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(trouble)) => Answer::Later(chain(&*trouble), None),
            Err(_) => Answer::Later(format!("no answer within {} s", LIMIT.as_secs()), None),
        }
    }

    async fn exchange(&self, message: Vec<u8>) -> Result<Answer, Trouble> {
        let Target { host, port, .. } = &self.target;
        let stream = TcpStream::connect((host.as_str(), *port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(host.clone())?;
                self.converse(tls.connect(name, stream).await?, message)
                    .await
            }
            None => self.converse(stream, message).await,
        }
    }

    async fn converse<S>(&self, stream: S, message: Vec<u8>) -> Result<Answer, Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        match self.target.protocol {
            Protocol::Http => {
                let (mut sender, connection) = http1::handshake(io).await?;
                let driver = tokio::spawn(connection);
                let received = received(sender.send_request(self.http(message)?).await?).await;
                driver.abort();
                let (status, headers, body, _) = received?;
                let (after, date) = (text(&headers, "retry-after"), text(&headers, "date"));
                Ok(answer::of_http(status, after, date, &body))
            }
            Protocol::Grpc => {
                let executor = TokioExecutor::new();
                let (mut sender, connection) = http2::handshake(executor, io).await?;
                let driver = tokio::spawn(connection);
                let received = received(sender.send_request(self.grpc(&message)?).await?).await;
                driver.abort();
                let (status, headers, body, trailers) = received?;
                // Without a message, the status may come in the headers.
                let place = if trailers.contains_key("grpc-status") {
                    &trailers
                } else {
                    &headers
                };
                let grpc = Grpc {
                    status: text(place, "grpc-status"),
                    message: text(place, "grpc-message"),
                    details: text(place, "grpc-status-details-bin"),
                };
                // Five bytes tell that it isn't compressed, and its length.
                let message = body.get(5..).unwrap_or_default();
                Ok(answer::of_grpc(status, grpc, message))
            }
        }
    }

    fn http(&self, message: Vec<u8>) -> Result<Request<Full<Bytes>>, Trouble> {
        let uri = &self.target.uri;
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let host = uri.authority().map_or("", |it| it.as_str());
        let mut request = self.request(Uri::try_from(path)?, message, "application/x-protobuf");
        let host = HeaderValue::from_str(host)?;
        request.headers_mut().insert(header::HOST, host);
        Ok(request)
    }

    fn grpc(&self, message: &[u8]) -> Result<Request<Full<Bytes>>, Trouble> {
        let mut body = Vec::with_capacity(message.len() + 5);
        body.push(0);
        body.extend(u32::try_from(message.len())?.to_be_bytes());
        body.extend(message);
        let uri = self.target.uri.clone();
        let mut request = self.request(uri, body, "application/grpc");
        let headers = request.headers_mut();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        let limit = HeaderValue::try_from(format!("{}S", LIMIT.as_secs()))?;
        headers.insert(HeaderName::from_static("grpc-timeout"), limit);
        Ok(request)
    }

    fn request(&self, uri: Uri, body: Vec<u8>, content: &'static str) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = self.target.headers.clone();
        let agent = concat!("probe/", env!("CARGO_PKG_VERSION"));
        for (name, value) in [(header::CONTENT_TYPE, content), (header::USER_AGENT, agent)] {
            let headers = request.headers_mut();
            headers.insert(name, HeaderValue::from_static(value));
        }
        request
    }
}

type Received = (u16, HeaderMap, Bytes, HeaderMap);

/// A response's status, headers, body and trailers.
async fn received(response: Response<Incoming>) -> Result<Received, Trouble> {
    let (parts, body) = response.into_parts();
    let collected = Limited::new(body, ANSWER_BYTES).collect().await?;
    let trailers = collected.trailers().cloned().unwrap_or_default();
    Ok((
        parts.status.as_u16(),
        parts.headers,
        collected.to_bytes(),
        trailers,
    ))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn connector(target: &Target, file: Option<&Path>) -> Result<TlsConnector, PushError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) => {
            let found = CertificateDer::pem_file_iter(path);
            let found: Vec<CertificateDer<'_>> =
                found.map_or_else(|_| Vec::new(), |all| all.flatten().collect());
            if roots.add_parsable_certificates(found).0 == 0 {
                let path = path.to_owned();
                return Err(PushError::Certificate { path });
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            if roots.add_parsable_certificates(found.certs).0 == 0 {
                return Err(PushError::NoAuthorities);
            }
        }
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| PushError::Start(std::io::Error::other(error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![match target.protocol {
        Protocol::Http => b"http/1.1".to_vec(),
        Protocol::Grpc => b"h2".to_vec(),
    }];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// An error and its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    text
}
