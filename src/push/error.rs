//! What keeps anything from being sent, beside a collector's answers.

use std::io;
use std::path::PathBuf;

use crate::exit::{Diagnose, Exit};

/// Why nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// A URL that can't be sent to.
    #[error("`{url}` is no URL of a collector: {why}")]
    Url {
        /// What was given.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// A header or an attribute that isn't of the form.
    #[error("`{name}` isn't of the form `KEY=VALUE` that {place} takes")]
    Pair {
        /// Its key; its value may be a secret.
        name: String,
        /// Where it stands.
        place: &'static str,
    },
    /// Certificates that can't be used.
    #[error("no certificate can be read from `{path}`")]
    Certificate {
        /// The file.
        path: PathBuf,
    },
    /// The system trusts nobody.
    #[error("this machine has no certificates of authorities to trust")]
    NoAuthorities,
    /// The system refuses what a client needs.
    #[error("nothing can be sent from here")]
    Start(#[source] io::Error),
}

impl Diagnose for PushError {
    fn exit(&self) -> Exit {
        match self {
            Self::Url { .. } | Self::Pair { .. } => Exit::Usage,
            Self::Certificate { .. } | Self::NoAuthorities | Self::Start(_) => Exit::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Url { .. } => {
                "give one such as `http://localhost:4318`, or `http://localhost:4317` with \
                 `--protocol grpc`"
            }
            Self::Pair { .. } => {
                "names of headers are letters, digits and dashes; values are without line ends"
            }
            Self::Certificate { .. } => {
                "`OTEL_EXPORTER_OTLP_CERTIFICATE` names a file of certificates in PEM form"
            }
            Self::NoAuthorities => {
                "install the package `ca-certificates`, or name a file with \
                 `OTEL_EXPORTER_OTLP_CERTIFICATE`"
            }
            Self::Start(_) => return None,
        };
        Some(hint.to_owned())
    }
}
