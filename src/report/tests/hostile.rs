//! What `cargo xtask fuzz` found in reports: figures that no process has.

use super::named;
use crate::latency::Percentiles;
use crate::recording::layout::{RECORD_WORDS, WORD_BYTES, kind, record};
use crate::recording::process::Host;
use crate::recording::testing::{Description, build};
use crate::report::collect::{self, Parts};

/// The recording of one function that was called once for 1000 ns, with another word in its
/// record.
fn with_record_word(word: usize, value: u64) -> Vec<u8> {
    let mut description = Description::default();
    description.called("a:f", &[1000]);
    let mut bytes = build(&description);
    let head = (RECORD_WORDS as u64) << 8 | u64::from(kind::RECORD);
    let block = bytes
        .chunks(WORD_BYTES)
        .position(|word| word == head.to_le_bytes())
        .unwrap();
    let at = (block + word) * WORD_BYTES;
    bytes[at..at + WORD_BYTES].copy_from_slice(&value.to_le_bytes());
    bytes
}

#[test]
fn the_shortest_call_is_never_longer_than_the_longest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.rec");
    for (word, value) in [(record::LEAST, !5_000_000), (record::MOST, 0)] {
        std::fs::write(&path, with_record_word(word, value)).unwrap();
        let model = collect::read(
            std::slice::from_ref(&path),
            &Host::here(),
            Parts { tree: true },
            &|_| {},
        );
        let time = named(&model, "a:f").time.unwrap();
        let Percentiles { p50, p90, p99 } = time.percentiles;
        let (least, most) = (time.min_ns as f64, time.max_ns as f64);
        assert!([least, p50, p90, p99, most].is_sorted(), "{time:?}");
    }
}
