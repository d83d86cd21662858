//! What a target is, and running one input: with the bounds on memory and time that hold for
//! every target.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::memory;
use crate::mutation::Mutation;

/// Processor time that any input may take: a hundred times what the slowest seed takes, in a
/// build without optimization.
const LONGEST: Duration = Duration::from_secs(10);

/// Bytes that any input may take while it is read.
const MOST_BYTES: usize = 48 << 20;

/// Bytes more for each byte of the input.
const BYTES_A_BYTE: usize = 64;

/// Something that reads.
#[derive(Debug)]
pub struct Target {
    /// Its name, as in the command line.
    pub name: &'static str,
    /// What is read, for the list of targets.
    pub about: &'static str,
    /// Reads one input.
    pub run: fn(&[u8]),
    /// Inputs as they should be, and some that once weren't survived.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// What inputs are made of.
    pub mutation: Mutation,
    /// Bytes of the longest input that is worth a try.
    pub longest: usize,
}

/// Runs a target on one input.
///
/// # Panics
/// Where it finds something, and where it takes more memory or time than any input may.
pub fn check(target: &Target, input: &[u8]) {
    let began = processor_time();
    let ((), peak) = memory::peak_of(|| (target.run)(input));
    let most = MOST_BYTES + BYTES_A_BYTE * input.len();
    assert!(
        peak <= most,
        "an input of {} bytes took {peak} bytes of memory",
        input.len()
    );
    let took = processor_time().saturating_sub(began);
    assert!(took <= LONGEST, "an input took {took:?}");
}

/// Of this process; a loaded machine doesn't make it longer.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;
    use crate::ALL;

    /// One test: what is held is counted for the whole process.
    #[test]
    fn every_seed_is_survived_and_what_takes_too_much_is_not() {
        for target in ALL {
            let seeds = (target.seeds)();
            assert!(!seeds.is_empty(), "{}", target.name);
            for seed in seeds {
                check(target, &seed);
            }
        }
        let greedy = Target {
            run: |input| drop(std::hint::black_box(vec![input.len(); MOST_BYTES / 4])),
            ..*ALL[0]
        };
        assert!(catch_unwind(|| check(&greedy, b"any")).is_err());
    }
}
