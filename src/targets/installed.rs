//! Reading back the plan of an installation, to install it again: from its `plan.py`, else from
//! what the manifest notes. Nothing is executed, and what isn't understood gives no plan: only
//! what `python` writes is read.

use std::ffi::OsString;
use std::iter::Peekable;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::str::Chars;

use serde_json::Value;

use super::Pattern;
use super::plan::{Limits, Plan};
use super::python::SCHEMA;
use crate::recording::place;

impl Plan {
    /// The plan that this `plan.py` holds; none where a name is missing or one isn't known.
    #[must_use]
    pub fn from_python(text: &str) -> Option<Self> {
        let mut names = Names::read(text)?;
        let plan = Self {
            targets: names.targets.take()?,
            detail: names.text("DETAIL")?.parse().ok()?,
            engine: names.text("ENGINE")?.parse().ok()?,
            store: names.path("STORE")?,
            root_given: names.boolean("ROOT_GIVEN")?,
            folder: names.text("FOLDER")?,
            venv: names.path("VENV")?,
            limits: Limits {
                functions: names.number("MAX_FUNCTIONS")?,
                nodes: names.number("MAX_NODES")?,
                bytes: names.number("MAX_BYTES")?,
            },
        };
        (names.number("SCHEMA")? == u64::from(SCHEMA) && names.rest.is_empty()).then_some(plan)
    }

    /// The plan that a manifest's options describe, for the venv at `venv`.
    #[must_use]
    pub fn from_options(options: &Value, venv: &Path, data_root: &Path) -> Option<Self> {
        let text = |key: &str| options.get(key)?.as_str();
        let targets: Option<Vec<Pattern>> = options
            .get("targets")?
            .as_array()?
            .iter()
            .map(|target| target.as_str()?.parse().ok())
            .collect();
        let folder = place::folder_name(venv);
        Some(Self {
            targets: targets.filter(|targets| !targets.is_empty())?,
            detail: text("detail")?.parse().ok()?,
            engine: text("engine")?.parse().ok()?,
            store: data_root.join(&folder),
            root_given: options
                .get("data_root_given")
                .is_some_and(|given| *given == true),
            folder,
            venv: venv.to_owned(),
            limits: Limits::default(),
        })
    }

    /// The same plan for a venv that is now at `venv`: its recordings get a folder of their own
    /// beside the old one.
    #[must_use]
    pub fn moved_to(self, venv: &Path) -> Self {
        let folder = place::folder_name(venv);
        let root = self.store.parent().unwrap_or(&self.store);
        Self {
            store: root.join(&folder),
            folder,
            venv: venv.to_owned(),
            ..self
        }
    }
}

/// The assignments of a `plan.py`.
struct Names<'a> {
    targets: Option<Vec<Pattern>>,
    /// Name and literal, as long as nobody asked for it.
    rest: Vec<(&'a str, &'a str)>,
}

impl<'a> Names<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let mut names = Self {
            targets: None,
            rest: Vec::new(),
        };
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        while let Some(line) = lines.next() {
            let (name, literal) = line.split_once(" = ")?;
            if (name, literal) == ("TARGETS", "(") {
                let rows = lines.by_ref().take_while(|line| *line != ")");
                names.targets = Some(rows.map(target).collect::<Option<_>>()?);
            } else {
                names.rest.push((name, literal));
            }
        }
        Some(names)
    }

    fn literal(&mut self, name: &str) -> Option<&'a str> {
        let index = self.rest.iter().position(|(other, _)| *other == name)?;
        Some(self.rest.remove(index).1)
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        self.literal(name)?.parse().ok()
    }

    fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.literal(name)? {
            "True" => Some(true),
            "False" => Some(false),
            _ => None,
        }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        let codes = whole(self.literal(name)?)?;
        codes.into_iter().map(char::from_u32).collect()
    }

    /// A `str` is UTF-8, each character of `bytes` is a byte.
    fn path(&mut self, name: &str) -> Option<PathBuf> {
        let literal = self.literal(name)?;
        let Some(bytes) = literal.strip_prefix('b') else {
            let codes = whole(literal)?.into_iter().map(char::from_u32);
            return Some(PathBuf::from(codes.collect::<Option<String>>()?));
        };
        let bytes: Option<Vec<u8>> = whole(bytes)?
            .into_iter()
            .map(|code| u8::try_from(code).ok())
            .collect();
        Some(PathBuf::from(OsString::from_vec(bytes?)))
    }
}

/// `    ("shop.**:**", False, …),`: the text says all that the rest of the tuple does.
fn target(line: &str) -> Option<Pattern> {
    let mut letters = line.strip_prefix("    (")?.chars().peekable();
    let codes = codes(&mut letters)?;
    let text: Option<String> = codes.into_iter().map(char::from_u32).collect();
    text?.parse().ok()
}

