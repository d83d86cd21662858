"""Exceptions out of every shape, of every kind: raised, caught, chained, within a `finally`."""

import asyncio
import gc

import subjects
from subjects import Broken, Thing, Unusual


def expect(kind, call, *args):
    try:
        call(*args)
    except kind:
        return
    raise AssertionError("it was to raise")


def functions(add):
    for kind in (Broken, Unusual, StopIteration, KeyboardInterrupt, SystemExit, MemoryError):
        expect(kind, subjects.raising, kind)
        assert isinstance(subjects.catching(kind), kind)
    add("raising", 12, 12)
    add("catching", 6)
    log = []
    expect(Broken, subjects.finishing, log)
    expect(ValueError, subjects.chaining)
    assert log == [1]
    add("finishing", 1, 1)
    add("chaining", 1, 1)
    add("raising", 2, 2)
    expect(TypeError, subjects.steps)  # no call: the arguments don't fit
    expect(TypeError, lambda: subjects.raising(1, 2))


def methods(add):
    expect(Broken, Thing, -1)
    thing = Thing(3)
    assert list(thing) == [0, 1, 2]
    expect(Broken, thing.failing)
    expect(Broken, Thing.failing, thing)
    expect(Broken, getattr, thing, "broken")
    assert not hasattr(subjects.Deep(), "_missing")
    del thing
    gc.collect()
    add("Thing.__init__", 2, 1)
    add("Thing.__getitem__", 4, 1)
    add("Thing.failing", 2, 2)
    add("Thing.broken", 1, 1)
    add("Thing.__del__", 2)
    add("Deep.__init__")
    add("Deep.__getattr__", 1, 1)


def generators(add):
    expect(Broken, list, subjects.failing_steps(3))
    expect(Broken, next, subjects.failing_steps(0))
    add("failing_steps", 2, 2)
    add("steps", 2)
    thrown = subjects.steps(3)
    next(thrown)
    expect(Unusual, thrown.throw, Unusual())
    expect(StopIteration, next, thrown)
    add("steps", 1, 1)


async def coroutines(add):
    for times in range(3):
        try:
            await subjects.failing_coroutine(times)
        except Broken:
            continue
        raise AssertionError("it was to raise")
    add("failing_coroutine", 3, 3)
    add("yielding", 3)
    try:
        async for _ in subjects.failing_asteps(2):
            pass
    except Broken:
        pass
    add("failing_asteps", 1, 1)
    add("asteps")


def play(stage):
    for _ in range(stage.times(100)):
        functions(stage.truth.add)
        methods(stage.truth.add)
        generators(stage.truth.add)
        asyncio.run(coroutines(stage.truth.add))
