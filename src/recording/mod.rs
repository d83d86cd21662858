//! One process's recording: where it lies, its format (`docs/recording.md`), reading it, and
//! whether its process still runs. Nothing here writes but [`control`], one word, and
//! [`testing`], for tests and benches.
//!
//! The rooms: [`place`] names folders, [`store`] lists them, [`reader`] brings a file's used
//! parts into memory, [`header`] and [`blocks`] are typed views of those words, [`follow`] re-reads of a
//! running process's file what has changed, [`process`] answers who is alive, [`control`] switches who is, [`users`] knows where other users record. Limits on files and
//! the folding of dead ones into an archive will stand beside [`store`], which already is the only one that knows how a folder is laid out.

pub mod blocks;
pub mod clock;
pub mod control;
mod error;
pub mod follow;
pub mod header;
mod kinds;
pub mod layout;
pub mod place;
pub mod process;
pub mod reader;
pub mod removal;
pub mod store;
#[doc(hidden)]
pub mod testing;
pub mod users;
mod views;

#[cfg(test)]
mod tests;

pub use error::{Damage, Error};
pub use reader::{Reader, Recording};
