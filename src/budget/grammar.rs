//! One budget as a value: `TARGET METRIC < LIMIT`, such as `shop.**:* p99 < 20ms`. A mistake is
//! told with its column and an example.

use std::str::FromStr;

use crate::budget::metric::{Dimension, Metric};
use crate::exit::{Diagnose, Exit};
use crate::targets::Pattern;
use crate::targets::similar::most_similar;

/// A parsed budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// As it was written.
    pub text: String,
    /// Which functions it holds for, each by itself.
    pub pattern: Pattern,
    /// Which figure.
    pub metric: Metric,
    /// How it must stand to the limit.
    pub comparison: Comparison,
    /// The limit: in ns, a number of calls, or a part of the calls.
    pub limit: f64,
}

/// How a figure must stand to the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// The longer ones first: `<` begins `<=`.
const COMPARISONS: [(&str, Comparison); 4] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("<", Comparison::Less),
    (">", Comparison::More),
];

impl Comparison {
    /// As it is written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        COMPARISONS
            .iter()
            .find(|it| it.1 == self)
            .map_or("", |it| it.0)
    }

    /// True where the figure is as it must be.
    #[must_use]
    pub fn holds(self, figure: f64, limit: f64) -> bool {
        match self {
            Self::Less => figure < limit,
            Self::AtMost => figure <= limit,
            Self::More => figure > limit,
            Self::AtLeast => figure >= limit,
        }
    }

    /// True for those that forbid too much, not too little.
    #[must_use]
    pub fn is_upper(self) -> bool {
        matches!(self, Self::Less | Self::AtMost)
    }
}

/// Units of time in ns. `m` are minutes, as in a duration of Go's or Prometheus's.
const UNITS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("min", 60e9),
    ("h", 3600e9),
];

/// A budget that doesn't parse. Shown with the budget and a caret under the column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "budget doesn't parse: {problem}, at column {column}\n  {}\n  {caret:>column$}",
    printable(text),
    caret = '^'
)]
pub struct BudgetError {
    /// The budget as it was written.
    pub text: String,
    /// Where it goes wrong, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: String,
}

impl Diagnose for BudgetError {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(
            "a budget is a target, a figure and its limit: `shop.**:* p99 < 20ms`, \
             `shop:pay error_rate <= 1%` or `shop:Cart.total calls >= 1`"
                .to_owned(),
        )
    }
}

impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Self, BudgetError> {
        parse(text).map_err(|(offset, problem)| BudgetError {
            text: text.to_owned(),
            column: text[..offset].chars().count() + 1,
            problem,
        })
    }
}

/// A problem and its offset in bytes.
type Wrong = (usize, String);

fn parse(text: &str) -> Result<Budget, Wrong> {
    let mut at = skip_spaces(text, 0);
    let target = word(text, at, |c| !c.is_whitespace());
    let pattern = pattern(target).map_err(|(inside, problem)| (at + inside, problem))?;
    at = skip_spaces(text, at + target.len());
    let name = word(text, at, |c| c.is_alphanumeric() || matches!(c, '_' | '%'));
    let metric = metric(name).map_err(|problem| (at, problem))?;
    at = skip_spaces(text, at + name.len());
    let found = COMPARISONS.iter().find(|it| text[at..].starts_with(it.0));
    let Some((symbol, comparison)) = found else {
        return Err((at, "`<`, `<=`, `>` or `>=` is missing".to_owned()));
    };
    at = skip_spaces(text, at + symbol.len());
    let digits = word(text, at, |c| c.is_ascii_digit() || matches!(c, '.' | '_'));
    let number = number(digits).map_err(|problem| (at, problem))?;
    at = skip_spaces(text, at + digits.len());
    let unit = word(text, at, |c| c.is_alphabetic() || c == '%');
    let factor = factor(metric, unit).map_err(|problem| (at, problem))?;
    at = skip_spaces(text, at + unit.len());
    if at < text.len() {
        return Err((at, "nothing may follow the limit".to_owned()));
    }
    Ok(Budget {
        text: text.trim().to_owned(),
        pattern,
        metric,
        comparison: *comparison,
        limit: number * factor,
    })
}

fn pattern(target: &str) -> Result<Pattern, Wrong> {
    if target.is_empty() {
        return Err((0, "the target is missing".to_owned()));
    }
    if target.starts_with('!') {
        return Err((
            0,
            "a budget needs functions, and `!` excludes them".to_owned(),
        ));
    }
    target
        .parse()
        .map_err(|error: crate::targets::pattern::PatternError| {
            let inside = target.char_indices().nth(error.column - 1);
            let offset = inside.map_or(target.len(), |it| it.0);
            (offset, error.problem.to_string())
        })
}

fn metric(name: &str) -> Result<Metric, String> {
    if name.is_empty() {
        return Err("the figure is missing, such as `p99`".to_owned());
    }
    Metric::named(name).ok_or_else(|| match most_similar(name, Metric::names()) {
        Some(similar) => format!("`{name}` is no figure; did you mean `{similar}`?"),
        None => {
            let all: Vec<&str> = Metric::names().collect();
            format!("`{name}` is no figure; there are {}", all.join(", "))
        }
    })
}

