//! Makes requests smaller by gzip, and reads what a collector packed alike. Pure.

use std::io::{self, Read, Write};

use flate2::Compression as Level;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// How a request's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Compression {
    /// As they are.
    #[default]
    None,
    /// By gzip.
    Gzip,
}

/// The name of gzip in a header, in HTTP as in gRPC.
pub const GZIP: &str = "gzip";

/// Bytes packed by gzip.
///
/// # Errors
/// None: memory takes all bytes.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// What was packed by gzip, as far as that isn't longer than `most`.
///
/// # Errors
/// It isn't gzip's, or longer.
pub fn gunzip(bytes: &[u8], most: usize) -> io::Result<Vec<u8>> {
    let mut unpacked = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    GzDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut unpacked)?;
    if unpacked.len() > most {
        return Err(io::Error::other("too much is packed in it"));
    }
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let packed = gzip(&bytes).unwrap();
            prop_assert_eq!(gunzip(&packed, bytes.len()).unwrap(), bytes.clone());
            // Nothing makes more of it than it may be.
            if let Some(less) = bytes.len().checked_sub(1) {
                prop_assert!(gunzip(&packed, less).is_err());
            }
            prop_assert!(gunzip(&packed[..packed.len() - 1], bytes.len()).is_err());
        }

        #[test]
        fn what_is_no_gzip_is_an_error_at_most(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = gunzip(&bytes, 100);
        }
    }
}
