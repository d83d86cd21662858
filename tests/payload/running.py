"""Run a program under the payload, or without it, and read what it recorded."""

import os
import pathlib
import re
import subprocess
import sys

import laying
import reading

TIMEOUT_SECONDS = 30
DETAILS = ("count", "time", "tree")
#: The engine that these tests run on: the native one where the payload has it.
NATIVE = bool(os.environ.get("PROBE_TEST_NATIVE")) and os.environ.get("PROBE_ENGINE") != "python"
ENGINE = "native" if NATIVE else "python"
#: How plain functions are timed, as docs/recording.md numbers it.
MECHANISM = (3 if sys.version_info >= (3, 11) else 6) if NATIVE else 1 if sys.version_info >= (3, 12) else 2
#: Whether nested functions and those of `__main__` can be timed.
REACHES_NESTED = NATIVE or sys.version_info >= (3, 12)
#: Lines for a program that print the payload's `describe()` as JSON on the last line.
DESCRIBE = """
import json, sys
_package = [name for name in sys.modules if name.startswith("_probe_") and "." not in name]
print(json.dumps(sys.modules[_package[0]].describe() if _package else None))
"""


class Result:
    """What a program did: `code`, `out`, `err`, and the recordings of its processes."""

    def __init__(self, code, out, err, place):
        self.code = code
        self.out = out
        self.err = err
        self.place = place
        self.store = place / "data" / laying.FOLDER

    @property
    def paths(self):
        """The recordings' paths, the oldest process first."""
        return sorted(self.store.glob("*.rec"), key=lambda path: reading.read(path)["header"][7])

    @property
    def recordings(self):
        return [reading.read(path) for path in self.paths]

    @property
    def recording(self):
        """The only recording; by the engine that these tests run on."""
        (recording,) = self.recordings
        assert recording["header"][15] == (2 if NATIVE else 1), "another engine recorded"
        return recording

    def function(self, name):
        return self.recording["functions"][name]

    def counts(self, errors=True):
        """{name: (calls, errors)} of the functions that could be hooked and were called."""
        return {
            name: (entry["calls"], entry["errors"]) if errors else entry["calls"]
            for name, entry in self.recording["functions"].items()
            if entry["calls"]
        }


class Runner:
    """Runs programs, each in a folder of its own below `base`."""

    def __init__(self, base):
        self.base = pathlib.Path(base)
        self.number = 0

    def place(self, files):
        """Make a run's folder: `app` with the program, `data`, the private folder `run`."""
        self.number += 1
        place = self.base / str(self.number)
        for name in ("app", "run"):
            (place / name).mkdir(parents=True, mode=0o700)
        for name, content in files.items():
            path = place / "app" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return place

    def run(
        self, program, targets=("app.**:**",), detail="tree", files=None, arguments=("main.py",),
        flags=(), environment=None, probe=True, python=None, prefix=(), limits=None, place=None,
        start_files=("sitecustomize.py",), timeout=TIMEOUT_SECONDS, **popen,
    ):  # fmt: skip
        """Run main.py with `program` as its text under `probe run`, or bare where `probe` is False."""
        place = place or self.place(dict(files or {}, **{"main.py": program}))
        variables = clean_environment()
        if probe:
            plan = laying.plan(place / "data", targets, detail, **(limits or {}))
            laying.lay(place / "run", plan, start_files)
            variables.update(PYTHONPATH=str(place / "run"), PROBE_RUN_DIR=str(place / "run"))
            # Else what can't be recorded there would be recorded in this user's home.
            variables["PROBE_DATA_DIR"] = str(place / "data")
        variables.update(environment or {})
        command = [*prefix, python or sys.executable, *flags, *arguments]
        return finish(command, place, variables, timeout, **popen)

    def both(self, program, **options):
        """Run a program without and with the probe: (bare, probed)."""
        return self.run(program, probe=False, **options), self.run(program, **options)


def finish(command, place, variables, timeout=TIMEOUT_SECONDS, **popen):
    """Run a command in a run's folder `app` to its end."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **popen}
    done = subprocess.run(command, cwd=str(place / "app"), env=variables, timeout=timeout, **options)
    return Result(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode(), place)


def clean_environment():
    """This environment without what steers Python or the probe."""
    return {name: value for name, value in os.environ.items() if not re.match("PYTHON|PROBE_|COV_", name)}
