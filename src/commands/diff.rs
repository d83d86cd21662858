//! `probe diff`: reads two snapshots, compares them and prints what changed.

use jiff::tz::TimeZone;

use super::report::width;
use crate::cli::DiffArgs;
use crate::compare::json::Document;
use crate::compare::table::{View, render};
use crate::compare::verdict::Compared;
use crate::compare::{Options, codec, compare};
use crate::exit::{Exit, Failure};
use crate::printer::Printer;

/// Functions shown in the table unless a limit is given.
const DEFAULT_LIMIT: usize = 40;

/// Runs `probe diff`.
///
/// # Errors
/// A file isn't a snapshot (2), or can't be read (3).
pub fn run(args: &DiffArgs, printer: Printer) -> Result<Exit, Failure> {
    let (before, after) = (codec::load(&args.before)?, codec::load(&args.after)?);
    let options = Options {
        threshold: args.threshold,
        without_drift: !args.keep_drift,
    };
    let comparison = compare(&before, &after, options);
    let paths = [&args.before, &args.after].map(|it| it.display().to_string());
    let names = [paths[0].as_str(), paths[1].as_str()];
    if args.json {
        let limit = args.limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let functions: Vec<&Compared> = comparison.functions.iter().take(limit).collect();
        let sources = [(names[0], &before), (names[1], &after)];
        printer.json(&Document::new(
            &comparison,
            &functions,
            args.threshold,
            sources,
        ));
    } else {
        let view = View {
            names,
            width: width(printer),
            zone: TimeZone::system(),
            threshold: args.threshold,
            all: args.all,
            limit: args.limit.unwrap_or(DEFAULT_LIMIT),
        };
        printer.styled(&render(&comparison, [&before, &after], &view));
    }
    let worse = comparison.functions.iter().any(Compared::worse);
    Ok(if args.exit_code && worse {
        Exit::No
    } else {
        Exit::Yes
    })
}
