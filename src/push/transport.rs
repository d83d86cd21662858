//! Sends one request to a collector and waits for its answer, a connection each: over HTTP/1.1, or
//! as a unary call of gRPC over HTTP/2, with TLS or without, by a proxy where the environment names
//! one. No redirect is followed.

use std::error::Error;
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
use tokio_rustls::rustls::pki_types::ServerName;

use crate::push::PushError;
use crate::push::answer::{self, Answer, Grpc};
use crate::push::compression::{self, Compression, GZIP};
use crate::push::proxy::Proxy;
use crate::push::settings::Settings;
use crate::push::target::{Protocol, Target};
use crate::push::tls;

/// Said by a proxy, not by a collector: it wants to know who asks.
const PROXY_REFUSES: u16 = 407;

/// A collector's answer isn't longer.
const ANSWER_BYTES: usize = 64 << 10;

type Trouble = Box<dyn Error + Send + Sync>;

/// Sends to one collector.
pub struct Client {
    target: Target,
    compression: Compression,
    timeout: Option<Duration>,
    tls: Option<TlsConnector>,
    proxy: Option<Proxy>,
}

impl Client {
    /// A client for the collector of these settings.
    ///
    /// # Errors
    /// With TLS: nobody is to be trusted, or a file can't be used. The proxy is of another kind.
    pub fn new(settings: Settings) -> Result<Self, PushError> {
        let Settings { target, trust, .. } = settings;
        let tls = if target.secure {
            Some(tls::connector(target.protocol, &trust)?)
        } else {
            None
        };
        Ok(Self {
            proxy: Proxy::of_environment(&target.uri)?,
            compression: settings.compression,
            timeout: settings.timeout,
            target,
            tls,
        })
    }

    /// Sends a request's bytes. What goes wrong on the way is worth another try.
    pub async fn send(&self, message: Vec<u8>) -> Answer {
        let exchange = self.exchange(message);
        let result = match self.timeout {
            None => Ok(exchange.await),
            Some(limit) => tokio::time::timeout(limit, exchange)
                .await
                .map_err(|_| limit),
        };
        match result {
            Ok(Ok(answer)) => answer,
            Ok(Err(trouble)) => Answer::Later(chain(&*trouble), None),
            Err(limit) => {
                Answer::Later(format!("no answer within {} s", limit.as_secs_f64()), None)
            }
        }
    }

    async fn exchange(&self, message: Vec<u8>) -> Result<Answer, Trouble> {
        let Target { host, port, .. } = &self.target;
        let Some(proxy) = &self.proxy else {
            let stream = connected(host, *port).await?;
            return self.secured(stream, message).await;
        };
        let of_proxy = |trouble: Trouble| {
            let text = chain(&*trouble);
            format!("the proxy `{}:{}`: {text}", proxy.host, proxy.port)
        };
        let stream = connected(&proxy.host, proxy.port).await;
        let stream = stream.map_err(of_proxy)?;
        if self.is_asked_of_proxy() {
            return self.converse(stream, message).await;
        }
        let uri = &self.target.uri;
        let host = uri.host().unwrap_or_default();
        let tunnel = proxy.tunnel(stream, &format!("{host}:{port}")).await;
        self.secured(tunnel.map_err(of_proxy)?, message).await
    }

    /// True where it is the proxy that gets the request, and not the collector through a tunnel.
    fn is_asked_of_proxy(&self) -> bool {
        self.proxy.is_some() && self.tls.is_none() && self.target.protocol == Protocol::Http
    }

