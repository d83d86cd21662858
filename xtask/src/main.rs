//! The project's own tasks, as `cargo xtask TASK`; each lives in a file of its name.
//! Here is only the command line.

mod bench;
mod ci;
mod console;
mod demo;
mod engine;
mod fingerprint;
mod interpreters;
mod kills;
mod markdown;
mod matrix;
mod process;
mod pythons;
mod stage;
mod stdlib;
mod stress;
mod test;
mod venvs;
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
    /// Run CPython's own tests on rewritten bytecode, and compare with how they end on their own
    Stdlib(stdlib::Args),
    /// Play scenes that are hard on an engine, and compare with what was recorded; also under valgrind
    Stress(stress::Args),
    /// Kill a program at random moments, and check that no call that returned is missing
    Kills(kills::Args),
    /// Play every start-up scenario on every interpreter, and print one table
    Matrix(matrix::Args),
    /// List the Pythons that tests use
    Pythons(pythons::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Ci => ci::run(),
        Task::Bench(args) => bench::run(&args),
        Task::Stdlib(args) => stdlib::run(&args),
        Task::Stress(args) => stress::run(&args),
        Task::Kills(args) => kills::run(&args),
        Task::Matrix(args) => matrix::run(&args),
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
