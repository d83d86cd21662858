//! The package's name, which carries the hash of its content: making it, finding it in a
//! text, telling it from other names.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::files::Sha256Hex;

/// What every package's name begins with.
const PREFIX: &str = "_probe_";

/// The hex digits after it.
const DIGITS: usize = 12;

/// The name of an installed package: `_probe_` and 12 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageName(String);

impl PackageName {
    /// The name that a package with these files has. The manifest isn't one of them; the
    /// order doesn't matter.
    #[must_use]
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_unstable();
        let mut hasher = Sha256::new();
        for (name, bytes) in files {
            hasher.update(name);
            hasher.update(format!("\0{}\0", bytes.len()));
            hasher.update(bytes);
        }
        let digest = Sha256Hex::from(hasher);
        Self(format!("{PREFIX}{}", &digest.as_str()[..DIGITS]))
    }

    /// This text as a package's name, if it has the form of one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == DIGITS && digits.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PackageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The first package's name in a file's content, source or bytecode.
#[must_use]
pub fn package_in(bytes: &[u8]) -> Option<PackageName> {
    let length = PREFIX.len() + DIGITS;
    bytes
        .windows(length)
        .filter(|window| window.starts_with(PREFIX.as_bytes()))
        .find_map(|window| PackageName::parse(std::str::from_utf8(window).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_documented_one() {
        // `printf 'a.py\0001\000xb.py\0002\000yz' | sha256sum | head -c 12`
        let name = PackageName::of([("b.py", &b"yz"[..]), ("a.py", &b"x"[..])]);
        assert_eq!(name.as_str(), "_probe_be28d3c7ffc9");
        assert_eq!(PackageName::parse(name.as_str()), Some(name));
    }

    #[test]
    fn names_are_found_in_sources_and_bytecode() {
        let found = package_in(b"\x00\xffimport _probe_ _probe_0123456789ab\xfe").unwrap();
        assert_eq!(found.as_str(), "_probe_0123456789ab");
        assert_eq!(package_in(b"import _probe_0123456789a"), None);
        assert_eq!(package_in(b"_probe_0123456789AB"), None);
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in ["_probe_", "_probe_xyz", "_probe_0123456789abc", "probe"] {
            assert_eq!(PackageName::parse(name), None, "{name}");
        }
    }
}
