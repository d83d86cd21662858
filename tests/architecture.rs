//! The invariants of ARCHITECTURE.md that are about the sources themselves: which module may
//! know which, and who may print or know clap.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

/// A module, and the modules that it may use beside itself.
const ARROWS: [(&str, &[&str]); 22] = [
    ("program", &["cli", "commands", "exit", "printer"]),
    (
        "commands",
        &[
            "budget",
            "cli",
            "compare",
            "exit",
            "files",
            "harmless",
            "launch",
            "metrics",
            "payload",
            "printer",
            "push",
            "python",
            "quantity",
            "recording",
            "report",
            "serve",
            "site",
            "targets",
            "top",
        ],
    ),
    ("top", &["harmless", "latency", "recording", "report"]),
    ("cli", &["quantity", "targets"]),
    ("printer", &["exit", "harmless"]),
    ("budget", &["exit", "harmless", "report", "targets"]),
    (
        "compare",
        &["exit", "harmless", "latency", "recording", "report"],
    ),
    ("report", &["exit", "harmless", "latency", "recording"]),
    ("metrics", &["harmless", "latency", "recording", "report"]),
    (
        "serve",
        &["exit", "harmless", "metrics", "recording", "report"],
    ),
    (
        "push",
        &["exit", "harmless", "metrics", "recording", "report"],
    ),
    ("latency", &["recording"]),
    (
        "site",
        &[
            "exit",
            "files",
            "payload",
            "python",
            "quantity",
            "recording",
        ],
    ),
    ("launch", &["exit", "files"]),
    ("targets", &["exit", "files", "quantity", "recording"]),
    ("payload", &["files"]),
    ("python", &["exit", "files"]),
    ("recording", &["exit", "files", "quantity"]),
    ("files", &["exit"]),
    ("harmless", &[]),
    ("quantity", &[]),
    ("exit", &[]),
];

/// The Rust sources of a module, as (path, text without comments and tests).
fn sources(module: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let file = root.join(format!("{module}.rs"));
    let place = if file.is_file() {
        file
    } else {
        root.join(module)
    };
    WalkDir::new(place)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "rs"))
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            let code: String = text
                .lines()
                .take_while(|line| line.trim() != "#[cfg(test)]")
                .filter(|line| !line.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (entry.path().display().to_string(), code)
        })
        .collect()
}

/// The modules that a text names as `crate::module`.
fn used(code: &str) -> BTreeSet<&str> {
    code.split("crate::")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_lowercase() && c != '_')
                .next()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn arrows_point_one_way() {
    for (module, allowed) in ARROWS {
        for (path, code) in sources(module) {
            for other in used(&code) {
                assert!(
                    other == module || allowed.contains(&other),
                    "{path} uses `{other}`, which `{module}` may not know"
                );
            }
        }
    }
}

#[test]
fn every_module_has_its_arrows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = fs::read_to_string(root).unwrap();
    let declared: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    assert_eq!(declared, ARROWS.iter().map(|(module, _)| *module).collect());
}

#[test]
fn only_the_command_line_knows_clap_and_only_the_printer_prints() {
    for (module, _) in ARROWS {
        for (path, code) in sources(module) {
            if !["program", "cli"].contains(&module) {
                assert!(!code.contains("clap"), "{path} knows clap");
            }
            if module != "printer" {
                for printing in [
                    "println!",
                    "eprintln!",
                    "print!(",
                    "io::stdout",
                    "io::stderr",
                ] {
                    assert!(!code.contains(printing), "{path} prints with {printing}");
                }
            }
        }
    }
}
