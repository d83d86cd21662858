//! `pyvenv.cfg`: `key = value` lines, read leniently as Python's own `site` does
//! (<https://docs.python.org/3/library/site.html>).

/// The version that a `pyvenv.cfg` names: `version` (venv), `version_info` (uv), or both
/// (virtualenv).
pub(super) fn version(text: &str) -> Option<(u8, u8)> {
    // Written with an editor of Windows, say.
    let text = text.trim_start_matches('\u{feff}');
    let value = |wanted: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            (key.trim().to_ascii_lowercase() == wanted).then(|| value.trim())
        })
    };
    value("version")
        .and_then(parse_version)
        .or_else(|| value("version_info").and_then(parse_version))
}

/// `3.12.1`, `3.12.1.final.0`, `3.12` as major and minor.
pub(super) fn parse_version(text: &str) -> Option<(u8, u8)> {
    let mut parts = text.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_s_key_is_read() {
        assert_eq!(version("home = /usr\nversion = 3.11.7\n"), Some((3, 11)));
        assert_eq!(version("version_info = 3.13.0\n"), Some((3, 13)));
        assert_eq!(
            version("VERSION_INFO = 3.9.2.final.0\nversion=3.9.2"),
            Some((3, 9))
        );
        assert_eq!(version("home = /usr\nversion = newest"), None);
    }

    #[test]
    fn what_editors_do_to_it_does_not_matter() {
        let text = "\u{feff}Version=3.12.1\r\nHOME = C:\\Python312\r\n";
        assert_eq!(version(text), Some((3, 12)));
    }
}
