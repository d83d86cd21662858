"""A recording that can't be had, or no longer: the program runs as without the probe, and can ask why."""

import json
import os

import pytest
from running import DESCRIBE, NATIVE, REACHES_NESTED

APP = (
    "".join("def f%d(n=1): return n\n" % i for i in range(300))
    + """
def steps(n):
    yield from range(n)
def fails():
    raise KeyError
async def awaits():
    return 1
"""
)
CALLS = """
import app
def calls():
    total = 0
    for _ in range(3):
        for i in range(300):
            total += getattr(app, "f%d" % i)(i)
        total += sum(app.steps(5))
        try:
            app.fails()
        except KeyError:
            total += 1
        try:
            app.awaits().send(None)
        except StopIteration as stop:
            total += stop.value
    return total
print(calls())
"""
LATER = """
import os
calls()
pid = os.fork()
if not pid:
    print(calls(), flush=True)
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""


def run(runner, detail, limits=None, before="", **options):
    """Run the program; return what `describe` says, and the result."""
    program = before + CALLS + LATER + DESCRIBE
    result = runner.run(program, ["app:*"], detail, {"app.py": APP}, limits=limits, flags=("-u",), **options)
    assert (result.code, result.err) == (0, "")
    first, second, described = result.out.splitlines()
    assert first == second == "134586"
    return json.loads(described), result


def test_a_folder_that_becomes_unwritable_before_the_recording(runner, detail):
    # As the probe looks at it the folder is there; when the file is made it is somebody else's.
    before = """
import os, sys
package = next(name for name in sys.modules if name.startswith("_probe_") and "." not in name)
import importlib
store = importlib.import_module(package + ".store")
prepare = store.prepare
def prepares(tell):
    folder = prepare(tell)
    os.chmod(folder, 0o777)
    return folder
store.prepare = prepares
"""
    described, result = run(runner, detail, before=before)
    if NATIVE:
        assert "can be written by other users" in " ".join(described["why"])
        assert described["recording"] is None and result.paths == []


def test_no_folder_can_be_made(runner, detail):
    described, result = run(runner, detail, environment={"PROBE_DATA_DIR": "/proc/nothing"})
    assert "/proc/nothing" in " ".join(described["why"])
    assert described["recording"] is None and result.paths == []


@pytest.mark.parametrize("limit", [
    {"MAX_FUNCTIONS": 0}, {"MAX_FUNCTIONS": 1}, {"MAX_NODES": 0}, {"MAX_NODES": 1},
    {"MAX_BYTES": 0}, {"MAX_BYTES": 65536}, {"MAX_BYTES": 200000},
])  # fmt: skip
def test_limits_of_any_size(runner, detail, limit):
    described, result = run(runner, detail, limits=limit)
    assert described["engine"] == ("native" if NATIVE else "python")
    for recording in result.recordings:
        assert all(entry["calls"] % 3 == 0 for entry in recording["functions"].values())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_child_that_became_another_user(runner, detail):
    program = (
        CALLS
        + """
import os
for back in (False, True):
    pid = os.fork()
    if not pid:
        os.setgid(65534); os.setuid(65534)
        print(calls(), flush=True)
        if back:
            child = os.fork()
            if not child:
                os._exit(int(calls() != 134586))
            os._exit(os.waitpid(child, 0)[1])
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
os.seteuid(65534)
pid = os.fork()
if not pid:
    calls()
    os._exit(0)
os.waitpid(pid, 0)
os.seteuid(0)
print(calls())
"""
    )
    result = runner.run(program, ["app:*"], detail, {"app.py": APP}, flags=("-u",))
    assert (result.code, result.err) == (0, "")
    assert result.out == "134586\n" * 4
    assert result.counts(errors=False)["app:steps"] == 6
