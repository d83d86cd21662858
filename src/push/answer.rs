//! What a collector's response means, by OTLP's rules
//! (<https://opentelemetry.io/docs/specs/otlp/#failures>). Pure.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message;

use crate::harmless;

/// More of a collector's words isn't shown.
const WORDS: usize = 300;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was accepted; perhaps not all of it, or with a warning.
    Accepted(Option<String>),
    /// It never will be.
    Refused(String),
    /// It may be later, not before so long where the collector says so.
    Later(String, Option<Duration>),
}

/// What an HTTP response means, by its status, its headers `Retry-After` and `Date`, and its body.
#[must_use]
pub fn of_http(status: u16, retry_after: Option<&str>, date: Option<&str>, body: &[u8]) -> Answer {
    match status {
        200..=299 => accepted(body),
        429 | 502..=504 => {
            let after = retry_after.and_then(|text| wait(text.trim(), date));
            Answer::Later(said(status, body), after)
        }
        _ => Answer::Refused(said(status, body)),
    }
}

/// How long `Retry-After` says: seconds, or a date, which is by the collector's own clock.
fn wait(retry_after: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = retry_after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(retry_after).ok()?;
    let now = httpdate::parse_http_date(date?).ok()?;
    until.duration_since(now).ok()
}

/// What a gRPC response means, by its HTTP status, and its `grpc-status`, `grpc-message` and
/// `grpc-status-details-bin`. `message` is the one that it answered, if any.
#[must_use]
pub fn of_grpc(status: u16, grpc: Grpc<'_>, message: &[u8]) -> Answer {
    let Some(code) = grpc.status.and_then(|text| text.parse::<u32>().ok()) else {
        // Something answered that doesn't speak gRPC: a proxy, or another port.
        let why = format!("status {status} without a gRPC status");
        return match status {
            429 | 502..=504 => Answer::Later(why, None),
            _ => Answer::Refused(why),
        };
    };
    let name = CODES.get(code as usize).copied().unwrap_or("unknown code");
    let why = match grpc.message.unwrap_or_default() {
        "" => format!("gRPC status {code} ({name})"),
        text => format!("gRPC status {code} ({name}): {}", short(text)),
    };
    let after = grpc.details.and_then(retry_delay);
    match code {
        0 => accepted(message),
        // Cancelled, deadline exceeded, aborted, out of range, unavailable, data loss.
        1 | 4 | 10 | 11 | 14 | 15 => Answer::Later(why, after),
        // Resource exhausted: only where the collector says that it will recover.
        8 if after.is_some() => Answer::Later(why, after),
        _ => Answer::Refused(why),
    }
}

/// What a gRPC response says of itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Grpc<'a> {
    /// `grpc-status`.
    pub status: Option<&'a str>,
    /// `grpc-message`.
    pub message: Option<&'a str>,
    /// `grpc-status-details-bin`.
    pub details: Option<&'a str>,
}

/// The names of gRPC's status codes.
const CODES: [&str; 17] = [
    "ok",
    "cancelled",
    "unknown",
    "invalid argument",
    "deadline exceeded",
    "not found",
    "already exists",
    "permission denied",
    "resource exhausted",
    "failed precondition",
    "aborted",
    "out of range",
    "unimplemented",
    "internal",
    "unavailable",
    "data loss",
    "unauthenticated",
];

/// A body without meaning is no reason to send again what was accepted.
fn accepted(body: &[u8]) -> Answer {
    let response = ExportMetricsServiceResponse::decode(body).unwrap_or_default();
    let partial = response.partial_success.unwrap_or_default();
    let text = short(&partial.error_message);
    Answer::Accepted(match (partial.rejected_data_points, text.as_str()) {
        (0, "") => None,
        (0, text) => Some(format!("the collector warns: {text}")),
        (count, text) => Some(format!("the collector rejected {count} points: {text}")),
    })
}

fn said(status: u16, body: &[u8]) -> String {
    // An error's body is a `google.rpc.Status`, whose second field is a message for people.
    let message = match RpcStatus::decode(body) {
        Ok(RpcStatus { message, .. }) if !message.is_empty() => message,
        _ => String::from_utf8_lossy(body).into_owned(),
    };
    match short(message.trim()).as_str() {
        "" => format!("status {status}"),
        text => format!("status {status}: {text}"),
    }
}

/// The first words, in one harmless line.
fn short(text: &str) -> String {
    harmless::line(&text.chars().take(WORDS).collect::<String>())
}

