//! Names, command lines and paths that hold what a terminal obeys are shown harmless by every
//! command, in words and as JSON, while colours of the probe's own are there.

#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::io::BufReader;
use std::process::{Command, Stdio};

use common::{Context, Ran, Run, wait_for_line};

/// A colour, a cleared screen, a link, a control character of one byte in Latin-1, a turned
/// direction, and another line.
const EVIL: &str = "x\x1b[31m\x1b[2J\x1b]8;;evil:x\x07\u{9b}2J\u{202e}\nerror: y";

/// Functions with such names, one of them running for as long as stdin is open.
const APP: &str = "\
import sys

EVIL = sys.argv[1]

def f():
    return 1

f.__qualname__ = f.__name__ = EVIL
globals()[EVIL] = f
Holder = type('Holder', (), {EVIL: lambda self: 1})
Holder.__dict__[EVIL].__qualname__ = 'Holder.' + EVIL
Holder.__dict__[EVIL].__module__ = __name__
";

const PROGRAM: &str = "\
import app, sys
app.f()
getattr(app.Holder(), app.EVIL)()
print('ready', flush=True)
sys.stdin.read(1)
";

/// Fails where a text has what a terminal obeys, but for colours where they are ours.
#[track_caller]
fn assert_harmless(text: &str, colours: &[&str]) {
    let mut plain = text.to_owned();
    for colour in colours {
        plain = plain.replace(colour, "");
    }
    let harmful = plain.chars().find(|c| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(harmful, None, "{text:?}");
    let forged = plain.lines().find(|line| line.starts_with("error: y"));
    assert_eq!(forged, None, "{text:?}");
}

/// Runs a command that shows the evil text, with colours on.
#[track_caller]
fn shown(command: &mut Command, colours: &[&str]) -> Ran {
    let ran = command.env("CLICOLOR_FORCE", "1").ran();
    assert_harmless(&ran.stdout, colours);
    // `using …`, `warning:`, `error:`, `hint:`
    let of_messages = [
        "\x1b[1m", "\x1b[33m", "\x1b[31m", "\x1b[36m", "\x1b[39m", "\x1b[0m",
    ];
    assert_harmless(&ran.stderr, &of_messages);
    let both = format!("{}{}", ran.stdout, ran.stderr);
    assert!(
        both.contains("\\u{202e}") || both.contains("\\u202e"),
        "{both}"
    );
    ran
}

#[test]
fn every_command_shows_names_and_paths_harmless() {
    let context = Context::new();
    context.write("app.py", APP);
    context.write("main.py", PROGRAM);
    let venv = context.project().join(EVIL);
    fs::rename(context.venv(), &venv).unwrap();
    let with = |arguments: &[&str]| {
        let mut probe = context.probe(arguments);
        probe.arg("--venv").arg(&venv);
        probe
    };
    let evil_target = format!("app:{}", EVIL.replace(['\n', ' '], ""));
    shown(&mut with(&["install", "-t", "app:**", "--dry-run"]), &[]);
    shown(&mut with(&["install", "-t", &evil_target]), &[]);
    with(&["install", "-t", "app:**"]).succeeds();

    let mut python = context.command(venv.join("bin/python"));
    python
        .args(["main.py", EVIL])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = python.spawn().unwrap();
    wait_for_line(&mut BufReader::new(child.stdout.take().unwrap()), "ready");
    for word in ["off", "on"] {
        let ran = shown(&mut with(&[word]), &[]);
        assert!(
            ran.stdout.contains("main.py x\\u{1b}[31m"),
            "{}",
            ran.text()
        );
        shown(&mut with(&[word, "--json"]), &[]);
    }
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());

    let ours = ["\x1b[1m", "\x1b[2m", "\x1b[0m", "\x1b[22m", "\x1b[31m"];
    let report = shown(&mut with(&["report"]), &ours);
    assert!(
        report.stdout.contains("\x1b[1m"),
        "colours of ours: {:?}",
        report.stdout
    );
    assert!(
        report.stdout.contains("app:Holder.x\\u{1b}[31m"),
        "{}",
        report.stdout
    );
    shown(&mut with(&["report", "--json"]), &[]);
    let targets = shown(&mut with(&["targets"]), &[]);
    assert!(
        targets.stdout.contains("app:Holder.x\\u{1b}[31m"),
        "{}",
        targets.stdout
    );
    shown(&mut with(&["targets", "--json"]), &[]);
    shown(&mut with(&["status"]), &[]);
    shown(&mut with(&["status", "--json"]), &[]);
    shown(&mut context.probe(&["status", "--all"]), &[]);
    let mut run = with(&["run", "-t", "app:*", "--dry-run"]);
    shown(run.args(["--", "echo", EVIL]), &[]);
    shown(&mut with(&["uninstall", "--purge"]), &[]);
    // Errors: a venv that isn't there, and what clap says of the arguments.
    shown(&mut with(&["uninstall"]), &[]);
    fs::remove_dir_all(&venv).unwrap();
    shown(&mut with(&["report"]), &[]);
    let clap = context
        .probe(&[EVIL])
        .env("CLICOLOR_FORCE", "1")
        .ran()
        .with_code(2);
    let styles = [
        "\x1b[1m", "\x1b[4m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m",
    ];
    assert_harmless(&clap.stderr.replace("\nerror: y", ""), &styles);
}
