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
    /// Nobody says where to send to.
    #[error("there is no URL of a collector to send to")]
    NoUrl,
    /// A header or an attribute that isn't of the form.
    #[error("`{name}` isn't of the form `KEY=VALUE` that {place} takes")]
    Pair {
        /// Its key; its value may be a secret.
        name: String,
        /// Where it stands.
        place: &'static str,
    },
    /// Certificates or a key that can't be used.
    #[error("`{variable}` names `{path}`, which can't be used")]
    Pem {
        /// The file.
        path: PathBuf,
        /// The variable that names it.
        variable: &'static str,
    },
    /// A proxy that can't be used.
    #[error("the proxy `{proxy}` can't be used: {why}")]
    Proxy {
        /// Its URL, without a password.
        proxy: String,
        /// Why not.
        why: &'static str,
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
            Self::Url { .. } | Self::NoUrl | Self::Pair { .. } => Exit::Usage,
            Self::Pem { .. } | Self::Proxy { .. } | Self::NoAuthorities | Self::Start(_) => {
                Exit::Environment
            }
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
            Self::NoUrl => {
                "give it with `--otlp URL`, such as `--otlp http://localhost:4318`, or set \
                 `OTEL_EXPORTER_OTLP_ENDPOINT`"
            }
            Self::Pem { .. } => {
                "it takes a file in PEM form: certificates, or the key that belongs to them"
            }
            Self::Proxy { .. } => {
                "`HTTPS_PROXY` and `HTTP_PROXY` name a proxy as `http://HOST:PORT`; `NO_PROXY` the \
                 hosts that are reached without one"
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
