//! The engine: what is recorded of a call, and the slow paths behind it.
//!
//! Everything here runs under the GIL, and nothing here calls Python: no signal handler, no other
//! thread and no exception can come in between. The hot paths are in `count`, `time` and `tree`,
//! over the data in the other files.

pub(crate) mod count;
pub(crate) mod detail;
pub(crate) mod gate;
pub(crate) mod hook;
mod node;
mod record;
mod state;
mod thread;
pub(crate) mod time;
pub(crate) mod token;
pub(crate) mod tree;

pub(crate) use gate::GATE;
pub(crate) use node::Mix;
pub(crate) use state::{State, forget_parent, with_state};
