//! One model of what was recorded, and its views: `model` is the merged result as plain
//! values, `recorded`, `merged` and `collect` make it from recordings, with `stacks` and `tree`;
//! `select` and `order` choose what of it is wanted, `table`, `json` and `page` show it;
//! `standing`, `stacks_text` and `stacks_json` show what hasn't ended; `units` and `aligned` write
//! figures and tables for people. An export is one more file that takes a [`Model`]. Nothing here
//! prints.

pub(crate) mod aligned;
pub mod collect;
pub(crate) mod columns;
pub mod export;
pub mod json;
mod merged;
pub mod model;
pub mod order;
pub mod page;
mod recorded;
pub mod select;
pub mod stacks;
pub mod stacks_json;
pub mod stacks_text;
pub mod standing;
mod summary;
pub mod table;
pub mod tree;
pub mod units;

#[cfg(test)]
mod tests;

pub use model::Model;
