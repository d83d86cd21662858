//! What `probe report` takes over thousands of recordings, as a whole process: copies of one that
//! a real process made, each with an id of its own and of an earlier boot, so that all have ended.
//! Once as their own files, once folded, as the first reader leaves them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use nix::fcntl::{Flock, FlockArg};

use super::LIMIT;
use super::figures::median;
use crate::engine::Engine;
use crate::interpreters::Interpreter;
use crate::stage::{Setup, Stage};
use crate::{markdown, process, venvs};

/// Functions of each recording.
const FUNCTIONS: usize = 200;

/// How many recordings are read, in turn.
const FEW: usize = 1_000;
const MANY: usize = 10_000;

/// Words of a recording's header that the copies differ in.
const PID: usize = 8;
const BOOT_ID: usize = 10;

/// Measures and returns the table.
pub(super) fn measure(stage: &Stage, python: &Interpreter, runs: usize) -> Result<String> {
    let template = record(stage, python)?;
    let folder = |name: &str| -> Result<(PathBuf, PathBuf)> {
        let root = stage.folder().join(name);
        let store = root.join("many-0123456789ab");
        fs::create_dir_all(&store)?;
        Ok((root, store))
    };
    let (few_root, few_store) = folder("few")?;
    let (many_root, many_store) = folder("many")?;
    let mut rows = Vec::new();
    let mut row = |what: &str, times: &[f64], bytes: u64| {
        let least = times.iter().copied().fold(f64::INFINITY, f64::min);
        rows.push(vec![
            what.to_owned(),
            format!("{:.1}", bytes as f64 / 1e6),
            format!("{:.0}", median(times)),
            format!("{least:.0}"),
        ]);
    };

    for from in (0..MANY).step_by(FEW) {
        copies(&template, &many_store, from..from + FEW)?;
        reports(stage, &many_root, from + FEW, 1)?;
    }
    copies(&template, &few_store, 0..FEW)?;
    // What was written so far is 22 GB: the disk is at it for a while.
    nix::unistd::sync();
    {
        // Nobody folds them while somebody else has the lock.
        let lock = Flock::lock(File::open(&few_store)?, FlockArg::LockExclusive)
            .map_err(|(_, errno)| errno)
            .context("the folder can't be locked")?;
        let times = reports(stage, &few_root, FEW, runs)?;
        row(&format!("{FEW}, each a file"), &times, size(&few_store)?);
        drop(lock);
    }
    let first = reports(stage, &few_root, FEW, 1)?;
    row(
        &format!("{FEW}, read and folded"),
        &first,
        size(&few_store)?,
    );
    nix::unistd::sync();
    // In turn, so that what the machine does meanwhile meets both.
    let (mut few, mut many) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        few.extend(reports(stage, &few_root, FEW, 1)?);
        many.extend(reports(stage, &many_root, MANY, 1)?);
    }
    row(&format!("{FEW}, folded"), &few, size(&few_store)?);
    row(&format!("{MANY}, folded"), &many, size(&many_store)?);
    fs::remove_dir_all(&few_root)?;
    fs::remove_dir_all(&many_root)?;
    Ok(format!(
        "\nReport: `probe report --json` over recordings of {FUNCTIONS} functions each, whole \
         processes, of {runs} runs. {MANY} folded ones take {:.1} times as long as {FEW}.\n\n{}",
        median(&many) / median(&few),
        markdown::table(
            &["recordings", "MB on disk", "median ms", "least ms"],
            &rows
        )
    ))
}

/// The bytes of the recording that a real process leaves.
fn record(stage: &Stage, python: &Interpreter) -> Result<Vec<u8>> {
    let setup = Setup {
        engine: Engine::Native,
        detail: "tree",
        targets: &["many:*"],
    };
    let venv = stage.venv_with_probe(python, "report", setup)?;
    let folder = stage.folder().join("many-source");
    fs::create_dir_all(&folder)?;
    let functions = (0..FUNCTIONS)
        .map(|number| format!("def f{number:03}(n):\n    for _ in range(n): pass\n"))
        .collect::<String>();
    fs::write(folder.join("many.py"), functions)?;
    let mut run = stage.command(&venvs::python(&venv));
    run.current_dir(&folder).args(["-c", CALLS]);
    process::run_quietly(&mut run, LIMIT)?;
    let recordings = recordings_below(&stage.folder().join("data"))?;
    ensure!(!recordings.is_empty(), "the program left no recording");
    // Installing started the Python too; only the program called something.
    let largest = recordings.iter().max_by_key(|path| size(path).unwrap_or(0));
    fs::read(largest.context("a recording")?).context("the recording can't be read")
}

/// What calls the functions: each some fifty times, for times of three magnitudes.
const CALLS: &str = "\
import many
for function in [getattr(many, name) for name in dir(many) if name.startswith('f')]:
    for n in (1, 10, 100, 1000) * 12:
        function(n)
";

fn recordings_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder) {
        let path = entry?.into_path();
        if path.extension().is_some_and(|it| it == "rec") {
            found.push(path);
        }
    }
    Ok(found)
}

/// Writes copies, each with an id of its own.
fn copies(template: &[u8], store: &Path, numbers: std::ops::Range<usize>) -> Result<()> {
    let mut bytes = template.to_vec();
    bytes[BOOT_ID * 8..(BOOT_ID + 2) * 8].fill(1);
    for number in numbers {
        bytes[PID * 8..(PID + 1) * 8].copy_from_slice(&(number as u64 + 1).to_le_bytes());
        let path = store.join(format!("01010101-{}-0-{number:08x}.rec", number + 1));
        fs::write(&path, &bytes).with_context(|| format!("`{}`", path.display()))?;
    }
    Ok(())
}

/// The milliseconds of some reports, each of which must have seen all recordings.
fn reports(stage: &Stage, root: &Path, recordings: usize, runs: usize) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    for _ in 0..runs {
        let mut report = stage.probe();
        report.args(["report", "--json", "--data-dir"]).arg(root);
        report.stderr(Stdio::null());
        let begin = Instant::now();
        let output = report.output()?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        ensure!(
            output.status.success(),
            "a report ended with {}",
            output.status
        );
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let seen = answer["processes"].as_array().map_or(0, Vec::len);
        ensure!(
            seen == recordings,
            "{seen} processes instead of {recordings}"
        );
    }
    Ok(times)
}

/// Bytes on the disk of a file or of what is in a folder.
fn size(path: &Path) -> Result<u64> {
    use std::os::unix::fs::MetadataExt;
    let mut sum = 0;
    for entry in walkdir::WalkDir::new(path) {
        sum += entry?.metadata()?.blocks() * 512;
    }
    Ok(sum)
}
