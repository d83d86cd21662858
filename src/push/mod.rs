//! What was recorded, sent as OTLP metrics (<https://opentelemetry.io/docs/specs/otlp/>): `resource`
//! and `encode` make one process's messages, `batch` packs them into requests, `answer` says what a
//! collector's response means and `pace` when to try again, all pure; `transport` sends one request,
//! `pusher` reads the recordings and drives the rest. Names and units are in docs/metrics.md.

pub mod answer;
pub mod batch;
pub mod encode;
mod error;
pub mod pace;
pub mod pusher;
pub mod resource;
pub mod target;
pub mod transport;

pub use error::PushError;

#[cfg(test)]
mod tests;
