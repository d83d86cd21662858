//! The figures as Markdown, each with its limit and whether it is kept. Pure.

use anyhow::{Context, Result};

use super::calls::{Kind, Measured, Workload};
use super::goals::{self, Goal};
use super::once::Costs;
use crate::engine::Engine;
use crate::interpreters::{Interpreter, Minor};
use crate::markdown;

/// The table of one Python, beside viztracer.
pub(super) fn compared(
    python: &Interpreter,
    measured: &[Measured],
    rounds: usize,
) -> Result<String> {
    let peer = find(measured, &Kind::Viztracer)?;
    let bare = find(measured, &Kind::Bare)?;
    let rows: Vec<Vec<String>> = measured
        .iter()
        .map(|one| {
            let cells = Workload::ALL.map(|workload| {
                let by_peer = time(peer, workload) - time(bare, workload);
                cell(python.minor(), one, bare, workload, Some(by_peer))
            });
            std::iter::once(one.kind.to_string()).chain(cells).collect()
        })
        .collect();
    Ok(format!(
        "\nCalls on Python {}, beside viztracer 1.1.1: ns, the least of all rounds ({rounds}). Added to a \
         bare call; in brackets the ratio to what viztracer adds, and the most that it may be.\n\n{}",
        python.version,
        markdown::table(&head("kind"), &rows)
    ))
}

/// One table of the Pythons that aren't compared.
pub(super) fn absolute(measured: &[(Interpreter, Vec<Measured>)], rounds: usize) -> Result<String> {
    let mut rows = Vec::new();
    for (python, kinds) in measured {
        let bare = find(kinds, &Kind::Bare)?;
        for one in kinds {
            let cells =
                Workload::ALL.map(|workload| cell(python.minor(), one, bare, workload, None));
            let name = format!("{}: {}", python.version, one.kind);
            rows.push(std::iter::once(name).chain(cells).collect());
        }
    }
    Ok(format!(
        "\nCalls on other Pythons: ns, the least of all rounds ({rounds}). Added to a bare call, and in \
         brackets the most that it may be.\n\n{}",
        markdown::table(&head("Python"), &rows)
    ))
}

/// The table of what a process pays once.
pub(super) fn once(engine: Engine, costs: &[(Interpreter, Costs)], runs: usize) -> String {
    let limited = |figure: f64, limit: f64| {
        let mark = match engine {
            Engine::Native => format!(", {}", goals::beside(figure, limit)),
            Engine::Python => String::new(),
        };
        format!("{figure:+.2} (at most {limit:.1}{mark})")
    };
    let rows: Vec<Vec<String>> = costs
        .iter()
        .map(|(python, costs)| {
            vec![
                python.version.clone(),
                limited(costs.start_up, goals::START_UP),
                limited(costs.instrumenting, goals::INSTRUMENTING),
                limited(costs.memory, goals::MEMORY),
            ]
        })
        .collect();
    format!(
        "\nOnce a process, detail `tree`, engine {engine}: medians of paired differences ({runs} starts \
         and imports, 5 for memory at most).\n\n{}",
        markdown::table(
            &[
                "Python",
                "start-up, 3 targets, ms",
                "a function at import, us",
                "200 functions called, MiB",
            ],
            &rows
        )
    )
}

fn head(first: &'static str) -> [&'static str; 5] {
    let [call, fib, wait, generator] = Workload::ALL.map(Workload::title);
    [first, call, fib, wait, generator]
}

fn find<'a>(measured: &'a [Measured], kind: &Kind) -> Result<&'a Measured> {
    measured
        .iter()
        .find(|one| one.kind == *kind)
        .with_context(|| format!("`{kind}` wasn't measured"))
}

fn time(measured: &Measured, workload: Workload) -> f64 {
    measured.best.get(&workload).copied().unwrap_or(f64::NAN)
}

fn cell(
    minor: Minor,
    measured: &Measured,
    bare: &Measured,
    workload: Workload,
    by_peer: Option<f64>,
) -> String {
    if measured.kind == Kind::Bare {
        return format!("{:.0}", time(bare, workload));
    }
    let added = time(measured, workload) - time(bare, workload);
    let ratio = by_peer
        .filter(|_| measured.kind != Kind::Viztracer)
        .map(|by_peer| added / by_peer);
    let remark = match (goals::of(minor, &measured.kind, workload), ratio) {
        (Some(Goal::Ratio(limit)), Some(ratio)) => {
            let verdict = goals::beside(ratio, limit);
            format!(" ({ratio:.2}, at most {limit:.2}, {verdict})")
        }
        (Some(Goal::Nanoseconds(limit)), _) => {
            format!(" (at most {limit:.0}, {})", goals::beside(added, limit))
        }
        (_, Some(ratio)) => format!(" ({ratio:.2})"),
        (_, None) => String::new(),
    };
    format!("{added:+.0}{remark}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(kind: Kind, time: f64) -> Measured {
        let best = Workload::ALL.map(|workload| (workload, time)).into();
        Measured { kind, best }
    }

    fn cells(minor: Minor, kind: Kind, time: f64, by_peer: Option<f64>) -> String {
        let bare = measured(Kind::Bare, 40.0);
        cell(minor, &measured(kind, time), &bare, Workload::Call, by_peer)
    }

    #[test]
    fn a_figure_comes_with_its_ratio_and_limit() {
        let native = |detail, off| Kind::Native { detail, off };
        let new = Minor(3, 12);
        let by_peer = Some(60.0);
        assert_eq!(
            cells(new, native("time", false), 64.0, by_peer),
            "+24 (0.40, at most 0.50, met)"
        );
        assert_eq!(
            cells(new, native("time", false), 76.0, by_peer),
            "+36 (0.60, at most 0.50, missed)"
        );
        assert_eq!(
            cells(new, native("tree", true), 76.0, by_peer),
            "+36 (at most 25, missed)"
        );
        assert_eq!(
            cells(Minor(3, 8), native("time", false), 59.0, None),
            "+19 (at most 20, met)"
        );
    }

    #[test]
    fn what_has_no_limit_shows_its_ratio_only() {
        let new = Minor(3, 12);
        let python = Kind::Python { detail: "time" };
        assert_eq!(cells(new, python, 520.0, Some(60.0)), "+480 (8.00)");
        assert_eq!(cells(new, Kind::Viztracer, 100.0, Some(60.0)), "+60");
        assert_eq!(cells(new, Kind::Bare, 40.0, Some(60.0)), "40");
    }
}