/// A literal in quotes and nothing behind it.
fn whole(literal: &str) -> Option<Vec<u32>> {
    let mut letters = literal.chars().peekable();
    let codes = codes(&mut letters)?;
    letters.next().is_none().then_some(codes)
}

/// The characters of a literal in double quotes.
fn codes(letters: &mut Peekable<Chars<'_>>) -> Option<Vec<u32>> {
    letters.next_if_eq(&'"')?;
    let mut codes = Vec::new();
    loop {
        codes.push(match letters.next()? {
            '"' => return Some(codes),
            '\\' => match letters.next()? {
                'x' => hex(letters, 2)?,
                'u' => hex(letters, 4)?,
                'U' => hex(letters, 8)?,
                letter @ ('"' | '\\') => u32::from(letter),
                _ => return None,
            },
            letter => u32::from(letter),
        });
    }
}

fn hex(letters: &mut Peekable<Chars<'_>>, digits: usize) -> Option<u32> {
    let text: String = letters.by_ref().take(digits).collect();
    u32::from_str_radix(&text, 16)
        .ok()
        .filter(|_| text.len() == digits)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use serde_json::json;

    use super::*;
    use crate::targets::{Detail, Engine};

    fn plan(store: &[u8]) -> Plan {
        Plan {
            targets: ["shop.**:**", "!größe:f.<locals>.*", "hello"]
                .map(|text| text.parse().unwrap())
                .into(),
            detail: Detail::Time,
            engine: Engine::Python,
            store: Path::new(OsStr::from_bytes(store)).to_owned(),
            root_given: true,
            folder: "shop-0123456789ab".to_owned(),
            venv: "/srv/a \"b\"\\\n\u{1f40d}/.venv".into(),
            limits: Limits {
                functions: 7,
                ..Limits::default()
            },
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let every: Vec<u8> = (1..=255).collect();
        for store in [&b"/data/shop"[..], "/größe/\u{7f}".as_bytes(), &every] {
            let plan = plan(store);
            assert_eq!(Plan::from_python(&plan.to_python()), Some(plan));
        }
    }

    #[test]
    fn what_is_not_understood_is_no_plan() {
        let text = plan(b"/d").to_python();
        for (from, to) in [
            ("SCHEMA = 1", "SCHEMA = 2"),
            ("SCHEMA = 1\n", ""),
            ("DETAIL = \"time\"", "DETAIL = \"all\""),
            ("STORE = \"/d\"", "STORE = open(\"/d\")"),
            ("STORE = \"/d\"", "STORE = \"/d\" + \"\""),
            ("STORE = \"/d\"", "STORE = b\"\\u1234\""),
            ("STORE = \"/d\"", "STORE = \"\\x4\""),
            ("ROOT_GIVEN = True", "ROOT_GIVEN = 1"),
            ("MAX_BYTES", "NEW = 1\nMAX_BYTES"),
            ("(\"hello\",", "(hello,"),
        ] {
            assert!(text.contains(from), "{from}");
            let changed = text.replacen(from, to, 1);
            assert_eq!(Plan::from_python(&changed), None, "{changed}");
        }
        assert_eq!(Plan::from_python(""), None);
    }

    #[test]
    fn a_moved_venv_gets_a_folder_beside_the_old_one() {
        let moved = plan(b"/data/shop-0123456789ab").moved_to(Path::new("/srv/new/.venv"));
        assert_eq!(
            moved.folder,
            place::folder_name(Path::new("/srv/new/.venv"))
        );
        assert_eq!(moved.store, Path::new("/data").join(&moved.folder));
        assert_eq!(moved.targets, plan(b"").targets);
    }

    #[test]
    fn options_give_the_plan_again() {
        let venv = Path::new("/srv/shop/.venv");
        let options = json!({"targets": ["a:f", "!a:g"], "engine": "auto", "detail": "count"});
        let plan = Plan::from_options(&options, venv, Path::new("/data")).unwrap();
        assert_eq!((plan.targets.len(), plan.detail), (2, Detail::Count));
        assert_eq!(
            plan.store,
            Path::new("/data").join(place::folder_name(venv))
        );
        for damaged in [
            json!({}),
            json!({"targets": [], "engine": "auto", "detail": "count"}),
            json!({"targets": ["a b c"], "engine": "auto", "detail": "count"}),
            json!({"targets": ["a:f"], "engine": "x", "detail": "count"}),
        ] {
            assert_eq!(
                Plan::from_options(&damaged, venv, Path::new("/d")),
                None,
                "{damaged}"
            );
        }
    }
}
