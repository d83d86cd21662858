//! `probe top`: what the processes of a venv do now. [`sample`] reads their recordings, for the
//! cost of what has changed; [`window`] tells what happened between two samples; [`state`] is
//! what is shown of that and [`keys`] how keys change it, both without an effect; [`view`] draws
//! it, with [`columns`], [`figures`] and [`help`]; [`once`] writes it as text and JSON. [`terminal`]
//! alone has effects on a terminal.

mod columns;
mod figures;
mod help;
mod history;
mod keys;
pub mod once;
mod rows;
pub mod sample;
pub mod state;
pub mod terminal;
mod view;
pub mod window;

#[cfg(test)]
mod tests;
