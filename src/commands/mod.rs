//! One file a verb: each turns arguments into calls of the libraries and prints the answer.

pub mod install;
mod planning;
mod progress;
pub mod report;
pub mod run;
pub mod status;
pub mod targets;
pub mod uninstall;
mod venv;
