//! Packs pieces into requests that no collector finds too large. Pure.

use std::path::PathBuf;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::ResourceMetrics;
use prost::Message;

/// A request isn't larger, if none of its pieces is. Collectors' own limits begin at 4 MiB.
pub const REQUEST_BYTES: usize = 3 << 20;

/// A request to be.
#[derive(Debug, Default)]
pub struct Batch {
    pieces: Vec<ResourceMetrics>,
    bytes: usize,
    /// Recordings of which this request has the last piece there will ever be.
    pub last_of: Vec<PathBuf>,
}

impl Batch {
    /// Adds a piece. Where there is no room, gives the batch that is full and begins another one.
    pub fn add(&mut self, piece: ResourceMetrics) -> Option<Self> {
        // Its tag and length take six bytes at most.
        let bytes = piece.encoded_len() + 6;
        let full = if !self.pieces.is_empty() && self.bytes + bytes > REQUEST_BYTES {
            Some(std::mem::take(self))
        } else {
            None
        };
        self.pieces.push(piece);
        self.bytes += bytes;
        full
    }

    /// Notes that a recording's pieces are all there, and it will have no others.
    pub fn ends(&mut self, path: PathBuf) {
        self.last_of.push(path);
    }

    /// True where there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The request's bytes.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        let request = ExportMetricsServiceRequest {
            resource_metrics: self.pieces,
        };
        request.encode_to_vec()
    }
}
