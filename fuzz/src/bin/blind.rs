//! Drives targets without looking at the coverage, and without anything but Rust: seeds as they
//! are, then seeds changed a little. Input number N of a run is the same at each run with the
//! same `--seed`, on every machine.
//!
//! `fuzz-blind [TARGET]... [--seconds N] [--seed N] [--crashes FOLDER] [--seeds FOLDER]
//! [--input FILE] [--list]`; without a target, all of them. Exits with 1 where one finds
//! something. Started by `cargo xtask fuzz`, which says more.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use probe_fuzz::{ALL, Random, Target, check, named};

/// A change of the input is kept for so many further changes in a row.
const CHANGES: usize = 4;

struct Arguments {
    targets: Vec<&'static Target>,
    time: Duration,
    seed: u64,
    crashes: PathBuf,
    seeds: Option<PathBuf>,
    input: Option<PathBuf>,
    list: bool,
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    if arguments.list {
        for target in ALL {
            println!("{:16} {}", target.name, target.about);
        }
        return ExitCode::SUCCESS;
    }
    let mut good = true;
    for target in &arguments.targets {
        good &= match (&arguments.input, &arguments.seeds) {
            (Some(path), _) => again(target, path),
            (None, Some(folder)) => write_seeds(target, folder),
            (None, None) => run(target, &arguments),
        };
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut read = Arguments {
        targets: Vec::new(),
        time: Duration::from_secs(3),
        seed: 1,
        crashes: PathBuf::from("."),
        seeds: None,
        input: None,
        list: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("`{word}` needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("`{text}` isn't a number"));
        match word.as_str() {
            "--seconds" => read.time = Duration::from_secs(number(value()?)?),
            "--seed" => read.seed = number(value()?)?,
            "--crashes" => read.crashes = value()?.into(),
            "--seeds" => read.seeds = Some(value()?.into()),
            "--list" => read.list = true,
            "--input" => read.input = Some(value()?.into()),
            name => read
                .targets
                .push(named(name).ok_or(format!("no target `{name}`"))?),
        }
    }
    if read.targets.is_empty() {
        read.targets = ALL.to_vec();
    }
    Ok(read)
}

/// Runs one target; true where it found nothing.
fn run(target: &Target, arguments: &Arguments) -> bool {
    let seeds = (target.seeds)();
    let began = Instant::now();
    let mut number = 0_usize;
    // The seeds are always all run.
    while number < seeds.len() || began.elapsed() < arguments.time {
        let input = input(target, &seeds, number, arguments.seed);
        if !survived(target, &input) {
            let folder = arguments.crashes.join(target.name);
            let path = folder.join("blind");
            let kept = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, &input));
            println!(
                "{}: input {number} of seed {} is a finding: `{}` ({})",
                target.name,
                arguments.seed,
                path.display(),
                kept.map_or_else(
                    |error| error.to_string(),
                    |()| format!("{} bytes", input.len())
                ),
            );
            return false;
        }
        number += 1;
    }
    println!("{}: {number} inputs, seed {}", target.name, arguments.seed);
    true
}

/// Input number so and so: the seeds first.
fn input(target: &Target, seeds: &[Vec<u8>], number: usize, seed: u64) -> Vec<u8> {
    if let Some(input) = seeds.get(number) {
        return input.clone();
    }
    let mut random = Random::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d) ^ number as u64);
    let mut input = random.one_of(seeds).clone();
    for _ in 0..random.below(CHANGES) + 1 {
        target.mutation.apply(&mut input, &mut random);
    }
    input.truncate(target.longest);
    input
}

fn survived(target: &Target, input: &[u8]) -> bool {
    catch_unwind(AssertUnwindSafe(|| check(target, input))).is_ok()
}

fn again(target: &Target, path: &Path) -> bool {
    match fs::read(path) {
        Ok(input) => survived(target, &input),
        Err(error) => {
            eprintln!("error: `{}` can't be read: {error}", path.display());
            false
        }
    }
}

fn write_seeds(target: &Target, folder: &Path) -> bool {
    let mut written = fs::create_dir_all(folder);
    for (number, seed) in (target.seeds)().into_iter().enumerate() {
        written = written.and_then(|()| fs::write(folder.join(format!("seed-{number:02}")), seed));
    }
    if let Err(error) = &written {
        eprintln!("error: `{}` can't be written: {error}", folder.display());
    }
    written.is_ok()
}
