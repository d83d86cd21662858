"""Programs that replace what the probe uses: the program's tests pass, and the probe goes on."""

import pytest

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
MOCKS = [
    "time.perf_counter_ns", "time.time_ns", "time.monotonic", "os.open", "os.close", "os.path.join", "os.fstat", "os.getpid",
    "os.write", "os.stat", "builtins.open", "builtins.id", "builtins.len", "builtins.isinstance", "builtins.type",
    "builtins.getattr", "builtins.hasattr", "builtins.range", "builtins.min", "builtins.max", "builtins.list",
    "builtins.memoryview", "sys._getframe", "threading.local", "_thread.get_native_id", "mmap.mmap",
    "builtins.bytearray", "builtins.reversed", "builtins.any", "builtins.Exception", "os.environ",
]  # fmt: skip


@pytest.mark.parametrize("name", MOCKS)
def test_replaced_after_the_first_call(runner, name, detail):
    module, _, attribute = name.rpartition(".")
    program = (
        USING
        + """
import {module}
use()
real = {name}
def broken(*arguments, **keywords):
    raise RuntimeError("mocked")
{name} = broken
try:
    app.work(1)
    app.steps().send(None)
    app.work(1)
finally:
    {name} = real
use()
print("ok")
""".format(module=module, name=name)
    )
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files={"app.py": APP})
    assert bare.out == "ok\n", bare.err
    assert (probed.code, probed.out, probed.err) == (0, "ok\n", "")
    counts = probed.counts()
    assert counts["app:work"] == (22, 0)
    assert counts["app:fails"] == (2, 2)
    assert counts["app:steps"][0] >= 2


@pytest.mark.parametrize(
    "name",
    [
        "time.perf_counter_ns",
        "time.time_ns",
        "os.open",
        "builtins.open",
        "os.getpid",
        "os.path.isdir",
        "os.urandom",
    ],
)
def test_replaced_before_the_first_module(runner, name):
    """As by a test that mocks and then imports: nothing may fail; what is recorded is another matter."""
    module = name.rpartition(".")[0]
    program = """
import {module}
real = {name}
def mock(*arguments, **keywords):
    return ""
{name} = mock
try:
    {imports}
finally:
    {name} = real
use()
use()
print("ok")
""".format(module=module, name=name, imports="exec(" + repr(USING) + ")")
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP})
    if name in ("builtins.open", "time.time_ns", "time.perf_counter_ns"):
        assert (result.code, result.out, result.err) == (0, "ok\n", "")
    bare = runner.run(program, probe=False, files={"app.py": APP})
    assert (result.code, result.out, result.err) == (bare.code, bare.out, bare.err)


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
    assert result.function("app:work")["mechanism"] == 2


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
