//! What was recorded, over HTTP: `router` says what a request gets, as a pure function; `hosts`
//! which names a request may call this server by; `source` reads the
//! recordings, at most so often; `server` owns the socket. Metrics and their forms are in
//! [`crate::metrics`].

mod error;
pub mod hosts;
pub mod router;
pub mod server;
pub mod source;

pub use error::ServeError;
