//! The socket: accepts so many connections, gives each so much time and room, and stops in an
//! orderly way on SIGINT and SIGTERM. What is answered is `router`'s and `source`'s business.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use crate::report::page;
use crate::serve::error::ServeError;
use crate::serve::hosts::Hosts;
use crate::serve::router::{Answer, Asked, Refusal, answer};
use crate::serve::source::Source;

/// Connections at one time; others wait in the system's queue.
const CONNECTIONS: u32 = 64;

/// A request's headers must have come within so long, also the next one's on a connection.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// Room for a request's headers. More is answered with 431.
const HEADER_BYTES: usize = 16 << 10;

/// More headers than this are answered with 431.
const HEADERS: usize = 64;

/// A connection is closed after so long, since a client that doesn't read holds it.
const LIFETIME: Duration = Duration::from_secs(120);

/// An answer that is under way when a connection is to be closed may take so long.
const GRACE: Duration = Duration::from_secs(3);

/// What is served, and under which names.
pub struct Site {
    /// What is recorded.
    pub source: Arc<Source>,
    /// The names that requests may use.
    pub hosts: Hosts,
}

/// Listens on an address such as `127.0.0.1:7762` or `localhost:0`.
///
/// # Errors
/// It is no address, or can't be had.
pub fn listen(text: &str) -> Result<(TcpListener, SocketAddr), ServeError> {
    let wrong = |source| ServeError::Address {
        text: text.to_owned(),
        source,
    };
    let mut addresses = text.to_socket_addrs().map_err(|error| wrong(Some(error)))?;
    let address = addresses.next().ok_or_else(|| wrong(None))?;
    let failed = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Serves until a signal asks to stop. `ready` is called when it does both.
///
/// # Errors
/// The system gives no event queue or signals.
pub fn run(listener: TcpListener, site: Site, ready: impl FnOnce()) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(4)
        .build()
        .map_err(ServeError::Start)?;
    let result = runtime.block_on(serve(listener, Arc::new(site), ready));
    // A reading that is under way must not hold up the end.
    runtime.shutdown_background();
    result.map_err(ServeError::Start)
}

async fn serve(
    listener: TcpListener,
    site: Arc<Site>,
    ready: impl FnOnce(),
) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    ready();
    let permits = Arc::new(Semaphore::new(CONNECTIONS as usize));
    let (closing, closed) = watch::channel(());
    let accept = async {
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let site = Arc::clone(&site);
                    tokio::spawn(connection(stream, site, permit, closed.clone()));
                }
                // Out of file descriptors, mostly: others must close theirs first.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    };
    tokio::select! {
        () = accept => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    drop(listener);
    drop(closing);
    let all_closed = timeout(GRACE, permits.acquire_many(CONNECTIONS));
    tokio::select! {
        _ = all_closed => {}
        // Whoever asks twice doesn't want to wait.
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// One connection; `closed` changes when it is to end.
async fn connection(
    stream: TcpStream,
    site: Arc<Site>,
    _permit: OwnedSemaphorePermit,
    mut closed: watch::Receiver<()>,
) {
    let service = service_fn(move |request| {
        let site = Arc::clone(&site);
        async move { Ok::<_, Infallible>(respond(site, &request).await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_buf_size(HEADER_BYTES)
            .max_headers(HEADERS)
            .serve_connection(TokioIo::new(stream), service)
    );
    tokio::select! {
        // What a client does wrong is its own matter.
        _ = connection.as_mut() => return,
        _ = closed.changed() => {}
        () = sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}

async fn respond(site: Arc<Site>, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let accept = joined(request.headers());
    let answer = answer(
        Asked {
            method: request.method().as_str(),
            path: request.uri().path(),
            authority: request.uri().authority().map(|it| it.as_str()),
            host: one_host(request.headers()),
            accept: accept.as_deref(),
        },
        &site.hosts,
    );
    if matches!(answer, Answer::Health | Answer::Refused(_)) {
        return made(&site, answer);
    }
    // Reading takes its time, in which others are served.
    let made = tokio::task::spawn_blocking(move || made(&site, answer)).await;
    made.unwrap_or_else(|_| plain(500, "this can't be answered\n"))
}

/// The answer with its body.
fn made(site: &Site, answer: Answer) -> Response<Full<Bytes>> {
    match answer {
        Answer::Page => {
            let html = site.source.pages().html.clone();
            let mut response = response(200, "text/html; charset=utf-8", html);
            let policy = format!("{}; frame-ancestors 'none'", page::live_policy());
            if let Ok(policy) = HeaderValue::try_from(policy) {
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_SECURITY_POLICY, policy);
            }
            response
        }
        Answer::Data => {
            let data = site.source.pages().data.clone();
            response(200, "application/json", data)
        }
        Answer::Report => {
            let report = site.source.pages().report.clone();
            response(200, "application/json", report)
        }
        Answer::Metrics(format) => {
            let body = format.encode(&site.source.metrics());
            response(200, format.content_type(), body)
        }
        Answer::Health => plain(200, "ok\n"),
        Answer::Refused(refusal) => {
            let mut response = plain(refusal.status(), refusal.text());
            if refusal == Refusal::Method {
                let allowed = HeaderValue::from_static("GET, HEAD");
                response.headers_mut().insert(header::ALLOW, allowed);
            }
            response
        }
    }
}

fn plain(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    response(status, "text/plain; charset=utf-8", text)
}

fn response(
    status: u16,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, content_type),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// The `Host` header, where there is one and only one.
fn one_host(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::HOST).iter();
    let host = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(host)
}

/// The `Accept` headers as one.
fn joined(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::ACCEPT).iter();
    let texts: Vec<&str> = all.filter_map(|it| it.to_str().ok()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}
