//! `cargo xtask collectors`: gunicorn serves a shop in a virtualenv with the probe; Prometheus
//! servers scrape `probe serve` meanwhile, and rotel receives `probe push` over both protocols, as
//! it is and by gzip. What they know must be what `probe report` says: counts and sums exactly, the
//! 99th percentile within a bucket. Prints one table.

mod figures;
mod http;
mod prometheus;
mod rotel;
mod service;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::engine::Engine;
use crate::interpreters::{self, Interpreter, Minor};
use crate::stage::{Setup, Stage};
use crate::workspace::{self, Profile};
use crate::{console, markdown, process, venvs, verdict};
use figures::{Buckets, Figure, Figures};
use prometheus::Prometheus;
use rotel::Rotel;
use service::Service;

/// What the virtualenv of the shop has, and that of the collector.
const PACKAGES: [&str; 2] = ["gunicorn==23.0.0", "rotel==0.0.1a15"];

/// A run of `probe` takes no longer.
const LIMIT: Duration = Duration::from_secs(90);

/// Users of the shop at a time.
const USERS: usize = 4;

/// Arguments of `cargo xtask collectors`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which Python
    #[arg(long, value_name = "3.12", default_value = "3.12")]
    python: Minor,
    /// Which of the probe's engines
    #[arg(long, env = "PROBE_ENGINE", default_value = "native")]
    engine: Engine,
    /// How many requests the shop gets
    #[arg(long, value_name = "N", default_value_t = 2000)]
    requests: usize,
}

/// Serves, scrapes, pushes and compares; exits with 1 where something differs.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let stage = Stage::set("collectors/runs", workspace::build(Profile::Debug)?)?;
    let python = interpreters::find_these(&[args.python])?;
    let python = python.first().context("there is no such Python")?;
    let venv = venv(&stage, python, args.engine)?;
    let address = http::free_address()?;
    let mut shop = shop(&stage, &venv, &address)?;
    shop.wait(|_| Ok(http::get(&address, "/1").ok()))?;
    let (serve, served) = serve(&stage, &venv)?;
    let servers = [Buckets::Classic, Buckets::Native]
        .map(|buckets| Prometheus::start(stage.folder(), &served, buckets));
    let [classic, native] = servers;
    let servers = [classic?, native?];

    console::note(&format!("{} requests", args.requests));
    traffic(&address, args.requests)?;
    shop.stop()?;
    let report = figures(&stage, &venv)?;
    ensure!(report.len() >= 4, "too little was recorded: {report:?}");

    let mut table = Table::default();
    prometheus::check(&http::get(&served, "/metrics")?)?;
    for server in servers {
        let form = match server.buckets {
            Buckets::Classic => "scrape, OpenMetrics, classic",
            Buckets::Native => "scrape, protobuf, native",
        };
        table.compare(
            form,
            &report,
            &server.figures(&report)?,
            Some(server.buckets),
        );
        table.problems.extend(server.complaints()?);
        server.stop()?;
    }
    serve.stop()?;
    let program = rotel::program(&venv, &python.path)?;
    let protocols = ["http/protobuf", "grpc"];
    for (protocol, compression) in protocols
        .into_iter()
        .flat_map(|it| [(it, "none"), (it, "gzip")])
    {
        let name = format!("rotel-{}-{compression}", &protocol[..4]);
        let mut rotel = Rotel::start(&name, &program, stage.folder())?;
        let mut push = stage.probe();
        push.args(["push", "--once", "--protocol", protocol])
            .args(["--compression", compression])
            .args(["--otlp", &rotel.url(protocol)]);
        process::run_quietly(push.arg("--venv").arg(&venv), LIMIT)?;
        let found = rotel.figures(&report)?;
        let way = match compression {
            "gzip" => format!("push, {protocol}, gzip"),
            _ => format!("push, {protocol}"),
        };
        table.compare(&way, &report, &found, None);
        rotel.stop()?;
    }
    table.print();
    Ok(verdict::exit(table.problems.is_empty()))
}

/// A virtualenv with the probe and the packages, from the last time where it can be.
fn venv(stage: &Stage, python: &Interpreter, engine: Engine) -> Result<PathBuf> {
    let venv = workspace::target().join(format!("collectors/{}", python.minor()));
    venvs::with_packages(python, &venv, &PACKAGES, &venv)?;
    let setup = Setup {
        engine,
        detail: "tree",
        targets: &["shop:*"],
    };
    stage.install(&venv, setup)?;
    Ok(venv)
}

