//! What was recorded, sent as OTLP metrics (<https://opentelemetry.io/docs/specs/otlp/>): `resource`
//! and `encode` make one process's messages, `batch` packs them into requests, `compression` makes
//! these smaller, `settings` and `target` say who gets them and how, `answer` says what a collector's
//! response means and `pace` when to try again, all pure; `transport` sends one request, with `tls`
//! and by a `proxy` where it is to, `pusher` reads the recordings and drives the rest. Names and
//! units are in docs/metrics.md.

pub mod answer;
pub mod batch;
pub mod compression;
pub mod encode;
mod error;
pub mod pace;
pub mod proxy;
pub mod pusher;
pub mod resource;
pub mod settings;
pub mod target;
pub mod tls;
pub mod transport;

pub use error::PushError;

#[cfg(test)]
mod tests;
