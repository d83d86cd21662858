//! What keeps the server from serving.

use std::io;
use std::net::SocketAddr;

use crate::exit::{Diagnose, Exit};

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that is none.
    #[error("`{text}` is no address to listen on")]
    Address {
        /// What was given.
        text: String,
        /// What the system said of its name, if it was asked.
        #[source]
        source: Option<io::Error>,
    },
    /// The address can't be had.
    #[error("can't listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system refuses what a server needs.
    #[error("the server can't be started")]
    Start(#[source] io::Error),
}

impl Diagnose for ServeError {
    fn exit(&self) -> Exit {
        match self {
            Self::Address { .. } => Exit::Usage,
            Self::Listen { .. } | Self::Start(_) => Exit::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Address { .. } => "give a host and a port, such as `127.0.0.1:7762`",
            Self::Listen { source, .. } => match source.kind() {
                io::ErrorKind::AddrInUse => {
                    "something listens there already; choose another port with `--listen`, \
                     or any free one with `--listen 127.0.0.1:0`"
                }
                io::ErrorKind::PermissionDenied => "ports below 1024 are for root; choose another",
                _ => "choose an address of this machine with `--listen`",
            },
            Self::Start(_) => return None,
        };
        Some(hint.to_owned())
    }
}
