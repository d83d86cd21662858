//! What is said about a process itself: its resource, by OpenTelemetry's semantic conventions
//! (<https://opentelemetry.io/docs/specs/semconv/resource/>), and what users add by
//! `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. A command line may hold secrets and is left
//! out unless it is asked for.

use std::path::Path;

use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::resource::v1::Resource;

use crate::harmless;
use crate::push::PushError;
use crate::recording::header::Header;

/// What identifies a process; users can't set it for all of them.
const OWN: [&str; 3] = ["service.instance.id", "process.pid", "process.parent_pid"];

/// What users say about all processes.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Attributes; they win over ours but where these identify the process.
    pub attributes: Vec<(String, String)>,
    /// The name of the service, which wins over that of an attribute.
    pub service: Option<String>,
    /// Command lines are wanted.
    pub command_args: bool,
}

/// The resource that a process is.
#[must_use]
pub fn resource(header: &Header, path: &Path, given: &Given) -> Resource {
    let runtime = if header.cpython { "cpython" } else { "pypy" };
    let instance = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut attributes = vec![
        text("service.name", &service(path)),
        text("service.instance.id", &instance),
        number("process.pid", header.pid.into()),
        number("process.parent_pid", header.parent.into()),
        text("process.runtime.name", runtime),
        text("process.runtime.version", &header.python.to_string()),
        text("host.name", &header.host),
    ];
    if given.command_args {
        attributes.push(list("process.command_args", &header.argv));
    }
    for (key, value) in &given.attributes {
        if !OWN.contains(&key.as_str()) {
            attributes.retain(|it| it.key != *key);
            attributes.push(text(key, value));
        }
    }
    if let Some(service) = &given.service {
        attributes.retain(|it| it.key != "service.name");
        attributes.insert(0, text("service.name", service));
    }
    Resource {
        attributes,
        ..Resource::default()
    }
}

/// The name of the project that a recording's folder is of: `shop` for `shop-0123456789ab`.
fn service(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    let folder = folder.unwrap_or_default().to_string_lossy();
    match folder.rsplit_once('-') {
        Some((name, _)) if !name.is_empty() => name.to_owned(),
        _ => "unknown_service:python".to_owned(),
    }
}

/// Pairs as in OpenTelemetry's variables: `key=value`, with commas between them, keys and values
/// encoded as in URLs.
///
/// # Errors
/// One isn't of the form.
pub fn pairs(variable: &str, place: &'static str) -> Result<Vec<(String, String)>, PushError> {
    let parts = variable.split(',').map(str::trim);
    let pairs = parts.filter(|part| !part.is_empty()).map(|part| {
        let pair = part.split_once('=').and_then(|(key, value)| {
            let key = decoded(key.trim()).filter(|key| !key.is_empty())?;
            Some((key, decoded(value.trim())?))
        });
        pair.ok_or_else(|| PushError::Pair {
            name: part.split('=').next().unwrap_or_default().to_owned(),
            place,
        })
    });
    pairs.collect()
}

/// The bytes that `%20` and its like stand for; none where the text is cut or isn't UTF-8.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok()
}

/// An attribute that is text, made harmless: collectors print it too.
pub(super) fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(harmless::line(value)))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn list(key: &str, values: &[String]) -> KeyValue {
    let values = values.iter().map(|it| AnyValue {
        value: Some(Value::StringValue(harmless::line(it))),
    });
    let values = values.collect();
    attribute(key, Value::ArrayValue(ArrayValue { values }))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
