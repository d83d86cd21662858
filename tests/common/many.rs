//! A store that many processes have recorded to, without starting any but the first.

use std::fs;
use std::time::{Duration, SystemTime};

use super::Context;

/// A venv with the probe whose store holds copies of one process's recording, as if so many
/// processes had ended at an earlier boot: the first 40 a day ago, the next 40 two days ago, and so on.
pub fn many(processes: usize) -> Context {
    let context = Context::used();
    let own = context.recordings().pop().unwrap();
    let mut bytes = fs::read(&own).unwrap();
    fs::remove_file(own).unwrap();
    bytes[80..96].fill(1);
    for number in 0..processes {
        bytes[64..72].copy_from_slice(&(number as u64 + 1).to_le_bytes());
        let path = context.store().join(format!("01010101-{number:04}.rec"));
        let age = Duration::from_secs(86_400 * (1 + number as u64 / 40));
        let end = SystemTime::now() - age;
        let wall = end.duration_since(SystemTime::UNIX_EPOCH).unwrap();
        bytes[144..152].copy_from_slice(&(wall.as_nanos() as u64).to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        let file = fs::File::options().append(true).open(&path).unwrap();
        file.set_modified(end).unwrap();
    }
    context
}
