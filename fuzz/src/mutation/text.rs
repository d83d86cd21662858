//! Changes of a text: bytes, stretches, and words that mean something to who reads it.

use crate::random::Random;

/// Bytes that are rarely harmless.
const SHARP: &[u8] = b"\0\n\r\t\x1b\"'\\/.:,*!<>[]{}=#~%\xff\xc3\xf0 09aZ";

/// Changes the text at one place.
pub(super) fn change(text: &mut Vec<u8>, vocabulary: &[&str], random: &mut Random) {
    let at = random.below(text.len() + 1);
    let to = (at + 1 + random.below(16)).min(text.len());
    match random.below(8) {
        0 if at < text.len() => text[at] = *random.one_of(SHARP),
        1 if at < text.len() => text[at] ^= 1 << random.below(8),
        2 => text.insert(at, *random.one_of(SHARP)),
        3 => drop(text.drain(at..to)),
        4 => {
            let stretch = text[at..to].to_vec();
            let times = *random.one_of(&[1, 1, 2, 40]);
            insert(text, random, &stretch.repeat(times));
        }
        5 => text.truncate(at),
        _ if vocabulary.is_empty() => {}
        6 => {
            let word = random.one_of(vocabulary).as_bytes();
            text.splice(at..to, word.iter().copied());
        }
        _ => {
            let word = random.one_of(vocabulary).as_bytes();
            insert(text, random, word);
        }
    }
}

fn insert(text: &mut Vec<u8>, random: &mut Random, stretch: &[u8]) {
    let at = random.below(text.len() + 1);
    text.splice(at..at, stretch.iter().copied());
}
