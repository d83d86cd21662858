//! How much an installation wants kept of its recordings: the settings `keep-for` and `keep-size`, as
//! somebody wrote them. Without them all is kept. Who holds recordings against them is
//! [`retention`](super::retention)'s business; where they are noted down, the installer's.

use std::fmt;

use crate::quantity::Amount;
use crate::recording::retention::Limits;

/// The settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keep {
    /// `keep-for`: since a process's last sign of life.
    pub age: Option<Amount>,
    /// `keep-size`: on the disk, of all recordings of a folder together.
    pub size: Option<Amount>,
}

impl Keep {
    /// True where nothing ever has to go.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.age.is_none() && self.size.is_none()
    }

    /// The limits that they set.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            age_ns: self.age.as_ref().map(Amount::value),
            bytes: self.size.as_ref().map(Amount::value),
        }
    }

    /// These, and the others where these say nothing.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            age: self.age.or_else(|| other.age.clone()),
            size: self.size.or_else(|| other.size.clone()),
        }
    }
}

impl fmt::Display for Keep {
    /// As they are named: `keep-for 30d, keep-size 1GB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.age, &self.size) {
            (Some(age), Some(size)) => write!(f, "keep-for {age}, keep-size {size}"),
            (Some(age), None) => write!(f, "keep-for {age}"),
            (None, Some(size)) => write!(f, "keep-size {size}"),
            (None, None) => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(age: Option<&str>, size: Option<&str>) -> Keep {
        Keep {
            age: age.map(|it| Amount::age(it).unwrap()),
            size: size.map(|it| Amount::size(it).unwrap()),
        }
    }

    #[test]
    fn each_goes_over_the_others_alone() {
        let file = keep(Some("30d"), Some("1GB"));
        let joined = keep(Some("1w"), None).or(&file);
        assert_eq!(joined, keep(Some("1w"), Some("1GB")));
        assert_eq!(Keep::default().or(&file), file);
        assert_eq!(file.clone().or(&Keep::default()), file);
    }

    #[test]
    fn they_are_limits_and_named() {
        let both = keep(Some("1h"), Some("2kB"));
        assert_eq!(both.limits().age_ns, Some(3_600_000_000_000));
        assert_eq!(both.limits().bytes, Some(2000));
        assert_eq!(both.to_string(), "keep-for 1h, keep-size 2kB");
        assert_eq!(keep(None, Some("1GB")).to_string(), "keep-size 1GB");
        assert_eq!(keep(Some("30d"), None).to_string(), "keep-for 30d");
        assert!(Keep::default().is_all() && !both.is_all());
        assert_eq!(Keep::default().limits(), Limits::default());
    }
}