/// The shop, with two workers.
fn shop(stage: &Stage, venv: &Path, address: &str) -> Result<Service> {
    let mut command = stage.command(&venvs::python(venv));
    command
        .args([
            "-m",
            "gunicorn",
            "--workers",
            "2",
            "--threads",
            "2",
            "--bind",
            address,
        ])
        .arg("--chdir")
        .arg(workspace::root().join("tests/collectors"))
        .arg("shop:app");
    Service::start("gunicorn", &mut command, stage.folder())
}

/// `probe serve`, and where it listens.
fn serve(stage: &Stage, venv: &Path) -> Result<(Service, String)> {
    let mut command = stage.probe();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--venv"])
        .arg(venv);
    let mut serve = Service::start("serve", &mut command, stage.folder())?;
    let address = serve.wait(|it| {
        let text = it.wrote()?;
        let line = text.lines().find_map(|line| line.strip_prefix("http://"));
        Ok(line
            .and_then(|line| line.strip_suffix('/'))
            .map(str::to_owned))
    })?;
    Ok((serve, address))
}

/// Asks the shop so many times, several users at once.
fn traffic(address: &str, requests: usize) -> Result<()> {
    thread::scope(|scope| {
        let users: Vec<_> = (0..USERS)
            .map(|user| {
                scope.spawn(move || {
                    (user..requests)
                        .step_by(USERS)
                        .try_for_each(|number| http::get(address, &format!("/{number}")).map(drop))
                })
            })
            .collect();
        for user in users {
            user.join()
                .map_err(|_| anyhow::anyhow!("a user gave up"))??;
        }
        Ok(())
    })
}

/// What `probe report` says.
fn figures(stage: &Stage, venv: &Path) -> Result<Figures> {
    let mut report = stage.probe();
    report.args(["report", "--json", "--venv"]).arg(venv);
    figures::of_report(&process::run_quietly(&mut report, LIMIT)?.stdout)
}

/// What was compared.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
    problems: Vec<String>,
}

impl Table {
    /// A row for each function: what the report says, and what was found.
    fn compare(&mut self, way: &str, report: &Figures, found: &Figures, buckets: Option<Buckets>) {
        for (name, right) in report {
            let there = found.get(name).copied().unwrap_or_default();
            let apart = buckets.map(|it| it.between(right.p99_ns / 1e9, there.p99_ns / 1e9));
            let mut problem = |what: String| {
                self.problems.push(format!("{way}: {name}: {what}"));
            };
            if (there.calls, there.errors) != (right.calls, right.errors) {
                problem(format!("{there:?} for {right:?}"));
            }
            // Each process's sum is a float of seconds; a ns is the least that is meant. What is
            // scraped doesn't fall when a process's clock gets better.
            let better = if buckets.is_some() {
                right.total_ns / 333
            } else {
                0
            };
            let most = right.total_ns + better + 8;
            if !(right.total_ns.saturating_sub(8)..=most).contains(&there.total_ns) {
                problem(format!("{} ns for {}", there.total_ns, right.total_ns));
            }
            if apart.is_some_and(|apart| apart > 1) {
                problem(format!("p99 {} ns for {}", there.p99_ns, right.p99_ns));
            }
            self.rows.push(row(way, name, *right, there, apart));
        }
    }

    fn print(&self) {
        let head = [
            "way, function",
            "calls",
            "there",
            "errors",
            "there",
            "total ms",
            "there",
            "p99 ms",
            "there",
            "buckets apart",
        ];
        console::line(markdown::table(&head, &self.rows).trim_end());
        for problem in &self.problems {
            console::line(&format!("problem: {problem}"));
        }
    }
}

fn row(way: &str, name: &str, right: Figure, there: Figure, apart: Option<u64>) -> Vec<String> {
    let milliseconds = |nanoseconds: f64| format!("{:.6}", nanoseconds / 1e6);
    let or_dash = |text: String| {
        if apart.is_some() {
            text
        } else {
            "-".to_owned()
        }
    };
    vec![
        format!("{way}, `{name}`"),
        right.calls.to_string(),
        there.calls.to_string(),
        right.errors.to_string(),
        there.errors.to_string(),
        milliseconds(right.total_ns as f64),
        milliseconds(there.total_ns as f64),
        or_dash(milliseconds(right.p99_ns)),
        or_dash(milliseconds(there.p99_ns)),
        apart.map_or("-".to_owned(), |apart| apart.to_string()),
    ]
}
