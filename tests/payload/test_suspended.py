"""Generators and coroutines under attack: many at once, over threads, forks, cycles and exits.

Each program checks what the probe mustn't change; the recording is to hold exactly what was done.
"""

from running import MECHANISM

APP = """
import asyncio, types

def count(n):
    for i in range(n):
        yield i

def guarded(n):
    try:
        for i in range(n):
            yield i
    finally:
        pass

def swallows():
    while True:
        try:
            yield 1
        except KeyError:
            pass

def nest(depth):
    if depth:
        return (yield from nest(depth - 1))
    while True:
        yield depth

def catch_at(depth, at):
    try:
        if depth:
            yield from catch_at(depth - 1, at)
        else:
            while True:
                yield depth
    except KeyError:
        if depth != at:
            raise
        yield "caught %d" % depth

async def sleeps(n):
    for _ in range(n):
        await asyncio.sleep(0)
    return n

async def fails(n):
    await asyncio.sleep(0)
    raise ValueError(n)

async def hangs():
    await asyncio.sleep(60)

async def draws(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

@types.coroutine
def bare(n):
    for i in range(n):
        yield
    return n

async def awaits(n):
    return await bare(n)

def raises(generator):
    next(generator)
    raise LookupError

def plain(n):
    return n
"""


def check(recording):
    """What holds of every recording of detail `time` or `tree`."""
    for entry in recording["functions"].values():
        assert 0 <= entry["own"] <= entry["total"] < 1 << 50, entry
        assert 0 <= entry["active"] <= entry["total"], entry
        if entry["shape"] and recording["header"][14] != 1:
            assert entry["begun"] >= entry["calls"], entry
    for calls, total, own in recording["tree"].values():
        assert own <= total < 1 << 50


def run(runner, program, detail, **options):
    """Run it without and with the probe; return what was counted: {name: (calls, errors)}."""
    files = {"app.py": APP}
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files=files, **options)
    assert (bare.code, bare.err) == (0, "")
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    for recording in probed.recordings:
        check(recording)
    return {name[4:]: counts for name, counts in probed.counts().items()}


def test_thousands_interleaved_in_one_thread(runner, detail):
    program = """
import random, app
random.seed(1)
running = [random.choice((app.count, app.guarded, app.awaits))(random.randrange(20)) for _ in range(3000)]
made = [sum(g.__name__ == name for g in running) for name in ("count", "guarded", "awaits")]
while running:
    i = random.randrange(len(running))
    try:
        running[i].send(None)
    except StopIteration:
        running[i] = running[-1]; running.pop()
print(*made)
"""
    counts = run(runner, program, detail)
    assert sum(calls for name, (calls, _) in counts.items() if name != "bare") == 3000
    assert counts["awaits"] == counts["bare"]
    assert not any(errors for _, errors in counts.values())


def test_begun_in_one_thread_and_gone_on_with_in_others(runner, detail):
    program = """
import sys, threading, app
sys.setswitchinterval(1e-6)
generators = [app.guarded(50) for _ in range(400)] + [app.swallows() for _ in range(100)]
[next(g) for g in generators]
def some(which):
    for _ in range(20):
        for g in generators[which::8]:
            next(g)
            app.plain(1)
    for g in generators[which:400:16]:
        g.close()
for _ in range(2):
    threads = [threading.Thread(target=some, args=(i,)) for i in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    generators = generators[1:] + generators[:1]
    break
def drop():
    generators.clear()
thread = threading.Thread(target=drop); thread.start(); thread.join()
"""
    counts = run(runner, program, detail)
    assert counts == {"guarded": (400, 0), "swallows": (100, 0), "plain": (20 * 500, 0)}


def test_a_thread_ends_while_its_generator_runs_and_another_goes_on(runner, detail):
    program = """
import threading, app
kept = []
def begin():
    g = app.nest(3); next(g); kept.append(g)
    h = app.guarded(5); next(h); kept.append(h)
for _ in range(200):
    thread = threading.Thread(target=begin); thread.start(); thread.join()
[next(g) for g in kept]
[g.close() for g in kept]
"""
    assert run(runner, program, detail) == {"nest": (800, 0), "guarded": (200, 0)}