/// `google.rpc.Status`, as far as it counts here.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Detail>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, prost::Message)]
struct Detail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Eq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// The delay of a `RetryInfo` among a status's details.
fn retry_delay(details: &str) -> Option<Duration> {
    let status = RpcStatus::decode(&*from_base64(details)?).ok()?;
    let info = status
        .details
        .iter()
        .find(|it| it.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(&*info.value)
        .ok()?
        .delay
        .unwrap_or_default();
    let nanos = u32::try_from(delay.nanos).ok()?;
    Some(
        Duration::from_secs(u64::try_from(delay.seconds).ok()?)
            + Duration::from_nanos(nanos.into()),
    )
}

/// Base64 with or without padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0_u32, 0);
    for digit in text.trim_end_matches('=').bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        word = word << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsPartialSuccess;

    use super::*;

    fn is_later(answer: &Answer) -> bool {
        matches!(answer, Answer::Later(..))
    }

    #[test]
    fn http_is_retried_for_four_codes_only() {
        for status in 300..600 {
            let answer = of_http(status, None, None, b"");
            assert_eq!(
                is_later(&answer),
                [429, 502, 503, 504].contains(&status),
                "{status}"
            );
        }
        let busy = of_http(503, Some(" 7"), None, b"busy \x1b[2J");
        let seconds = Some(Duration::from_secs(7));
        assert_eq!(
            busy,
            Answer::Later("status 503: busy \\u{1b}[2J".into(), seconds)
        );
        let date = "Fri, 31 Dec 1999 23:59:59 GMT";
        let earlier = "Fri, 31 Dec 1999 23:59:49 GMT";
        for (now, after) in [
            (Some(earlier), Some(Duration::from_secs(10))),
            (Some("Sat, 01 Jan 2000 00:00:00 GMT"), None),
            (None, None),
        ] {
            let answer = of_http(429, Some(date), now, b"");
            assert_eq!(answer, Answer::Later("status 429".into(), after));
        }
        assert_eq!(
            of_http(200, None, None, b"no protobuf"),
            Answer::Accepted(None)
        );
    }

    #[test]
    fn a_part_that_is_rejected_is_said() {
        let response = ExportMetricsServiceResponse {
            partial_success: Some(ExportMetricsPartialSuccess {
                rejected_data_points: 3,
                error_message: "too old".to_owned(),
            }),
        };
        let said = Answer::Accepted(Some("the collector rejected 3 points: too old".to_owned()));
        assert_eq!(of_http(200, None, None, &response.encode_to_vec()), said);
        let grpc = Grpc {
            status: Some("0"),
            ..Grpc::default()
        };
        assert_eq!(of_grpc(200, grpc, &response.encode_to_vec()), said);
    }

    #[test]
    fn grpc_is_retried_as_the_specification_lists() {
        for code in 1..20 {
            let status = code.to_string();
            let grpc = Grpc {
                status: Some(&status),
                ..Grpc::default()
            };
            let answer = of_grpc(200, grpc, b"");
            assert_eq!(
                is_later(&answer),
                [1, 4, 10, 11, 14, 15].contains(&code),
                "{code}"
            );
        }
        let status = RpcStatus {
            message: String::new(),
            details: vec![Detail {
                type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
                value: RetryInfo {
                    delay: Some(Delay {
                        seconds: 2,
                        nanos: 500_000_000,
                    }),
                }
                .encode_to_vec(),
            }],
        };
        let details = encoded(&status.encode_to_vec());
        for details in [details.as_str(), details.trim_end_matches('=')] {
            let grpc = Grpc {
                status: Some("8"),
                message: None,
                details: Some(details),
            };
            let Answer::Later(_, after) = of_grpc(200, grpc, b"") else {
                panic!("not retried");
            };
            assert_eq!(after, Some(Duration::from_millis(2500)));
        }
        let none = Grpc::default();
        assert!(is_later(&of_grpc(503, none, b"")));
        assert!(!is_later(&of_grpc(404, none, b"")));
    }

    /// Base64, for the test alone.
    fn encoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let word = chunk
                .iter()
                .fold(0, |word, byte| word << 8 | u32::from(*byte));
            let word = word << (8 * (3 - chunk.len()));
            for place in 0..=chunk.len() {
                let digit = (word >> (18 - 6 * place) & 63) as u8;
                text.push(char::from(match digit {
                    0..26 => b'A' + digit,
                    26..52 => b'a' + digit - 26,
                    52..62 => b'0' + digit - 52,
                    62 => b'+',
                    _ => b'/',
                }));
            }
            text.push_str(&"="[..usize::from(chunk.len() < 3)]);
        }
        text
    }
}
