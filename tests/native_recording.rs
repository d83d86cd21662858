//! What the native engine's writer writes, the command line's reader reads: the writer itself,
//! from its own sources, without a Python.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

/// The writer's own clock and files; its unit tests run here too, which costs little.
#[allow(dead_code, unreachable_pub)]
#[path = "../assets/native/src/clock/mod.rs"]
mod clock;
#[allow(dead_code, unreachable_pub)]
#[path = "../assets/native/src/recording/mod.rs"]
mod recording;

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use probe::latency::slot_of;
use probe::recording::blocks::{Block, Function, Shape};
use probe::recording::header::{Detail, Engine, Stop};
use probe::recording::layout::record;
use probe::recording::process::{Host, State};
use probe::recording::{Reader, store};
use probe::report;
use recording::{Facts, Full, Limits, Recording};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.path(), private).unwrap();
    folder
}

fn facts(folder: &Path, bytes: u64) -> Facts {
    Facts {
        folder: folder.to_owned(),
        detail: 3,
        python: u64::from(u32::from_be_bytes([3, 13, 0, 15])),
        interpreter_bits: 0,
        limits: Limits {
            functions: 1 << 20,
            nodes: 1 << 20,
            bytes,
        },
    }
}
