//! One file a verb: each turns arguments into calls of the libraries and prints the answer.

pub mod install;
mod planning;
mod progress;
pub mod report;
pub mod run;
mod scope;
pub mod stacks;
pub mod status;
pub mod switch;
pub mod targets;
pub mod top;
pub mod uninstall;
mod venv;
