//! Which words of a buffer may be other than zero. A recording is mostly zeros, and a folded one
//! tells where the others are: whoever adds up thousands of histograms looks only there.

use std::ops::Range;

/// The stretches of a buffer that may hold other words than zeros, in the order of their place;
/// or that nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Filled<'a> {
    ranges: Option<&'a [Range<usize>]>,
}

impl<'a> Filled<'a> {
    /// Of a buffer in which these stretches were filled, which are in the order of their place.
    pub(super) fn only(ranges: &'a [Range<usize>]) -> Self {
        Self {
            ranges: Some(ranges),
        }
    }

    /// Forgets what ends before this place.
    pub(super) fn skip_to(&mut self, place: usize) {
        if let Some(ranges) = &mut self.ranges {
            let before = ranges.iter().take_while(|it| it.end <= place).count();
            *ranges = &ranges[before..];
        }
    }

    /// What begins before this place.
    pub(super) fn until(self, place: usize) -> Self {
        let ranges = self.ranges.map(|ranges| {
            let before = ranges.iter().take_while(|it| it.start < place).count();
            &ranges[..before]
        });
        Self { ranges }
    }

    /// Of words that begin at this place of the buffer, those that may be other than zero: each
    /// stretch with its place among the words.
    pub(super) fn pieces(
        self,
        words: &'a [u64],
        place: usize,
    ) -> impl Iterator<Item = (usize, &'a [u64])> {
        let all = self.ranges.is_none().then_some((0, words));
        let known = self
            .ranges
            .unwrap_or_default()
            .iter()
            .filter_map(move |it| {
                let start = it.start.saturating_sub(place);
                let end = it.end.saturating_sub(place).min(words.len());
                let piece = words.get(start..end)?;
                (!piece.is_empty()).then_some((start, piece))
            });
        all.into_iter().chain(known)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pieces<'a>(filled: Filled<'a>, words: &'a [u64], place: usize) -> Vec<(usize, &'a [u64])> {
        filled.pieces(words, place).collect()
    }

    #[test]
    fn where_nobody_knows_all_words_are_given() {
        let mut filled = Filled::default();
        filled.skip_to(100);
        assert_eq!(
            pieces(filled.until(0), &[0, 1, 0], 7),
            [(0, &[0, 1, 0][..])]
        );
    }

    proptest! {
        #[test]
        fn the_pieces_are_what_is_not_zero(
            words in proptest::collection::vec(prop_oneof![3 => Just(0), 1 => 1_u64..5], 0..60),
            part in any::<(prop::sample::Index, prop::sample::Index)>(),
        ) {
            let mut ranges: Vec<Range<usize>> = Vec::new();
            for (place, _) in words.iter().enumerate().filter(|it| *it.1 != 0) {
                match ranges.last_mut() {
                    Some(last) if last.end == place => last.end += 1,
                    _ => ranges.push(place..place + 1),
                }
            }
            let (a, b) = (part.0.index(words.len() + 1), part.1.index(words.len() + 1));
            let (start, end) = (a.min(b), a.max(b));
            let mut filled = Filled::only(&ranges);
            filled.skip_to(start);
            let mut seen = vec![0; end - start];
            for (at, piece) in pieces(filled.until(end), &words[start..end], start) {
                prop_assert!(!piece.is_empty() && !piece.contains(&0));
                seen[at..at + piece.len()].copy_from_slice(piece);
            }
            prop_assert_eq!(&seen[..], &words[start..end]);
        }
    }
}
