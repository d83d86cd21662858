"""Detail `tree`: which function called which, how often, and the time that was a function's own."""

import pytest

APP = """
import asyncio, time

def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass

def leaf():
    spin(0.01)

def middle(times):
    for _ in range(times):
        leaf()

def top():
    middle(2)
    leaf()
    spin(0.02)

def even(n):
    return n == 0 or odd(n - 1)

def odd(n):
    return n != 0 and even(n - 1)

def fails():
    raise ValueError

def catches():
    try:
        fails()
    except ValueError:
        leaf()

def producing():
    for _ in range(3):
        leaf()
        yield 1

def consuming():
    return sum(producing())

async def inner():
    await asyncio.sleep(0)
    leaf()

async def outer():
    leaf()
    await inner()
    leaf()

async def both():
    await asyncio.gather(outer(), outer())
"""
PROGRAM = """
import asyncio, app
app.top(); app.middle(1); app.even(4); app.catches(); app.consuming()
app.leaf()
asyncio.run(app.both())
app.leaf()
"""
TARGETS = ["app:*", "!app:spin"]


@pytest.fixture(scope="module")
def tree(shared_runner):
    """The tree of one run of the program above, paths as `a>b>c`, and its functions."""
    result = shared_runner.run(PROGRAM, TARGETS, "tree", {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    paths = {
        ">".join(name.partition(":")[2] for name in path): numbers
        for path, numbers in result.recording["tree"].items()
    }
    return paths, result.recording["functions"]


def test_the_paths_and_their_calls_are_exact(tree):
    assert {path: calls for path, (calls, _, _) in tree[0].items()} == {
        "top": 1,
        "top>middle": 1,
        "top>middle>leaf": 2,
        "top>leaf": 1,
        "middle": 1,
        "middle>leaf": 1,
        "even": 1,
        "even>odd": 1,
        "even>odd>even": 1,
        "even>odd>even>odd": 1,
        "even>odd>even>odd>even": 1,
        "catches": 1,
        "catches>fails": 1,
        "catches>leaf": 1,
        "consuming": 1,
        "consuming>producing": 1,
        "consuming>producing>leaf": 3,
        "leaf": 2,
        "both": 1,
        "outer": 2,
        "outer>leaf": 4,
        "outer>inner": 2,
        "outer>inner>leaf": 2,
    }


def test_calls_of_the_records_are_those_of_the_tree(tree):
    paths, functions = tree
    for name, entry in functions.items():
        last = name.partition(":")[2]
        assert entry["calls"] == sum(n[0] for path, n in paths.items() if path.split(">")[-1] == last)


def test_self_time_is_the_total_less_the_children(tree):
    paths, _ = tree
    for path in ("top", "top>middle", "middle", "catches", "even", "even>odd"):
        children = sum(numbers[1] for other, numbers in paths.items() if other.rpartition(">")[0] == path)
        calls, total, own = paths[path]
        assert own == total - children
    assert paths["top"][1] >= 50_000_000
    assert paths["top"][2] >= 20_000_000
    assert all(own == total for path, (_, total, own) in paths.items() if path.endswith("leaf"))


def test_self_time_of_generators_and_coroutines_leaves_out_what_they_call(tree):
    paths, functions = tree
    assert paths["consuming>producing>leaf"][1] >= 30_000_000
    assert (
        paths["consuming>producing"][2]
        <= paths["consuming>producing"][1] - paths["consuming>producing>leaf"][1]
    )
    assert paths["outer"][1] > 60_000_000
    assert paths["outer"][2] <= paths["outer"][1] - 50_000_000
    assert functions["app:outer"]["active"] >= 50_000_000


def test_threads_that_ended_leave_no_frames(runner):
    program = """
import threading, app
for _ in range(3):
    threads = [threading.Thread(target=app.middle, args=(1,)) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
app.leaf()
"""
    result = runner.run(program, TARGETS, "tree", {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    assert result.recording["tree"][("app:middle", "app:leaf")][0] == 12
    # Blocks are used again: only the main thread's may still be in use.
    assert result.recording["threads"] in ([[]], [])


def test_the_shadow_stacks_show_what_was_running_at_a_kill(runner):
    program = """
import os, signal, threading, time
import app
started = threading.Event()
def waiting():
    started.set()
    time.sleep(60)
app.leaf.__globals__["spin"] = lambda seconds: waiting()
threading.Thread(target=app.top, daemon=True).start()
started.wait()
app.leaf.__globals__["spin"] = lambda seconds: os.kill(os.getpid(), signal.SIGKILL)
app.consuming()
"""
    result = runner.run(program, TARGETS, "tree", {"app.py": APP})
    assert result.code == -9
    recording = result.recording
    assert sorted(recording["threads"]) == [
        ["app:consuming", "app:producing", "app:leaf"],
        ["app:top", "app:middle", "app:leaf"],
    ]
    assert recording["header"][17] == 0
