//! The terminal: taken and given back, drawn on, its keys read. What ends it, be it a key, a signal
//! or a panic, leaves the terminal as it was.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

use crate::top::keys::press;
use crate::top::sample::Sampler;
use crate::top::state::{App, Wish};
pub use crate::top::view::Theme;
use crate::top::view::draw;

/// A signal is obeyed within this.
const ATTENTION: Duration = Duration::from_millis(200);

/// Without any time, crossterm reads nothing.
const A_MOMENT: Duration = Duration::from_millis(1);

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The user left.
    Left,
    /// By this signal.
    Signal(i32),
}

/// Shows the state and takes readings until the user leaves. `list` names the recordings, anew
/// for each reading; `out` is the terminal.
///
/// # Errors
/// The terminal can't be read or written.
pub fn run(
    app: &mut App,
    sampler: &mut Sampler,
    list: impl Fn() -> Vec<PathBuf>,
    mut out: impl io::Write,
    give_back: fn(),
    theme: Theme,
) -> io::Result<End> {
    let signals = Signals::watch()?;
    let before = std::panic::take_hook();
    let before = Arc::new(before);
    let hook = Arc::clone(&before);
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        hook(panic);
    }));
    enable_raw_mode()?;
    // Nothing is asked of the terminal, such as where its cursor is: some don't answer.
    execute!(out, EnterAlternateScreen, Clear(ClearType::All))?;
    let ended = watch(app, sampler, &list, &mut out, theme, &signals);
    give_back();
    let _ = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| before(panic)));
    ended
}

/// Makes a terminal what it was. Also for a panic, so it ignores what fails.
pub fn restore(mut out: impl io::Write) {
    let _ = disable_raw_mode();
    let _ = execute!(out, LeaveAlternateScreen, Show);
}

fn watch(
    app: &mut App,
    sampler: &mut Sampler,
    list: &impl Fn() -> Vec<PathBuf>,
    out: &mut impl io::Write,
    theme: Theme,
    signals: &Signals,
) -> io::Result<End> {
    let mut terminal = Terminal::new(CrosstermBackend::new(out))?;
    terminal.draw(|frame| draw(frame, app, theme))?;
    let mut next = Instant::now();
    let mut had_event = false;
    loop {
        let now = Instant::now();
        let mut stale = false;
        if now >= next && !app.paused {
            app.take(sampler.sample(&list()));
            stale = true;
            // Readings that took longer than the interval don't pile up.
            next = (next + app.interval).max(now);
        }
        let left = next.saturating_duration_since(Instant::now());
        let patience = if app.paused {
            ATTENTION
        } else {
            left.min(ATTENTION)
        };
        if stale {
            terminal.draw(|frame| draw(frame, app, theme))?;
        }
        // Of several that were typed at once, crossterm holds those behind the first.
        had_event = (had_event || has_input(patience)?) && event::poll(A_MOMENT)?;
        if had_event {
            let was_paused = app.paused;
            match event::read()? {
                Event::Key(key) if press(app, key) == Wish::Quit => return Ok(End::Left),
                Event::Resize(..) => terminal.autoresize()?,
                _ => {}
            }
            if was_paused && !app.paused {
                next = Instant::now();
            }
            terminal.draw(|frame| draw(frame, app, theme))?;
        }
        if let Some(signal) = signals.taken() {
            return Ok(End::Signal(signal));
        }
    }
}

/// Waits for input, or a signal; false where neither came. Of crossterm's own waiting, the last
/// millisecond is spent in a loop: a third of what watching idle processes took.
fn has_input(patience: Duration) -> io::Result<bool> {
    let stdin = io::stdin();
    let mut inputs = [PollFd::new(&stdin, PollFlags::IN)];
    let timeout = Timespec::try_from(patience).map_err(io::Error::other)?;
    match poll(&mut inputs, Some(&timeout)) {
        Ok(ready) => Ok(ready > 0),
        // Such as a new size of the terminal.
        Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The signals that end the program, noted instead.
struct Signals {
    taken: Arc<AtomicUsize>,
    ids: Vec<signal_hook::SigId>,
}

impl Signals {
    fn watch() -> io::Result<Self> {
        let taken = Arc::new(AtomicUsize::new(0));
        let mut it = Self {
            taken: Arc::clone(&taken),
            ids: Vec::new(),
        };
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
            let number = usize::try_from(signal).unwrap_or(0);
            let id = signal_hook::flag::register_usize(signal, Arc::clone(&taken), number)?;
            it.ids.push(id);
        }
        Ok(it)
    }

    fn taken(&self) -> Option<i32> {
        match self.taken.load(Ordering::Relaxed) {
            0 => None,
            number => i32::try_from(number).ok(),
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in &self.ids {
            signal_hook::low_level::unregister(*id);
        }
    }
}
