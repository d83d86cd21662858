"""The control word, by which `probe off` and `probe on` reach a running process."""

import pytest
from running import NATIVE

APP = """
def plain(depth=0):
    return plain(depth - 1) if depth else 1

def fails():
    raise KeyError

def numbers():
    yield from (1, 2)

async def waits():
    return 1
"""
# The Python engine looks each fifth of a second, `probe off` promises a second.
PROGRAM = """
import os, struct, sys, time
import app
package = [name for name in sys.modules if name.startswith("_probe_") and "." not in name][0]

def control(value):
    # What `probe off` (1) and `probe on` (0) do.
    path = sys.modules[package].describe()["recording"]
    with open(path, "r+b", buffering=0) as file:
        file.seek(8 * 16)
        file.write(struct.pack("<Q", value))
    time.sleep(PAUSE)

def work(times):
    for _ in range(times):
        app.plain(2)
        list(app.numbers())
        try:
            app.fails()
        except KeyError:
            pass
        try:
            app.waits().send(None)
        except StopIteration:
            pass
"""
PROGRAM = PROGRAM.replace("PAUSE", "0" if NATIVE else "0.3")


def counts(calls):
    return {
        "app:plain": (3 * calls, 0), "app:numbers": (calls, 0),
        "app:fails": (calls, calls), "app:waits": (calls, 0),
    }  # fmt: skip


def test_off_leaves_calls_out_and_on_takes_them_in_again(runner, detail):
    program = PROGRAM + "work(3); control(1); work(5); control(0); work(2)\n"
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == counts(5)
    for entry in result.recording["functions"].values():
        assert entry["begun"] in (0, entry["calls"])
    assert result.recording["threads"] in ([], [[]])


def test_a_process_that_is_off_before_its_first_call(runner, detail):
    program = PROGRAM + "control(1); work(5)\n"
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {}


@pytest.mark.parametrize("forked_while", [0, 1])
def test_a_forked_child_records_whatever_its_parent_does(runner, detail, forked_while):
    program = PROGRAM + "work(1); control(%d)\n" % forked_while
    program += "if os.fork():\n    control(1); os.wait(); work(7)\nelse:\n    work(2)\n"
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    parent, child = result.recordings
    for recording, calls in ((parent, 1), (child, 2)):
        expected = {name: count for name, (count, _) in counts(calls).items()}
        assert {name: entry["calls"] for name, entry in recording["functions"].items()} == expected
