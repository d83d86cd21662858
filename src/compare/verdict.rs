//! What a comparison says, as values: of each function what its time and its errors did, how
//! sure that is, and what to call it. How it is found is `comparing`'s.

use crate::compare::side::Side;

/// How to compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Smaller changes aren't called one, in percent.
    pub threshold: f64,
    /// Whether to take away what all functions have in common.
    pub without_drift: bool,
}

/// Two snapshots, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The functions of both, by what matters most.
    pub functions: Vec<Compared>,
    /// How much longer all functions alike took afterwards, as a ratio; none where too few tell.
    pub drift: Option<f64>,
    /// How much functions differ from one run to the next although they are the same, as a
    /// standard deviation (relative): by the typical time, and by the fast one.
    pub noise: [f64; 2],
    /// True where that isn't known, and assumed.
    pub noise_assumed: bool,
    /// How many functions' times were tested.
    pub tested: usize,
}

/// A function, compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// `module:qualname`.
    pub name: String,
    /// Before; none where it wasn't called.
    pub before: Option<Side>,
    /// After; none where it wasn't called.
    pub after: Option<Side>,
    /// What became of its time.
    pub verdict: Verdict,
    /// What became of its errors.
    pub errors: Errors,
    /// The change of its time, where it could be tested.
    pub change: Option<Change>,
    /// What the change adds to all calls afterwards, in ns; all of its time where it is new or
    /// gone.
    pub impact_ns: f64,
}

/// What became of a function's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Slower, by more than the threshold.
    Slower,
    /// Faster, by more than the threshold.
    Faster,
    /// It wasn't called before.
    New,
    /// It wasn't called afterwards.
    Gone,
    /// Too much chance in it to tell.
    Unclear,
    /// Too few calls to tell.
    TooFew,
    /// Its calls were only counted.
    Untimed,
    /// The change, if there is any, is below the threshold.
    Same,
}

/// What became of a function's share of errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Errors {
    /// More of its calls fail.
    More {
        /// The probability that it is chance.
        chance: f64,
    },
    /// Fewer of its calls fail.
    Fewer {
        /// The probability that it is chance.
        chance: f64,
    },
    /// No change that could not be chance.
    Same,
}

/// By what a function is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The mean of the middle 80 % of all calls.
    Typical,
    /// The mean from the 1st to the 10th percentile.
    Fast,
}

impl Figure {
    /// Its place where there is one for each.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Typical => 0,
            Self::Fast => 1,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Fast => "fast",
        }
    }
}

/// The change of a function's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Which time.
    pub figure: Figure,
    /// The logarithm of after by before.
    pub log: f64,
    /// Its standard error.
    pub error: f64,
    /// Half of the interval that holds the true one with 95 %, as a logarithm.
    pub half_width: f64,
    /// The probability of such a change, or a greater one, where the true one is no more than half
    /// of the threshold; corrected for all functions that were tested.
    pub chance: f64,
    /// Processes on each side that it is computed from; none where it is from calls.
    pub processes: Option<(usize, usize)>,
}

impl Change {
    /// The change as a share: 0.1 is 10 % slower.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.log.exp_m1()
    }

    /// The ends of its interval as shares.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let end = |half: f64| (self.log + half).exp_m1();
        (end(-self.half_width), end(self.half_width))
    }
}

impl Compared {
    /// True where it changed: slower, faster, new, gone, or in its errors.
    #[must_use]
    pub fn changed(&self) -> bool {
        rank(self) < 3
    }

    /// True where it got worse: slower, or more of its calls fail.
    #[must_use]
    pub fn worse(&self) -> bool {
        self.verdict == Verdict::Slower || matches!(self.errors, Errors::More { .. })
    }
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::New => "new",
            Self::Gone => "gone",
            Self::Unclear => "unclear",
            Self::TooFew => "too few calls",
            Self::Untimed => "not timed",
            Self::Same => "same",
        }
    }
}

impl Errors {
    /// Its name, where there is something to name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::More { .. } => Some("more errors"),
            Self::Fewer { .. } => Some("fewer errors"),
            Self::Same => None,
        }
    }
}

/// What stands first.
pub(super) fn rank(it: &Compared) -> u8 {
    match (it.verdict, it.errors) {
        (Verdict::Slower | Verdict::Faster, _) => 0,
        (_, Errors::More { .. } | Errors::Fewer { .. }) => 1,
        (Verdict::New | Verdict::Gone, _) => 2,
        (Verdict::Unclear, _) => 3,
        (Verdict::Same, _) => 4,
        (Verdict::TooFew | Verdict::Untimed, _) => 5,
    }
}
