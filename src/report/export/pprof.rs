//! The profile format of pprof
//! (<https://github.com/google/pprof/blob/main/proto/profile.proto>), gzipped: a sample for each way
//! down the call tree, with its calls and its self time. Has no errors and no histogram.

use std::collections::HashMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;

use super::{Calls, ExportError, creator, parts};
use crate::report::Model;

/// `perftools.profiles.Profile`, as far as it is written.
#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    r#type: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    /// The innermost first.
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// The texts of a profile, which are named by their place.
#[derive(Debug)]
struct Texts {
    places: HashMap<String, i64>,
    texts: Vec<String>,
}

impl Texts {
    /// The first one has to be empty.
    fn new() -> Self {
        Self {
            places: HashMap::from([(String::new(), 0)]),
            texts: vec![String::new()],
        }
    }

    fn place(&mut self, text: &str) -> i64 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.texts.len() as i64;
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}

/// The file's bytes.
///
/// # Errors
/// No call has ended.
pub fn bytes(model: &Model, calls: &Calls) -> Result<Vec<u8>, ExportError> {
    if calls.is_empty() {
        return Err(ExportError::NoCalls);
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&profile(model, calls).encode_to_vec())
        .map_err(ExportError::format)?;
    gzip.finish().map_err(ExportError::format)
}

fn profile(model: &Model, calls: &Calls) -> Profile {
    let mut texts = Texts::new();
    let mut value = |name, unit| ValueType {
        r#type: texts.place(name),
        unit: texts.place(unit),
    };
    let sample_type = vec![value("calls", "count"), value("time", "nanoseconds")];
    let default_sample_type = texts.place(if calls.self_ns() > 0 { "time" } else { "calls" });
    let functions = calls.names.iter().zip(1..).map(|(name, id)| Function {
        id,
        name: texts.place(name),
        system_name: texts.place(name),
        filename: texts.place(parts(name).0),
    });
    let function: Vec<Function> = functions.collect();
    let locations = function.iter().map(|it| Location {
        id: it.id,
        line: vec![Line { function_id: it.id }],
    });
    let location = locations.collect();
    let counted = calls.nodes.iter().enumerate();
    let counted = counted.filter(|(_, node)| node.calls > 0 || node.self_ns > 0);
    let samples = counted.map(|(index, node)| Sample {
        location_id: calls.upwards(index).map(|it| it as u64 + 1).collect(),
        value: vec![node.calls as i64, node.self_ns as i64],
    });
    let (time_nanos, duration_nanos) = span(model);
    Profile {
        sample_type,
        sample: samples.collect(),
        location,
        function,
        comment: vec![texts.place(&creator())],
        string_table: texts.texts,
        time_nanos,
        duration_nanos,
        default_sample_type,
    }
}

/// When the first process started, and how long after that the last one ended whose end is known.
fn span(model: &Model) -> (i64, i64) {
    let start = model.processes.iter().map(|it| it.started).min();
    let end = model.processes.iter().filter_map(|it| it.ended).max();
    let start = start.unwrap_or(0);
    let duration = end.unwrap_or(0).saturating_sub(start);
    let signed = |value| i64::try_from(value).unwrap_or(i64::MAX);
    (signed(start), signed(duration))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::report::export::calls::tests::calls;

    #[test]
    fn a_sample_for_each_way_down() {
        let tree = calls(&[("m:a", 2, 5), ("m:a/n:b", 0, 0), ("m:a/n:b/m:a", 3, 0)]);
        let mut bytes = Vec::new();
        let written = super::bytes(&Model::default(), &tree).unwrap();
        flate2::read::GzDecoder::new(&written[..])
            .read_to_end(&mut bytes)
            .unwrap();
        let profile = Profile::decode(&bytes[..]).unwrap();
        let text = |place: i64| &*profile.string_table[place as usize];
        assert_eq!(text(0), "");
        assert_eq!(text(profile.sample_type[1].r#type), "time");
        assert_eq!(text(profile.default_sample_type), "time");
        let names: Vec<&str> = profile.function.iter().map(|it| text(it.name)).collect();
        assert_eq!(names, ["m:a", "n:b"]);
        assert_eq!(text(profile.function[1].filename), "n");
        let samples: Vec<(&[u64], &[i64])> = profile
            .sample
            .iter()
            .map(|it| (&it.location_id[..], &it.value[..]))
            .collect();
        assert_eq!(
            samples,
            [(&[1][..], &[2, 5][..]), (&[1, 2, 1][..], &[3, 0][..])]
        );
    }
}
