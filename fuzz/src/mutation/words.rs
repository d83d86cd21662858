//! Changes of a recording: words to values that are often hostile, whole blocks, the table of
//! segments, and the file's length. A changed header or head of a block still is one.

use probe::recording::layout::{
    BLOCK_WORDS_SHIFT, HEADER_WORDS, SEGMENT_ALIGNMENT_BYTES, WORD_BYTES, head,
};

use crate::random::Random;

/// The header's words from here on are text or unused.
const NUMBERS: usize = head::SEGMENT_TABLE + 8;

/// Changes the file at one place.
pub(super) fn change(file: &mut Vec<u8>, random: &mut Random) {
    if random.below(16) == 0 {
        // Within a word too.
        file.truncate(random.below(file.len() + 1));
        return;
    }
    file.resize(file.len().next_multiple_of(WORD_BYTES).max(WORD_BYTES), 0);
    let mut words: Vec<u64> = file
        .chunks_exact(WORD_BYTES)
        .map(|bytes| {
            bytes
                .iter()
                .rev()
                .fold(0, |word, byte| word << 8 | u64::from(*byte))
        })
        .collect();
    if random.below(4) == 0 {
        change_blocks(&mut words, random);
    } else {
        change_word(&mut words, random);
    }
    file.clear();
    file.extend(words.into_iter().flat_map(u64::to_le_bytes));
}

fn change_word(words: &mut [u64], random: &mut Random) {
    let starts = block_starts(words);
    let at = match random.below(8) {
        0 => random.below(NUMBERS.min(words.len())),
        1 => *random.one_of(&[head::HOST_BYTES, head::COMMAND_BYTES, head::SEGMENTS]),
        2 => random.below(words.len()),
        _ if starts.is_empty() => 0,
        // What counts is at a block's beginning.
        _ => random.one_of(&starts) + random.below(20),
    };
    let other = words[random.below(words.len())];
    if let Some(word) = words.get_mut(at) {
        *word = value(*word, other, random);
    }
}

fn value(word: u64, other: u64, random: &mut Random) -> u64 {
    match random.below(10) {
        0 => 0,
        1 => u64::MAX,
        2 => word.wrapping_add(1),
        3 => word.wrapping_sub(1),
        4 => word ^ 1 << random.below(64),
        5 => other,
        6 => SEGMENT_ALIGNMENT_BYTES * random.below(5) as u64,
        7 => (random.below(2000) as u64) << BLOCK_WORDS_SHIFT | random.below(6) as u64,
        // Both halves count on their own in many words.
        8 => random.number() >> random.below(64) & 0xffff_ffff | word << 32,
        _ => random.number() >> random.below(64),
    }
}

/// Takes a block away, or puts it elsewhere once more.
fn change_blocks(words: &mut Vec<u64>, random: &mut Random) {
    let starts = block_starts(words);
    let [from, to] = [(); 2].map(|()| starts.get(random.below(starts.len().max(1))).copied());
    let (Some(from), Some(to)) = (from, to) else {
        return;
    };
    let end = from + length(words, from);
    match random.below(3) {
        0 => drop(words.drain(from..end)),
        1 => {
            let block = words[from..end].to_vec();
            words.splice(to..to, block);
        }
        _ => words[from] = words[from] & !0xff | random.below(6) as u64,
    }
}

/// Where the blocks of the first segment start.
fn block_starts(words: &[u64]) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut at = HEADER_WORDS;
    while at < words.len() && length(words, at) > 0 && at + length(words, at) <= words.len() {
        starts.push(at);
        at += length(words, at);
    }
    starts
}

fn length(words: &[u64], at: usize) -> usize {
    usize::try_from(words[at] >> BLOCK_WORDS_SHIFT)
        .unwrap_or(usize::MAX)
        .min(words.len())
}
