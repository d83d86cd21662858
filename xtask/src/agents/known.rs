//! The other agents: which versions from PyPI, and how each is started. Data only.
//!
//! In words and environment, `@BIN@` is the folder of the virtualenv's programs, `@PROGRAM@` the
//! folder of the program that runs (tests/agents), `@DATA@` the folder of one run. `@PORT@` is
//! filled in by the scripts there.

use crate::engine::{self, Engine};
use crate::interpreters::Minor;

/// One agent.
#[derive(Debug)]
pub(super) struct Agent {
    /// Its name in the table, and for `--agent`.
    pub(super) name: &'static str,
    /// What is installed, for which Pythons; the first that fits counts.
    pub(super) releases: &'static [Release],
    /// What the agent is served by, or driven by, before anything else.
    pub(super) around: &'static [&'static str],
    /// Its launcher, with options.
    pub(super) launcher: &'static [&'static str],
    /// What its launcher is given.
    pub(super) starts: Starts,
    /// What it reads from the environment.
    pub(super) environment: &'static [(&'static str, &'static str)],
    /// How its data is read: a function of `tests/agents/evidence.py`.
    pub(super) evidence: &'static str,
}

/// Versions for a range of Pythons.
#[derive(Debug)]
pub(super) struct Release {
    /// The oldest and the newest Python that there are wheels for.
    pub(super) pythons: (Minor, Minor),
    /// What pip is asked for; the agent's own distribution first.
    pub(super) requirements: &'static [&'static str],
}

/// What a launcher starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Any command: `LAUNCHER python app.py`.
    Command,
    /// A Python file, which it runs itself: `LAUNCHER app.py`.
    Script,
}

impl Agent {
    /// The release for a Python; `None` where there is none.
    pub(super) fn release(&self, minor: Minor) -> Option<&'static Release> {
        let fits = |release: &&Release| (release.pythons.0..=release.pythons.1).contains(&minor);
        self.releases.iter().find(fits)
    }
}

/// What an agent and the probe can't do together, and won't be mended here.
#[derive(Debug)]
pub(super) struct Limit {
    pub(super) agent: &'static str,
    /// With which of the probe's engines.
    pub(super) engines: &'static [Engine],
    /// On which Pythons.
    pub(super) pythons: (Minor, Minor),
    /// Problems that say this are meant.
    pub(super) says: &'static str,
    pub(super) why: &'static str,
}

/// All of them.
pub(super) const LIMITS: &[Limit] = &[
    Limit {
        agent: "debugpy, attached",
        engines: &[Engine::Python],
        pythons: (Minor(3, 12), Minor(3, 15)),
        says: "_DeleteDummyThreadOnDel.__del__",
        why: "pydevd makes a dummy thread where Python code runs as a thread ends, and that \
              engine's does; Python then says at its end that it can't remove it",
    },
    Limit {
        agent: "coverage, ctrace",
        engines: &engine::BUILT,
        pythons: (Minor(3, 8), Minor(3, 9)),
        says: "and 0 times on its own",
        why: "this release measures the payload of `probe run` too, where no `source` is chosen",
    },
];

const COLLECTOR: &[&str] = &[
    "@BIN@/python",
    "@PROGRAM@/collector.py",
    "@DATA@/collected.jsonl",
];

/// For agents that fail now and then in a forked child, also on their own: debugpy hangs in one of
/// twenty, trace0 loses events.
const WITHOUT_FORK: (&str, &str) = ("AGENTS_CHILDREN", "spawn subprocess");

/// Wheels are enough for every pinned version; nothing is compiled.
const WHEELS: &str = "--only-binary=:all:";

const fn release(from: u8, to: u8, requirements: &'static [&'static str]) -> Release {
    Release {
        pythons: (Minor(3, from), Minor(3, to)),
        requirements,
    }
}

const COVERAGE: &[Release] = &[
    release(10, 15, &["coverage==7.17.4", WHEELS]),
    release(9, 9, &["coverage==7.10.7", WHEELS]),
    release(8, 8, &["coverage==7.6.1", WHEELS]),
];
const DEBUGPY: &[Release] = &[
    release(10, 14, &["debugpy==1.8.22", WHEELS]),
    release(8, 9, &["debugpy==1.8.21", WHEELS]),
];

