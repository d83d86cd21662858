//! The ways to start a program under an agent and the probe, as the words of a command. Pure.

use std::ffi::OsString;
use std::path::Path;

use super::known::{Agent, Starts};

/// What is timed: all of the program's module but what writes the truth down.
pub(super) const TARGETS: [&str; 2] = ["work:**", "!work:tell"];

/// What the program is given.
const ARGUMENTS: [&str; 2] = ["a b", "--"];

/// How the probe and an agent come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The agent without the probe; what the others are compared with.
    Alone,
    /// The probe is installed in the virtualenv.
    Installed,
    /// `probe run -- LAUNCHER python app.py`.
    Around,
    /// `LAUNCHER probe run -- python app.py`.
    Within,
}

/// All of them, in the order of the table's columns.
pub(super) const WAYS: [Way; 4] = [Way::Alone, Way::Installed, Way::Around, Way::Within];

impl Way {
    /// The column's head.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Alone => "agent alone",
            Self::Installed => "installed",
            Self::Around => "`probe run -- agent`",
            Self::Within => "`agent probe run --`",
        }
    }

    /// The name of its folders.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Installed => "installed",
            Self::Around => "around",
            Self::Within => "within",
        }
    }

    /// True where there is such a way: only what starts any command can start `probe run`.
    pub(super) fn exists(self, agent: &Agent) -> bool {
        self != Self::Within || (agent.starts == Starts::Command && !agent.launcher.is_empty())
    }
}

/// Where what a command names is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    /// The program `probe`.
    pub(super) probe: &'a Path,
    /// The folder of the virtualenv's programs.
    pub(super) bin: &'a Path,
    /// The folder of the program that runs.
    pub(super) program: &'a Path,
    /// The folder of this run.
    pub(super) data: &'a Path,
}

impl Places<'_> {
    /// A word or value of the agents' table with the places filled in.
    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("@BIN@", &self.bin.display().to_string())
            .replace("@PROGRAM@", &self.program.display().to_string())
            .replace("@DATA@", &self.data.display().to_string())
    }
}

/// The words of the command that starts the program.
pub(super) fn words(agent: &Agent, way: Way, engine: &str, places: &Places<'_>) -> Vec<OsString> {
    let fill = |words: &[&str]| -> Vec<OsString> {
        words.iter().map(|word| places.fill(word).into()).collect()
    };
    let run = || {
        let mut words: Vec<OsString> = vec![places.probe.into()];
        words.extend(["run", "--engine", engine].map(OsString::from));
        words.extend(
            TARGETS
                .iter()
                .flat_map(|target| ["-t", target])
                .map(OsString::from),
        );
        words.push("--".into());
        words
    };
    let mut words = fill(agent.around);
    if way == Way::Around {
        words.extend(run());
    }
    // What a launcher runs itself needs the virtualenv's Python where the launcher is a file.
    if agent
        .launcher
        .first()
        .is_some_and(|word| word.ends_with(".py"))
    {
        words.push("python".into());
    }
    words.extend(fill(agent.launcher));
    if way == Way::Within {
        words.extend(run());
    }
    if agent.starts == Starts::Command {
        words.push("python".into());
    }
    words.extend(fill(&["@PROGRAM@/app.py"]));
    words.extend(ARGUMENTS.map(OsString::from));
    words
}

#[cfg(test)]
mod tests {
    use super::super::known::AGENTS;
    use super::*;

    fn line(name: &str, way: Way) -> String {
        let agent = AGENTS.iter().find(|agent| agent.name == name).unwrap();
        let places = Places {
            probe: Path::new("/probe"),
            bin: Path::new("/bin"),
            program: Path::new("/program"),
            data: Path::new("/data"),
        };
        let words = words(agent, way, "native", &places);
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        words.join(" ")
    }

    #[test]
    fn a_launcher_of_commands_stands_on_either_side_of_probe_run() {
        let run = "/probe run --engine native -t work:** -t !work:tell --";
        let end = "python /program/app.py a b --";
        let served = "/bin/python /program/collector.py /data/collected.jsonl";
        assert_eq!(
            line("ddtrace", Way::Alone),
            format!("{served} ddtrace-run {end}")
        );
        assert_eq!(
            line("ddtrace", Way::Around),
            format!("{served} {run} ddtrace-run {end}")
        );
        assert_eq!(
            line("ddtrace", Way::Within),
            format!("{served} ddtrace-run {run} {end}")
        );
    }

    #[test]
    fn a_launcher_of_scripts_is_given_the_script() {
        assert_eq!(
            line("memray", Way::Installed),
            "/bin/memray run --quiet -o /data/memory.bin /program/app.py a b --"
        );
        assert!(
            line("sentry", Way::Alone)
                .ends_with("python /program/sentried.py /program/app.py a b --")
        );
    }
}
