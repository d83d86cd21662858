//! What `--help` says, of the program and of each command.

mod common;

use std::process::Command;

use common::{Context, Run, snapshot, usual_python};

/// `probe` in an environment without variables of ours: the help shows them.
fn probe(context: &Context, arguments: &[&str]) -> Command {
    let mut probe = context.probe(arguments);
    probe.env_remove("PROBE_DATA_DIR");
    probe
}

#[test]
fn the_program() {
    let context = Context::without_venv(usual_python());
    snapshot!(context, probe(&context, &["--help"]), @"
    exit code: 0
    ----- stdout -----
    Times the functions you choose in every Python process of a virtualenv, with no change to the code

    Usage: probe <COMMAND>

    Commands:
      install    Make every Python process of a venv record the chosen functions
      uninstall  Take the probe out of a venv, leaving site-packages as it was
      status     Say whether what is installed is what should be there, and whether it fires
      run        Run one command with the probe, without installing anything
      targets    Show which functions the targets chose, and what became of each
      report     Show calls, errors and latencies of what was recorded
      top        Watch live how often functions are called, how long they take and what is stuck
      stacks     Show what is running now in each thread, and what killed processes were in
      on         Make running processes record again, after `probe off`
      off        Make running processes pause recording, without restarting them
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Start here:
      probe install --venv .venv -t 'shop.**:*'   time all functions of the package shop
      python -m shop                              run it as ever
      probe report                                see calls, errors and latencies
      probe uninstall                             leave the venv as it was

    Exit codes: 0 done or yes, 1 the answer is no, 2 wrong usage, 3 the environment prevents it.
    ----- stderr -----
    ");
    // Without arguments the same is wrong usage.
    let none: [&str; 0] = [];
    let ran = probe(&context, &none).ran().with_code(2);
    assert_eq!(ran.stdout, "");
}

#[test]
fn each_command() {
    let context = Context::without_venv(usual_python());
    snapshot!(context, probe(&context, &["install", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Make every Python process of a venv record the chosen functions

    Usage: probe install [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

      -t, --target <TARGET>
              Functions to time, as module:qualname with * and **; a leading ! excludes. May be repeated
              
              `hello:sleep` is one function, `shop.db:Session.*` the methods of a class, `shop.**:*` all
              functions of a package, `shop.**:**` its methods and nested functions too. A module
              without `:` means all that is defined in it. Later targets win over earlier ones. Targets
              given here replace those of the configuration file; its `exclude` still holds.

          --config <FILE>
              Read targets and options from this file [default: the nearest probe.toml or
              pyproject.toml]

          --engine <ENGINE>
              What does the timing in the process [default: auto]
              
              [possible values: auto, native, python]

          --detail <DETAIL>
              How much to record about each call [default: tree]
              
              [possible values: count, time, tree]

          --data-dir <DIR>
              Root folder of the recordings; each venv has its own folder below it
              
              [env: PROBE_DATA_DIR=]

          --dry-run
              Say what would be done, and change nothing

          --json
              Print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["uninstall", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Take the probe out of a venv, leaving site-packages as it was

    Usage: probe uninstall [OPTIONS]

    Options:
          --venv <DIR>  The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv
                        upwards]
          --all         All venvs that the probe was installed into
          --purge       Remove the recordings too; with --all also those of venvs that are gone
          --no-start    Don't start the venv's Python to see that nothing fires any more
          --dry-run     Say what would be done, and change nothing
          --json        Print the result as JSON
      -h, --help        Print help
      -V, --version     Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["status", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Say whether what is installed is what should be there, and whether it fires

    Usage: probe status [OPTIONS]

    Options:
          --venv <DIR>  The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv
                        upwards]
          --all         All venvs that the probe was installed into
          --no-start    Compare the files only; don't start the venv's Python
          --fix         Make it whole again with the plan that is installed; what you changed stays
          --dry-run     With --fix, say what would be done, and change nothing
          --json        Print the result as JSON
      -h, --help        Print help
      -V, --version     Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["run", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Run one command with the probe, without installing anything

    Usage: probe run [OPTIONS] -- <COMMAND>...

    Arguments:
      <COMMAND>...
              The command and its arguments, after --

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

      -t, --target <TARGET>
              Functions to time, as module:qualname with * and **; a leading ! excludes. May be repeated
              
              `hello:sleep` is one function, `shop.db:Session.*` the methods of a class, `shop.**:*` all
              functions of a package, `shop.**:**` its methods and nested functions too. A module
              without `:` means all that is defined in it. Later targets win over earlier ones. Targets
              given here replace those of the configuration file; its `exclude` still holds.

          --config <FILE>
              Read targets and options from this file [default: the nearest probe.toml or
              pyproject.toml]

          --engine <ENGINE>
              What does the timing in the process [default: auto]
              
              [possible values: auto, native, python]

          --detail <DETAIL>
              How much to record about each call [default: tree]
              
              [possible values: count, time, tree]

          --data-dir <DIR>
              Root folder of the recordings; each venv has its own folder below it
              
              [env: PROBE_DATA_DIR=]

          --dry-run
              Say what would be started with which environment, and start nothing

          --json
              With --dry-run, print it as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["targets", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Show which functions the targets chose, and what became of each

    Usage: probe targets [OPTIONS]

    Options:
          --venv <DIR>      The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv
                            upwards]
          --data-dir <DIR>  Root folder of the recordings [env: PROBE_DATA_DIR=]
          --json            Print the result as JSON
      -h, --help            Print help
      -V, --version         Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["report", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Show calls, errors and latencies of what was recorded

    Usage: probe report [OPTIONS]

    Options:
          --venv <DIR>          The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv
                                upwards]
          --data-dir <DIR>      Root folder of the recordings; without a venv, all venvs below it [env:
                                PROBE_DATA_DIR=]
          --run <last|all|PID>  Which recordings: `last` (the last command's processes), `all`, or a
                                process id [default: all]
          --sort <KEY>          Sort by this column, greatest first [default: total] [possible values:
                                name, calls, errors, total, self, mean, min, p50, p90, p99, max]
          --limit <N>           Show at most this many functions; 0 shows all [default: 40, with --json
                                all]
          --json                Print the result as JSON
      -h, --help                Print help
      -V, --version             Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["stacks", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Show what is running now in each thread, and what killed processes were in.

    One block a process, one paragraph a thread, the outermost call first, each with the time since it
    began. It is read from the recordings: the processes aren't stopped, asked or traced, and it needs
    no root. Of a process that was killed, it is what was running when it died, and had been running for
    at least the time that is told.

    Generators and coroutines that are suspended lie on no thread's stack and are told apart. Stacks are
    recorded in detail `tree`, the default; of others only the calls that haven't ended are known.

    Usage: probe stacks [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --run <last|all|PID>
              Which recordings: `last` (the last command's processes), `all`, or a process id
              
              [default: all]

          --json
              Print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["top", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Watch live how often functions are called, how long they take and what is stuck.

    It shows all processes of the venv together, or each alone (Tab): calls a second, p50 and p99 of the
    calls since the last reading, errors a second, calls in flight, and how long the oldest call on a
    stack has been running. It reads the recordings only: nothing is traced, stopped or asked, and it
    needs no root. Press `?` in it for its keys; `q` leaves it.

    Processes that had ended when it started are left out: `probe report` shows these.

    With --once it takes two readings an interval apart, prints one table and ends; with --json too, it
    prints what `probe report --json` prints, with the rates.

    Usage: probe top [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --once
              Take two readings, print one table and end

          --interval <SECONDS>
              Time between two readings
              
              [default: 1]

          --json
              With --once, print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["off", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Make running processes pause recording, without restarting them.

    Holds for the processes of the venv that are recording at this moment, from their next call on; what
    they recorded so far is kept, and `probe on` makes them go on. It isn't remembered: processes that
    start later record as ever, also those that a running one forks. To keep the probe out of what
    starts later set `PROBE_DISABLE=1` there, or uninstall it.

    While it is off, a call costs next to nothing with the native engine. The Python engine still
    follows calls and only leaves them out of the figures, so it costs what it costs when on.

    Usage: probe off [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --dry-run
              Say which processes would be switched, and change nothing

          --json
              Print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    // `on` has the same options.
    let on = probe(&context, &["on", "--help"]).succeeds().stdout;
    assert!(
        on.starts_with("Make running processes record again, after `probe off`.\n"),
        "{on}"
    );
    let off = probe(&context, &["off", "--help"]).succeeds().stdout;
    let options = |help: &str| help.split_once("Options:").unwrap().1.to_owned();
    assert_eq!(options(&on), options(&off));
}

#[test]
fn wrong_usage() {
    let context = Context::without_venv(usual_python());
    snapshot!(context, probe(&context, &["instal"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: unrecognized subcommand 'instal'

      tip: some similar subcommands exist: 'uninstall', 'install'

    Usage: probe <COMMAND>

    For more information, try '--help'.
    ");
    snapshot!(context, probe(&context, &["install", "--engine", "rust"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: invalid value 'rust' for '--engine <ENGINE>'
      [possible values: auto, native, python]

    For more information, try '--help'.
    ");
    snapshot!(context, probe(&context, &["run", "-t", "a:b"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: the following required arguments were not provided:
      <COMMAND>...

    Usage: probe run --target <TARGET> -- <COMMAND>...

    For more information, try '--help'.
    ");
    snapshot!(context, probe(&context, &["uninstall", "--all", "--venv", "."]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: the argument '--all' cannot be used with '--venv <DIR>'

    Usage: probe uninstall --all

    For more information, try '--help'.
    ");
    snapshot!(context, probe(&context, &["report", "--run", "first"]), @"
    exit code: 2
    ----- stdout -----

    ----- stderr -----
    error: `first` is not a run
    hint: use `--run last`, `--run all`, or a process id
    ");
}

#[test]
fn the_version() {
    let context = Context::without_venv(usual_python());
    let version = probe(&context, &["--version"]).succeeds().stdout;
    assert_eq!(version, concat!("probe ", env!("CARGO_PKG_VERSION"), "\n"));
}
