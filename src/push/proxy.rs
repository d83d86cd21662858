//! The proxy that a collector is reached by, as `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and
//! `NO_PROXY` have it (capitals or not), and a tunnel through it. A collector on this machine is
//! asked directly: a proxy couldn't reach it, and what is meant to stay here must not leave. Leaves
//! out proxies that are spoken to by TLS or SOCKS.

use std::error::Error;
use std::net::IpAddr;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{self, HeaderValue};
use hyper::upgrade::{self, Upgraded};
use hyper::{Method, Request, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::push::PushError;

/// A proxy's port where none is given.
const PORT: u16 = 80;

/// A proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What it wants to be told, which is a secret.
    pub authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The one that the environment names for a URL, if any.
    ///
    /// # Errors
    /// It is of a kind that can't be used.
    pub fn of_environment(url: &Uri) -> Result<Option<Self>, PushError> {
        Self::of(&Matcher::from_env(), url)
    }

    fn of(proxies: &Matcher, url: &Uri) -> Result<Option<Self>, PushError> {
        if url.host().is_none_or(is_here) {
            return Ok(None);
        }
        let Some(found) = proxies.intercept(url) else {
            return Ok(None);
        };
        let uri = found.uri();
        let wrong = |why| PushError::Proxy {
            proxy: uri.to_string(),
            why,
        };
        if uri.scheme_str() != Some("http") {
            return Err(wrong("only those of `http://` can"));
        }
        let host = uri.host().unwrap_or_default();
        if host.is_empty() {
            return Err(wrong("it has no host"));
        }
        Ok(Some(Self {
            host: bare(host).to_owned(),
            port: uri.port_u16().unwrap_or(PORT),
            authorization: found.basic_auth().cloned(),
        }))
    }

    /// Has the proxy connect to a host and port, and gives what is then the connection to it.
    ///
    /// # Errors
    /// The proxy can't or won't.
    pub async fn tunnel(
        &self,
        stream: TcpStream,
        target: &str,
    ) -> Result<TokioIo<Upgraded>, Box<dyn Error + Send + Sync>> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the connection that it becomes.
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = Uri::builder().authority(target).build()?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::from_str(target)?);
        if let Some(value) = &self.authorization {
            headers.insert(header::PROXY_AUTHORIZATION, value.clone());
        }
        let response = sender.send_request(request).await?;
        if !response.status().is_success() {
            let status = response.status().as_u16();
            return Err(format!("it answers with status {status}").into());
        }
        Ok(TokioIo::new(upgrade::on(response).await?))
    }
}

/// True for this machine's own names and addresses.
fn is_here(host: &str) -> bool {
    let host = bare(host).trim_end_matches('.').to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback() || address.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// A host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Matcher {
        Matcher::builder()
            .http("http://user:p%20w@proxy.example:3128")
            .https("proxy.example")
            .no("inside.example,10.0.0.0/8")
            .build()
    }

    fn of(url: &'static str) -> Option<Proxy> {
        Proxy::of(&proxies(), &Uri::from_static(url)).unwrap()
    }

    #[test]
    fn the_one_that_is_named_for_the_scheme() {
        let plain = of("http://collector.example:4318/v1/metrics").unwrap();
        assert_eq!((plain.host.as_str(), plain.port), ("proxy.example", 3128));
        assert_eq!(plain.authorization.unwrap(), "Basic dXNlcjpwIHc=");
        let secure = of("https://collector.example/v1/metrics").unwrap();
        assert_eq!((secure.port, secure.authorization), (80, None));
    }

    #[test]
    fn none_for_this_machine_and_for_what_is_left_out() {
        for url in [
            "http://localhost:4318/",
            "http://LOCALHOST.:4318/",
            "http://a.localhost/",
            "http://127.0.0.5:4318/",
            "https://[::1]:4318/",
            "http://[::ffff:127.0.0.1]/",
            "http://inside.example/",
            "https://otel.inside.example/",
            "http://10.1.2.3:4318/",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
        assert!(of("http://localhost.example/").is_some());
    }

    #[test]
    fn others_are_refused_without_their_password() {
        for proxy in ["https://u:pw@p:1", "socks5://u:pw@p:1"] {
            let proxies = Matcher::builder().all(proxy).build();
            let error = Proxy::of(&proxies, &Uri::from_static("https://a/")).unwrap_err();
            assert!(!error.to_string().contains("pw"), "{error}");
        }
    }
}
