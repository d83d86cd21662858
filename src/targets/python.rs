//! A plan as Python source: `plan.py`, described in docs/payload.md. ASCII only and literals
//! only, so that every Python reads it alike, whatever its version and locale.

use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::Pattern;
use super::plan::Plan;

/// The version of the names in `plan.py`.
pub(super) const SCHEMA: u32 = 1;

impl Plan {
    /// The text of `plan.py`.
    #[must_use]
    pub fn to_python(&self) -> String {
        let mut text = format!(
            "# Written by probe; another plan is another folder.\n\
             SCHEMA = {SCHEMA}\nDETAIL = {}\nENGINE = {}\nSTORE = {}\nROOT_GIVEN = {}\n\
             FOLDER = {}\nVENV = {}\n",
            string(self.detail.name()),
            string(self.engine.name()),
            path(&self.store),
            boolean(self.root_given),
            string(&self.folder),
            path(&self.venv),
        );
        text.push_str("TARGETS = (\n");
        for pattern in &self.targets {
            let _ = writeln!(text, "    {},", target(pattern));
        }
        let limits = self.limits;
        let _ = writeln!(
            text,
            ")\nMAX_FUNCTIONS = {}\nMAX_NODES = {}\nMAX_BYTES = {}",
            limits.functions, limits.nodes, limits.bytes
        );
        text
    }
}

fn target(pattern: &Pattern) -> String {
    format!(
        "({}, {}, {}, {})",
        string(pattern.text()),
        boolean(pattern.excludes()),
        tuple(pattern.module()),
        tuple(pattern.qualname()),
    )
}

fn boolean(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// A tuple of one needs its comma to be a tuple.
fn tuple(parts: &[String]) -> String {
    let items: Vec<String> = parts.iter().map(|part| string(part)).collect();
    let comma = if items.len() == 1 { "," } else { "" };
    format!("({}{comma})", items.join(", "))
}

/// A path is bytes to the system. Where they are UTF-8 a `str` says the same; else `bytes`,
/// which Python's own functions take as well.
fn path(path: &Path) -> String {
    let bytes = path.as_os_str().as_bytes();
    match std::str::from_utf8(bytes) {
        Ok(text) => string(text),
        Err(_) => {
            let mut literal = String::from("b\"");
            for byte in bytes {
                escape(&mut literal, u32::from(*byte));
            }
            literal.push('"');
            literal
        }
    }
}

fn string(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        escape(&mut literal, u32::from(c));
    }
    literal.push('"');
    literal
}

fn escape(literal: &mut String, code: u32) {
    let _ = match char::from_u32(code) {
        Some(c @ ('"' | '\\')) => write!(literal, "\\{c}"),
        Some(c @ ' '..='~') => write!(literal, "{c}"),
        _ if code <= 0xff => write!(literal, "\\x{code:02x}"),
        _ if code <= 0xffff => write!(literal, "\\u{code:04x}"),
        _ => write!(literal, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use super::*;
    use crate::targets::plan::Limits;
    use crate::targets::{Detail, Engine};

    const NASTY: &str =
        "/a b/'\"/\\x41\\/{}%s\n\r\t\0\x07\x7f/größe/価格/\u{e000}\u{1f40d}/\u{202e}";

    fn plan(store: &[u8], venv: &[u8], targets: &[&str]) -> Plan {
        Plan {
            targets: targets.iter().map(|text| text.parse().unwrap()).collect(),
            detail: Detail::Time,
            engine: Engine::Auto,
            store: Path::new(OsStr::from_bytes(store)).to_owned(),
            root_given: true,
            folder: "shop-0123456789ab".to_owned(),
            venv: Path::new(OsStr::from_bytes(venv)).to_owned(),
            limits: Limits::default(),
        }
    }

    /// Runs `plan.py` in a real Python, followed by code that prints one JSON line.
    fn ask(plan: &Plan, code: &str) -> serde_json::Value {
        let source = plan.to_python();
        assert!(source.is_ascii());
        let output = Command::new("python3")
            .args(["-I", "-c", &format!("{source}\nimport json\n{code}")])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    #[test]
    fn python_reads_the_names_as_described() {
        let plan = plan(
            b"/d/s",
            b"/srv/shop/.venv",
            &["shop.**:**", "!größe:f.<locals>.*", "hello"],
        );
        let names = ask(
            &plan,
            "print(json.dumps([SCHEMA, DETAIL, ENGINE, STORE, ROOT_GIVEN, FOLDER, VENV, TARGETS, \
             MAX_FUNCTIONS, MAX_NODES, MAX_BYTES, type(TARGETS[0][2]).__name__]))",
        );
        assert_eq!(
            names,
            serde_json::json!([
                1,
                "time",
                "auto",
                "/d/s",
                true,
                "shop-0123456789ab",
                "/srv/shop/.venv",
                [
                    ["shop.**:**", false, ["shop", "**"], ["**"]],
                    [
                        "!größe:f.<locals>.*",
                        true,
                        ["größe"],
                        ["f", "<locals>", "*"]
                    ],
                    ["hello", false, ["hello"], ["**"]]
                ],
                10000,
                20_000,
                268_435_456,
                "tuple"
            ])
        );
    }

    #[test]
    fn any_text_arrives_unchanged() {
        let plan = plan(NASTY.as_bytes(), b"/v", &["a"]);
        assert_eq!(
            ask(&plan, "print(json.dumps(STORE))"),
            serde_json::json!(NASTY)
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_arrive_unchanged() {
        let every: Vec<u8> = (0..=255).collect();
        let plan = plan(&every, b"/v\xff\"\\\n", &["a"]);
        assert_eq!(
            ask(&plan, "print(json.dumps([list(STORE), list(VENV)]))"),
            serde_json::json!([every, b"/v\xff\"\\\n".to_vec()])
        );
    }

    #[test]
    fn the_text_is_as_the_payloads_description_shows() {
        let text = plan(b"/d", b"/v", &["hello", "!shop.db:Session.__repr__"]).to_python();
        assert!(text.contains("\n    (\"hello\", False, (\"hello\",), (\"**\",)),\n"));
        assert!(text.contains(
            "\n    (\"!shop.db:Session.__repr__\", True, (\"shop\", \"db\"), \
             (\"Session\", \"__repr__\")),\n"
        ));
    }
}
