//! A cgroup with a limit on memory, in which the kernel kills what takes more: version 1 and 2,
//! where the tests may make one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Tests of one program run at once.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// The group; gone when dropped.
pub struct MemoryLimit {
    folder: PathBuf,
}

impl MemoryLimit {
    /// A group of processes that may have so many bytes together; none where this machine or
    /// user can't make it.
    pub fn new(bytes: u64) -> Option<Self> {
        let places = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("probe-test-{}-{number}", std::process::id());
        places.into_iter().find_map(|(root, limit)| {
            if !Path::new(root).join("cgroup.procs").exists() {
                return None;
            }
            let group = Self {
                folder: Path::new(root).join(&name),
            };
            fs::create_dir(&group.folder).ok()?;
            fs::write(group.folder.join(limit), bytes.to_string()).ok()?;
            // Without swap it ends soon.
            for (file, value) in [("memory.swappiness", "0"), ("memory.swap.max", "0")] {
                let _ = fs::write(group.folder.join(file), value);
            }
            Some(group)
        })
    }

    /// The file that a process writes its id into to be in it.
    pub fn processes(&self) -> PathBuf {
        self.folder.join("cgroup.procs")
    }

    /// How many processes the kernel has killed in it.
    pub fn kills(&self) -> u64 {
        ["memory.oom_control", "memory.events"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.folder.join(name)).ok())
            .flat_map(|text| {
                let counts = text.lines().filter_map(|it| it.strip_prefix("oom_kill "));
                counts.filter_map(|it| it.parse::<u64>().ok()).max()
            })
            .sum()
    }
}

impl Drop for MemoryLimit {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.folder);
    }
}
