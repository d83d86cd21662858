//! Start-up files of other agents, which come before the probe's on PYTHONPATH: each of the ways
//! in which the well-known ones run the next such file, or don't, written down in a few lines.
//! The agents themselves run in `cargo xtask agents`.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::path::PathBuf;
use std::process::Command;

use common::{Context, Python, Run, on_each_python};

on_each_python!(agents_and_the_probe_both_start);

/// A start-up file and the name of what puts its folder on PYTHONPATH.
struct Agent {
    name: &'static str,
    launcher: &'static str,
    start_up: &'static str,
}

const AGENTS: [Agent; 4] = [
    Agent {
        name: "one that removes itself and imports again, as ddtrace",
        launcher: "ddtrace-run",
        start_up: "\
folder = os.path.dirname(__file__)
if folder in sys.path:
    index = sys.path.index(folder)
    del sys.path[index]
    own = sys.modules.pop('sitecustomize')
    try:
        import sitecustomize
    except ImportError:
        sys.modules['sitecustomize'] = own
    finally:
        sys.path.insert(index, folder)
",
    },
    Agent {
        name: "one that runs no other, and takes its folder out and puts it back in front, as opentelemetry",
        launcher: "opentelemetry-instrument",
        start_up: "\
folder = os.path.dirname(__file__)
parts = [part for part in os.environ['PYTHONPATH'].split(':') if part != folder]
os.environ['PYTHONPATH'] = ':'.join([folder, *parts])
",
    },
    Agent {
        name: "one that asks the path finder and leaves its folder out for good, as newrelic",
        launcher: "newrelic-admin",
        start_up: "\
from importlib import machinery, util
sys.path.remove(os.path.dirname(__file__))
spec = machinery.PathFinder.find_spec('sitecustomize', path=sys.path)
if spec is not None:
    spec.loader.exec_module(util.module_from_spec(spec))
",
    },
    Agent {
        name: "one that asks the path finder for all but its own folder",
        launcher: "launch",
        start_up: "\
from importlib import machinery, util
folder = os.path.dirname(__file__)
rest = [part for part in sys.path if part != folder]
spec = machinery.PathFinder.find_spec('sitecustomize', path=rest)
if spec is not None:
    spec.loader.exec_module(util.module_from_spec(spec))
",
    },
];

/// Says that it started, then goes on as the agent does.
const BEGIN: &str =
    "import os, sys\nprint('agent', os.getppid() == int(os.environ['OUTER']), flush=True)\n";

/// Puts the agent's folder in front of PYTHONPATH and becomes the command.
const LAUNCHER: &str = "\
import os, shutil, sys
folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'agent')
parts = [part for part in os.environ.get('PYTHONPATH', '').split(':') if part]
os.environ['PYTHONPATH'] = ':'.join([folder, *parts])
program = shutil.which(sys.argv[1])
os.execl(program, program, *sys.argv[2:])
";

const PROGRAM: &str = "\
import os, subprocess, sys
import work
work.f()
os.environ['OUTER'] = str(os.getpid())
print(subprocess.check_output([sys.executable, '-c', 'import work; work.f()']).decode(), end='')
";

fn agents_and_the_probe_both_start(python: &Python) {
    for agent in &AGENTS {
        for installed in [true, false] {
            let context = Context::of(python);
            let launcher = lay_out(&context, agent);
            let without = start(&context, &launcher, &["python", "main.py"]);
            assert_eq!(without, "agent False\nagent True\n", "{}", agent.name);
            let (run, python) = (run_words(), ["python", "main.py"].map(str::to_owned));
            if installed {
                context.install(&["work:f"]);
                assert_eq!(
                    start(&context, &launcher, &python),
                    without,
                    "{}",
                    agent.name
                );
                check(&context, agent, "installed");
                continue;
            }
            // `probe run` within the agent, then around it.
            let within = [&run[..], &python].concat();
            assert_eq!(
                start(&context, &launcher, &within),
                without,
                "{}",
                agent.name
            );
            check(&context, agent, "within");
            std::fs::remove_dir_all(context.data()).unwrap();
            let mut around = context.probe(&["run", "-t", "work:f", "--"]);
            around
                .arg(context.venv().join("bin/python"))
                .arg(&launcher)
                .args(python)
                .env("OUTER", "0");
            in_the_venv(&context, &mut around);
            assert_eq!(around.succeeds().stdout, without, "{}", agent.name);
            check(&context, agent, "around");
        }
    }
}

fn lay_out(context: &Context, agent: &Agent) -> PathBuf {
    context.write("work.py", "def f(): return 1\n");
    context.write("main.py", PROGRAM);
    context.write(
        "tool/agent/sitecustomize.py",
        &format!("{BEGIN}{}", agent.start_up),
    );
    context.write(&format!("tool/{}", agent.launcher), LAUNCHER)
}

fn run_words() -> Vec<String> {
    let probe = env!("CARGO_BIN_EXE_probe");
    let words = [probe, "run", "-t", "work:f", "--"];
    words.map(str::to_owned).to_vec()
}

/// What the program prints under the launcher.
fn start(context: &Context, launcher: &PathBuf, words: &[impl AsRef<std::ffi::OsStr>]) -> String {
    let mut command = context.command(context.venv().join("bin/python"));
    command.arg(launcher).args(words).env("OUTER", "0");
    in_the_venv(context, &mut command);
    command.succeeds().stdout
}

fn in_the_venv(context: &Context, command: &mut Command) {
    let path = std::env::var_os("PATH").unwrap();
    let bin = context.venv().join("bin");
    let path = std::iter::once(bin).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(path).unwrap());
}

#[track_caller]
fn check(context: &Context, agent: &Agent, way: &str) {
    let recorded = context.recorded();
    let processes = recorded.processes().len();
    let found = (recorded.calls("work:f"), processes);
    assert_eq!(found, (2, 2), "{way}: {}", agent.name);
}
