//! Amounts as people type them: how old, and how much, on the command line, in the configuration and
//! in what an installation notes down. Pure; what is done with them is for others to know.

use std::fmt;

/// An amount, and how somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    text: String,
    value: u64,
}

/// The seconds of each unit of an age.
const AGES: [(&str, f64); 5] = [
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("w", 604_800.0),
];

/// The bytes of each unit of a size, by <https://en.wikipedia.org/wiki/Byte#Multiple-byte_units>.
const SIZES: [(&str, f64); 7] = [
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
];

impl Amount {
    /// An age, from `90s`, `12h`, `30d`; its value is in ns.
    ///
    /// # Errors
    /// It is anything else; the text says what is expected.
    pub fn age(text: &str) -> Result<Self, String> {
        let seconds = amount(text, &AGES)
            .ok_or_else(|| "an age is a number and s, m, h, d or w, such as `30d`".to_owned())?;
        Ok(Self::new(text, seconds * 1e9))
    }

    /// A size, from `500MB`, `1.5GiB`; its value is in bytes.
    ///
    /// # Errors
    /// It is anything else; the text says what is expected.
    pub fn size(text: &str) -> Result<Self, String> {
        let bytes = amount(text, &SIZES)
            .ok_or_else(|| "a size is a number and a unit, such as `500MB` or `2GiB`".to_owned())?;
        Ok(Self::new(text, bytes))
    }

    fn new(text: &str, value: f64) -> Self {
        Self {
            text: text.trim().to_owned(),
            value: value as u64,
        }
    }

    /// How much it is.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value
    }

    /// How it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn amount(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let end = text.find(|it: char| it.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(end);
    let factor = units.iter().find(|(name, _)| *name == unit)?.1;
    let number: f64 = number.trim_end().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(text: &str) -> Result<u64, String> {
        Amount::age(text).map(|it| it.value())
    }

    fn size(text: &str) -> Result<u64, String> {
        Amount::size(text).map(|it| it.value())
    }

    #[test]
    fn it_is_shown_as_it_was_written() {
        assert_eq!(Amount::age(" 1.50 H ").unwrap().to_string(), "1.50 H");
        assert_eq!(Amount::size("2GiB").unwrap().text(), "2GiB");
    }

    #[test]
    fn ages_have_a_unit() {
        assert_eq!(age("90s"), Ok(90_000_000_000));
        assert_eq!(age("1.5 h"), Ok(5_400_000_000_000));
        assert_eq!(age("30D"), Ok(30 * 86_400 * 1_000_000_000));
        assert_eq!(age("0s"), Ok(0));
        for wrong in ["", "30", "d", "-1d", "30 days", "1e999d", "nans", "infd"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_have_a_unit_and_a_thousand_isn_t_1024() {
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("2 GiB"), Ok(2 << 30));
        assert_eq!(size("10b"), Ok(10));
        for wrong in ["", "500", "MB", "1TB2", "1m"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
