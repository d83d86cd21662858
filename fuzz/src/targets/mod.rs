//! The targets: one file each, named after what is read.

mod answer;
mod archive;
mod configuration;
mod exported;
mod installed;
mod patterns;
mod pyvenv;
mod recording;
mod registry;
mod reported;
mod snapshot;
mod store;

use crate::Target;

/// All of them.
pub static ALL: [&Target; 10] = [
    &recording::TARGET,
    &store::TARGET,
    &archive::TARGET,
    &installed::TARGET,
    &registry::TARGET,
    &pyvenv::TARGET,
    &configuration::TARGET,
    &patterns::TARGET,
    &answer::TARGET,
    &snapshot::TARGET,
];

/// The target of this name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.into_iter().find(|target| target.name == name)
}