def test_delegation_fifty_deep_and_exceptions_into_each_depth(runner, detail):
    program = """
import app
for at in range(50):
    g = app.catch_at(49, at)
    next(g); next(g)
    assert g.throw(KeyError()) == "caught %d" % at
    g.close()
g = app.catch_at(49, 99); next(g)
try:
    g.throw(KeyError())
except KeyError:
    print("through")
g = app.nest(50); [next(g) for _ in range(10)]; g.close()
"""
    # Down to the depth that catches, they end by the exception.
    errors = sum(range(50)) + 50
    assert run(runner, program, detail) == {"catch_at": (51 * 50, errors), "nest": (51, 0)}


def test_cycles_that_the_collector_finds(runner, detail):
    program = """
import gc, app
class Box: pass
def cycle(make):
    box = Box()
    def holding():
        yield box
    box.g = make(5); next(box.g)
    box.self = box
for _ in range(500):
    cycle(app.guarded); cycle(app.count); cycle(app.nest)
gc.collect()
print(len([o for o in gc.get_objects() if isinstance(o, Box)]))
"""
    assert run(runner, program, detail) == {"guarded": (500, 0), "count": (500, 0), "nest": (3000, 0)}


def test_cycles_that_the_collector_meets_half_made(runner, detail):
    # Where a collection finds a cycle half made, it may order what it finds later such that a
    # generator is finalized after what hangs on its frame.
    program = """
import gc, app
class Box: pass
def cycle(make):
    box = Box()
    def holding():
        yield box
    box.g = make(5); next(box.g)
    box.self = box
for others in range(300):
    kept = [[] for _ in range(others)]
    for _ in range(5):
        cycle(app.guarded); cycle(app.count); cycle(app.nest)
    if others % 8 == 0:
        gc.collect()
gc.collect()
"""
    assert run(runner, program, detail) == {"guarded": (1500, 0), "count": (1500, 0), "nest": (9000, 0)}


def test_collected_while_an_exception_is_on_its_way(runner, detail):
    program = """
import app
def here(make):
    g = make(5)
    next(g)
    raise LookupError
for make in (app.count, app.guarded, app.nest):
    for _ in range(100):
        try:
            here(make)
        except LookupError as error:
            del error
        try:
            app.raises(make(5))
        except LookupError:
            pass
for _ in range(100):
    try:
        a = app.draws(5)
        a.__anext__().send(None)
        try:
            raise KeyError
        finally:
            del a
    except KeyError:
        pass
"""
    counts = run(runner, program, detail)
    assert counts.pop("raises") == (300, 300)
    assert counts == {"count": (200, 0), "guarded": (200, 0), "nest": (1200, 0), "draws": (100, 0)}


def test_an_async_generator_that_its_loop_does_not_close(runner, detail):
    """Its finalizer leaves it alone, and an exception is on its way when its frame goes."""
    program = """
import sys, app
sys.set_asyncgen_hooks(firstiter=lambda a: None, finalizer=lambda a: None)
def here():
    a = app.draws(5)
    try:
        a.__anext__().send(None)
    except StopIteration:
        pass
    raise LookupError
for _ in range(100):
    try:
        here()
    except LookupError:
        pass
"""
    files = {"app.py": APP}
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files=files)
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err) == (0, "", "")
    entry = probed.function("app:draws")
    assert entry["errors"] == 0
    if MECHANISM in (2, 6) and detail != "count":
        # Its frame goes without being evaluated once more: nothing tells the end.
        assert entry["begun"] == 100 and entry["calls"] in range(101)
    else:
        assert entry["calls"] == 100