fn number(digits: &str) -> Result<f64, String> {
    if digits.is_empty() {
        return Err("the limit is missing, such as `20ms`".to_owned());
    }
    let plain = digits.replace('_', "");
    plain
        .parse()
        .map_err(|_| format!("`{digits}` is no number"))
}

/// What the number before a unit is multiplied by.
fn factor(metric: Metric, unit: &str) -> Result<f64, String> {
    let name = metric.name();
    match metric.dimension() {
        Dimension::Time => match UNITS.iter().find(|it| it.0 == unit) {
            Some((_, factor)) => Ok(*factor),
            None if unit.is_empty() => Err("a time needs its unit: ns, us, ms, s or m".to_owned()),
            None => Err(format!("`{unit}` is no unit of time: ns, us, ms, s or m")),
        },
        Dimension::Share if unit == "%" => Ok(0.01),
        Dimension::Share => Err(format!("`{name}` takes a number of percent, such as `1%`")),
        Dimension::Count if unit.is_empty() => Ok(1.0),
        Dimension::Count if metric == Metric::Errors && unit == "%" => {
            Err("the share of errors is `error_rate`".to_owned())
        }
        Dimension::Count => Err(format!("`{name}` is a count, and has no unit")),
    }
}

/// The characters from there on that fit.
fn word(text: &str, from: usize, fits: impl Fn(char) -> bool) -> &str {
    let rest = &text[from..];
    let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
    &rest[..end]
}

fn skip_spaces(text: &str, from: usize) -> usize {
    let rest = &text[from..];
    from + (rest.len() - rest.trim_start().len())
}

/// One character for one, so that the caret stands where it should.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn budgets_are_read() {
        for (text, metric, comparison, limit) in [
            ("shop:pay p99 < 20ms", Metric::P99, Comparison::Less, 20e6),
            (
                "shop:pay p50<=1.5us",
                Metric::P50,
                Comparison::AtMost,
                1500.0,
            ),
            (
                "  shop:pay   mean <  2 µs ",
                Metric::Mean,
                Comparison::Less,
                2000.0,
            ),
            ("shop.** total < 2m", Metric::Total, Comparison::Less, 120e9),
            (
                "shop:pay self < 1_000ns",
                Metric::SelfTime,
                Comparison::Less,
                1000.0,
            ),
            (
                "shop:pay calls >= 1",
                Metric::Calls,
                Comparison::AtLeast,
                1.0,
            ),
            ("shop:pay errors < 1", Metric::Errors, Comparison::Less, 1.0),
            (
                "shop:pay errors% < 1%",
                Metric::ErrorRate,
                Comparison::Less,
                0.01,
            ),
            (
                "shop:f.<locals>.g error_rate > 0.5 %",
                Metric::ErrorRate,
                Comparison::More,
                0.005,
            ),
        ] {
            let budget: Budget = text.parse().unwrap();
            assert_eq!(
                (budget.metric, budget.comparison, budget.limit),
                (metric, comparison, limit),
                "{text}"
            );
            assert_eq!(budget.text, text.trim());
        }
    }

    #[test]
    fn mistakes_have_their_column() {
        for (text, column, problem) in [
            ("", 1, "the target is missing"),
            ("shop:pay", 9, "the figure is missing, such as `p99`"),
            (
                "!shop:pay p99 < 1ms",
                1,
                "a budget needs functions, and `!` excludes them",
            ),
            ("shop:p-y p99 < 1ms", 7, "`-` can't stand in a name"),
            (
                "shop:pay p9 < 1ms",
                10,
                "`p9` is no figure; did you mean `p90`?",
            ),
            (
                "shop:pay p99 = 1ms",
                14,
                "`<`, `<=`, `>` or `>=` is missing",
            ),
            ("shop:pay p99 <", 15, "the limit is missing, such as `20ms`"),
            ("shop:pay p99 < 1.2.3ms", 16, "`1.2.3` is no number"),
            (
                "shop:pay p99 < 20",
                18,
                "a time needs its unit: ns, us, ms, s or m",
            ),
            (
                "shop:pay p99 < 20 kg",
                19,
                "`kg` is no unit of time: ns, us, ms, s or m",
            ),
            (
                "shop:pay calls < 20ms",
                20,
                "`calls` is a count, and has no unit",
            ),
            (
                "shop:pay errors < 1%",
                20,
                "the share of errors is `error_rate`",
            ),
            (
                "shop:pay error_rate < 1",
                24,
                "`error_rate` takes a number of percent, such as `1%`",
            ),
            (
                "shop:pay p99 < 20ms each",
                21,
                "nothing may follow the limit",
            ),
            (
                "größe:f p9x < 1ms",
                9,
                "`p9x` is no figure; did you mean `p90`?",
            ),
        ] {
            let error = text.parse::<Budget>().unwrap_err();
            assert_eq!(
                (error.column, error.problem.as_str()),
                (column, problem),
                "{text}"
            );
            assert_eq!(error.exit(), Exit::Usage);
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text: String) {
            let _ = text.parse::<Budget>();
        }

        #[test]
        fn nor_one_that_is_nearly_right(text in "[a-z:*.! ]{0,8} ?[a-z0-9%_]{0,6} ?[<>=]{0,2} ?[0-9._é]{0,5}[a-zµ%]{0,3}") {
            if let Err(error) = text.parse::<Budget>() {
                prop_assert!(error.column <= text.chars().count() + 1);
            }
        }
    }
}
