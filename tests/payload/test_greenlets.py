"""Greenlets: stacks that switch within a thread, end out of order, are killed, and never end.

Each is skipped where the Python has no such package (`cargo xtask test` installs it where it has
a wheel). The native engine only: the Python one, which sees events without their frames, counts the
calls of many greenlets at once as well as it can.
"""

import pytest
from running import NATIVE

pytestmark = pytest.mark.skipif(not NATIVE, reason="the native engine only")

APP = """
def switching(parent, n):
    for i in range(n):
        below(parent, i)
    return n

def below(parent, i):
    parent.switch(i)

def plain(n):
    return n

def steps(parent, n):
    for i in range(n):
        parent.switch(i)
        yield i

def drains(parent, n):
    for _ in steps(parent, n):
        plain(1)

def failing(parent):
    below(parent, 1)
    raise KeyError

async def awaits(switch, n):
    for _ in range(n):
        switch()
    return n
"""


def run(runner, program, detail, package="greenlet", **options):
    """Run a program; return {name: (calls, errors)} and the recording."""
    pytest.importorskip(package)
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files={"app.py": APP}, **options)
    assert (bare.code, bare.err) == (0, "")
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    recording = probed.recording
    for entry in recording["functions"].values():
        assert 0 <= entry["own"] <= entry["total"] < 1 << 50, entry
        assert 0 <= entry["active"] <= entry["total"], entry
    return {name[4:]: counts for name, counts in probed.counts().items()}, recording


def test_thousands_of_switches_are_exact(runner, detail):
    program = """
import app, greenlet, random
random.seed(1)
me = greenlet.getcurrent()
running = [greenlet.greenlet(app.switching) for _ in range(100)]
[g.switch(me, 20) for g in running]
while running:
    g = random.choice(running)
    g.switch(); app.plain(1)
    if g.dead:
        running.remove(g)
"""
    counts, recording = run(runner, program, detail)
    assert counts == {"switching": (100, 0), "below": (2000, 0), "plain": (2000, 0)}
    if detail == "tree":
        assert recording["header"][23] > 100  # repaired, and counted


def test_generators_and_coroutines_that_switch_while_they_run(runner, detail):
    program = """
import app, greenlet
me = greenlet.getcurrent()
running = [greenlet.greenlet(app.drains) for _ in range(100)]
[g.switch(me, 10) for g in running]
for _ in range(10):
    for g in running[::-1]:
        g.switch()
assert all(g.dead for g in running)
def drive(n):
    try:
        app.awaits(me.switch, n).send(None)
    except StopIteration as stop:
        return stop.value
running = [greenlet.greenlet(drive) for _ in range(100)]
[g.switch(5) for g in running]
for _ in range(5):
    [g.switch() for g in running]
assert all(g.dead for g in running)
"""
    counts, _ = run(runner, program, detail)
    assert counts == {"drains": (100, 0), "steps": (100, 0), "plain": (1000, 0), "awaits": (100, 0)}


def test_killed_and_collected_while_suspended(runner, detail):
    program = """
import app, gc, greenlet
me = greenlet.getcurrent()
for i in range(200):
    g = greenlet.greenlet(app.switching); g.switch(me, 5)
    h = greenlet.greenlet(app.failing); h.switch(me)
    if i % 2:
        g.throw()
        assert g.dead
    del g
    try:
        h.switch()
    except KeyError:
        pass
gc.collect()
"""
    counts, _ = run(runner, program, detail)
    # GreenletExit goes through their frames.
    assert counts["failing"] == (200, 200)
    assert counts["switching"] == (200, 200)
    assert counts["below"] == (400, 200)


def test_dropped_by_another_thread_and_by_a_thread_that_ended(runner, detail):
    program = """
import app, gc, greenlet, os, threading
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # older greenlets tell of those that nobody can end
kept = []
def begin():
    me = greenlet.getcurrent()
    for _ in range(5):
        g = greenlet.greenlet(app.switching); g.switch(me, 3); kept.append(g)
    app.plain(1)
    event.wait()
for _ in range(50):
    event = threading.Event()
    threads = [threading.Thread(target=begin) for _ in range(2)]
    [t.start() for t in threads]
    while len(kept) < 10:
        pass
    del kept[:5]
    event.set()
    [t.join() for t in threads]
    kept.clear()
    gc.collect()
    app.plain(1)
me = greenlet.getcurrent()
g = greenlet.greenlet(app.switching); g.switch(me, 3)
while not g.dead:
    g.switch()
"""
    counts, _ = run(runner, program, detail)
    assert counts["plain"] == (150, 0)
    assert counts["below"][0] >= 3


def test_the_memory_of_stacks_is_bounded(runner, detail):
    program = """
import app, greenlet, resource
me = greenlet.getcurrent()
def rounds(n):
    # One always runs below those that end.
    last = greenlet.greenlet(app.switching); last.switch(me, 2)
    for _ in range(n):
        g = greenlet.greenlet(app.switching); g.switch(me, 2)
        last.switch(); last.switch()
        last = g
    last.switch(); last.switch()
rounds(2000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rounds(4000)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(grown < 1500)
"""
    # A call's parent is whatever began last in the thread: the tree may get deep.
    counts, recording = run(runner, program, detail, limits={"MAX_NODES": 300})
    assert counts == {"switching": (6002, 0), "below": (12004, 0)}
    assert not any(recording["threads"])


def test_a_deep_recursion_in_each_greenlet(runner, detail):
    program = """
import app, greenlet
me = greenlet.getcurrent()
def deep(n):
    if n:
        return app.plain(deep(n - 1))
    return me.switch()
running = [greenlet.greenlet(deep) for _ in range(50)]
[g.switch(200) for g in running]
[g.switch(i) for i, g in enumerate(running)]
"""
    counts, _ = run(runner, program, detail)
    assert counts == {"plain": (10000, 0)}


GEVENT = """
import gevent, gevent.monkey, gevent.pool
gevent.monkey.patch_all()
import app, time, threading
def job(n):
    for i in range(n):
        app.plain(1)
        hooked(n)
def hooked(n):
    class Parent:
        switch = staticmethod(lambda *_: gevent.sleep(0))
    app.below(Parent, n)
pool = gevent.pool.Pool(50)
for _ in range(200):
    pool.spawn(job, 10)
pool.join()
class Sleeper: switch = staticmethod(gevent.sleep)
sleeping = [gevent.spawn(app.below, Sleeper, 60) for _ in range(50)]
gevent.sleep(0.01)
gevent.killall(sleeping)
threads = [threading.Thread(target=job, args=(5,)) for _ in range(20)]
[t.start() for t in threads]
[t.join() for t in threads]
try:
    with gevent.Timeout(0.01):
        while True:
            app.plain(2); gevent.sleep(0.001)
except gevent.Timeout:
    print("timeout")
"""


def test_gevent(runner, detail):
    counts, _ = run(runner, GEVENT, detail, "gevent")
    assert counts["below"] == (2000 + 50 + 100, 50)
    assert counts["plain"][0] > 2100
