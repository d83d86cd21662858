//! Signals as they usually are. Who starts the tests in the background of a shell makes them
//! ignore SIGINT, and what is ignored is passed on from program to program.

use std::process::Command;

/// Gives signals their usual effects, and becomes another program.
const USUAL_SIGNALS: &str = "
import os, signal, sys
for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
";

/// The same command, with the signals' usual effects. `direct` names its program by a path and
/// sets all its variables.
pub(crate) fn with_usual_signals(direct: &Command) -> Command {
    let mut command = Command::new("python3");
    command
        .env_clear()
        .args(["-I", "-c", USUAL_SIGNALS])
        .arg(direct.get_program())
        .args(direct.get_args());
    for (name, value) in direct.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    if let Some(folder) = direct.get_current_dir() {
        command.current_dir(folder);
    }
    command
}
