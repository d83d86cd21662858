//! `probe push`: finds whose recordings are meant and who is to have them, and sends them; once they
//! were accepted it makes room, calmly.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::scope;
use super::tidying::Clock;
use crate::cli::{PushArgs, PushCompression, PushProtocol};
use crate::exit::{Exit, Failure, sentence};
use crate::printer::Printer;
use crate::push::PushError;
use crate::push::compression::Compression;
use crate::push::pusher::{Event, Pusher, Say};
use crate::push::resource::{self, Given};
use crate::push::settings::{self, Options, Settings};
use crate::push::target::Protocol;
use crate::push::transport::Client;
use crate::report::units::plural;

/// No interval is shorter or longer, in seconds.
const INTERVALS: std::ops::RangeInclusive<f64> = 0.1..=86400.0;

/// Runs `probe push`: until a signal asks to stop, or once.
///
/// # Errors
/// There is no URL; it, a header or the interval isn't one (2); no venv is found, the recordings are another
/// user's, or there is no certificate (3). Once: nothing is recorded, the collector can't be reached
/// or refuses (3).
pub fn run(args: &PushArgs, printer: Printer) -> Result<Exit, Failure> {
    let settings = settings(args)?;
    for ignored in &settings.ignored {
        printer.warning(ignored);
    }
    let url = settings.url.clone();
    let client = Client::new(settings)?;
    if !INTERVALS.contains(&args.interval) {
        return Err(Failure::usage(
            format!("the interval can't be {} s", args.interval),
            "give seconds between 0.1 and 86400".to_owned(),
        ));
    }
    let given = given(args)?;
    let scope = scope::find(&args.whose, printer)?;
    if args.once && scope.recordings.is_empty() {
        return Err(scope.nothing());
    }
    let list = Box::new(scope.list());
    let (tidying, mut clock) = (scope.tidying().clone(), Clock::new());
    let tidy = move |done: &HashSet<PathBuf>| {
        if clock.strikes() {
            tidying.tidy_anew(&|| done.clone(), printer);
        }
    };
    let pusher = Pusher::new(list, given, client, teller(printer), Box::new(tidy));
    if !args.once {
        printer.message(&format!("sending to `{url}` every {} s", args.interval));
        pusher.run(Duration::from_secs_f64(args.interval))?;
        return Ok(Exit::Yes);
    }
    let sent = pusher.once()?.map_err(|why| {
        Failure::environment(
            format!("nothing could be sent to `{url}`: {why}"),
            "see that the collector runs there and speaks this protocol".to_owned(),
        )
    })?;
    if sent.processes == 0 {
        return Err(scope.nothing());
    }
    if sent.refused > 0 {
        return Err(Failure::environment(
            format!("the collector at `{url}` refused what was sent"),
            "its reason is above; it may want a header, see `--header`".to_owned(),
        ));
    }
    printer.message(&format!(
        "sent {} {} to `{url}` in {} {}",
        sent.processes,
        plural(sent.processes as u64, "process"),
        sent.requests,
        plural(sent.requests as u64, "request"),
    ));
    Ok(Exit::Yes)
}

fn settings(args: &PushArgs) -> Result<Settings, PushError> {
    let options = Options {
        url: args.otlp.as_deref(),
        protocol: args.protocol.map(|it| match it {
            PushProtocol::HttpProtobuf => Protocol::Http,
            PushProtocol::Grpc => Protocol::Grpc,
        }),
        compression: args.compression.map(|it| match it {
            PushCompression::Gzip => Compression::Gzip,
            PushCompression::None => Compression::None,
        }),
        headers: &args.headers,
    };
    settings::settings(options, &|name| std::env::var_os(name))
}

fn given(args: &PushArgs) -> Result<Given, Failure> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    Ok(Given {
        attributes: resource::pairs(&variable(ATTRIBUTES), ATTRIBUTES)?,
        service: Some(variable("OTEL_SERVICE_NAME")).filter(|name| !name.is_empty()),
        command_args: args.command_args,
    })
}

/// A variable's value; empty where it isn't set.
fn variable(name: &str) -> String {
    let value: OsString = std::env::var_os(name).unwrap_or_default();
    value.to_string_lossy().into_owned()
}

/// Says what happens while it sends.
fn teller(printer: Printer) -> Say {
    Box::new(move |event| match event {
        Event::Warned(text) => printer.warning(text),
        Event::Refused(why) => printer.warning(&format!("the collector refuses this: {why}")),
        Event::Failed(why) => printer.warning(&format!("not sent, will try again: {why}")),
        Event::Recovered => printer.message("sending works again"),
        Event::Unreadable(error) => printer.warning(&sentence(error)),
    })
}
