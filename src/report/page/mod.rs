//! The page: one HTML file with a table, histograms, a flame graph and the processes, which needs
//! nothing but itself. [`data`] makes a model's data, [`render`] puts it into the page of
//! `assets/web`. What is drawn, and how, is the page's own scripts' matter.
//!
//! The live page, [`render_live`], is the same one, told where to ask for newer data: whoever serves
//! it answers that address with [`data`] as JSON, and sends [`live_policy`] with the page. The page
//! asks every two seconds while it is seen and isn't paused.

mod assets;
mod data;
mod render;

#[cfg(test)]
mod tests;

pub use data::{About, Data, data};
pub use render::{live_policy, render, render_live};
