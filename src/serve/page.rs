//! What a browser gets: one page, which asks for `data.json` by itself, and a policy that lets it
//! do nothing else. Names in the data are hostile; a script that one of them smuggled into the page
//! wouldn't run, since only the page's own scripts are named in the policy, by their hashes.
//!
//! This is the seam for the page of `export html`: whatever [`html`] gives is served.

use sha2::{Digest, Sha256};

/// The page.
#[must_use]
pub fn html() -> &'static str {
    include_str!("page.html")
}

/// The `Content-Security-Policy` of a page whose scripts are all in it.
#[must_use]
pub fn policy(html: &str) -> String {
    let hashes: String = scripts(html)
        .map(|script| format!(" 'sha256-{}'", base64(&Sha256::digest(script))))
        .collect();
    let scripts = if hashes.is_empty() {
        " 'none'"
    } else {
        &hashes
    };
    format!(
        "default-src 'none'; script-src{scripts}; style-src 'unsafe-inline'; img-src data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// What stands in the `script` elements of a page of ours.
fn scripts(html: &str) -> impl Iterator<Item = &str> {
    html.split("<script").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('>')?;
        Some(rest.split_once("</script>")?.0)
    })
}

/// Base64 of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                let digit = word >> (18 - 6 * place) & 63;
                text.push(char::from(DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_pages_scripts_and_nothing_else() {
        // The example of the standard: https://www.w3.org/TR/CSP3/#external-hash
        assert_eq!(base64(b"f"), "Zg==");
        assert_eq!(base64(b"fo"), "Zm8=");
        assert_eq!(base64(b"foobar"), "Zm9vYmFy");
        let policy_of = policy("<p><script>alert('Hello, world.');</script>");
        let hash = "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='";
        assert!(
            policy_of.contains(&format!("script-src {hash};")),
            "{policy_of}"
        );
        assert!(policy("<p>").contains("script-src 'none';"));
        assert!(policy(html()).contains("script-src 'sha256-"));
    }
}
