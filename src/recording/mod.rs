//! One process's recording: where it lies, its format (`docs/recording.md`), reading it, and
//! whether its process still runs. Nothing here writes but [`control`], one word, [`fold`](mod@fold), and
//! [`testing`], for tests and benches.
//!
//! The rooms: [`place`] names folders, [`store`] lists them, [`reader`] brings a file's used
//! parts into memory, [`header`] and [`blocks`] are typed views of those words, [`follow`] reads of
//! a running process's file again what has changed, [`process`] answers who is alive, [`control`] switches who is, [`users`] knows where other users record,
//! [`fold`](mod@fold) makes one small file of those of many processes that ended,
//! [`keep`] is how much an installation wants kept, [`retention`] chooses by it, and [`removal`] removes a whole folder.

pub mod blocks;
pub mod clock;
pub mod control;
mod error;
mod filled;
pub mod fold;
pub mod follow;
pub mod header;
pub mod keep;
mod kinds;
pub mod layout;
pub mod place;
pub mod process;
pub mod reader;
pub mod removal;
pub mod retention;
pub mod store;
#[doc(hidden)]
pub mod testing;
pub mod users;
mod views;

#[cfg(test)]
mod tests;

pub use error::{Damage, Error};
pub use reader::{Reader, Recording};