    async fn secured<S>(&self, stream: S, message: Vec<u8>) -> Result<Answer, Trouble>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(self.target.host.clone())?;
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
                if status == PROXY_REFUSES {
                    return Err(format!("a proxy answers with status {status}").into());
                }
                let (after, date) = (text(&headers, "retry-after"), text(&headers, "date"));
                Ok(answer::of_http(status, after, date, &body))
            }
            Protocol::Grpc => {
                let executor = TokioExecutor::new();
                let (mut sender, connection) = http2::handshake(executor, io).await?;
                let driver = tokio::spawn(connection);
                let received = received(sender.send_request(self.grpc(message)?).await?).await;
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
                Ok(answer::of_grpc(status, grpc, &unpacked(&body)))
            }
        }
    }

    fn http(&self, message: Vec<u8>) -> Result<Request<Full<Bytes>>, Trouble> {
        let uri = &self.target.uri;
        let path = uri.path_and_query().map_or("/", |it| it.as_str());
        let host = uri.authority().map_or("", |it| it.as_str());
        let asked = if self.is_asked_of_proxy() {
            uri.clone()
        } else {
            Uri::try_from(path)?
        };
        let body = match self.compression {
            Compression::None => message,
            Compression::Gzip => compression::gzip(&message)?,
        };
        let mut request = self.request(asked, body, "application/x-protobuf");
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_str(host)?);
        if self.compression == Compression::Gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(GZIP));
        }
        let proxy = self.proxy.as_ref().filter(|_| self.is_asked_of_proxy());
        if let Some(value) = proxy.and_then(|it| it.authorization.as_ref()) {
            headers.insert(header::PROXY_AUTHORIZATION, value.clone());
        }
        Ok(request)
    }

    fn grpc(&self, message: Vec<u8>) -> Result<Request<Full<Bytes>>, Trouble> {
        let (is_packed, message) = match self.compression {
            Compression::None => (0, message),
            Compression::Gzip => (1, compression::gzip(&message)?),
        };
        let mut body = Vec::with_capacity(message.len() + 5);
        body.push(is_packed);
        body.extend(u32::try_from(message.len())?.to_be_bytes());
        body.extend(message);
        let uri = self.target.uri.clone();
        let mut request = self.request(uri, body, "application/grpc");
        let headers = request.headers_mut();
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
        if let Some(limit) = self.timeout.and_then(grpc_timeout) {
            let limit = HeaderValue::try_from(limit)?;
            headers.insert(HeaderName::from_static("grpc-timeout"), limit);
        }
        if self.compression == Compression::Gzip {
            let gzip = HeaderValue::from_static(GZIP);
            headers.insert(HeaderName::from_static("grpc-encoding"), gzip.clone());
            // Some collectors answer as they were asked, whether we say so or not.
            headers.insert(HeaderName::from_static("grpc-accept-encoding"), gzip);
        }
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

async fn connected(host: &str, port: u16) -> Result<TcpStream, Trouble> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// A time as gRPC's header has it: eight digits at most, and a unit.
fn grpc_timeout(limit: Duration) -> Option<String> {
    const MOST: u128 = 99_999_999;
    let (milliseconds, seconds) = (limit.as_millis(), u128::from(limit.as_secs()));
    if milliseconds <= MOST {
        Some(format!("{milliseconds}m"))
    } else {
        (seconds <= MOST).then(|| format!("{seconds}S"))
    }
}

/// The message of a gRPC answer: a byte tells whether it is packed, four its length. One that can't
/// be unpacked says nothing.
fn unpacked(body: &[u8]) -> Vec<u8> {
    match body.split_first_chunk::<5>() {
        Some(([0, ..], message)) => message.to_owned(),
        Some((_, message)) => compression::gunzip(message, ANSWER_BYTES).unwrap_or_default(),
        None => Vec::new(),
    }
}

type Received = (u16, HeaderMap, Bytes, HeaderMap);

/// A response's status, headers, body and trailers. Who refuses may hang up before all was said; the
/// status says enough.
async fn received(response: Response<Incoming>) -> Result<Received, Trouble> {
    let (parts, body) = response.into_parts();
    let collected = match Limited::new(body, ANSWER_BYTES).collect().await {
        Err(_) if !parts.status.is_success() => {
            let status = parts.status.as_u16();
            return Ok((status, parts.headers, Bytes::new(), HeaderMap::new()));
        }
        collected => collected?,
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_grpc_has_them() {
        for (milliseconds, text) in [
            (1, Some("1m")),
            (10_000, Some("10000m")),
            (99_999_999, Some("99999999m")),
            (100_000_000, Some("100000S")),
            (u64::MAX, None),
        ] {
            let limit = Duration::from_millis(milliseconds);
            assert_eq!(grpc_timeout(limit).as_deref(), text);
        }
    }

    #[test]
    fn answers_packed_or_not() {
        let framed = |flag: u8, message: &[u8]| [&[flag, 0, 0, 0, 9], message].concat();
        assert_eq!(unpacked(&framed(0, b"yes")), b"yes");
        let packed = compression::gzip(b"yes").unwrap();
        assert_eq!(unpacked(&framed(1, &packed)), b"yes");
        assert_eq!(unpacked(&framed(1, b"yes")), b"");
        assert_eq!(unpacked(b"\x01\0"), b"");
    }
}
