//! `probe targets`: joins the installed targets, the recordings and the sources, and shows
//! what became of each function.

use std::collections::BTreeMap;
use std::path::PathBuf;

use comfy_table::{Table, presets};

use super::{planning, scope, venv};
use crate::cli::TargetsArgs;
use crate::exit::{Exit, Failure};
use crate::harmless;
use crate::printer::Printer;
use crate::python::Venv;
use crate::recording::process::Host;
use crate::report::collect::{self, Parts};
use crate::report::units::plural;
use crate::site::{self, Inspection};
use crate::targets::Pattern;
use crate::targets::known::{self, SearchPath};
use crate::targets::listing::{Listing, Seen, listing};
use crate::targets::reach::out_of_reach;

/// Runs `probe targets`.
///
/// # Errors
/// There is no venv, or nothing is installed in it.
pub fn run(args: &TargetsArgs, printer: Printer) -> Result<Exit, Failure> {
    let folder = planning::current_folder()?;
    let venv = venv::choose(&args.venv, printer)?;
    let inspection = site::inspect(&venv.site_packages)?;
    let patterns = installed_targets(&venv, &inspection)?
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Pattern>, _>>()?;
    let stores = venv::stores(&venv, args.data_dir.as_deref());
    let seen = seen(&stores, installed_at(&inspection), printer)?;

    let search = SearchPath::new(&folder, std::slice::from_ref(&venv.site_packages));
    let in_sources: Vec<(String, String)> = patterns
        .iter()
        .filter(|pattern| !pattern.excludes())
        .flat_map(|pattern| known::functions(pattern, &search))
        .collect();
    let doubts: BTreeMap<usize, String> = patterns
        .iter()
        .enumerate()
        .filter_map(|(index, pattern)| {
            out_of_reach(pattern, venv.version)
                .or_else(|| known::check(pattern, &search).map(|it| it.explanation()))
                .map(|why| (index, why))
        })
        .collect();
    let listing = listing(&patterns, &seen, &in_sources, &doubts);
    if args.json {
        printer.json(&listing);
    } else {
        printer.data(&as_text(&listing));
    }
    Ok(Exit::Yes)
}

/// When the plan that is listed was installed, in ns since 1970 UTC.
fn installed_at(inspection: &Inspection) -> Option<u64> {
    let manifest = inspection.current()?.manifest.as_ref()?;
    let installed: jiff::Timestamp = manifest.installed.parse().ok()?;
    u64::try_from(installed.as_nanosecond()).ok()
}

/// What the recordings know of functions, called or not. The target that chose one is only told
/// of processes that have the plan of now.
fn seen(
    stores: &[PathBuf],
    installed_at: Option<u64>,
    printer: Printer,
) -> Result<Vec<Seen>, Failure> {
    let recordings = scope::recordings(stores, printer)?;
    let model = collect::read(&recordings, &Host::here(), Parts::default(), &|_| ());
    let seen = model.hooked.into_iter().map(|hooked| Seen {
        name: hooked.name,
        target: installed_at
            .is_none_or(|installed| installed <= hooked.hooked_at)
            .then_some(hooked.target_index as usize),
        why_impossible: hooked.why_impossible,
        calls: hooked.calls,
    });
    Ok(seen.collect())
}

/// The targets of the installed plan.
fn installed_targets(venv: &Venv, inspection: &Inspection) -> Result<Vec<String>, Failure> {
    let manifest = inspection
        .current()
        .and_then(|package| package.manifest.as_ref())
        .ok_or_else(|| {
            Failure::environment(
                format!("nothing is installed in `{}`", venv.root.display()),
                Some("run `probe install` first".to_owned()),
            )
        })?;
    let targets = manifest.options.get("targets").and_then(|it| it.as_array());
    Ok(targets
        .into_iter()
        .flatten()
        .filter_map(|target| target.as_str().map(str::to_owned))
        .collect())
}

/// One block a target: its functions, or why there are none.
fn as_text(listing: &Listing) -> String {
    let blocks = listing.targets.iter().map(|target| {
        let mut block = format!("{}\n", harmless::line(&target.pattern));
        if let Some(why) = &target.why {
            block.push_str(&format!("  {}\n", harmless::line(why)));
        }
        let mut table = Table::new();
        table.load_preset(presets::NOTHING);
        for function in &target.functions {
            table.add_row([
                format!(" {}", harmless::line(&function.name)),
                function.state.name().to_owned(),
                match (function.calls, &function.why) {
                    (0, why) => harmless::line(why.as_deref().unwrap_or_default()),
                    (calls, _) => format!("{calls} {}", plural(calls, "call")),
                },
            ]);
        }
        for line in table.lines().filter(|_| !target.functions.is_empty()) {
            block.push_str(line.trim_end());
            block.push('\n');
        }
        block
    });
    blocks.collect::<Vec<_>>().join("\n")
}
