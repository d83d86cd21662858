//! A terminal that a program runs on: its keys, its screen, and whether it was left as it was.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::AsFd;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

/// Machines that run the tests may be slow; whoever waits longer waits in vain.
const PATIENCE: Duration = Duration::from_secs(60);

/// The terminal and the program on it.
pub struct Terminal {
    keyboard: File,
    /// The program's side of it.
    line: File,
    child: Child,
    screen: vt100::Parser,
    before: String,
}

impl Terminal {
    /// Starts a program on a new terminal of this size.
    pub fn start(command: &Command, columns: u16, lines: u16) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let name = ptsname(&keyboard, Vec::new()).unwrap();
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        resize(&line, columns, lines);
        let before = described(&tcgetattr(&line).unwrap());
        // Its own session, so that this terminal is the one it is on.
        let mut session = Command::new("setsid");
        session
            .env_clear()
            .arg("--ctty")
            .arg(command.get_program())
            .args(command.get_args())
            .stdin(line.try_clone().unwrap())
            .stdout(line.try_clone().unwrap())
            .stderr(line.try_clone().unwrap());
        for (name, value) in command.get_envs() {
            session.envs(value.map(|value| (name, value)));
        }
        session.env("TERM", "xterm-256color");
        if let Some(folder) = command.get_current_dir() {
            session.current_dir(folder);
        }
        Self {
            child: session.spawn().unwrap(),
            keyboard: File::from(keyboard),
            line,
            screen: vt100::Parser::new(cells(lines), cells(columns), 0),
            before,
        }
    }

    /// What it shows now.
    pub fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// True where any of it is in a colour of its own.
    pub fn is_coloured(&self) -> bool {
        let screen = self.screen.screen();
        let (lines, columns) = screen.size();
        (0..lines.get()).any(|line| {
            let mut cells = (0..columns.get()).filter_map(|column| screen.cell(line, column));
            cells.any(|cell| cell.fgcolor() != vt100::Color::Default)
        })
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Makes it another size; the program is told by a signal.
    pub fn resize(&mut self, columns: u16, lines: u16) {
        resize(&self.line, columns, lines);
        self.screen
            .screen_mut()
            .set_size(cells(lines), cells(columns));
    }

    /// Waits until it shows this.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        self.wait_until(text, |shown| shown.contains(text));
    }

    /// Waits until what it shows is so.
    #[track_caller]
    pub fn wait_until(&mut self, what: &str, is_so: impl Fn(&str) -> bool) {
        let begin = Instant::now();
        while !is_so(&self.text()) {
            assert!(
                begin.elapsed() < PATIENCE,
                "`{what}` was never shown:\n{}",
                self.text()
            );
            self.read();
        }
    }

    /// Takes in what the program has written, waiting for it a little.
    fn read(&mut self) {
        let mut ready = [PollFd::from_borrowed_fd(
            self.keyboard.as_fd(),
            PollFlags::IN,
        )];
        let patience = rustix::time::Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        if poll(&mut ready, Some(&patience)).unwrap() > 0 {
            let mut bytes = [0; 65536];
            let count = self.keyboard.read(&mut bytes).unwrap();
            self.screen.process(&bytes[..count]);
        }
    }

    /// Waits until the program has ended, and fails where the terminal isn't as it was.
    #[track_caller]
    pub fn ended(&mut self) -> ExitStatus {
        let begin = Instant::now();
        let status = loop {
            self.read();
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begin.elapsed() < PATIENCE, "it goes on:\n{}", self.text());
        };
        self.read();
        let screen = self.screen.screen();
        assert!(!screen.alternate_screen(), "{}", self.text());
        assert!(!screen.hide_cursor(), "{}", self.text());
        let after = described(&tcgetattr(&self.line).unwrap());
        assert_eq!(after, self.before, "the terminal isn't as it was");
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

fn resize(line: &File, columns: u16, lines: u16) {
    let size = Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(line, size).unwrap();
}

fn described(modes: &Termios) -> String {
    format!(
        "{:?} {:?} {:?} {:?}",
        modes.input_modes, modes.output_modes, modes.control_modes, modes.local_modes
    )
}
