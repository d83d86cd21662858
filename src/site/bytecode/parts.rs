//! Parts in a row, each as its length in four bytes, the lowest first, and its bytes: how Python
//! is asked and answers, and how code is kept.

/// Puts a part behind the others; one that is longer than 4 GiB counts as empty.
pub(super) fn push(row: &mut Vec<u8>, part: &[u8]) {
    let length = u32::try_from(part.len()).unwrap_or(0);
    row.extend(length.to_le_bytes());
    row.extend(&part[..length as usize]);
}

/// The parts of a row; none where it isn't whole.
pub(super) fn split(mut row: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = row.split_first_chunk() {
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        parts.push(rest.get(..length)?.to_vec());
        row = &rest[length..];
    }
    row.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_cut_counts_for_nothing() {
        let mut row = Vec::new();
        for part in [&b"one"[..], b"", b"three"] {
            push(&mut row, part);
        }
        assert_eq!(split(&row).unwrap(), [&b"one"[..], b"", b"three"]);
        assert_eq!(split(b""), Some(Vec::new()));
        for length in 1..row.len() {
            let cut = split(&row[..length]);
            assert!(cut.is_none_or(|parts| parts.len() < 3), "{length}");
        }
    }
}
