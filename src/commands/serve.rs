//! `probe serve`: finds whose recordings are meant, listens, prints the address, and serves; beside
//! that it makes room, calmly.

use std::sync::Arc;
use std::thread;

use super::scope;
use super::tidying::{PACE, Tidying};
use crate::cli::ServeArgs;
use crate::exit::{Exit, Failure};
use crate::printer::Printer;
use crate::serve::hosts::Hosts;
use crate::serve::server::{self, Site};
use crate::serve::source::Source;

/// Runs `probe serve` until a signal asks to stop.
///
/// # Errors
/// The address is none (2); no venv is found, the recordings are another user's, or the address
/// can't be had (3). That nothing is recorded yet is none.
pub fn run(args: &ServeArgs, printer: Printer) -> Result<Exit, Failure> {
    let scope = scope::find(&args.whose, printer)?;
    let (listener, address) = server::listen(&args.listen)?;
    if !address.ip().is_loopback() {
        printer.warning(&format!(
            "whoever can reach {address} can read which functions and commands ran; there is no \
             password"
        ));
    }
    let machine = rustix::system::uname();
    let hosts = Hosts::new(
        address,
        machine.nodename().to_str().ok(),
        &args.allowed_hosts,
    );
    let tidying = scope.tidying().clone();
    let source = Arc::new(Source::new(Box::new(scope.list()), scope.venv));
    let counted = Arc::clone(&source);
    // Whoever reads the address may ask, and stop it, from then on.
    server::run(listener, Site { source, hosts }, || {
        printer.data(&format!("http://{address}/\n"));
        thread::spawn(move || keep_tidy(&tidying, &counted, printer));
    })?;
    Ok(Exit::Yes)
}

/// Makes room again and again, until the program ends: that may be at any moment, and leaves every
/// recording in one piece. What goes has been counted before, so that no counter lacks it.
fn keep_tidy(tidying: &Tidying, source: &Source, printer: Printer) {
    loop {
        tidying.tidy_anew(&|| source.counted(), printer);
        thread::sleep(PACE);
    }
}
