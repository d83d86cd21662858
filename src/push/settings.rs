//! Who is sent to and how, by the command line and by the variables of OpenTelemetry's exporters
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>): an option wins over a variable
//! for metrics alone, and that one over the variable for all signals. An empty variable counts as
//! none; one that can't be understood is ignored with a warning. Pure: files are only named.
//!
//! `OTEL_EXPORTER_OTLP_INSECURE` is left out: the URL says whether there is TLS.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::push::PushError;
use crate::push::compression::Compression;
use crate::push::target::{self, Endpoint, Protocol, Target};
use crate::push::tls::{Pem, Trust};

/// A request and its answer take no longer, unless a variable says so.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The variable for metrics alone, and the one for all signals.
type Names = [&'static str; 2];

const ENDPOINT: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const PROTOCOL: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const HEADERS: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
];
const COMPRESSION: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_COMPRESSION",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
];
const TIMEOUTS: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
];
const AUTHORITIES: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];
const CERTIFICATE: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
];
const KEY: Names = [
    "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
];

/// What the command line says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The collector's URL.
    pub url: Option<&'a str>,
    /// How it is spoken to.
    pub protocol: Option<Protocol>,
    /// How requests are packed.
    pub compression: Option<Compression>,
    /// Headers, `KEY=VALUE` each.
    pub headers: &'a [String],
}

/// Who is sent to, and how.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL as it was given.
    pub url: String,
    /// The collector.
    pub target: Target,
    /// How requests are packed.
    pub compression: Compression,
    /// A request and its answer take no longer; none for no limit.
    pub timeout: Option<Duration>,
    /// What TLS is made of.
    pub trust: Trust,
    /// What is ignored, and why, each in a line.
    pub ignored: Vec<String>,
}

/// Puts together what the command line and the variables say.
///
/// # Errors
/// There is no URL, or it is none; a header isn't one.
pub fn settings(
    options: Options<'_>,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Settings, PushError> {
    let mut variables = Variables {
        variable,
        ignored: Vec::new(),
    };
    let endpoint = match options.url {
        Some(url) => Endpoint::base(url),
        None => match variables.text(ENDPOINT).ok_or(PushError::NoUrl)? {
            (name, url) if name == ENDPOINT[0] => Endpoint::whole(&url),
            (_, url) => Endpoint::base(&url),
        },
    };
    let protocol = options.protocol.or_else(|| {
        variables.parsed(PROTOCOL, "`http/protobuf` or `grpc`", |text| match text {
            "http/protobuf" => Some(Protocol::Http),
            "grpc" => Some(Protocol::Grpc),
            _ => None,
        })
    });
    let compression = options.compression.or_else(|| {
        variables.parsed(COMPRESSION, "`gzip` or `none`", |text| match text {
            "gzip" => Some(Compression::Gzip),
            "none" => Some(Compression::None),
            _ => None,
        })
    });
    let timeout = variables.parsed(TIMEOUTS, "milliseconds", |text| text.parse().ok());
    let (place, headers) = variables.text(HEADERS).unwrap_or_default();
    let headers = target::headers((place, &headers), options.headers)?;
    let (certificate, key) = (variables.file(CERTIFICATE), variables.file(KEY));
    if let (Some(one), None) | (None, Some(one)) = (&certificate, &key) {
        let of = format!(
            "`{}` is ignored: it takes a certificate and its key",
            one.variable
        );
        variables.ignored.push(of);
    }
    Ok(Settings {
        target: Target::new(&endpoint, protocol.unwrap_or(Protocol::Http), headers)?,
        url: endpoint.url,
        compression: compression.unwrap_or_default(),
        timeout: match timeout {
            None => Some(TIMEOUT),
            // By the specification, this is no limit.
            Some(0) => None,
            Some(milliseconds) => Some(Duration::from_millis(milliseconds)),
        },
        trust: Trust {
            authorities: variables.file(AUTHORITIES),
            identity: certificate.zip(key),
        },
        ignored: variables.ignored,
    })
}

/// The variables, and what was wrong with them.
struct Variables<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    ignored: Vec<String>,
}

