"""Tracers, debuggers and coverage see what they saw without the probe: the same lines and events."""

import json
import sys

import pytest
from running import NATIVE

pytestmark = pytest.mark.skipif(not NATIVE, reason="the Python engine's forwarders are frames of their own")

APP = """
import asyncio

def plain(n):
    total = 0
    for i in range(n):
        if i % 2:
            total += i
        else:
            total -= 1
    return total

def fails(n):
    try:
        return 1 // n
    except ZeroDivisionError:
        raise ValueError(n)
    finally:
        n = 0

def steps(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                return got
    finally:
        n = 0

def delegates(n):
    got = yield from steps(n)
    return got

async def awaits(n):
    await asyncio.sleep(0)
    async for i in draws(n):
        n += i
    return n

async def draws(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

class Thing:
    def __init__(self, n):
        self.n = n

    @property
    def value(self):
        return self.n

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return True
"""
DO = """
def do():
    plain(4)
    try:
        fails(0)
    except ValueError:
        pass
    fails(1)
    list(delegates(3))
    g = steps(3); next(g)
    try:
        g.send(7)
    except StopIteration:
        pass
    g = steps(3); next(g); g.close()
    g = steps(3); next(g)
    try:
        g.throw(KeyError)
    except KeyError:
        pass
    with Thing(3) as thing:
        thing.value
        raise KeyError
"""
TRACE = (
    "import sys, asyncio\nfrom app import *\nimport app\n"
    + DO
    + """
events = []
def trace(frame, event, argument):
    if frame.f_code.co_filename == app.__file__:
        shown = argument[0].__name__ if event == "exception" else repr(argument)
        events.append((event, frame.f_code.co_name, frame.f_lineno, shown.partition(" at ")[0]))
    return trace
def profile(frame, event, argument):
    if frame.f_code.co_filename == app.__file__ and not event.startswith("c_"):
        shown = repr(argument).partition(" at ")[0]
        events.append(("profile", event, frame.f_code.co_name, frame.f_lineno, shown))
asyncio.run(awaits(3)); do()
sys.settrace(trace); do(); asyncio.run(awaits(3)); sys.settrace(None)
sys.setprofile(profile); do(); asyncio.run(awaits(3)); sys.setprofile(None)
sys.settrace(trace); sys.setprofile(profile); do(); sys.settrace(None); sys.setprofile(None)
for event in events:
    print(*event)
print(len(events) > 100)
"""
)


def test_the_events_of_tracers_and_profilers(runner, detail):
    bare, probed = runner.both(TRACE, targets=["app:**"], detail=detail, files={"app.py": APP})
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert probed.out.splitlines() == bare.out.splitlines()
    # Tracers take nothing away.
    assert probed.counts()["app:plain"] == (4, 0)
    assert probed.counts()["app:fails"] == (8, 4)
    assert probed.counts()["app:awaits"] == (3, 0)


MONITOR = (
    "import sys, asyncio\nfrom app import *\nimport app\n"
    + DO
    + """
m = sys.monitoring
E = m.events
m.use_tool_id(1, "mine")
events = []
def make(name):
    def callback(code, *rest):
        if code.co_filename == app.__file__:
            where = rest[0] if name == "LINE" else ""
            told = name in ("PY_RETURN", "PY_YIELD", "PY_UNWIND", "RAISE")
            what = repr(rest[-1]).partition(" at ")[0] if told else ""
            events.append((name, code.co_name, where, what))
    return callback
# Instructions and jumps are told by offset, and there are more of the first.
for name in ("PY_START", "PY_RESUME", "PY_RETURN", "PY_YIELD", "PY_UNWIND", "PY_THROW", "RAISE", "RERAISE",
             "EXCEPTION_HANDLED", "STOP_ITERATION", "LINE"):
    m.register_callback(1, getattr(E, name), make(name))
    m.set_events(1, m.get_events(1) | getattr(E, name))
do(); asyncio.run(awaits(3))
m.set_events(1, 0)
for event in events:
    print(*event)
print(len(events) > 100)
"""
)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_the_events_of_another_monitoring_tool(runner, detail):
    bare, probed = runner.both(MONITOR, targets=["app:**"], detail=detail, files={"app.py": APP})
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert probed.out.splitlines() == bare.out.splitlines()


