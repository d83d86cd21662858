//! Changes an input a little, in the way that its kind is made: so most inputs still get past
//! the first checks of who reads them.

mod text;
mod words;

use crate::random::Random;

/// What an input is made of.
#[derive(Debug, Clone, Copy)]
pub enum Mutation {
    /// 64-bit words in blocks, as a recording is.
    Words,
    /// Text in which these words mean something.
    Text(&'static [&'static str]),
}

impl Mutation {
    /// Changes the input at a few places.
    pub fn apply(self, input: &mut Vec<u8>, random: &mut Random) {
        for _ in 0..1 + random.below(4) {
            match self {
                Self::Words => words::change(input, random),
                Self::Text(vocabulary) => text::change(input, vocabulary, random),
            }
        }
    }
}
