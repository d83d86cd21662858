//! A program that runs while others are asked, and writes to a file.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Starting and stopping take no longer.
const LIMIT: Duration = Duration::from_secs(60);

/// The program; killed when dropped.
pub(crate) struct Service {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Service {
    /// Starts it, with all that it writes in `NAME.log`.
    pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).with_context(|| format!("`{}`", log.display()))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("`{name}` can't be started"))?;
        Ok(Self {
            child,
            name: name.to_owned(),
            log,
        })
    }

    /// What it wrote so far.
    pub(crate) fn wrote(&self) -> Result<String> {
        let bytes = fs::read(&self.log).with_context(|| format!("`{}`", self.log.display()))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Waits until it is as `is_so` wants it, or has ended.
    pub(crate) fn wait<T>(
        &mut self,
        mut is_so: impl FnMut(&Self) -> Result<Option<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = is_so(self)? {
                return Ok(found);
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || start.elapsed() > LIMIT {
                let ended = ended.map_or("still runs".to_owned(), |it| format!("ended with {it}"));
                bail!(
                    "`{}` {ended} and isn't ready:\n{}",
                    self.name,
                    self.wrote()?
                );
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill(
            Pid::from_raw(i32::try_from(self.child.id())?),
            Signal::SIGTERM,
        )?;
        let start = Instant::now();
        while self.child.try_wait()?.is_none() {
            if start.elapsed() > LIMIT {
                bail!("`{}` doesn't end", self.name);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
