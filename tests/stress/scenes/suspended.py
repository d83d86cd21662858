"""Generators and coroutines that end in every way, interleaved, and some that never begin."""

import asyncio
import gc
import warnings

import subjects
from subjects import Broken


def generators(add):
    assert list(subjects.delegating(4)) == [0, 1, 2, 3]
    add("delegating")
    add("steps")
    subjects.steps(3)  # never begun: no call
    subjects.steps(3).close()
    for taken in range(1, 4):
        closed = subjects.delegating(5)
        for _ in range(taken):
            next(closed)
        closed.close()
        dropped = subjects.steps(5)
        for _ in range(taken):
            next(dropped)
        del dropped
    add("delegating", 3)
    add("steps", 6)
    caught = subjects.stubborn()
    assert (next(caught), caught.throw(Broken()), list(caught)) == (1, 2, [3])
    add("stubborn")
    thrown = subjects.stubborn()
    next(thrown)
    try:
        thrown.throw(ValueError())
    except ValueError:
        add("stubborn", 1, 1)
    talk = subjects.answering()
    next(talk)
    assert [talk.send(n) for n in range(5)] == list(range(5))
    try:
        talk.send("stop")
    except StopIteration:
        add("answering")


def cycles(add):
    """Only the garbage collector finds them."""
    for _ in range(10):
        generator = subjects.answering()
        next(generator)
        cycle = [generator]
        generator.send(cycle)
        cycle.append(cycle)
        del generator, cycle
    gc.collect()
    add("answering", 10)


def interleaved(add):
    many = [subjects.delegating(5) for _ in range(50)]
    while many:
        for generator in list(many):
            try:
                next(generator)
            except StopIteration:
                many.remove(generator)
    add("delegating", 50)
    add("steps", 50)


async def tasks(add):
    assert await asyncio.gather(*(subjects.yielding(n % 7) for n in range(50))) == [n % 7 for n in range(50)]
    add("yielding", 50)
    log = []
    begun = [asyncio.ensure_future(subjects.patient()) for _ in range(5)]
    begun += [asyncio.ensure_future(subjects.tidy(log)) for _ in range(5)]
    await asyncio.sleep(0)
    never = [asyncio.ensure_future(subjects.patient()) for _ in range(3)]  # cancelled before they begin
    for task in begun + never:
        task.cancel()
    await asyncio.gather(*begun, *never, return_exceptions=True)
    assert len(log) == 5
    add("patient", 5, 5)
    add("tidy", 5, 5)
    assert [n async for n in subjects.asteps(4)] == [0, 1, 2, 3]
    early = subjects.asteps(4)
    await early.__anext__()
    await early.aclose()
    thrown = subjects.asteps(4)
    await thrown.__anext__()
    try:
        await thrown.athrow(Broken())
    except Broken:
        pass
    add("asteps", 3, 1)
    dropped = subjects.asteps(4)
    await dropped.__anext__()
    del dropped
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    add("asteps")


def never_awaited():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        subjects.coroutine()


def play(stage):
    for _ in range(stage.times(20)):
        generators(stage.truth.add)
        cycles(stage.truth.add)
        interleaved(stage.truth.add)
        asyncio.run(tasks(stage.truth.add))
        never_awaited()
