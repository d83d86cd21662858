//! `install.json`: what the installer noted down for the next one. Read leniently, since
//! another version may have written it; never trusted beyond what the hashes confirm.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::Sha256Hex;
use crate::python::Venv;
use crate::quantity::Amount;
use crate::recording::keep::Keep;

/// The only schema so far. A later one that this program can't read gets another number.
const SCHEMA: u32 = 1;

/// The content of `install.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    schema: u32,
    /// The version of the probe that installed.
    #[serde(default)]
    pub version: String,
    /// When, in RFC 3339.
    #[serde(default)]
    pub installed: String,
    /// The venv's folder at that time.
    pub venv: PathText,
    /// The venv's Python, as `3.12`.
    #[serde(default)]
    pub python: Option<String>,
    /// How the plan came about: for people, and for `--purge`.
    #[serde(default)]
    pub options: serde_json::Value,
    /// The sha256 of each file but this one, by its path relative to site-packages.
    #[serde(default)]
    pub files: BTreeMap<String, Sha256Hex>,
    /// Whether site-packages had a `__pycache__` before.
    #[serde(default = "yes")]
    pub pycache_existed: bool,
}

/// Where it isn't known, `__pycache__` counts as not ours.
fn yes() -> bool {
    true
}

/// The data root that the options of a manifest note down.
#[must_use]
pub fn noted_data_root(options: &serde_json::Value) -> Option<PathBuf> {
    let noted = PathText::deserialize(options.get("data_root")?).ok()?;
    Some(PathBuf::from(&noted))
}

/// The options in which [`Keep`] is noted down, as it was written.
const KEEP_FOR: &str = "keep_for";
const KEEP_SIZE: &str = "keep_size";

/// Notes down how much is to be kept; nothing where all is, as before there were these settings.
pub fn note_keep(options: &mut serde_json::Value, keep: &Keep) {
    let Some(options) = options.as_object_mut() else {
        return;
    };
    for (key, amount) in [(KEEP_FOR, &keep.age), (KEEP_SIZE, &keep.size)] {
        if let Some(amount) = amount {
            options.insert(key.to_owned(), amount.text().into());
        }
    }
}

/// How much is to be kept, as the options of a manifest note it down. What isn't understood there
/// sets no limit.
#[must_use]
pub fn noted_keep(options: &serde_json::Value) -> Keep {
    let text = |key: &str| options.get(key)?.as_str();
    Keep {
        age: text(KEEP_FOR).and_then(|it| Amount::age(it).ok()),
        size: text(KEEP_SIZE).and_then(|it| Amount::size(it).ok()),
    }
}

impl Manifest {
    /// A manifest of an installation that happens now; the files are added by the plan.
    #[must_use]
    pub fn new(venv: &Venv, options: serde_json::Value) -> Self {
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            installed: jiff::Timestamp::now()
                .round(jiff::Unit::Second)
                .unwrap_or_default()
                .to_string(),
            venv: PathText::from(venv.root.as_path()),
            python: venv.version_text(),
            options,
            files: BTreeMap::new(),
            pycache_existed: yes(),
        }
    }

    /// Reads one; none where it is damaged or of a schema that isn't known.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes)
            .ok()
            .filter(|manifest| manifest.schema == SCHEMA)
    }

    /// The file's content.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, numbers and maps with string keys can always be written.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text.into_bytes()
    }

    /// True where both describe the same installation, whenever it happened.
    #[must_use]
    pub fn same_but_for_the_time(&self, other: &Self) -> bool {
        let other = Self {
            installed: self.installed.clone(),
            ..other.clone()
        };
        *self == other
    }
}

/// A path in JSON: text where it is UTF-8, else its bytes as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathText {
    /// A UTF-8 path.
    Text(String),
    /// Any other path.
    Bytes(Vec<u8>),
}

impl From<&Path> for PathText {
    fn from(path: &Path) -> Self {
        path.to_str().map_or_else(
            || Self::Bytes(path.as_os_str().as_bytes().to_vec()),
            |text| Self::Text(text.to_owned()),
        )
    }
}

impl From<&PathText> for PathBuf {
    fn from(text: &PathText) -> Self {
        match text {
            PathText::Text(text) => Self::from(text),
            PathText::Bytes(bytes) => Self::from(OsString::from_vec(bytes.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_version_wrote_is_read() {
        let text = br#"{"schema":1,"venv":"/v","new key":[1],"files":{"probe.pth":"00"}}"#;
        let manifest = Manifest::parse(text).unwrap();
        assert!(manifest.pycache_existed);
        assert_eq!(manifest.files.len(), 1);
        assert_eq!(Manifest::parse(&manifest.to_bytes()), Some(manifest));
    }

    #[test]
    fn what_is_to_be_kept_is_noted_where_it_isn_t_all() {
        let mut options = serde_json::json!({"engine": "auto"});
        let none = options.clone();
        note_keep(&mut options, &Keep::default());
        assert_eq!(options, none);
        assert!(noted_keep(&options).is_all());
        let keep = Keep {
            age: Amount::age("1.5h").ok(),
            size: Amount::size("2 GiB").ok(),
        };
        note_keep(&mut options, &keep);
        assert_eq!(noted_keep(&options), keep);
        for damaged in [
            serde_json::json!(null),
            serde_json::json!([]),
            serde_json::json!({"keep_for": 30, "keep_size": "much"}),
        ] {
            assert!(noted_keep(&damaged).is_all(), "{damaged}");
        }
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"schema":2,"venv":"/v"}"#,
            r#"{"schema":1}"#,
        ] {
            assert_eq!(Manifest::parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn any_path_survives() {
        for path in [&b"/srv/shop/.venv"[..], b"/srv/\xff/.venv"] {
            let path = PathBuf::from(OsString::from_vec(path.to_vec()));
            let json = serde_json::to_string(&PathText::from(path.as_path())).unwrap();
            let back: PathText = serde_json::from_str(&json).unwrap();
            assert_eq!(PathBuf::from(&back), path);
        }
    }
}
