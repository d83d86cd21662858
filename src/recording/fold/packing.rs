//! Words that are mostly zero, as few bytes: runs of zeros as their length, everything else as
//! [LEB128](https://en.wikipedia.org/wiki/LEB128). Knows nothing of what the words mean.
//!
//! A packed row is a sequence of: how many zeros, how many other words, and these. Nothing follows
//! the last word that isn't zero.

use std::ops::Range;

/// So many words may come of one packed byte: far more than any recording has, and few enough
/// that a hostile file can't fill the memory.
const MOST_WORDS_A_BYTE: usize = 4096;

/// A row that isn't whole, or claims more words than there is room for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::recording) struct Broken;

/// Puts a number behind the bytes.
pub(super) fn push_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Takes a number off the front of the bytes.
#[inline]
pub(super) fn number(bytes: &mut &[u8]) -> Result<u64, Broken> {
    // Most are small.
    match bytes.split_first() {
        Some((byte, rest)) if *byte < 0x80 => {
            *bytes = rest;
            Ok(u64::from(*byte))
        }
        _ => long_number(bytes),
    }
}

fn long_number(bytes: &mut &[u8]) -> Result<u64, Broken> {
    let mut number = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Broken)?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if part << shift >> shift != part {
            return Err(Broken);
        }
        number |= part << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(Broken)
}

/// As [`number`], for a length or a place in memory.
pub(super) fn size(bytes: &mut &[u8]) -> Result<usize, Broken> {
    usize::try_from(number(bytes)?).map_err(|_| Broken)
}

/// Puts the words, packed, behind the bytes; how many there are has to be kept elsewhere.
pub(super) fn pack(words: &[u64], bytes: &mut Vec<u8>) {
    let mut rest = words;
    loop {
        let zeros = rest.iter().take_while(|word| **word == 0).count();
        if zeros == rest.len() {
            return;
        }
        rest = &rest[zeros..];
        let others = rest.iter().take_while(|word| **word != 0).count();
        push_number(bytes, zeros as u64);
        push_number(bytes, others as u64);
        for word in &rest[..others] {
            push_number(bytes, *word);
        }
        rest = &rest[others..];
    }
}

/// Whether so many words can come of so many packed bytes.
pub(super) fn is_plausible(words: usize, bytes: usize) -> bool {
    words <= bytes.saturating_add(1).saturating_mul(MOST_WORDS_A_BYTE)
}

/// Unpacks all bytes into these words, which are zero; `filled` is told each stretch of them before
/// it is changed.
pub(super) fn unpack(
    mut bytes: &[u8],
    words: &mut [u64],
    mut filled: impl FnMut(Range<usize>),
) -> Result<(), Broken> {
    let mut place = 0_usize;
    while !bytes.is_empty() {
        let start = place.checked_add(size(&mut bytes)?).ok_or(Broken)?;
        let end = start.checked_add(size(&mut bytes)?).ok_or(Broken)?;
        let others = words.get_mut(start..end).ok_or(Broken)?;
        if start < end {
            filled(start..end);
        }
        for word in others {
            *word = number(&mut bytes)?;
        }
        place = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(words: &[u64]) -> Vec<u8> {
        let mut bytes = Vec::new();
        pack(words, &mut bytes);
        bytes
    }

    /// Words of all magnitudes, most of them zero.
    fn words() -> impl Strategy<Value = Vec<u64>> {
        let word = prop_oneof![
            4 => Just(0),
            1 => (any::<u64>(), 0_u32..64).prop_map(|(word, shift)| word >> shift),
        ];
        proptest::collection::vec(word, 0..300)
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out(words in words()) {
            let mut out = vec![0; words.len()];
            let mut filled = Vec::new();
            prop_assert_eq!(unpack(&packed(&words), &mut out, |it| filled.push(it)), Ok(()));
            prop_assert_eq!(&out, &words);
            filled.into_iter().for_each(|it| out[it].fill(0));
            prop_assert!(out.iter().all(|word| *word == 0));
        }

        #[test]
        fn any_bytes_give_words_or_nothing(bytes: Vec<u8>, room in 0_usize..100) {
            let mut out = vec![0; room];
            let mut filled = Vec::new();
            let _ = unpack(&bytes, &mut out, |it| filled.push(it));
            filled.into_iter().for_each(|it| out[it].fill(0));
            prop_assert!(out.iter().all(|word| *word == 0));
        }

        #[test]
        fn numbers_have_one_form_that_is_read(value: u64, shift in 0_u32..64) {
            let mut bytes = Vec::new();
            push_number(&mut bytes, value >> shift);
            for length in 0..bytes.len() {
                prop_assert_eq!(number(&mut &bytes[..length]), Err(Broken));
            }
            prop_assert_eq!(number(&mut &bytes[..]), Ok(value >> shift));
        }
    }

    #[test]
    fn the_form_is_the_described_one() {
        assert_eq!(
            packed(&[0, 0, 0, 5, 300, 0, 1, 0]),
            [3, 2, 5, 0xac, 2, 1, 1, 1]
        );
        assert!(packed(&[0; 1000]).is_empty());
    }

    #[test]
    fn too_long_a_number_is_refused() {
        assert_eq!(number(&mut &[0xff; 10][..]), Err(Broken));
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(number(&mut &most[..]), Ok(u64::MAX));
    }

    #[test]
    fn more_than_there_is_room_for_is_refused() {
        assert_eq!(unpack(&[3, 0], &mut [0; 2], |_| {}), Err(Broken));
        assert_eq!(unpack(&[0, 3, 1, 1, 1], &mut [0; 2], |_| {}), Err(Broken));
        assert!(!is_plausible(1 << 40, 1000));
        assert!(is_plausible(160_000, 100));
    }
}
