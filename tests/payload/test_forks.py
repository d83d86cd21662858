"""Forks of every kind, from threads and within calls, and threads without end: each call is counted once."""

import subprocess
import sys

import pytest
from running import NATIVE

APP = """
import os, threading

def work(n=1):
    return n

def forking(fork):
    work()
    pid = fork()
    work()
    return pid

def steps(n):
    for i in range(n):
        yield i

def nested(n, do):
    return do() if n == 0 else nested(n - 1, do)
"""
QUIET = ("-W", "ignore::DeprecationWarning")


def by_process(result):
    """{pid: {name: calls}}."""
    counts = {}
    for recording in result.recordings:
        for entry in recording["functions"].values():
            assert 0 <= entry["own"] <= entry["total"] < 1 << 50, entry
        counted = {n[4:]: e["calls"] for n, e in recording["functions"].items() if e["calls"]}
        assert counts.setdefault(recording["header"][8], counted) is counted
    return counts


def run(runner, program, detail, **options):
    result = runner.run(program, ["app:*"], detail, {"app.py": APP}, flags=QUIET, **options)
    assert (result.code, result.err) == (0, "")
    return result


def test_two_hundred_forks_in_a_row(runner, detail):
    program = """
import os, app
for i in range(200):
    app.work()
    pid = app.forking(os.fork)
    if not pid:
        if i % 4 == 0:
            list(app.steps(3))
        os._exit(0)
    os.waitpid(pid, 0)
print(os.getpid())
"""
    result = run(runner, program, detail)
    counts = by_process(result)
    assert counts.pop(int(result.out)) == {"work": 600, "forking": 200}
    assert len(counts) == 200
    assert sum("steps" in one for one in counts.values()) == 50
    assert all(one["work"] == 1 and "forking" not in one for one in counts.values())


def test_from_a_thread_while_others_record(runner, detail):
    program = """
import os, sys, threading, app
sys.setswitchinterval(1e-5)
over = False
def busy():
    n = 0
    while not over:
        for _ in app.steps(3):
            app.work(); n += 1
    done.append(n)
def forks():
    for _ in range(30):
        pid = app.nested(10, lambda: app.forking(os.fork))
        if not pid:
            app.work()
            os._exit(len(list(app.steps(3))) != 3)
        assert os.waitpid(pid, 0)[1] == 0
done = []
threads = [threading.Thread(target=busy) for _ in range(4)]
[t.start() for t in threads]
forker = threading.Thread(target=forks); forker.start(); forker.join()
over = True
[t.join() for t in threads]
print(os.getpid(), sum(done))
"""
    result = run(runner, program, detail)
    parent, worked = map(int, result.out.split())
    counts = by_process(result)
    assert counts.pop(parent) == {
        "work": worked + 60, "steps": worked // 3, "forking": 30, "nested": 330,
    }  # fmt: skip
    assert list(counts.values()) == [{"work": 2, "steps": 1}] * 30


def test_the_tree_of_a_child_begins_anew(runner):
    program = """
import os, app
app.work()
pid = app.nested(3, os.fork)
app.nested(2, app.work)
if pid:
    os.waitpid(pid, 0)
else:
    app.nested(2, lambda: app.nested(0, app.work))
    os._exit(0)
"""
    parent, child = run(runner, program, "tree").recordings
    trees = [{path: numbers[0] for path, numbers in r["tree"].items() if numbers[0]} for r in (parent, child)]
    nested = "app:nested"
    assert trees[0] == {
        ("app:work",): 1, (nested,): 2, (nested, nested): 2, (nested, nested, nested): 2,
        (nested, nested, nested, nested): 1, (nested, nested, nested, "app:work"): 1,
    }  # fmt: skip
    assert trees[1] == {
        (nested,): 2, (nested, nested): 2, (nested, nested, nested): 2,
        (nested, nested, nested, nested): 1, (nested, nested, nested, "app:work"): 1,
        (nested, nested, nested, nested, "app:work"): 1,
    }  # fmt: skip


