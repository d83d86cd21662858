//! The project's own tasks, as `cargo xtask TASK`; each lives in a file of its name.
//! Here is only the command line.

mod agents;
mod bench;
mod book;
mod browser;
mod ci;
mod collectors;
mod console;
mod consumers;
mod demo;
mod engine;
mod fingerprint;
mod fuzz;
mod interpreters;
mod kills;
mod markdown;
mod matrix;
mod process;
mod pythons;
mod regressions;
mod stage;
mod starts;
mod stdlib;
mod stress;
mod survival;
mod sweep;
mod test;
mod venvs;
mod verdict;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Show the whole path on a small shop: install, run, report, uninstall, all under target/demo
    Demo(demo::Args),
    /// Run every test: Rust, the payload on each Python found, and the linters of the Python files
    Test(test::Args),
    /// What the CI checks: format, clippy, a Python of every supported version, then `cargo xtask test`
    Ci,
    /// Measure the probe's cost and print it as a Markdown table
    Bench(bench::Args),
    /// Run the commands in the chapters of docs, and write what they print into them
    Book(book::Args),
    /// Run CPython's own tests on rewritten bytecode, and compare with how they end on their own
    Stdlib(stdlib::Args),
    /// Play scenes that are hard on an engine, and compare with what was recorded; also under valgrind
    Stress(stress::Args),
    /// Feed hostile input to everything that `probe` reads, and look for what it doesn't survive
    Fuzz(fuzz::Args),
    /// Kill a program at random moments, and check that no call that returned is missing
    Kills(kills::Args),
    /// Do to a virtualenv what users' tools do, and check what became of the probe in it
    Survival(survival::Args),
    /// Kill the installer at every system call, and check that nothing breaks and everything heals
    Sweep(sweep::Args),
    /// Start a Python again and again while others install and uninstall, and check each start
    Starts(starts::Args),
    /// Run a program under other tracers, profilers and debuggers, and check that their data and ours arrive
    Agents(agents::Args),
    /// Read every export by what it is made for, and compare with the report
    Consumers(consumers::Args),
    /// Have Prometheus scrape and a collector receive what a web server's functions did, and compare
    Collectors(collectors::Args),
    /// Open the page of `probe export html` in Chromium, and check what it shows and asks for
    Browser(browser::Args),
    /// Play every start-up scenario on every interpreter, and print one table
    Matrix(matrix::Args),
    /// Make one function of fifty 10 % slower, and count how often `probe diff` names it and only it
    Regressions(regressions::Args),
    /// List the Pythons that tests use
    Pythons(pythons::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Ci => ci::run(),
        Task::Bench(args) => bench::run(&args),
        Task::Book(args) => book::run(&args),
        Task::Stdlib(args) => stdlib::run(&args),
        Task::Stress(args) => stress::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Kills(args) => kills::run(&args),
        Task::Survival(args) => survival::run(&args),
        Task::Sweep(args) => sweep::run(&args),
        Task::Starts(args) => starts::run(&args),
        Task::Agents(args) => agents::run(&args),
        Task::Consumers(args) => consumers::run(&args),
        Task::Collectors(args) => collectors::run(&args),
        Task::Browser(args) => browser::run(&args),
        Task::Matrix(args) => matrix::run(&args),
        Task::Regressions(args) => regressions::run(&args),
        Task::Pythons(args) => pythons::run(&args),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            console::error(&error);
            ExitCode::FAILURE
        }
    }
}
