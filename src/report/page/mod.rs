//! The page: one HTML file with a table, histograms, a flame graph and the processes, which needs
//! nothing but itself. [`data`] makes a model's data, [`render`] puts it into the page of
//! `assets/web`; the live page is the same one, told where to ask for newer data. What is drawn,
//! and how, is the page's own scripts' matter.

mod assets;
mod data;
mod render;

#[cfg(test)]
mod tests;

pub use data::{About, Data, data};
pub use render::{live_policy, render, render_live};
