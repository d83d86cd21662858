"""Programs that replace what the probe uses: the program's tests pass, and the probe goes on."""

import pytest
from running import MECHANISM, NATIVE

APP = """
def work(n=1):
    return n

def steps():
    yield 1

def fails():
    raise KeyError
"""
USING = """
import os, app
def use():
    for i in range(10):
        assert app.work(i) == i
    assert list(app.steps()) == [1]
    try:
        app.fails()
    except KeyError:
        pass
    else:
        assert False
"""
EXPECTED = {"app:work": (10, 0), "app:steps": (1, 0), "app:fails": (1, 1)}
MOCKS = """
time.perf_counter_ns time.time_ns time.monotonic os.open os.close os.path.join os.fstat os.getpid
os.write os.stat builtins.open builtins.id builtins.len builtins.isinstance builtins.type
builtins.getattr builtins.hasattr builtins.range builtins.min builtins.max builtins.list
builtins.memoryview builtins.bytearray builtins.reversed builtins.any builtins.Exception
sys._getframe threading.local _thread.get_native_id _thread._local mmap.mmap
""".split()


def test_replaced_after_the_first_call(runner, detail):
    program = """
import _thread, app, builtins, importlib, mmap, os, sys, threading, time
modules = {module.__name__: module for module in (_thread, builtins, mmap, os, sys, threading, time)}
modules["os.path"] = os.path
work, steps, fails = app.work, app.steps, app.fails

def broken(*arguments, **keywords):
    raise RuntimeError("mocked")

def use():
    work()
    for _ in steps():
        pass
    try:
        fails()
    except KeyError:
        pass

use()
for name in NAMES:
    module, _, attribute = name.rpartition(".")
    module = modules[module]
    real = getattr(module, attribute)
    failure = None
    setattr(module, attribute, broken)
    try:
        use()
    except BaseException as error:
        failure = error
    finally:
        setattr(module, attribute, real)
    if failure is not None:
        print(name, type(failure).__name__, failure)
""".replace("NAMES", repr(MOCKS))
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files={"app.py": APP})
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err) == (0, "", "")
    times = 1 + len(MOCKS)
    assert probed.counts() == {"app:work": (times, 0), "app:steps": (times, 0), "app:fails": (times, times)}


EARLY_MOCKS = [
    "time.perf_counter_ns",
    "time.time_ns",
    "os.open",
    "builtins.open",
    "os.getpid",
    "os.path.isdir",
]


@pytest.mark.parametrize("name", EARLY_MOCKS)
def test_replaced_before_the_first_module(runner, name):
    """As by a test that mocks and then imports: nothing may fail; what is recorded is another matter."""
    program = """
import MODULE, os
real = NAME
NAME = lambda *arguments, **keywords: ""
try:
    try:
        import app
    except Exception as error:
        print("the import failed", type(error).__name__)
finally:
    NAME = real
import app
for _ in range(10):
    app.work()
print(list(app.steps()))
""".replace("MODULE", name.rpartition(".")[0]).replace("NAME", name)
    bare, probed = runner.both(program, targets=["app:*"], files={"app.py": APP})
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)
    assert bare.code == 0


def test_a_clock_that_is_frozen_everywhere(runner, detail):
    """As freezegun does: every module's attribute that is the real clock becomes a fake."""
    program = (
        USING
        + """
import sys, time
use()
real = time.perf_counter_ns
fake = lambda: 5
changed = []
for module in list(sys.modules.values()):
    for name, value in list(getattr(module, "__dict__", {}).items()):
        if value is real:
            changed.append((module, name))
            setattr(module, name, fake)
use()
for module, name in changed:
    setattr(module, name, real)
use()
print("ok")
"""
    )
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    assert result.counts() == {name: (3 * calls, 3 * errors) for name, (calls, errors) in EXPECTED.items()}
    if detail != "count":
        assert all(entry["most"] < 10**10 for entry in result.recording["functions"].values())


def test_a_debugger_and_a_profiler_beside_the_probe(runner, detail):
    program = (
        USING
        + """
import sys, threading
def trace(frame, event, argument):
    return trace
sys.settrace(trace)
use()
sys.settrace(None)
sys.setprofile(lambda *_: None)
use()
sys.setprofile(None)
import cProfile
cProfile.runctx("use()", globals(), {}, "profile.out")
print("ok")
"""
    )
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    assert result.counts() == {name: (3 * calls, 3 * errors) for name, (calls, errors) in EXPECTED.items()}


def test_other_tools_hold_the_ids_of_sys_monitoring(runner, detail):
    program = (
        """
import sys
monitoring = getattr(sys, "monitoring", None)
if monitoring:
    monitoring.use_tool_id(3, "other")
    monitoring.use_tool_id(4, "another")
"""
        + USING
        + "use()\nprint('ok')"
    )
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    assert result.counts() == EXPECTED
    assert result.function("app:work")["mechanism"] == (MECHANISM if NATIVE else 2)


def test_a_program_that_frees_all_ids_of_sys_monitoring(runner):
    program = (
        USING
        + """
import sys
use()
monitoring = getattr(sys, "monitoring", None)
if monitoring:
    for tool in range(6):
        if monitoring.get_tool(tool):
            monitoring.free_tool_id(tool)
use()
print("ok")
"""
    )
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    assert result.counts()["app:work"][0] >= 10
