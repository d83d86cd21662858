//! Puts the data, the style and the scripts into the page's frame, and says which of them the
//! browser may run: these scripts and styles by their hashes, and nothing from anywhere.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::assets::{FRAME, SCRIPT, STYLE};
use crate::harmless;

/// The page with this data, as one HTML file that asks nobody for anything.
///
/// # Errors
/// The data can't be written as JSON.
pub fn render(data: &impl Serialize) -> Result<String, serde_json::Error> {
    fill(data, "", &policy("'none'"))
}

/// The page that begins with this data and asks `url`, which must be of its own origin, for
/// newer: the same JSON, every two seconds.
///
/// # Errors
/// The data can't be written as JSON.
pub fn render_live(data: &impl Serialize, url: &str) -> Result<String, serde_json::Error> {
    let attribute = format!(" data-live=\"{}\"", escaped(url));
    fill(data, &attribute, &live_policy())
}

/// The Content-Security-Policy of the live page, for a server to send as a header too.
#[must_use]
pub fn live_policy() -> String {
    policy("'self'")
}

fn policy(connect: &str) -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; connect-src {connect}; \
         base-uri 'none'; form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}

/// What a policy calls an inline script or style.
pub(super) fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn fill(data: &impl Serialize, attribute: &str, policy: &str) -> Result<String, serde_json::Error> {
    let data = script_safe(&serde_json::to_string(data)?);
    let parts = [
        ("{{attribute}}", attribute),
        ("{{policy}}", policy),
        ("{{style}}", STYLE),
        ("{{data}}", &data),
        ("{{script}}", SCRIPT),
    ];
    // Each mark is looked for behind the one before it: what was put in is never searched, so
    // that a name that looks like a mark stays a name.
    let mut page = String::with_capacity(FRAME.len() + STYLE.len() + data.len() + SCRIPT.len());
    let mut rest = FRAME;
    for (mark, part) in parts {
        if let Some((before, after)) = rest.split_once(mark) {
            page.push_str(before);
            page.push_str(part);
            rest = after;
        }
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON that can't end the element that it stands in: outside of strings none of these has a
/// place.
fn script_safe(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in harmless::json(json).chars() {
        match c {
            '<' | '>' | '&' => safe.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => safe.push(c),
        }
    }
    safe
}

/// Text as an attribute's value.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '"' | '\'' => safe.push_str(&format!("&#{};", u32::from(c))),
            _ => safe.push(c),
        }
    }
    safe
}