impl Variables<'_> {
    /// Those that say something, that for metrics first.
    fn set(&self, names: Names) -> Vec<(&'static str, OsString)> {
        let values = names.map(|name| Some((name, (self.variable)(name)?)));
        let values = values.into_iter().flatten();
        values.filter(|(_, value)| !value.is_empty()).collect()
    }

    fn text(&self, names: Names) -> Option<(&'static str, String)> {
        let (name, value) = self.set(names).into_iter().next()?;
        Some((name, value.to_string_lossy().into_owned()))
    }

    fn file(&self, names: Names) -> Option<Pem> {
        let (variable, value) = self.set(names).into_iter().next()?;
        Some(Pem {
            path: PathBuf::from(value),
            variable,
        })
    }

    /// The first value that is understood; letters' case doesn't count.
    fn parsed<T>(
        &mut self,
        names: Names,
        kinds: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        for (name, value) in self.set(names) {
            let text = value.to_string_lossy();
            let parsed = parse(&text.trim().to_ascii_lowercase());
            if parsed.is_some() {
                return parsed;
            }
            let why = format!("`{name}` is ignored: it can be {kinds}, not `{text}`");
            self.ignored.push(why);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    type Environment = HashMap<&'static str, String>;

    fn of(options: Options<'_>, variables: &Environment) -> Result<Settings, PushError> {
        settings(options, &|name| Some(variables.get(name)?.into()))
    }

    /// Not set, empty, or one of these values.
    fn any_of(values: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
        prop_oneof![
            Just(None),
            Just(Some("")),
            proptest::sample::select(values).prop_map(Some)
        ]
    }

    /// An option, and both variables.
    fn three(values: &'static [&'static str]) -> impl Strategy<Value = [Option<&'static str>; 3]> {
        // An option's values are checked by who gives them.
        let option = proptest::option::of(proptest::sample::select(&values[..2]));
        (option, any_of(values), any_of(values)).prop_map(|(a, b, c)| [a, b, c])
    }

    /// Which of the three is meant: the first that is one of the values that are right.
    fn meant(three: [Option<&'static str>; 3], right: &[&str]) -> Option<&'static str> {
        three.into_iter().flatten().find(|it| right.contains(it))
    }

    proptest! {
        #[test]
        fn an_option_wins_over_the_metrics_variable_and_that_over_the_general_one(
            urls in three(&["http://a:1/x", "https://b/y/"]),
            protocols in three(&["grpc", "http/protobuf", "http/json"]),
            compressions in three(&["gzip", "none", "zstd"]),
            timeouts in three(&["7", "250", "-1", "soon"]),
            files in three(&["/a.pem", "b.pem"]),
            headers in three(&["x-key=a", "x-key=b"]),
        ) {
            let mut variables = Environment::new();
            for (names, values) in [
                (ENDPOINT, urls),
                (PROTOCOL, protocols),
                (COMPRESSION, compressions),
                (TIMEOUTS, timeouts),
                (AUTHORITIES, files),
                (HEADERS, headers),
            ] {
                for (name, value) in names.into_iter().zip(&values[1..]) {
                    variables.extend(value.map(|value| (name, value.to_owned())));
                }
            }
            let given: Vec<String> = headers[0].iter().map(|it| (*it).to_owned()).collect();
            let found = of(
                Options {
                    url: urls[0],
                    protocol: protocols[0].map(|it| match it {
                        "grpc" => Protocol::Grpc,
                        _ => Protocol::Http,
                    }),
                    compression: compressions[0].map(|it| match it {
                        "gzip" => Compression::Gzip,
                        _ => Compression::None,
                    }),
                    headers: &given,
                },
                &variables,
            );
            let Some(url) = meant(urls, &["http://a:1/x", "https://b/y/"]) else {
                prop_assert!(matches!(found, Err(PushError::NoUrl)));
                return Ok(());
            };
            let found = found.unwrap();
            prop_assert_eq!(&found.url, url);
            let is_grpc = meant(protocols, &["grpc", "http/protobuf"]) == Some("grpc");
            prop_assert_eq!(found.target.protocol == Protocol::Grpc, is_grpc);
            let path = found.target.uri.path();
            if is_grpc {
                prop_assert!(path.starts_with("/opentelemetry"));
            } else if urls[0].is_none() && urls[1].is_some_and(|it| !it.is_empty()) {
                prop_assert!(url.ends_with(path), "as it is: {} {}", url, path);
            } else {
                prop_assert!(path == "/x/v1/metrics" || path == "/y/v1/metrics");
            }
            let is_gzip = meant(compressions, &["gzip", "none"]) == Some("gzip");
            prop_assert_eq!(found.compression == Compression::Gzip, is_gzip);
            let timeout = meant([None, timeouts[1], timeouts[2]], &["7", "250"]);
            let timeout = timeout.map_or(10_000, |it| it.parse().unwrap());
            prop_assert_eq!(found.timeout, Some(Duration::from_millis(timeout)));
            let file = meant([None, files[1], files[2]], &["/a.pem", "b.pem"]);
            let authorities = found.trust.authorities.map(|it| it.path);
            prop_assert_eq!(authorities, file.map(PathBuf::from));
            let header = meant(headers, &["x-key=a", "x-key=b"]);
            let there = found.target.headers.get("x-key").map(|it| it.to_str().unwrap());
            prop_assert_eq!(there, header.and_then(|it| it.strip_prefix("x-key=")));
        }
    }

    #[test]
    fn what_is_not_understood_is_said_and_ignored() {
        let variables = Environment::from([
            (ENDPOINT[1], "http://a".to_owned()),
            (PROTOCOL[0], "http/json".to_owned()),
            (PROTOCOL[1], " GRPC ".to_owned()),
            (TIMEOUTS[1], "0".to_owned()),
            (KEY[1], "key.pem".to_owned()),
        ]);
        let found = of(Options::default(), &variables).unwrap();
        assert_eq!(found.target.protocol, Protocol::Grpc);
        assert_eq!(found.timeout, None, "no limit");
        assert_eq!(found.trust, Trust::default());
        assert_eq!(
            found.ignored,
            [
                "`OTEL_EXPORTER_OTLP_METRICS_PROTOCOL` is ignored: it can be `http/protobuf` or \
                 `grpc`, not `http/json`",
                "`OTEL_EXPORTER_OTLP_CLIENT_KEY` is ignored: it takes a certificate and its key",
            ]
        );
    }

    #[test]
    fn headers_for_metrics_replace_the_others_and_options_add_to_them() {
        let variables = Environment::from([
            (HEADERS[0], "api-key=a%20b,x-two=1".to_owned()),
            (HEADERS[1], "other-key=secret".to_owned()),
        ]);
        let options = Options {
            url: Some("http://a"),
            headers: &["X-Two=2=3".to_owned()],
            ..Options::default()
        };
        let found = of(options, &variables).unwrap().target.headers;
        assert_eq!(found["api-key"], "a b");
        assert_eq!(found["x-two"], "2=3");
        assert_eq!(found.get("other-key"), None, "it is for others");
        let wrong = Environment::from([(HEADERS[0], "=x".to_owned())]);
        let error = of(options, &wrong).unwrap_err().to_string();
        assert!(
            error.contains("OTEL_EXPORTER_OTLP_METRICS_HEADERS"),
            "{error}"
        );
    }
}
