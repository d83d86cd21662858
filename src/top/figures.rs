//! Figures in few terminal cells: rates, times, counts, and a line of past rates.

use crate::top::window::Window;

/// The heights of a sparkline's bars, the lowest for whatever isn't nothing.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A number of things in at most five cells: `9,999`, `12.3k`, `456M`.
pub(super) fn count(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..10_000 => format!("{},{:03}", number / 1000, number % 1000),
        _ => short(number as f64),
    }
}

/// So many a second, in at most six cells; nothing where it isn't known.
pub(super) fn rate(window: &Window, number: u64) -> String {
    window.rate(number).map_or_else(String::new, written_rate)
}

/// A rate: `0`, `0.25`, `9.9`, `123`, `1,234`, `12.3k`.
pub(super) fn written_rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        ..0.995 => format!("{rate:.2}"),
        ..99.95 => format!("{rate:.1}"),
        _ => count(rate.round() as u64),
    }
}

fn short(number: f64) -> String {
    let units = [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    three_digits(number, &units).unwrap_or_else(|| format!("{number:.0}"))
}

/// Three digits of a number, in the first of these units of which there is one; none in none.
fn three_digits(number: f64, units: &[(f64, &str)]) -> Option<String> {
    units.iter().find_map(|(unit, symbol)| {
        let value = number / unit;
        let decimals = match value {
            ..9.995 => 2,
            ..99.95 => 1,
            _ => 0,
        };
        // What would be rounded to the next thousand is a one of that unit.
        (value >= 0.9995).then(|| format!("{value:.decimals$}{symbol}"))
    })
}

/// A time in ns in at most six cells: `850ns`, `1.23ms`, `45.6s`, `3m20s`, `2h05m`, `12d`.
pub(super) fn time(nanoseconds: f64) -> String {
    let seconds = (nanoseconds / 1e9).round() as u64;
    match seconds {
        0..100 => {
            let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")];
            three_digits(nanoseconds, &units).unwrap_or_else(|| format!("{nanoseconds:.0}ns"))
        }
        100..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..360_000 => format!("{}h{:02}m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{}d", count(seconds / 86_400)),
    }
}

/// The last of these rates as bars, right-aligned, the highest of all of them as the highest
/// bar. A rate of zero is a space.
pub(super) fn sparkline(rates: &[f64], width: usize) -> String {
    let shown = &rates[rates.len().saturating_sub(width)..];
    let most = shown.iter().copied().fold(0.0, f64::max);
    let mut line: String = " ".repeat(width - shown.len());
    line.extend(shown.iter().map(|rate| {
        if *rate <= 0.0 {
            return ' ';
        }
        let height = (rate / most * BARS.len() as f64).ceil() as usize;
        BARS[height.clamp(1, BARS.len()) - 1]
    }));
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn figures_are_short() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (9_999, "9,999"),
            (12_345, "12.3k"),
            (99_950, "100k"),
            (999_499, "999k"),
            (999_600, "1.00M"),
            (u64::MAX, "18447P"),
        ] {
            assert_eq!(count(number), text);
        }
        for (rate, text) in [(0.0, "0"), (0.25, "0.25"), (0.999, "1.0"), (99.96, "100")] {
            assert_eq!(written_rate(rate), text);
        }
        for (nanoseconds, text) in [
            (0.0, "0ns"),
            (850.0, "850ns"),
            (999.6, "1.00µs"),
            (1_234_000.0, "1.23ms"),
            (45.6e9, "45.6s"),
            (99.9e9, "1m40s"),
            (200e9, "3m20s"),
            (7_500e9, "2h05m"),
            (1e15, "11d"),
        ] {
            assert_eq!(time(nanoseconds), text);
        }
    }

    #[test]
    fn bars_are_of_the_greatest() {
        assert_eq!(sparkline(&[], 3), "   ");
        assert_eq!(sparkline(&[0.0, 1.0, 8.0], 5), "   ▁█");
        assert_eq!(sparkline(&[100.0, 1.0, 2.0, 4.0], 3), "▂▄█");
    }

    proptest! {
        #[test]
        fn figures_fit(number: u64, nanoseconds in 0.0..1.9e19_f64) {
            prop_assert!(count(number).width() <= 6);
            prop_assert!(time(nanoseconds).width() <= 6, "{}", time(nanoseconds));
            prop_assert!(written_rate(nanoseconds / 7.0).width() <= 6);
        }
    }
}
