//! The actions, one file a family of tools.

mod files;
mod pip;
mod poetry;
mod reading;
mod uv;
mod venvs;

use super::action::Action;

/// All of them, in the order of the table.
pub(super) fn all() -> Vec<Action> {
    [
        uv::all(),
        pip::all(),
        poetry::all(),
        venvs::all(),
        reading::all(),
        files::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
