//! The real clock of this machine against the system's.

use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

fn nanoseconds(ticks: u64) -> u64 {
    let (multiplier, shift) = calibration();
    u64::try_from((u128::from(ticks) * u128::from(multiplier)) >> shift).unwrap()
}

#[test]
fn tells_the_time_that_passed() {
    start();
    // One pair of looks at the system's clock within ours, one around: whatever else the
    // machine does between two looks.
    let around = Instant::now();
    let begin = now();
    let within = Instant::now();
    std::thread::sleep(Duration::from_millis(30));
    let within = within.elapsed().as_nanos() as u64;
    let ticks = since(begin, now());
    let around = around.elapsed().as_nanos() as u64;
    let measured = nanoseconds(ticks);
    assert!(
        within - within / 100 <= measured && measured <= around + around / 100,
        "{measured} between {within} and {around}"
    );
    assert!((1..=3).contains(&kind()));
}

#[test]
fn never_tells_absurd_times() {
    start();
    assert_eq!(since(10, 5), 0);
    assert_eq!(since(5, 10), 5);
    let now = now();
    // As if the counter had jumped by a day while a call ran.
    let day = 86_400 * 3_000_000_000;
    let jumped = since(now, now.saturating_add(day));
    if COUNTING.load(Relaxed) {
        assert!(nanoseconds(jumped) < 600_000_000_000, "{jumped}");
    }
}

#[test]
fn long_calls_are_not_cut() {
    start();
    calibration();
    // A call that began with the clock.
    let begin = now();
    std::thread::sleep(Duration::from_millis(5));
    let ticks = now().saturating_sub(begin);
    let possible = possible(begin, ticks);
    assert!(
        possible.abs_diff(ticks) <= ticks / 100,
        "{possible} of {ticks}"
    );
}

#[test]
fn is_the_systems_clock_where_asked() {
    const MARK: &str = "PROBE_TEST_OF_THE_CLOCK";
    if std::env::var_os(MARK).is_some() {
        start();
        assert_eq!((kind(), calibration()), (1, (1, 0)));
        let (before, time, after) = (monotonic(), now(), monotonic());
        assert!(before <= time && time <= after);
        return;
    }
    let name = std::thread::current().name().unwrap().to_owned();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name])
        .env(MARK, "1")
        .env("PROBE_CLOCK", "monotonic")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&status.stdout);
    assert!(said.contains("1 passed"), "{said}");
}
