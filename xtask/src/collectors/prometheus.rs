//! Prometheus servers that scrape `probe serve`: one that knows classic histograms only and gets
//! OpenMetrics, one that takes native ones and gets protobuf.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::figures::{Buckets, Figure, Figures};
use super::http;
use super::service::Service;

/// What was counted has been scraped after no more than this.
const LIMIT: Duration = Duration::from_secs(60);

/// A server that scrapes.
pub(crate) struct Prometheus {
    service: Service,
    address: String,
    pub(crate) buckets: Buckets,
}

impl Prometheus {
    /// Starts one that scrapes this address each second.
    pub(crate) fn start(folder: &Path, target: &str, buckets: Buckets) -> Result<Self> {
        let name = match buckets {
            Buckets::Classic => "prometheus-classic",
            Buckets::Native => "prometheus-native",
        };
        let configuration = folder.join(format!("{name}.yml"));
        let text = format!(
            "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: probe\n    \
             static_configs:\n      - targets: ['{target}']\n"
        );
        fs::write(&configuration, text)
            .with_context(|| format!("`{}`", configuration.display()))?;
        let address = http::free_address()?;
        let mut command = Command::new("prometheus");
        command
            .current_dir(folder)
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!(
                "--storage.tsdb.path={}",
                folder.join(name).display()
            ))
            .arg(format!("--web.listen-address={address}"));
        if buckets == Buckets::Native {
            command.arg("--enable-feature=native-histograms");
        }
        let mut service = Service::start(name, &mut command, folder)
            .context("install Debian's package `prometheus`")?;
        service.wait(|_| Ok(http::get(&address, "/-/ready").ok()))?;
        Ok(Self {
            service,
            address,
            buckets,
        })
    }

    /// What a query gives, by the label `function`.
    fn query(&self, query: &str) -> Result<BTreeMap<String, f64>> {
        let path = format!("/api/v1/query?query={}", http::encoded(query));
        let answer: Value = serde_json::from_str(&http::get(&self.address, &path)?)?;
        let results = answer["data"]["result"].as_array().context("no result")?;
        let values = results.iter().map(|result| {
            let name = result["metric"]["function"].as_str().unwrap_or_default();
            let value = result["value"][1].as_str().context("no value")?;
            Ok((name.to_owned(), value.parse()?))
        });
        values.collect()
    }

    /// Waits until it has these counts, and tells all figures.
    pub(crate) fn figures(&self, expected: &Figures) -> Result<Figures> {
        let start = Instant::now();
        let has_all = |calls: &BTreeMap<String, f64>| {
            expected
                .iter()
                .all(|(name, figure)| calls.get(name) == Some(&(figure.calls as f64)))
        };
        let mut calls = self.query("probe_calls_total")?;
        while !has_all(&calls) && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(200));
            calls = self.query("probe_calls_total")?;
        }
        let errors = self.query("probe_call_errors_total")?;
        let (sums, p99s) = match self.buckets {
            Buckets::Classic => (
                self.query("probe_call_duration_seconds_sum")?,
                self.query(
                    "histogram_quantile(0.99, sum by (function, le) \
                     (probe_call_duration_seconds_bucket))",
                )?,
            ),
            Buckets::Native => (
                self.query("histogram_sum(probe_call_duration_seconds)")?,
                self.query("histogram_quantile(0.99, probe_call_duration_seconds)")?,
            ),
        };
        let value =
            |of: &BTreeMap<String, f64>, name: &str| of.get(name).copied().unwrap_or(f64::NAN);
        let figures = expected.keys().map(|name| {
            let figure = Figure {
                calls: value(&calls, name) as u64,
                errors: value(&errors, name) as u64,
                total_ns: (value(&sums, name) * 1e9).round() as u64,
                p99_ns: value(&p99s, name) * 1e9,
            };
            (name.clone(), figure)
        });
        Ok(figures.collect())
    }

    /// What it said that it shouldn't have.
    pub(crate) fn complaints(&self) -> Result<Vec<String>> {
        let text = self.service.wrote()?;
        let is_bad = |line: &&str| line.contains("level=warn") || line.contains("level=error");
        Ok(text.lines().filter(is_bad).map(str::to_owned).collect())
    }

    /// Ends it.
    pub(crate) fn stop(self) -> Result<()> {
        self.service.stop()
    }
}

/// Has `promtool` read metrics in text.
pub(crate) fn check(text: &str) -> Result<()> {
    use std::io::Write;
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("install Debian's package `prometheus`")?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    stdin.write_all(text.as_bytes())?;
    drop(stdin);
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success() && output.stderr.is_empty() && output.stdout.is_empty(),
        "promtool says: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
