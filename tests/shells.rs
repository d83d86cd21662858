//! `probe completions` in the shells themselves, and `probe man` read by man.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{Context, Run, skip, usual_python};

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    if !found {
        skip(program, "it isn't on PATH");
    }
    found
}

fn script(context: &Context, shell: &str) -> String {
    let ran = context.probe(&["completions", shell]).succeeds();
    assert_eq!(ran.stderr, "");
    ran.stdout
}

/// What bash proposes for a line whose last word is being written.
fn proposed(context: &Context, line: &[&str]) -> Vec<String> {
    context.write("probe.bash", &script(context, "bash"));
    let program = "\
source ./probe.bash
COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1))
eval \"$(complete -p probe | sed 's/.*-F \\([^ ]*\\).*/\\1/') probe '${COMP_WORDS[COMP_CWORD]}' '${COMP_WORDS[COMP_CWORD - 1]}'\"
printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = context.command("bash");
    bash.args(["-c", program, "bash"]).args(line);
    let ran = bash.succeeds();
    assert_eq!(ran.stderr, "");
    ran.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes() {
    let context = Context::without_venv(usual_python());
    assert_eq!(proposed(&context, &["probe", "rep"]), ["report"]);
    assert!(proposed(&context, &["probe", ""]).contains(&"snapshot".to_owned()));
    let options = proposed(&context, &["probe", "diff", "--"]);
    for option in ["--threshold", "--all", "--json"] {
        assert!(options.contains(&option.to_owned()), "{options:?}");
    }
    assert_eq!(
        proposed(&context, &["probe", "install", "--engine", ""]),
        ["auto", "native", "python"]
    );
    assert!(proposed(&context, &["probe", "completions", "z"]).contains(&"zsh".to_owned()));
}

#[test]
fn each_shell_can_read_its_script() {
    let context = Context::without_venv(usual_python());
    for (shell, arguments) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        if is_there(shell) {
            let file = context.write("script", &script(&context, shell));
            let mut check = context.command(shell);
            let ran = check.arg(arguments).arg(&file).succeeds();
            assert_eq!(ran.stderr, "", "{shell}");
        }
    }
    for (shell, word) in [
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        assert!(script(&context, shell).contains(word), "{shell}");
    }
    context.probe(&["completions", "csh"]).ran().with_code(2);
}

/// The pages without a warning, as text.
fn formatted(page: &Path) -> String {
    let mut man = Command::new("man");
    man.args(["--warnings=w", "-E", "UTF-8", "-l"])
        .arg(page)
        .env("MANWIDTH", "80")
        .env("MAN_KEEP_FORMATTING", "")
        .env("LC_ALL", "C.UTF-8")
        .env("PAGER", "cat");
    let ran = man.succeeds();
    assert_eq!(ran.stderr, "", "{}", page.display());
    ran.stdout
}

#[test]
fn man_reads_the_pages() {
    let context = Context::without_venv(usual_python());
    let main = context.probe(&["man"]).succeeds().stdout;
    let before = common::Tree::of(context.root());
    context.probe(&["man", "pages", "--dry-run"]).succeeds();
    before.assert_same_as_now(context.root());
    let written = context.probe(&["man", "pages"]).succeeds().stdout;
    let folder = context.project().join("pages");
    assert_eq!(fs::read_to_string(folder.join("probe.1")).unwrap(), main);
    let pages: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    assert_eq!(written.lines().count(), pages.len());
    assert!(folder.join("probe-install.1").is_file());
    assert!(!folder.join("probe-help.1").exists());
    // A second time over the first.
    context.probe(&["man", "pages"]).succeeds();
    assert!(!main.contains("help(1)"), "{main}");
    assert!(main.contains("install(1)"), "{main}");
    if !is_there("man") || !is_there("groff") {
        return;
    }
    for page in &pages {
        let text = formatted(page);
        assert!(text.contains("SYNOPSIS"), "{}", page.display());
    }
    let text = formatted(&folder.join("probe-diff.1"));
    assert!(
        text.contains("probe diff [OPTIONS] <BEFORE> <AFTER>") || text.contains("probe diff ["),
        "{text}"
    );
}
