//! Running other programs: with a limit of time, quietly, or in the open.
//! What a program's exit code means is its caller's business.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::console;

/// Runs `command` with its output collected, and ends it after `limit`.
pub(crate) fn output_within(command: &mut Command, limit: Duration) -> Result<Output> {
    let name = console::typed_line(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` can't be started"))?;
    // Both pipes are drained while the child runs, or a full one would stop it.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait_within(&mut child, limit, &name)?;
    let collected = |drain: thread::JoinHandle<Vec<u8>>| drain.join().unwrap_or_default();
    Ok(Output {
        status,
        stdout: collected(stdout),
        stderr: collected(stderr),
    })
}

/// Runs `command` with the task's own stdout and stderr, and ends it after `limit`.
pub(crate) fn status_within(command: &mut Command, limit: Duration) -> Result<ExitStatus> {
    let name = console::typed_line(command);
    let mut child = command
        .stdin(Stdio::null())
        .spawn()
        .with_context(|| format!("`{name}` can't be started"))?;
    wait_within(&mut child, limit, &name)
}

/// Runs `command` in the open, and shows each line of its stdout to `see` as well.
pub(crate) fn follow(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    listen(command, |line| {
        console::line(line);
        see(line);
    })
}

/// Runs `command` and hands each line of its stdout to `see`; returns how it ended.
pub(crate) fn listen(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let name = console::typed_line(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("`{name}` can't be started"))?;
    let mut reader = BufReader::new(child.stdout.take().context("it has no stdout")?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        see(text.trim_end());
        line.clear();
    }
    Ok(child.wait()?)
}

/// Runs `command` in the open and fails where it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = console::typed_line(command);
    let status = command
        .status()
        .with_context(|| format!("`{name}` can't be started"))?;
    if !status.success() {
        bail!("`{name}` ended with {status}");
    }
    Ok(())
}

/// Runs `command` quietly; a failure carries the last lines that it wrote.
pub(crate) fn run_quietly(command: &mut Command, limit: Duration) -> Result<Output> {
    let name = console::typed_line(command);
    let output = output_within(command, limit)?;
    if !output.status.success() {
        bail!(
            "`{name}` ended with {}:\n{}",
            output.status,
            last_lines(&output)
        );
    }
    Ok(output)
}

/// The last lines that a program wrote, its messages before its data.
fn last_lines(output: &Output) -> String {
    let stream = if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    };
    let text = String::from_utf8_lossy(stream);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(12);
    lines
        .iter()
        .skip(from)
        .map(|line| format!("    {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn wait_within(child: &mut Child, limit: Duration, name: &str) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!(
                "`{name}` was still running after {} s and was ended",
                limit.as_secs()
            );
        }
        thread::sleep(Duration::from_millis(2));
    }
}

fn drain<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A broken pipe ends the reading; what came before it is what there is.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn more_output_than_a_pipe_holds_is_collected() {
        let output = output_within(
            &mut shell("head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2"),
            Duration::from_secs(20),
        )
        .unwrap();
        assert_eq!(
            (output.stdout.len(), output.stderr.len()),
            (300_000, 300_000)
        );
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let error =
            output_within(&mut shell("exec sleep 60"), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains("still running"), "{error}");
    }

    #[test]
    fn each_line_is_shown_to_the_follower() {
        let mut lines = Vec::new();
        let status = follow(&mut shell("echo one; printf 'tw\\377o'; exit 3"), |line| {
            lines.push(line.to_owned());
        })
        .unwrap();
        assert_eq!(lines, ["one", "tw\u{fffd}o"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_failure_carries_the_last_lines() {
        let error =
            run_quietly(&mut shell("echo why >&2; exit 4"), Duration::from_secs(20)).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 4") && text.contains("    why"),
            "{text}"
        );
    }
}