def test_generations_of_processes(runner, detail):
    program = """
import os, app
def generation(left):
    for _ in range(left + 1):
        app.work()
    if left:
        pid = app.forking(os.fork)
        if not pid:
            generation(left - 1)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
generation(20)
"""
    counts = by_process(run(runner, program, detail))
    worked = sorted(one["work"] for one in counts.values())
    assert worked == [2] + [n + 4 for n in range(1, 20)] + [23]


@pytest.mark.skipif(
    sys.platform != "linux" or not NATIVE, reason="the native engine sees it, by the C library"
)
def test_a_fork_that_python_does_not_know_of(runner, detail):
    program = """
import ctypes, os, app
c = ctypes.CDLL(None)
app.work()
for _ in range(20):
    pid = app.nested(2, c.fork)
    if not pid:
        app.work(); list(app.steps(2))
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    app.work()
print(os.getpid())
"""
    result = run(runner, program, detail)
    counts = by_process(result)
    assert counts.pop(int(result.out)) == {"work": 21, "nested": 60}
    assert list(counts.values()) == [{"work": 1, "steps": 1}] * 20


def test_other_ways_to_start_a_program(runner, detail):
    program = """
import os, subprocess, sys, app
def prepare():
    app.work()
for _ in range(5):
    app.work()
    assert app.nested(1, lambda: subprocess.call(["true"])) == 0
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], os.environ)
    assert os.waitpid(pid, 0)[1] == 0
    assert os.system("true") == 0
    assert app.nested(0, lambda: subprocess.call(["true"], preexec_fn=prepare)) == 0
print(os.getpid())
"""
    result = run(runner, program, detail)
    counts = by_process(result)
    assert counts.pop(int(result.out)) == {"work": 5, "nested": 15}
    assert list(counts.values()) == [{"work": 1}] * 5


def test_five_thousand_threads_one_after_another_share_their_blocks(runner, detail):
    program = """
import threading, app
def run():
    app.nested(3, app.work); next(app.steps(2))
for i in range(5000):
    thread = threading.Thread(target=run); thread.start(); thread.join()
"""
    result = run(runner, program, detail)
    assert result.counts() == {"app:nested": (20000, 0), "app:work": (5000, 0), "app:steps": (5000, 0)}
    assert result.paths[0].stat().st_size <= 3 << 16
    assert result.recording["header"][23] == 0


def test_eight_busy_threads_are_exact_in_calls_and_tree(runner, detail):
    program = """
import sys, threading, app
sys.setswitchinterval(1e-6)
def run():
    for _ in range(TIMES):
        app.nested(1, app.work)
threads = [threading.Thread(target=run) for _ in range(8)]
[t.start() for t in threads]
[t.join() for t in threads]
"""
    times = 25000 if NATIVE else 2500
    result = run(runner, program.replace("TIMES", str(times)), detail)
    assert result.counts() == {"app:nested": (16 * times, 0), "app:work": (8 * times, 0)}
    recording = result.recording
    assert recording["header"][23] == 0
    if detail == "tree":
        one = 8 * times
        calls = {path: numbers[0] for path, numbers in recording["tree"].items()}
        assert calls == {
            ("app:nested",): one,
            ("app:nested", "app:nested"): one,
            ("app:nested", "app:nested", "app:work"): one,
        }


def test_daemon_threads_at_the_exit(runner, detail):
    program = """
import threading, time, app
def run():
    kept = app.steps(10**9)
    while True:
        next(kept); app.nested(5, app.work)
for _ in range(10):
    threading.Thread(target=run, daemon=True).start()
time.sleep(0.2)
"""
    try:
        result = run(runner, program, detail)
    except subprocess.TimeoutExpired:
        # Python 3.14 hung here once in some 200 runs, most of them under load; not seen elsewhere,
        # nor why, so it gets a second try.
        if sys.version_info < (3, 14):
            raise
        result = run(runner, program, detail)
    assert result.function("app:work")["calls"] > 0