/// All of them.
pub(super) const AGENTS: &[Agent] = &[
    Agent {
        name: "no agent",
        releases: &[release(8, 15, &[])],
        around: &[],
        launcher: &[],
        starts: Starts::Command,
        environment: &[],
        evidence: "none",
    },
    Agent {
        name: "ddtrace",
        releases: &[
            release(9, 14, &["ddtrace==4.16.0", WHEELS]),
            release(8, 8, &["ddtrace==3.19.9", WHEELS]),
        ],
        around: COLLECTOR,
        launcher: &["ddtrace-run"],
        starts: Starts::Command,
        environment: &[
            ("DD_TRACE_AGENT_URL", "http://127.0.0.1:@PORT@"),
            ("DD_TRACE_API_VERSION", "v0.4"),
            ("DD_TRACE_HTTPLIB_ENABLED", "true"),
            ("DD_INSTRUMENTATION_TELEMETRY_ENABLED", "false"),
            ("DD_REMOTE_CONFIGURATION_ENABLED", "false"),
            ("DD_CRASHTRACKING_ENABLED", "false"),
        ],
        evidence: "collected",
    },
    Agent {
        name: "opentelemetry",
        releases: &[release(
            10,
            14,
            &[
                "opentelemetry-distro==0.66b1",
                "opentelemetry-instrumentation-sqlite3==0.66b1",
                "opentelemetry-instrumentation-threading==0.66b1",
                "opentelemetry-instrumentation-urllib==0.66b1",
                "opentelemetry-exporter-otlp-proto-http==1.45.1",
                WHEELS,
            ],
        )],
        around: COLLECTOR,
        launcher: &["opentelemetry-instrument"],
        starts: Starts::Command,
        environment: &[
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_METRICS_EXPORTER", "none"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:@PORT@"),
        ],
        evidence: "collected",
    },
    Agent {
        name: "newrelic",
        releases: &[
            release(10, 14, &["newrelic==14.1.0", WHEELS]),
            release(9, 9, &["newrelic==13.6.1", WHEELS]),
            release(8, 8, &["newrelic==11.5.0", WHEELS]),
        ],
        around: &[],
        launcher: &["newrelic-admin", "run-program"],
        starts: Starts::Command,
        environment: &[
            ("NEW_RELIC_CONFIG_FILE", "@PROGRAM@/newrelic.ini"),
            ("NEW_RELIC_AUDIT_LOG", "@DATA@/audit.log"),
        ],
        evidence: "newrelic",
    },
    Agent {
        name: "sentry",
        releases: &[release(8, 15, &["sentry-sdk==2.75.0", WHEELS])],
        around: COLLECTOR,
        launcher: &["@PROGRAM@/sentried.py"],
        starts: Starts::Script,
        environment: &[("AGENTS_DSN", "http://key@127.0.0.1:@PORT@/1")],
        evidence: "collected",
    },
    Agent {
        name: "viztracer",
        releases: &[
            release(10, 14, &["viztracer==1.1.1", WHEELS]),
            release(9, 9, &["viztracer==1.0.4", WHEELS]),
            release(8, 8, &["viztracer==0.16.3", WHEELS]),
        ],
        around: &[],
        launcher: &[
            "@BIN@/viztracer",
            "-o",
            "@DATA@/trace.json",
            "--quiet",
            "--",
        ],
        starts: Starts::Script,
        environment: &[],
        evidence: "viztracer",
    },
    Agent {
        name: "trace0",
        releases: &[release(13, 15, &["trace0==0.1.16", WHEELS])],
        around: &[],
        launcher: &[
            "@BIN@/trace0",
            "run",
            "-f",
            "json",
            "-o",
            "@DATA@/trace.json",
        ],
        starts: Starts::Script,
        // It leaves the script's folder out of sys.path.
        environment: &[("PYTHONPATH", "@PROGRAM@"), WITHOUT_FORK],
        evidence: "trace0",
    },
    Agent {
        name: "coverage, ctrace",
        releases: COVERAGE,
        around: &[],
        launcher: &["@BIN@/coverage", "run", "--rcfile=@PROGRAM@/coveragerc"],
        starts: Starts::Script,
        environment: &[("COVERAGE_CORE", "ctrace"), ("AGENTS_DATA", "@DATA@")],
        evidence: "coverage",
    },
    Agent {
        name: "coverage, sysmon",
        releases: &[release(12, 15, &["coverage==7.17.4", WHEELS])],
        around: &[],
        launcher: &["@BIN@/coverage", "run", "--rcfile=@PROGRAM@/coveragerc"],
        starts: Starts::Script,
        environment: &[("COVERAGE_CORE", "sysmon"), ("AGENTS_DATA", "@DATA@")],
        evidence: "coverage",
    },
    Agent {
        name: "debugpy, attached",
        releases: DEBUGPY,
        around: &[
            "@BIN@/python",
            "@PROGRAM@/debugger.py",
            "@DATA@/stops.jsonl",
            "@PROGRAM@/work.py:items =",
        ],
        launcher: &[
            "@BIN@/python",
            "-m",
            "debugpy",
            "--listen",
            "127.0.0.1:@PORT@",
            "--wait-for-client",
        ],
        starts: Starts::Script,
        environment: &[("PYDEVD_DISABLE_FILE_VALIDATION", "1"), WITHOUT_FORK],
        evidence: "debugger",
    },
    Agent {
        name: "pyinstrument",
        releases: &[
            release(9, 14, &["pyinstrument==5.1.3", WHEELS]),
            release(8, 8, &["pyinstrument==5.1.2", WHEELS]),
        ],
        around: &[],
        launcher: &[
            "@BIN@/pyinstrument",
            "-r",
            "json",
            "-o",
            "@DATA@/profile.json",
        ],
        starts: Starts::Script,
        environment: &[("PYINSTRUMENT_IGNORE_OVERHEAD_WARNING", "1")],
        evidence: "pyinstrument",
    },
    Agent {
        name: "memray",
        releases: &[
            release(9, 14, &["memray==1.20.0", WHEELS]),
            release(8, 8, &["memray==1.19.3", WHEELS]),
        ],
        around: &[],
        launcher: &["@BIN@/memray", "run", "--quiet", "-o", "@DATA@/memory.bin"],
        starts: Starts::Script,
        environment: &[],
        evidence: "memray",
    },
    Agent {
        name: "scalene",
        releases: &[release(9, 14, &["scalene==2.4.0", WHEELS])],
        around: &[],
        launcher: &[
            "@BIN@/scalene",
            "run",
            "--cpu-only",
            // Its handler of signals takes a lock of asyncio that the program may hold: a deadlock.
            "--no-async",
            "-o",
            "@DATA@/profile.json",
        ],
        starts: Starts::Script,
        environment: &[],
        evidence: "scalene",
    },
];
