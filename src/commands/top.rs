//! `probe top`: watches the recordings of a venv on a terminal, or twice with `--once`.

use std::io::IsTerminal;
use std::thread;

use super::report::width;
use super::scope::{self, Scope};
use crate::cli::TopArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::recording::process::Host;
use crate::report::collect::{self, Parts};
use crate::top::once;
use crate::top::sample::Sampler;
use crate::top::state::App;
use crate::top::terminal::{self, End, Theme};

/// Functions of the table of `--once`.
const LIMIT: usize = 40;

/// Runs `probe top`.
///
/// # Errors
/// There is no terminal and no `--once` (2); no venv is found, a folder is another user's, the
/// terminal fails, or nothing is recorded and `--once` can't wait (3).
pub fn run(args: &TopArgs, printer: Printer) -> Result<Exit, Failure> {
    if !args.once && !is_usable(printer) {
        return Err(Failure::usage(
            "`probe top` needs a terminal, and this isn't one",
            "use `probe top --once`, with `--json` for other programs".to_owned(),
        ));
    }
    let scope = scope::find(&args.whose, printer)?;
    if args.once {
        return once(args, &scope, printer);
    }
    let mut app = App::new(scope.heading(), args.interval);
    let mut sampler = Sampler::new(Host::here());
    let theme = Theme {
        colours: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let ended = terminal::run(
        &mut app,
        &mut sampler,
        scope.list(),
        printer.terminal(),
        || terminal::restore(Printer.terminal()),
        theme,
    );
    match ended {
        Ok(End::Left) => Ok(Exit::Yes),
        Ok(End::Signal(signal)) => {
            // Whoever sent it is to see that it did what it does.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
            Ok(Exit::Environment)
        }
        Err(error) => Err(Failure::environment(
            format!("the terminal can't be used: {error}"),
            "use `probe top --once`".to_owned(),
        )),
    }
}

/// A terminal that can move its cursor, with a keyboard.
fn is_usable(printer: Printer) -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    printer.stdout_is_terminal() && std::io::stdin().is_terminal() && !is_dumb
}

fn once(args: &TopArgs, scope: &Scope, printer: Printer) -> Result<Exit, Failure> {
    if scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let host = Host::here();
    let mut sampler = Sampler::new(host);
    let list = scope.list();
    let before = sampler.sample(&list());
    thread::sleep(args.interval);
    let recordings = list();
    let after = sampler.sample(&recordings);
    let window = once::window(&before, &after);
    if args.json {
        let model = collect::read(&recordings, &host, Parts::default(), &|_| {});
        printer.json(&once::json(&model, scope.venv.as_deref(), &window));
        return Ok(Exit::Yes);
    }
    for why in &after.unreadable {
        printer.warning(why);
    }
    let heading = scope.heading();
    printer.styled(&once::render(
        &window,
        &after,
        &heading,
        width(printer),
        LIMIT,
    ));
    Ok(Exit::Yes)
}
