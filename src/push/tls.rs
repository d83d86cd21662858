//! TLS: whom to trust, and who we are.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::push::PushError;
use crate::push::target::Protocol;

/// A file in PEM form, and the variable that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pem {
    /// Where it is.
    pub path: PathBuf,
    /// Who says so.
    pub variable: &'static str,
}

/// What TLS is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// Authorities to trust in place of the system's.
    pub authorities: Option<Pem>,
    /// Our own certificate and its key, where the collector asks who we are.
    pub identity: Option<(Pem, Pem)>,
}

/// What makes a connection with TLS for this protocol.
///
/// # Errors
/// There are no certificates, or a file can't be used.
pub fn connector(protocol: Protocol, trust: &Trust) -> Result<TlsConnector, PushError> {
    let mut roots = RootCertStore::empty();
    match &trust.authorities {
        Some(file) => {
            if roots.add_parsable_certificates(certificates(file)?).0 == 0 {
                return Err(unusable(file));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            if roots.add_parsable_certificates(found.certs).0 == 0 {
                return Err(PushError::NoAuthorities);
            }
        }
    }
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| PushError::Start(std::io::Error::other(error)))?
        .with_root_certificates(roots);
    let mut config = match &trust.identity {
        None => config.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates(certificate)?;
            let secret = PrivateKeyDer::from_pem_file(&key.path).map_err(|_| unusable(key))?;
            config
                .with_client_auth_cert(chain, secret)
                .map_err(|_| unusable(key))?
        }
    };
    config.alpn_protocols = vec![match protocol {
        Protocol::Http => b"http/1.1".to_vec(),
        Protocol::Grpc => b"h2".to_vec(),
    }];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The certificates in a file, of which there is one at least.
fn certificates(file: &Pem) -> Result<Vec<CertificateDer<'static>>, PushError> {
    let found = CertificateDer::pem_file_iter(&file.path);
    let found: Vec<CertificateDer<'static>> =
        found.map_or_else(|_| Vec::new(), |all| all.flatten().collect());
    if found.is_empty() {
        return Err(unusable(file));
    }
    Ok(found)
}

fn unusable(file: &Pem) -> PushError {
    PushError::Pem {
        path: file.path.clone(),
        variable: file.variable,
    }
}
