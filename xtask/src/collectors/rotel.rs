//! rotel, an OpenTelemetry collector: receives over both protocols and prints what it got.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use super::figures::{Figure, Figures};
use super::http;
use super::service::Service;

/// What it prints when it listens.
const READY: &str = "Starting Rotel";

/// A collector that runs.
pub(crate) struct Rotel {
    service: Service,
    http: String,
    grpc: String,
}

/// How it is started in a venv that has the package. It is linked to Python's own library, which
/// may lie where the system doesn't look.
pub(crate) struct Program {
    path: PathBuf,
    libraries: PathBuf,
}

/// The program in a venv of this interpreter.
pub(crate) fn program(venv: &Path, interpreter: &Path) -> Result<Program> {
    let path = WalkDir::new(venv.join("lib"))
        .into_iter()
        .filter_map(Result::ok)
        .find(|entry| entry.file_name() == "rotel-agent")
        .map(walkdir::DirEntry::into_path)
        .context("the package `rotel` has no `rotel-agent`")?;
    let prefix = interpreter.parent().and_then(Path::parent);
    let libraries = prefix
        .context("an interpreter without a folder")?
        .join("lib");
    Ok(Program { path, libraries })
}

impl Rotel {
    /// Starts it.
    pub(crate) fn start(name: &str, program: &Program, folder: &Path) -> Result<Self> {
        let (http, grpc) = (http::free_address()?, http::free_address()?);
        let mut command = Command::new(&program.path);
        command
            .current_dir(folder)
            .env("LD_LIBRARY_PATH", &program.libraries)
            .args([
                "start",
                "--debug-log",
                "metrics",
                "--debug-log-verbosity",
                "detailed",
            ])
            .args(["--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc])
            // It wants somewhere to send to; nobody is there.
            .args(["--otlp-exporter-endpoint", "http://127.0.0.1:1"]);
        let mut service = Service::start(name, &mut command, folder)?;
        service.wait(|it| Ok(it.wrote()?.contains(READY).then_some(())))?;
        for address in [&http, &grpc] {
            service.wait(|_| Ok(std::net::TcpStream::connect(address).ok()))?;
        }
        Ok(Self {
            service,
            http,
            grpc,
        })
    }

    /// Where a protocol is spoken.
    pub(crate) fn url(&self, protocol: &str) -> String {
        let address = if protocol == "grpc" {
            &self.grpc
        } else {
            &self.http
        };
        format!("http://{address}")
    }

    /// Waits until it has printed as many calls as expected, and tells all figures.
    pub(crate) fn figures(&mut self, expected: &Figures) -> Result<Figures> {
        let wanted: u64 = expected.values().map(|it| it.calls).sum();
        self.service.wait(|it| {
            let figures = parse(&it.wrote()?);
            let found: u64 = figures.values().map(|it| it.calls).sum();
            Ok((found >= wanted).then_some(figures))
        })
    }

    /// Ends it.
    pub(crate) fn stop(self) -> Result<()> {
        self.service.stop()
    }
}

/// The figures in what it printed, over all processes.
fn parse(text: &str) -> Figures {
    let mut figures = Figures::new();
    let (mut metric, mut name) = ("", "");
    for line in text.lines().map(str::trim) {
        if let Some(found) = line.strip_prefix("-> Name: ") {
            metric = found;
        } else if let Some(found) = line.strip_prefix("-> code.function.name: Str(") {
            name = found.trim_end_matches(')');
        } else if let Some((key, value)) = line.split_once(": ") {
            let figure: &mut Figure = figures.entry(name.to_owned()).or_default();
            let number: f64 = value.parse().unwrap_or(0.0);
            match (metric, key) {
                ("probe.calls", "Value") => figure.calls += number as u64,
                ("probe.call.errors", "Value") => figure.errors += number as u64,
                ("probe.call.duration", "Sum") => figure.total_ns += (number * 1e9).round() as u64,
                _ => {}
            }
        }
    }
    figures.retain(|_, figure| figure.calls > 0);
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_prints_is_added_up() {
        let one = "     -> Name: probe.calls\nData point attributes:\n     -> code.function.name: \
                   Str(a:f)\nTimestamp: 7\nValue: 2\n     -> Name: probe.call.duration\n     -> \
                   code.function.name: Str(a:f)\nCount: 2\nSum: 0.000000185\n";
        let figures = parse(&format!("{one}{one}"));
        let right = Figure {
            calls: 4,
            total_ns: 370,
            ..Figure::default()
        };
        assert_eq!(figures, Figures::from([("a:f".to_owned(), right)]));
    }
}
