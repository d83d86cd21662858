//! A new recording's header.

use std::time::{SystemTime, UNIX_EPOCH};

use super::layout::{
    HEADER_BYTES, HISTOGRAM, MAGIC, MAJOR, MAX_COMMAND_BYTES, MAX_HOST_BYTES, MINOR, engine, head,
};
use super::process::Process;
use super::{Facts, Words, publish, store, store_text};
use crate::clock;

/// Fills the header of a file that has one segment of `bytes`; its magic is stored last.
pub(super) fn write(
    header: Words,
    facts: &Facts,
    process: &Process,
    record_words: usize,
    bytes: u64,
) {
    let (multiplier, shift) = clock::calibration();
    let [boot_low, boot_high] = process.boot_words();
    let host = process.host.get(..MAX_HOST_BYTES).unwrap_or(&process.host);
    let command = whole_arguments(&process.command);
    for (word, value) in [
        (head::BYTES, HEADER_BYTES as u64),
        (head::CLOCK, clock::kind()),
        (head::CLOCK_MULTIPLIER, multiplier),
        (head::CLOCK_SHIFT, u64::from(shift)),
        (head::STARTED_TICKS, clock::now()),
        (head::STARTED_WALL, wall_clock()),
        (head::PID, u64::from(process.pid)),
        (head::PROCESS_START, process.start),
        (head::BOOT_ID, boot_low),
        (head::BOOT_ID + 1, boot_high),
        (head::PID_NAMESPACE, process.pid_namespace),
        (head::PARENT, u64::from(process.parent)),
        (head::DETAIL, u64::from(facts.detail)),
        (head::ENGINE, engine::NATIVE),
        (head::PYTHON, facts.python),
        (head::HISTOGRAM, HISTOGRAM),
        (head::RECORD_WORDS, record_words as u64),
        (head::UID, u64::from(process.user)),
        (head::INTERPRETER, facts.interpreter_bits),
        (head::HOST_BYTES, host.len() as u64),
        (head::COMMAND_BYTES, command.len() as u64),
        (head::SEGMENT_TABLE, 0),
        (head::SEGMENT_TABLE + 1, bytes),
        (head::SEGMENTS, 1),
        (head::VERSION, u64::from(MAJOR) << 32 | u64::from(MINOR)),
    ] {
        store(header, word, value);
    }
    store_text(header, head::HOST, host);
    store_text(header, head::COMMAND, command);
    publish(header, head::MAGIC, MAGIC);
}

/// The wall clock, in ns since 1970 UTC.
pub(super) fn wall_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |it| u64::try_from(it.as_nanos()).unwrap_or(u64::MAX))
}

/// As many whole arguments as there is room for; of a first one that is too long, its begin.
fn whole_arguments(command: &[u8]) -> &[u8] {
    let Some(cut) = command.get(..MAX_COMMAND_BYTES) else {
        return command;
    };
    if command.len() == cut.len() {
        return command;
    }
    let end = cut.iter().rposition(|byte| *byte == 0);
    end.and_then(|end| cut.get(..=end)).unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_command_line_is_cut_at_an_argument() {
        assert_eq!(whole_arguments(b"a\0b\0"), b"a\0b\0");
        let fits = vec![b'x'; MAX_COMMAND_BYTES];
        assert_eq!(whole_arguments(&fits), fits);
        let long = [b"python\0-c\0", &fits[..], b"\0"].concat();
        assert_eq!(whole_arguments(&long), b"python\0-c\0");
        let one = vec![b'x'; MAX_COMMAND_BYTES + 1];
        assert_eq!(whole_arguments(&one), fits);
    }
}
