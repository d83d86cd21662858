//! `probe` times the functions you choose in every Python process of a virtualenv.
//!
//! Start reading in ARCHITECTURE.md. The arrows between these modules point one way:
//! `commands` -> `site`, `launch`, `top`, `serve`, `push` -> `metrics`, `budget` -> `targets`, `compare` ->
//! `report` -> `latency` -> `recording`; `site` -> `python`, `payload`; all may use `files`
//! and `quantity`. Nothing
//! below `commands` prints or knows clap.

pub mod budget;
pub mod cli;
pub mod commands;
pub mod compare;
pub mod exit;
pub mod files;
pub mod harmless;
pub mod latency;
pub mod launch;
pub mod metrics;
pub mod payload;
pub mod printer;
pub mod program;
pub mod push;
pub mod python;
pub mod quantity;
pub mod recording;
pub mod report;
pub mod serve;
pub mod site;
pub mod targets;
pub mod top;
