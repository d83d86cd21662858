//! `probe` times the functions you choose in every Python process of a virtualenv.
//!
//! Start reading in ARCHITECTURE.md. The arrows between these modules point one way:
//! `commands` -> `site`, `launch`, `targets`, `top` -> `report` -> `latency` -> `recording`;
//! `site` -> `python`, `payload`; all may use `files`. Nothing below `commands` prints
//! or knows clap.

pub mod cli;
pub mod commands;
pub mod exit;
pub mod files;
pub mod harmless;
pub mod latency;
pub mod launch;
pub mod payload;
pub mod printer;
pub mod program;
pub mod python;
pub mod recording;
pub mod report;
pub mod site;
pub mod targets;
pub mod top;
