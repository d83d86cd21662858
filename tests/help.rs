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
      install      Make every Python process of a venv record the chosen functions
      uninstall    Take the probe out of a venv, leaving site-packages as it was
      status       Say whether what is installed is what should be there, and whether it fires
      run          Run one command with the probe, without installing anything
      targets      Show which functions the targets chose, and what became of each
      report       Show calls, errors and latencies of what was recorded
      top          Watch live how often functions are called, how long they take and what is stuck
      stacks       Show what is running now in each thread, and what killed processes were in
      export       Write what was recorded in the format of another tool
      serve        Serve what is recorded over HTTP: a live page, and metrics for Prometheus
      push         Send what is recorded to an OpenTelemetry collector, as OTLP metrics
      snapshot     Write what was recorded into one file, to compare it with later
      diff         Compare two snapshots: which functions got slower, faster, or fail more often
      check        Hold what was recorded against budgets, and fail where a function exceeds one
      on           Make running processes record again, after `probe off`
      off          Make running processes pause recording, without restarting them
      prune        Remove old recordings of processes that ended, by age and by size
      completions  Print the script that teaches a shell to complete `probe`
      man          Print the manual page, or write one for each command
      help         Print this message or the help of the given subcommand(s)

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

          --keep-for <AGE>
              Keep recordings for so long: a number and s, m, h, d or w [default: for ever]
              
              Since their process gave its last sign of life. Whoever reads removes those that are
              older, once they were shown; what a running process records stays. `probe prune` says
              more.

          --keep-size <SIZE>
              Keep no more recordings than this, the youngest, such as 500MB or 2GiB [default: all]

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
    snapshot!(context, probe(&context, &["snapshot", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Write what was recorded into one file, to compare it with later.

    The file holds calls, errors and latencies of each function, apart for each process, as JSON; no
    command lines. Take one before a change and one after it, each of several processes or runs if you
    can, and compare them by `probe diff`. As recordings add up, give each run its own: with `--run
    last`, or with another `--data-dir`.

    Usage: probe snapshot [OPTIONS] <FILE>

    Arguments:
      <FILE>
              The file to write; one that is there is replaced

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --run <last|all|PID>
              Which recordings: `last` (the last command's processes), `all`, or a process id
              
              [default: all]

          --dry-run
              Say what would be written, and write nothing

          --json
              Print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["diff", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Compare two snapshots: which functions got slower, faster, or fail more often.

    A change is that of the typical time of a call (the mean of the middle 80 % of all calls), or of the
    fast one (from the 1st to the 10th percentile), without what all functions have in common, which is
    the machine's. A function is called slower or faster only where its change is beyond the threshold
    and surely, by a t-test, beyond half of it; `unclear` where the figures don't tell. Errors are
    compared by Fisher's exact test. Counts of calls, p50, p99 and totals are shown, not tested.

    Exits with 0 also where something changed, unless --exit-code is given.

    Usage: probe diff [OPTIONS] <BEFORE> <AFTER>

    Arguments:
      <BEFORE>
              The snapshot before the change

      <AFTER>
              The snapshot after it

    Options:
          --threshold <PERCENT>
              Changes of a time, or of a share of errors, below this aren't called changes
              
              [default: 5]

          --all
              Show all functions, also those that didn't change

          --keep-drift
              Don't take away what all functions have in common: for another Python, or another machine

          --limit <N>
              Show at most this many functions; 0 shows all [default: 40, with --json all]

          --exit-code
              Exit with 1 where a function got slower, or fails more often

          --json
              Print the result as JSON: all functions, or with --limit the first

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["check", "--help"]), @r#"
    exit code: 0
    ----- stdout -----
    Hold what was recorded against budgets, and fail where a function exceeds one.

    Made for CI: run the tests or a benchmark in a venv with the probe, then `probe check`. Exits with 0
    where all is within, with 1 where a function exceeds its budget, and also where a target matches
    nothing that was called, since a budget that checks nothing would pass for ever; --allow-missing
    lets that pass. Percentiles are exact to 3.2 %, all other figures are exact.

    Budgets may also stand in probe.toml, or in [tool.probe] of pyproject.toml:
      budgets = ["shop.**:* p99 < 20ms", "shop:pay error_rate <= 1%"]

    Usage: probe check [OPTIONS]

    Options:
      -b, --budget <BUDGET>
              What functions may take, such as 'shop.**:* p99 < 20ms'. May be repeated
              
              A target as `install` takes it; a figure: p50, p90, p99, mean, min, max, total, self,
              calls, errors, error_rate (or errors%), in_flight; one of < <= > >=; and the limit: a time
              with ns, us, ms, s or m, a share with %, or a count. It holds for each function that
              matches, by itself. Budgets given here replace those of the configuration file.

          --config <FILE>
              Read budgets from this file [default: the nearest probe.toml or pyproject.toml]

          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --run <last|all|PID>
              Which recordings: `last` (the last command's processes), `all`, or a process id
              
              [default: all]

          --allow-missing
              Let budgets pass whose functions were never called

          --json
              Print the result as JSON

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    "#);
    snapshot!(context, probe(&context, &["completions", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Print the script that teaches a shell to complete `probe`.

      bash        probe completions bash > ~/.local/share/bash-completion/completions/probe
      zsh         probe completions zsh > a folder of your $fpath/_probe
      fish        probe completions fish > ~/.config/fish/completions/probe.fish
      powershell  probe completions powershell | Out-String | Invoke-Expression
      elvish      eval (probe completions elvish | slurp)

    Usage: probe completions <SHELL>

    Arguments:
      <SHELL>
              The shell
              
              [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["man", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Print the manual page, or write one for each command.

      probe man | man -l -                    read it
      probe man ~/.local/share/man/man1       install them: `man probe-install` shows one

    Usage: probe man [OPTIONS] [DIR]

    Arguments:
      [DIR]
              Write a page for each command into this folder, instead of printing the main one

    Options:
          --dry-run
              With a folder, say what would be written, and write nothing

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

#[test]
fn what_gives_metrics() {
    let context = Context::without_venv(usual_python());
    snapshot!(context, probe(&context, &["serve", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Serve what is recorded over HTTP: a live page, and metrics for Prometheus.

    `/` is the page and `/data.json` what it shows; `/report.json` is what `probe report --json` prints;
    `/metrics` is Prometheus's text, OpenMetrics, or protobuf with native histograms, as the scraper
    asks; `/healthz` says that the server lives. It prints its address, and stops on SIGINT and SIGTERM.

    It listens on this machine alone unless told otherwise, and answers only under names of its own, so
    that no web page can read it. There is no password: whoever can reach another address can read which
    functions and commands ran. See docs/metrics.md.

    Every ten minutes it makes room as a report does: folds recordings, and removes those beyond the
    virtualenv's `keep-for` and `keep-size`, once they are counted.

    Usage: probe serve [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --listen <ADDRESS>
              Host and port to listen on; port 0 is any free one
              
              [default: 127.0.0.1:7762]

          --allow-host <NAME>
              Answer under this name too, as behind a proxy. May be repeated

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
    snapshot!(context, probe(&context, &["push", "--help"]), @"
    exit code: 0
    ----- stdout -----
    Send what is recorded to an OpenTelemetry collector, as OTLP metrics.

    Each process is a resource of its own, with exponential histograms and sums that are cumulative
    since it started to record. Processes that run are sent at each interval, those that ended until
    they were accepted once. A collector that is busy or away is tried again, later each time; nothing
    piles up meanwhile, since newer figures take the place of older ones.

    What no option says, the variables of OpenTelemetry's exporters say, those for metrics alone first:
    `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT`, then `OTEL_EXPORTER_OTLP_ENDPOINT`; and so `_PROTOCOL`,
    `_HEADERS`, `_COMPRESSION`, `_TIMEOUT`, `_CERTIFICATE`, `_CLIENT_CERTIFICATE` and `_CLIENT_KEY`.
    `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` describe the processes; `HTTPS_PROXY`,
    `HTTP_PROXY` and `NO_PROXY` say how the collector is reached. See docs/metrics.md.

    Every ten minutes it makes room as a report does: folds recordings, and removes those beyond the
    virtualenv's `keep-for` and `keep-size`, once they were accepted.

    With --once it exits with 0 where all was accepted, and with 3 where the collector couldn't be
    reached within a minute or refused it.

    Usage: probe push [OPTIONS]

    Options:
          --venv <DIR>
              The virtualenv [default: VIRTUAL_ENV, CONDA_PREFIX, or the nearest .venv upwards]

          --data-dir <DIR>
              Root folder of the recordings; without a venv, all venvs below it
              
              [env: PROBE_DATA_DIR=]

          --otlp <URL>
              The collector, such as http://localhost:4318, or http://localhost:4317 for grpc [default:
              what the variables say]

          --protocol <PROTOCOL>
              How the collector is spoken to [default: http/protobuf]
              
              [possible values: http/protobuf, grpc]

          --compression <COMPRESSION>
              How requests are made smaller [default: none]
              
              [possible values: gzip, none]

          --header <KEY=VALUE>
              A header for the collector, such as an API key. May be repeated

          --interval <SECONDS>
              Seconds from one time to the next
              
              [default: 60]

          --once
              Send everything once, and end

          --command-args
              Send the processes' command lines too, which may hold secrets

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version
    ----- stderr -----
    ");
}

#[test]
fn what_watches() {
    let context = Context::without_venv(usual_python());
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
}
