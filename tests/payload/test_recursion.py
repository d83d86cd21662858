"""The depth of recursion: as deep as without the probe, and the program's own limits in its own words."""

import json

import pytest

APP = """
import sys
deepest = 0

def hooked(n):
    global deepest
    deepest = n
    hooked(n + 1)

class Node:
    def walk(self, n, /, *rest, key=None, **named):
        global deepest
        deepest = n
        return self.walk(n + 1, key=key)
"""
PROGRAM = """
import json, sys, app

def unhooked(n):
    app.deepest = n
    unhooked(n + 1)

def depth(function):
    app.deepest = 0
    try:
        function(1)
    except RecursionError as error:
        text = str(error)
    return app.deepest, text

def reached(limit):
    if limit:
        sys.setrecursionlimit(limit)
    return [sys.getrecursionlimit(), depth(app.hooked), depth(app.Node().walk), depth(unhooked)]

print(json.dumps([reached(limit) for limit in (None, 2500, 500)]))
"""


def test_recursion_reaches_as_deep_as_without_the_probe(runner, detail):
    bare, probed = runner.both(PROGRAM, targets=["app:**"], detail=detail, files={"app.py": APP})
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    for before, after in zip(json.loads(bare.out), json.loads(probed.out)):
        assert after[0] == before[0]  # the limit that the program sees
        for (plain, plain_text), (depth, text) in zip(before[1:], after[1:]):
            assert depth >= plain
            # The text goes on with what the last step was ("in comparison"), which may be the probe's.
            assert text[:32] == plain_text[:32] == "maximum recursion depth exceeded"


def test_a_runaway_recursion_ends_soon_after_the_limit(runner, detail):
    """It gets the probe's allowance at most, so it ends in an exception and not in a crash."""
    bare, probed = runner.both(PROGRAM, targets=["app:**"], detail=detail, files={"app.py": APP})
    for before, after in zip(json.loads(bare.out), json.loads(probed.out)):
        for (plain, _), (depth, _) in zip(before[1:], after[1:]):
            assert depth <= 2 * plain + 16


def test_calls_at_the_deepest_point_are_counted(runner, detail):
    app = """
import sys
def down(n):
    return 0 if n == 0 else 1 + down(n - 1)
"""
    program = "import app, sys; print(app.down(sys.getrecursionlimit() - 20))"
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files={"app.py": app})
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    assert probed.counts() == {"app:down": (int(bare.out) + 1, 0)}


LIMITS = """
import operator, pickle, sys
import app
print(sys.getrecursionlimit())
sys.setrecursionlimit(1234)
print(sys.getrecursionlimit(), sys.getrecursionlimit.__name__, sys.setrecursionlimit.__module__)
class Index:
    def __index__(self):
        return 777
for value in (0, -5, "12", 1.5, None, 2**31, 2**40, Index(), True + 1500, 2**31 - 1, 900):
    try:
        sys.setrecursionlimit(value)
    except Exception as error:
        print(type(error).__name__, error)
    else:
        print(sys.getrecursionlimit(), type(sys.getrecursionlimit()).__name__)
for arguments, keywords in (((), {}), ((1, 2), {}), ((), {"limit": 5})):
    try:
        sys.setrecursionlimit(*arguments, **keywords)
    except TypeError:
        print("TypeError")
print(pickle.loads(pickle.dumps(sys.setrecursionlimit)) is sys.setrecursionlimit)
print(sys.getrecursionlimit())
"""


def test_the_limits_speak_the_programs_numbers(runner):
    files = {"app.py": "def f(): pass"}
    bare, probed = runner.both(LIMITS, targets=["app:*"], files=files)
    assert (probed.code, probed.err) == (bare.code, bare.err)
    assert probed.out == bare.out
    assert len(probed.paths) == 1


@pytest.mark.parametrize("limit", [150, 3000])
def test_threads_recurse_as_deep(runner, limit):
    program = """
import sys, threading, app
sys.setrecursionlimit(%d)
threading.stack_size(64 << 20)
def run():
    try:
        app.hooked(1)
    except RecursionError:
        pass
thread = threading.Thread(target=run)
thread.start()
thread.join()
print(app.deepest)
"""
    bare, probed = runner.both(program % limit, targets=["app:**"], files={"app.py": APP})
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert int(probed.out) >= int(bare.out)
