//! One file a verb: each turns arguments into calls of the libraries and prints the answer.

pub mod check;
pub mod completions;
pub mod diff;
pub mod install;
pub mod man;
mod planning;
mod progress;
pub mod report;
pub mod run;
mod scope;
pub mod snapshot;
pub mod status;
pub mod switch;
pub mod targets;
pub mod uninstall;
mod venv;
