//! The forms that a scraper may ask for, and which one is meant by its `Accept` header
//! (RFC 9110, 12.5.1; <https://prometheus.io/docs/instrumenting/content_negotiation/>).

use crate::metrics::family::Family;
use crate::metrics::{protobuf, text};

/// A form of metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus's text, version 0.0.4.
    Text,
    /// OpenMetrics 1.0 as text.
    OpenMetrics,
    /// `io.prometheus.client.MetricFamily`, each with its length before it: the only one with
    /// native histograms.
    Protobuf,
}

impl Format {
    /// The form that is asked for; text where none of ours is, as Prometheus's own libraries do.
    #[must_use]
    pub fn asked_for(accept: Option<&str>) -> Self {
        let mut best = (Self::Text, 0);
        for range in accept.unwrap_or("").split(',') {
            if let Some((format, quality)) = wanted(range)
                && quality > best.1
            {
                best = (format, quality);
            }
        }
        best.0
    }

    /// The `Content-Type` of the answer.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; \
                 encoding=delimited"
            }
        }
    }

    /// The families in this form.
    #[must_use]
    pub fn encode(self, families: &[Family]) -> Vec<u8> {
        match self {
            Self::Text => text::prometheus(families).into_bytes(),
            Self::OpenMetrics => text::openmetrics(families).into_bytes(),
            Self::Protobuf => protobuf::encode(families),
        }
    }
}

/// The form that a media range names, and its quality in thousandths; none where it isn't ours.
fn wanted(range: &str) -> Option<(Format, u32)> {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next()?.to_ascii_lowercase();
    let (mut quality, mut version, mut encoding, mut message) = (1000, None, None, None);
    for part in parts {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => quality = thousandths(value)?,
            "version" => version = Some(value),
            "encoding" => encoding = Some(value),
            "proto" => message = Some(value),
            _ => {}
        }
    }
    let format = match media.as_str() {
        "text/plain" | "text/*" | "*/*" => Format::Text,
        "application/openmetrics-text" if matches!(version, None | Some("1.0.0")) => {
            Format::OpenMetrics
        }
        "application/vnd.google.protobuf"
            if encoding == Some("delimited")
                && message == Some("io.prometheus.client.MetricFamily") =>
        {
            Format::Protobuf
        }
        _ => return None,
    };
    Some((format, quality))
}

/// A quality such as `0.75` as 750.
fn thousandths(value: &str) -> Option<u32> {
    let quality: f64 = value.parse().ok()?;
    (0.0..=1.0)
        .contains(&quality)
        .then(|| (quality * 1000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scrapers_ask_for() {
        let native = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
                      encoding=delimited,application/openmetrics-text;version=1.0.0;q=0.8,\
                      application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;\
                      q=0.5,*/*;q=0.1";
        let plain = native.split_once(',').unwrap().1;
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, format) in [
            (None, Format::Text),
            (Some(""), Format::Text),
            (Some("*/*"), Format::Text),
            (Some(browser), Format::Text),
            (Some(native), Format::Protobuf),
            (Some(plain), Format::OpenMetrics),
            (
                Some("application/openmetrics-text; version=0.0.1"),
                Format::Text,
            ),
            (Some("Application/OpenMetrics-Text"), Format::OpenMetrics),
            (
                Some("application/openmetrics-text;q=0, text/plain"),
                Format::Text,
            ),
            (Some("application/vnd.google.protobuf"), Format::Text),
            (
                Some("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.2"),
                Format::Text,
            ),
            (Some("application/json"), Format::Text),
            (Some(";;;=,q=2;q,\u{7f}"), Format::Text),
        ] {
            assert_eq!(Format::asked_for(accept), format, "{accept:?}");
        }
    }
}
