//! The small types of a recording's header.

/// How much was recorded about a call; the order is that of growing detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Calls and errors.
    Count,
    /// Also their time.
    Time,
    /// Also self time and the call tree.
    Tree,
}

impl Detail {
    /// The name as in the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Time => "time",
            Self::Tree => "tree",
        }
    }
}

/// What did the timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// The Python engine.
    Python,
    /// The native engine.
    Native,
    /// One of a later minor version.
    Unknown,
}

impl Engine {
    /// The name as in the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Native => "native",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a process stopped recording before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The disk was full.
    NoSpace,
    /// The recording reached its limit on bytes.
    Limit,
    /// Something else, with the errno (0 where unknown).
    Other(i32),
}

/// The version of the Python that wrote a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonVersion {
    /// 3 in 3.12.1.
    pub major: u8,
    /// 12 in 3.12.1.
    pub minor: u8,
    /// 1 in 3.12.1.
    pub micro: u8,
    /// The release level as in `sys.hexversion`: 10 alpha, 11 beta, 12 candidate, 15 final.
    pub level: u8,
}

impl std::fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.micro)?;
        f.write_str(match self.level {
            10 => "a",
            11 => "b",
            12 => "rc",
            _ => "",
        })
    }
}
