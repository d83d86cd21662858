//! Numbers for people: one unit and one number of decimals for a whole column of times, so
//! that they align at the decimal point; counts with thousands separators; durations.

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Unit {
    /// Its symbol.
    pub(crate) symbol: &'static str,
    nanoseconds: f64,
}

const UNITS: [Unit; 4] = [
    Unit {
        symbol: "ns",
        nanoseconds: 1.0,
    },
    Unit {
        symbol: "µs",
        nanoseconds: 1e3,
    },
    Unit {
        symbol: "ms",
        nanoseconds: 1e6,
    },
    Unit {
        symbol: "s",
        nanoseconds: 1e9,
    },
];

/// How all times of one column are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Form {
    /// The unit.
    pub(crate) unit: Unit,
    decimals: usize,
}

impl Form {
    /// The form for these times in ns: the unit that gives the median one to three digits
    /// before the decimal point, or a greater one where the greatest time would have more
    /// than five; decimals for four digits of the median and two of the least, three at most.
    pub(crate) fn of(times: impl Iterator<Item = f64>) -> Self {
        let mut times: Vec<f64> = times.filter(|time| *time > 0.0).collect();
        times.sort_unstable_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or(0.0);
        let greatest = times.last().copied().unwrap_or(0.0);
        let unit = UNITS
            .into_iter()
            .rfind(|unit| unit.nanoseconds <= median || unit.nanoseconds * 1e2 <= greatest)
            .unwrap_or(UNITS[0]);
        let least = times.first().copied().unwrap_or(0.0);
        let decimals = match (median / unit.nanoseconds, least / unit.nanoseconds) {
            _ if unit == UNITS[0] => 0,
            (..10.0, _) | (_, ..0.1) => 3,
            (..100.0, _) | (_, ..1.0) => 2,
            _ => 1,
        };
        Self { unit, decimals }
    }

    /// A time in ns, without the unit.
    pub(crate) fn write(self, time: f64) -> String {
        let value = time / self.unit.nanoseconds;
        let text = format!("{value:.*}", self.decimals);
        let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        if is_zero && value > 0.0 {
            // Never say that something took no time at all.
            let least = 10_f64.powi(-(self.decimals as i32));
            return format!("<{least:.*}", self.decimals);
        }
        match text.split_once('.') {
            Some((whole, decimals)) => format!("{}.{decimals}", separated(whole)),
            None => separated(&text),
        }
    }
}

/// A count with thousands separators.
pub(crate) fn count(number: u64) -> String {
    separated(&number.to_string())
}

/// A count and its noun, in the plural where it isn't one.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {}", count(number), plural(number, noun))
}

/// The noun of so many.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    match number {
        1 => noun.to_owned(),
        _ if noun.ends_with('s') => format!("{noun}es"),
        _ => format!("{noun}s"),
    }
}

/// A duration in its own unit: `850 µs`, `8.2 s`, `3 min 20 s`, `2 h 5 min`.
pub(crate) fn duration(nanoseconds: u64) -> String {
    let seconds = nanoseconds / 1_000_000_000;
    match seconds {
        0..60 => {
            let time = nanoseconds as f64;
            let unit = UNITS
                .into_iter()
                .rfind(|unit| unit.nanoseconds <= time)
                .unwrap_or(UNITS[0]);
            let value = time / unit.nanoseconds;
            let decimals = usize::from(value < 10.0 && unit != UNITS[0]);
            format!("{value:.decimals$} {}", unit.symbol)
        }
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", count(seconds / 3600), seconds / 60 % 60),
    }
}

fn separated(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(times: &[f64]) -> (&'static str, Vec<String>) {
        let form = Form::of(times.iter().copied());
        let cells = times.iter().map(|time| form.write(*time)).collect();
        (form.unit.symbol, cells)
    }

    #[test]
    fn one_unit_and_one_number_of_decimals_a_column() {
        for (times, unit, cells) in [
            (vec![], "ns", vec![]),
            (vec![90.0, 31.5, 120.0], "ns", vec!["90", "32", "120"]),
            (vec![1.5e3, 2.0e6], "ms", vec!["0.002", "2.000"]),
            (
                vec![2e9, 15e6, 7e6],
                "ms",
                vec!["2,000.00", "15.00", "7.00"],
            ),
            (
                vec![3e9, 5e3, 4e3],
                "ms",
                vec!["3,000.000", "0.005", "0.004"],
            ),
            (
                vec![5e12, 90.0, 80.0],
                "s",
                vec!["5,000.000", "<0.001", "<0.001"],
            ),
            (vec![0.0, 450e9], "s", vec!["0.0", "450.0"]),
        ] {
            assert_eq!(
                column(&times),
                (unit, cells.iter().map(|it| (*it).to_owned()).collect())
            );
        }
    }

    #[test]
    fn counts_have_separators() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "call"), "1 call");
        assert_eq!(counted(2000, "process"), "2,000 processes");
        assert_eq!(counted(2000, "call"), "2,000 calls");
    }

    #[test]
    fn durations_have_their_own_unit() {
        for (nanoseconds, text) in [
            (0, "0 ns"),
            (850_000, "850 µs"),
            (8_249_000_000, "8.2 s"),
            (42_000_000_000, "42 s"),
            (200_000_000_000, "3 min 20 s"),
            (7_500_000_000_000, "2 h 5 min"),
        ] {
            assert_eq!(duration(nanoseconds), text);
        }
    }
}