JUMP = """
import sys, app
def jumper(name, line, to):
    def trace(frame, event, argument):
        nonlocal to
        if frame.f_code.co_name != name:
            return None
        if event == "line" and frame.f_lineno == line and to:
            frame.f_lineno, to = to, None
        return trace
    return trace
def line(text):
    return 1 + open(app.__file__).read().split("\\n").index(text)
def jumped(name, before, after, call):
    sys.settrace(jumper(name, line(before), line(after)))
    try:
        return call()
    finally:
        sys.settrace(None)
print(jumped("plain", "        if i % 2:", "    return total", lambda: app.plain(4)))
print(jumped("plain", "    return total", "    total = 0", lambda: app.plain(4)))
print(jumped("plain", "    total = 0", "    total = 0", lambda: app.plain(4)))
print(jumped("delegates", "    return got", "    got = yield from steps(n)", lambda: list(app.delegates(2))))
print(app.plain(4))
"""


def test_jumps_of_a_debugger(runner, detail):
    options = {"files": {"app.py": APP}, "flags": ("-W", "ignore")}  # of locals that it skips
    bare, probed = runner.both(JUMP, targets=["app:**"], detail=detail, **options)
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert probed.out == bare.out
    assert probed.counts()["app:plain"] == (4, 0)


PDB = "import pdb\nfrom app import *\n" + DO + "do()\n"


def test_pdb(runner, tmp_path):
    commands = "b app:8\nc\np total, i\nn\nn\nw\nu\nd\ncl 1\nb app:24\nc\nw\np n\ns\ns\nr\nc\nq\n"
    (tmp_path / "commands").write_text(commands)
    outs = []
    for probe in (False, True):
        with open(str(tmp_path / "commands")) as commands:
            result = runner.run(
                PDB, ["app:**"], files={"app.py": APP}, probe=probe, stdin=commands,
                arguments=("-m", "pdb", "main.py"), environment={"NO_COLOR": "1"},
            )  # fmt: skip
        outs.append(result.out.replace(str(result.place), ""))
        assert result.err == ""
    assert "total" in outs[0]
    assert outs[1] == outs[0]


COVER = "import asyncio\nfrom app import *\n" + DO + "do()\nasyncio.run(awaits(3))\n"


@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
@pytest.mark.parametrize("branch", [False, True])
def test_coverage(runner, core, branch):
    pytest.importorskip("coverage")
    if core == "sysmon" and sys.version_info < ((3, 14) if branch else (3, 12)):
        pytest.skip("this core needs a newer Python")
    reports = []
    for probe in (False, True):
        place = runner.place(
            {"app.py": APP, "main.py": COVER, ".coveragerc": "[run]\ndisable_warnings = no-ctracer\n"}
        )
        arguments = ("-m", "coverage", "run", *(["--branch"] if branch else []), "main.py")
        environment = {"COVERAGE_CORE": core}
        result = runner.run(
            COVER, ["app:**"], probe=probe, place=place, arguments=arguments, environment=environment
        )
        assert (result.code, result.out, result.err) == (0, "", "")
        told = runner.run(
            COVER, ["app:**"], probe=False, place=place, arguments=("-m", "coverage", "json", "-q"),
            environment=environment,
        )  # fmt: skip
        assert told.code == 0, told.out + told.err
        report = json.loads((place / "app" / "coverage.json").read_text())
        reports.append(report["files"]["app.py"])
    assert len(reports[0]["executed_lines"]) > 25
    assert reports[1] == reports[0]