ASYNCIO = """
import asyncio, gc, app
async def main():
    results = await asyncio.gather(*[app.sleeps(i % 7) for i in range(500)],
                                   *[app.fails(i) for i in range(100)], return_exceptions=True)
    print(sum(isinstance(r, ValueError) for r in results), sum(r for r in results if isinstance(r, int)))
    for _ in range(50):
        try:
            await asyncio.wait_for(app.hangs(), 0.001)
        except asyncio.TimeoutError:
            pass
    tasks = [asyncio.ensure_future(app.hangs()) for _ in range(100)]
    await asyncio.sleep(0)
    [task.cancel() for task in tasks]
    print({type(r).__name__ for r in await asyncio.gather(*tasks, return_exceptions=True)})
    early = [asyncio.ensure_future(app.hangs()) for _ in range(100)]
    [task.cancel() for task in early]
    await asyncio.gather(*early, return_exceptions=True)
    try:
        await asyncio.gather(app.fails(1), *[app.sleeps(3) for _ in range(10)])
    except ValueError:
        await asyncio.sleep(0.01)
    if hasattr(asyncio, "TaskGroup"):
        try:
            async with asyncio.TaskGroup() as group:
                [group.create_task(app.hangs()) for _ in range(10)]
                group.create_task(app.fails(2))
        except Exception as error:
            assert len(error.exceptions) == 1
    else:
        for _ in range(10):
            task = asyncio.ensure_future(app.hangs()); await asyncio.sleep(0); task.cancel()
        try:
            await app.fails(2)
        except ValueError:
            pass
    async for i in app.draws(5):
        if i == 3: break
    gc.collect(); await asyncio.sleep(0.01)
    kept = []
    for _ in range(20):
        a = app.draws(9); kept.append(a); await a.__anext__()
    return kept
kept = asyncio.run(main())
"""


def test_asyncio_with_errors_timeouts_and_generators_left_to_the_loop(runner, detail):
    expected = {"sleeps": (510, 0), "fails": (102, 102), "hangs": (160, 160), "draws": (21, 0)}
    assert run(runner, ASYNCIO, detail) == expected


def test_alive_when_the_interpreter_exits(runner, detail):
    program = """
import app
kept = [app.guarded(9) for _ in range(50)]
[next(g) for g in kept]
class Late:
    def __init__(self): self.g = app.nest(4); next(self.g)
    def __del__(self):
        next(self.g); self.g.close(); app.plain(1)
import sys
sys.late = Late()
cycle = []; cycle.append((cycle, app.swallows())); next(cycle[0][1])
"""
    counts = run(runner, program, detail)
    if detail == "count":
        assert counts["guarded"] == (50, 0) and counts["nest"] == (5, 0)
    for name, most in (("guarded", 50), ("nest", 5), ("swallows", 1), ("plain", 1)):
        calls, errors = counts.get(name, (0, 0))
        # The handler of `swallows` may find no KeyError any more.
        assert 0 <= calls <= most and errors <= (name == "swallows")


def test_suspended_across_a_fork(runner, detail):
    """Those of the parent's are its own: what a child does with its copies counts in neither."""
    program = """
import os, app
kept = [app.guarded(5) for _ in range(20)] + [app.nest(3) for _ in range(5)]
coroutines = [app.awaits(3) for _ in range(10)]
[next(g) for g in kept]; [c.send(None) for c in coroutines]
children = []
for i in range(5):
    pid = os.fork()
    if not pid:
        kept[0].close(); list(kept[1]); next(kept[2]); kept.pop(20).close()
        coroutines[0].close()
        try:
            kept[3].throw(KeyError)
        except KeyError:
            pass
        list(app.guarded(2))
        for g in kept[4:]:
            next(g); app.plain(1)
        kept.clear(); coroutines.clear()
        os._exit(0)
    children.append(pid)
assert [os.waitpid(pid, 0)[1] for pid in children] == [0] * 5
[next(g) for g in kept]
kept.clear(); coroutines.clear()
print(os.getpid())
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    parent, children = int(result.out), []
    for recording in result.recordings:
        check(recording)
        counts = {n[4:]: (e["calls"], e["errors"]) for n, e in recording["functions"].items() if e["calls"]}
        if recording["header"][8] == parent:
            assert counts == {"guarded": (20, 0), "nest": (20, 0), "awaits": (10, 0), "bare": (10, 0)}
        else:
            children.append(counts)
    assert children == [{"guarded": (1, 0), "plain": (20, 0)}] * 5
