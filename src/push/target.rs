//! Where to send to: a collector's URL and protocol, and the headers that it wants.

use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};

use crate::push::PushError;

/// The path of OTLP/HTTP for metrics.
const HTTP_PATH: &str = "/v1/metrics";

/// The method of OTLP/gRPC for metrics.
const GRPC_PATH: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP/1.1.
    Http,
    /// gRPC over HTTP/2.
    Grpc,
}

/// A collector's URL as somebody gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The text.
    pub url: String,
    /// It is that of a request, to which no path is added.
    pub is_whole: bool,
}

impl Endpoint {
    /// That of a collector: over HTTP, `/v1/metrics` is added where it isn't there.
    #[must_use]
    pub fn base(url: &str) -> Self {
        let (url, is_whole) = (url.to_owned(), false);
        Self { url, is_whole }
    }

    /// That of a request, as it is.
    #[must_use]
    pub fn whole(url: &str) -> Self {
        let (url, is_whole) = (url.to_owned(), true);
        Self { url, is_whole }
    }
}

/// A collector.
#[derive(Debug, Clone)]
pub struct Target {
    /// How it is spoken to.
    pub protocol: Protocol,
    /// With TLS.
    pub secure: bool,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The whole URL of a request.
    pub uri: Uri,
    /// What it wants to be told with each; these may be secrets.
    pub headers: HeaderMap,
}

impl Target {
    /// The collector with this URL.
    ///
    /// # Errors
    /// It is no URL, or not of http or https.
    pub fn new(
        endpoint: &Endpoint,
        protocol: Protocol,
        headers: HeaderMap,
    ) -> Result<Self, PushError> {
        let url = endpoint.url.as_str();
        let wrong = |why| PushError::Url {
            url: without_secrets(url),
            why,
        };
        let given: Uri = url.parse().map_err(|_| wrong("it can't be read"))?;
        let secure = match given.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("it must begin with `http://` or `https://`")),
        };
        let authority = given.authority().ok_or_else(|| wrong("it has no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it has a user in it, for which there is `--header`"));
        }
        let host = authority.host();
        let port = authority
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        let path = match protocol {
            Protocol::Grpc => GRPC_PATH.to_owned(),
            Protocol::Http if endpoint.is_whole => {
                let path = given.path_and_query().map_or("/", |it| it.as_str());
                path.to_owned()
            }
            Protocol::Http => {
                let path = given.path().trim_end_matches('/');
                let path = path.strip_suffix(HTTP_PATH).unwrap_or(path);
                let query = given.query().map(|it| format!("?{it}"));
                format!("{path}{HTTP_PATH}{}", query.unwrap_or_default())
            }
        };
        let uri = Uri::builder()
            .scheme(if secure { "https" } else { "http" })
            .authority(authority.as_str())
            .path_and_query(path)
            .build()
            .map_err(|_| wrong("it can't be read"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            protocol,
            secure,
            host: host.to_owned(),
            port,
            uri,
            headers,
        })
    }
}

/// A URL without what might be a password in it.
fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

/// Headers, from a variable, which comes with its name (pairs with commas between them, values
/// encoded as in URLs), and from the command line (one pair each, as they are), which come later
/// and win.
///
/// # Errors
/// One isn't of the form.
pub fn headers(
    (name, variable): (&'static str, &str),
    given: &[String],
) -> Result<HeaderMap, PushError> {
    let mut headers = HeaderMap::new();
    let from_variable = crate::push::resource::pairs(variable, name)?;
    let from_flags = given.iter().map(|pair| match pair.split_once('=') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        // What has no key may be a secret as a whole.
        None => Err(wrong("…", "`--header`")),
    });
    let pairs = from_variable.into_iter().map(Ok).chain(from_flags);
    for pair in pairs {
        let (name, value) = pair?;
        let parsed = HeaderName::try_from(&name).ok();
        let Some((parsed, mut value)) = parsed.zip(HeaderValue::try_from(value).ok()) else {
            return Err(wrong(&name, "a header"));
        };
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(headers)
}

fn wrong(name: &str, place: &'static str) -> PushError {
    PushError::Pair {
        name: name.to_owned(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(url: &str, protocol: Protocol) -> String {
        let target = Target::new(&Endpoint::base(url), protocol, HeaderMap::new()).unwrap();
        format!("{} {}:{}", target.uri, target.host, target.port)
    }

    #[test]
    fn urls_as_collectors_document_them() {
        for (url, expected) in [
            (
                "http://localhost:4318",
                "http://localhost:4318/v1/metrics localhost:4318",
            ),
            (
                "http://localhost:4318/",
                "http://localhost:4318/v1/metrics localhost:4318",
            ),
            (
                "https://otlp.example/otlp",
                "https://otlp.example/otlp/v1/metrics otlp.example:443",
            ),
            (
                "http://[::1]:9090/api/v1/otlp/v1/metrics?a=b",
                "http://[::1]:9090/api/v1/otlp/v1/metrics?a=b ::1:9090",
            ),
        ] {
            assert_eq!(uri(url, Protocol::Http), expected);
        }
        assert_eq!(
            uri("http://localhost:4317", Protocol::Grpc),
            format!("http://localhost:4317{GRPC_PATH} localhost:4317")
        );
    }

    #[test]
    fn a_whole_url_is_taken_as_it_is() {
        for (url, expected) in [
            ("http://a:4318", "http://a:4318/"),
            ("http://a/", "http://a/"),
            ("https://a/other/path/?b=c", "https://a/other/path/?b=c"),
        ] {
            let endpoint = Endpoint::whole(url);
            let target = Target::new(&endpoint, Protocol::Http, HeaderMap::new()).unwrap();
            assert_eq!(target.uri.to_string(), expected);
            let target = Target::new(&endpoint, Protocol::Grpc, HeaderMap::new()).unwrap();
            assert_eq!(target.uri.path(), GRPC_PATH);
        }
    }

    #[test]
    fn what_is_no_url_is_said_without_its_password() {
        for url in [
            "",
            "localhost:4318",
            "ftp://x/",
            "http://",
            "grpc://x:1",
            "http://u:pw@x:1",
        ] {
            let endpoint = Endpoint::base(url);
            let error = Target::new(&endpoint, Protocol::Http, HeaderMap::new()).unwrap_err();
            let text = error.to_string();
            assert!(!text.contains("pw"), "{text}");
        }
    }

    #[test]
    fn no_value_of_a_header_is_in_an_error() {
        for flag in ["no pair", "bad name=secret", "a=sec\nret"] {
            let error = headers(("", ""), &[flag.to_owned()])
                .unwrap_err()
                .to_string();
            assert!(!error.contains("sec"), "{error}");
        }
    }
}
