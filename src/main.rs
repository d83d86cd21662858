//! The `probe` program: hands the command line to [`probe::program`] and exits with its answer.
//! Everything else lives in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    probe::program::main()
}
