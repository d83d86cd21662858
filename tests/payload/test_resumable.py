"""Generators, coroutines and async generators: one call from the first step to the end, however it ends."""

import pytest
from running import DETAILS

FLOWS = """
import asyncio, contextlib, types

def numbers(n):
    for i in range(n):
        yield i
    return "done"

def closed():
    try:
        yield 1
        yield 2
    finally:
        print("closed: finally ran")

def collected():
    yield 1
    yield 2

def unstarted():
    yield 1

def thrown():
    yield 1
    yield 2

def catching():
    try:
        yield 1
    except KeyError:
        yield "caught"

def failing():
    yield 1
    raise ValueError("failing")

def stopping():
    yield 1
    raise StopIteration

def delegating(n):
    result = yield from numbers(n)
    return result + " delegating"

def echo():
    got = yield "ready"
    while got is not None:
        got = yield got * 2

def suspended():
    yield 1

@types.coroutine
def primitive(value):
    got = yield value
    return got

async def simple():
    return 1

async def nested():
    return await simple() + await simple()

async def slow():
    await asyncio.sleep(0.02)
    return "slow"

async def gathered(i):
    await asyncio.sleep(0)
    return i

async def raising():
    await asyncio.sleep(0)
    raise ValueError("raising")

async def cancelled():
    await asyncio.sleep(60)

async def cancelled_early():
    await asyncio.sleep(60)

async def shielding():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return "survived"

async def never_awaited():
    pass

async def closed_coroutine():
    await primitive(1)

async def counting(n):
    for i in range(n):
        await asyncio.sleep(0)
        yield i

async def broken_off():
    try:
        yield 1
        yield 2
    finally:
        await asyncio.sleep(0)
        print("broken_off: finally ran")

async def thrown_async():
    try:
        yield 1
    except KeyError:
        yield "caught"
    yield "after"

async def echo_async():
    got = yield "ready"
    while True:
        got = yield got * 2

async def failing_async():
    yield 1
    raise ValueError("failing_async")

async def left_async():
    yield 1
    yield 2

@contextlib.asynccontextmanager
async def managed(value):
    yield value

class Items:
    def __init__(self):
        self.left = 2
    def __aiter__(self):
        return self
    async def __anext__(self):
        self.left -= 1
        if self.left < 0:
            raise StopAsyncIteration
        return self.left
    def __iter__(self):
        yield from (1, 2)
    async def __aenter__(self):
        return self
    async def __aexit__(self, *_):
        pass
"""
PROGRAM = """
import asyncio, gc, sys
from flows import *

def trying(call, *arguments):
    try:
        return call(*arguments)
    except BaseException as error:
        return "%s: %s" % (type(error).__name__, error)

print(list(numbers(3)), list(numbers(0)))
g = closed(); print(next(g)); print(g.close())
g = collected(); print(next(g)); del g; gc.collect()
unstarted(); unstarted().close(); print(trying(unstarted().throw, KeyError("early")))
g = thrown(); print(next(g)); print(trying(g.throw, KeyError("thrown")))
g = catching(); print(next(g), g.throw(KeyError())); print(trying(next, g))
print(trying(list, failing()), trying(list, stopping()))
print(list(delegating(2)))
g = delegating(5); print(next(g)); print(trying(g.throw, KeyError("through")))
g = echo(); print(next(g), g.send(2), g.send(3), trying(g.send, None))
kept = suspended(); next(kept)
g = primitive(1); print(next(g), trying(g.send, "sent"))

async def main():
    kept = cancelled_early(); kept.send(None); kept.close()
    print(await nested(), await slow())
    print(await asyncio.gather(*[gathered(i) for i in range(10)]))
    try:
        await raising()
    except ValueError as error:
        print(error)
    print(await asyncio.gather(raising(), gathered(10), return_exceptions=True))
    task = asyncio.ensure_future(cancelled()); await asyncio.sleep(0); task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    task = asyncio.ensure_future(shielding()); await asyncio.sleep(0); task.cancel()
    print(await task)
    task = asyncio.ensure_future(cancelled_early()); task.cancel()
    print(await asyncio.gather(task, return_exceptions=True) and "cancelled early")
    try:
        await asyncio.wait_for(cancelled(), 0.01)
    except asyncio.TimeoutError:
        print("timed out")
    print([i async for i in counting(3)])
    a = broken_off()
    async for item in a:
        print(item); break
    await a.aclose()
    a = thrown_async(); print(await a.__anext__(), await a.athrow(KeyError()), await a.__anext__())
    try:
        await a.athrow(IndexError("thrown out"))
    except IndexError as error:
        print(error)
    a = echo_async(); print(await a.asend(None), await a.asend(2), await a.asend(4)); await a.aclose()
    try:
        print([i async for i in failing_async()])
    except ValueError as error:
        print(error)
    async for item in left_async():
        print(item); break
    await asyncio.sleep(0.01)  # the loop closes it
    async with managed(5) as value, managed(6) as other:
        print(value, other)
    async with Items() as items:
        print([i async for i in items], list(items))

asyncio.run(main())
c = closed_coroutine(); print(c.send(None)); c.close()
never_awaited()
gc.collect()
"""
#: name: (calls, errors); every one is called the same number of times at each detail.
EXPECTED = {
    "numbers": (4, 1),
    "closed": (1, 0),
    "collected": (1, 0),
    "unstarted": (0, 0),
    "thrown": (1, 1),
    "catching": (1, 0),
    "failing": (1, 1),
    "stopping": (1, 1),
    "delegating": (2, 1),
    "echo": (1, 0),
    "primitive": (2, 0),
    "simple": (2, 0),
    "nested": (1, 0),
    "slow": (1, 0),
    "gathered": (11, 0),
    "raising": (2, 2),
    "cancelled": (2, 2),
    "shielding": (1, 0),
    "never_awaited": (0, 0),
    "closed_coroutine": (1, 0),
    "counting": (1, 0),
    "broken_off": (1, 0),
    "thrown_async": (1, 1),
    "echo_async": (1, 0),
    "failing_async": (1, 1),
    "left_async": (1, 0),
    "managed": (2, 0),
    "Items.__init__": (1, 0),
    "Items.__aiter__": (1, 0),
    "Items.__anext__": (3, 1),
    "Items.__iter__": (1, 0),
    "Items.__aenter__": (1, 0),
    "Items.__aexit__": (1, 0),
}
SHAPES = {"numbers": 1, "primitive": 2, "simple": 2, "counting": 3, "managed": 0, "Items.__anext__": 2}


