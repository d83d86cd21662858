//! What a request gets, before anything is read: a pure function of its method, path and headers.

use crate::metrics::Format;
use crate::serve::hosts::Hosts;
use crate::serve::source::DATA;

/// What of a request counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    /// Its method.
    pub method: &'a str,
    /// The path of its target, without a query.
    pub path: &'a str,
    /// The host in its target, where it is a whole URL.
    pub authority: Option<&'a str>,
    /// Its `Host` header.
    pub host: Option<&'a str>,
    /// Its `Accept` headers.
    pub accept: Option<&'a str>,
}

/// What it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The page for browsers.
    Page,
    /// What the page shows.
    Data,
    /// The report, for programs.
    Report,
    /// The metrics.
    Metrics(Format),
    /// That the server lives.
    Health,
    /// Nothing.
    Refused(Refusal),
}

/// Why it gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It doesn't say which host it means.
    NoHost,
    /// It means another host.
    OtherHost,
    /// It wants to change something.
    Method,
    /// There is no such thing.
    NotFound,
}

impl Refusal {
    /// The status code.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::NoHost => 400,
            Self::OtherHost => 421,
            Self::Method => 405,
            Self::NotFound => 404,
        }
    }

    /// A line for who asked.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::NoHost => "a request needs one Host header\n",
            Self::OtherHost => {
                "this server isn't known by that name; `probe serve --allow-host NAME` allows it\n"
            }
            Self::Method => "only GET and HEAD\n",
            Self::NotFound => "there are /, /data.json, /report.json, /metrics and /healthz\n",
        }
    }
}

/// What a request gets.
#[must_use]
pub fn answer(asked: Asked<'_>, hosts: &Hosts) -> Answer {
    let Some(host) = asked.host else {
        return Answer::Refused(Refusal::NoHost);
    };
    if !hosts.has(host) || asked.authority.is_some_and(|it| !hosts.has(it)) {
        return Answer::Refused(Refusal::OtherHost);
    }
    if !matches!(asked.method, "GET" | "HEAD") {
        return Answer::Refused(Refusal::Method);
    }
    match asked.path {
        "/" => Answer::Page,
        DATA => Answer::Data,
        "/report.json" => Answer::Report,
        "/metrics" => Answer::Metrics(Format::asked_for(asked.accept)),
        "/healthz" => Answer::Health,
        _ => Answer::Refused(Refusal::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_has_its_answer() {
        let hosts = Hosts::new("127.0.0.1:7762".parse().unwrap(), None, &[]);
        let asked = Asked {
            method: "GET",
            path: "/",
            host: Some("localhost:7762"),
            ..Asked::default()
        };
        let check = |asked, expected| assert_eq!(answer(asked, &hosts), expected, "{asked:?}");
        check(asked, Answer::Page);
        let path = |path| Asked { path, ..asked };
        check(path("/metrics"), Answer::Metrics(Format::Text));
        check(path("/data.json"), Answer::Data);
        check(path("/report.json"), Answer::Report);
        check(path("/healthz"), Answer::Health);
        for other in ["/metrics/", "//", "/../etc/passwd", "", "*"] {
            check(path(other), Answer::Refused(Refusal::NotFound));
        }
        let refused = |host, authority, method, refusal| {
            let asked = Asked {
                host,
                authority,
                method,
                ..asked
            };
            check(asked, Answer::Refused(refusal));
        };
        refused(None, None, "GET", Refusal::NoHost);
        refused(Some("evil.example"), None, "GET", Refusal::OtherHost);
        // A name that isn't ours learns nothing, not even what there is.
        refused(Some("evil.example"), None, "POST", Refusal::OtherHost);
        refused(
            Some("localhost"),
            Some("evil.example"),
            "GET",
            Refusal::OtherHost,
        );
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "get", "TRACE"] {
            refused(Some("localhost"), None, method, Refusal::Method);
        }
    }
}
