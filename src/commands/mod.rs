//! One file a verb: each turns arguments into calls of the libraries and prints the answer.

pub mod check;
pub mod completions;
pub mod diff;
pub mod export;
pub mod install;
mod later;
pub mod man;
mod planning;
mod progress;
pub mod prune;
pub mod push;
mod reading;
pub mod report;
pub mod run;
mod scope;
pub mod serve;
pub mod snapshot;
pub mod stacks;
pub mod status;
pub mod switch;
pub mod targets;
mod tidying;
pub mod top;
pub mod uninstall;
mod venv;