@pytest.fixture(scope="module", params=DETAILS)
def flows(request, shared_runner):
    """One run of the program above at each detail."""
    result = shared_runner.run(PROGRAM, ["flows:**"], request.param, {"flows.py": FLOWS})
    assert result.code == 0, result.err
    return result


def test_the_program_does_what_it_does_without_the_probe(flows, shared_runner):
    bare = shared_runner.run(PROGRAM, probe=False, files={"flows.py": FLOWS})
    assert (flows.code, flows.out) == (bare.code, bare.out)
    # Warnings name the file and line, which are the same; the folder differs.
    assert flows.err.replace(str(flows.place), "") == bare.err.replace(str(bare.place), "")


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_and_errors_are_exact(flows, name):
    entry = flows.function("flows:" + name)
    assert (entry["calls"], entry["errors"], entry["why"]) == (*EXPECTED[name], "")


def test_what_is_thrown_into_before_its_first_step_was_not_called(flows):
    entry = flows.function("flows:cancelled_early")
    assert entry["calls"] == 1  # the one that was closed
    assert entry["errors"] == 0


@pytest.mark.parametrize("name", SHAPES)
def test_the_shape_is_recorded(flows, name):
    assert flows.function("flows:" + name)["shape"] == SHAPES[name]


def test_a_generator_suspended_at_the_end_began_and_may_not_have_ended(flows):
    entry = flows.function("flows:suspended")
    if flows.recording["header"][14] == 1:
        assert entry["calls"] == 1
    else:
        assert entry["begun"] == 1 and entry["calls"] in (0, 1)


def test_every_call_of_a_resumable_began(flows):
    if flows.recording["header"][14] == 1:
        pytest.skip("detail `count` keeps no calls begun")
    for name, (calls, _) in EXPECTED.items():
        entry = flows.function("flows:" + name)
        if entry["shape"]:
            assert entry["begun"] == calls, name


def test_wall_and_active_time_of_a_coroutine(flows):
    if flows.recording["header"][14] == 1:
        pytest.skip("detail `count` records no times")
    slow = flows.function("flows:slow")
    assert slow["total"] >= 20_000_000
    assert 0 < slow["active"] <= slow["total"] / 2
    simple = flows.function("flows:simple")
    assert 0 < simple["active"] <= simple["total"]


TIMES = """
import asyncio, time
def spin(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
async def mixed():
    spin(0.02)
    await asyncio.sleep(0.05)
    spin(0.02)
def steps():
    for _ in range(3):
        spin(0.01)
        yield
async def drawing():
    spin(0.01)
    yield 1
    await asyncio.sleep(0.03)
    yield 2
"""
TIMES_PROGRAM = """
import asyncio, time, app
asyncio.run(app.mixed())
for _ in app.steps():
    time.sleep(0.03)
async def main():
    async for _ in app.drawing():
        await asyncio.sleep(0.03)
asyncio.run(main())
"""


@pytest.mark.parametrize("detail", ["time", "tree"])
def test_active_time_is_the_time_that_it_ran(runner, detail):
    targets = ["app:mixed", "app:steps", "app:drawing"]
    result = runner.run(TIMES_PROGRAM, targets, detail, {"app.py": TIMES})
    assert (result.code, result.err) == (0, "")
    mixed, steps, drawing = (result.function(name) for name in targets)
    assert mixed["total"] >= 90_000_000
    assert 40_000_000 <= mixed["active"] < mixed["total"] - 45_000_000
    assert steps["total"] >= 120_000_000
    assert 30_000_000 <= steps["active"] < steps["total"] - 85_000_000
    assert drawing["total"] >= 100_000_000
    assert 10_000_000 <= drawing["active"] < drawing["total"] - 85_000_000
    if detail == "tree":
        assert all(entry["own"] == entry["active"] for entry in (mixed, steps, drawing))
