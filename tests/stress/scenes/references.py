"""Reference counts of all that a call touches, and memory over many calls: nothing may grow."""

import asyncio
import gc
import pathlib
import sys

import subjects
from subjects import Broken, Thing

#: What may be resident more after all the calls, in bytes: less than a bit a call.
GROWTH = 1 << 20


def call_all(argument, thing, times, loop):
    for _ in range(times):
        subjects.plain(argument, argument, key=argument)
        thing.method(argument)
        Thing.static(argument)
        Thing.of_class(argument)
        assert thing.value == 3
        subjects.decorated(argument)
        for _ in subjects.delegating(2):
            pass
        closed = subjects.steps(3)
        next(closed)
        closed.close()
        try:
            subjects.raising()
        except Broken:
            pass
        try:
            subjects.coroutine(argument).send(None)
        except StopIteration:
            pass
    loop.run_until_complete(several(argument, times // 10))


async def several(argument, times):
    for _ in range(times):
        await subjects.coroutine(argument)
        async for _ in subjects.asteps(1):
            pass


def count(add, times):
    for name in ("plain", "Thing.method", "Thing.static", "Thing.of_class", "Thing.value", "decorated"):
        add(name, times)
    add("delegating", times)
    add("steps", 2 * times)
    add("raising", times, times)
    add("coroutine", times + times // 10)
    add("asteps", times // 10)


def watched(argument, thing):
    """What must be referred to as often after the calls as before."""
    return {
        "argument": argument,
        "thing": thing,
        "Thing": Thing,
        "Broken": Broken,
        "plain": subjects.plain,
        "method": Thing.__dict__["method"],
        "steps": subjects.steps,
        "coroutine": subjects.coroutine,
        "raising": subjects.raising,
        "code": subjects.plain.__code__,
        "None": None,
        "True": True,
        "one": 1,
        "empty": (),
        "globals": vars(subjects),
    }


def resident():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def play(stage):
    loop = asyncio.new_event_loop()
    argument, thing = object(), Thing(3)
    stage.truth.add("Thing.__init__")
    stage.truth.add("Thing.__del__")
    # Long enough for all that is done once: specialising, promoting, growing the file.
    warm, times = stage.times(1500), stage.times(1000)
    for rounds in (warm, times):
        gc.collect()
        before = {name: sys.getrefcount(value) for name, value in watched(argument, thing).items()}
        call_all(argument, thing, rounds, loop)
        count(stage.truth.add, rounds)
        gc.collect()
        after = {name: sys.getrefcount(value) for name, value in watched(argument, thing).items()}
    grown = {name: after[name] - before[name] for name in before if after[name] - before[name]}
    # Caches of the interpreter take and leave a handful; a leak takes one for each call.
    leaks = {name: more for name, more in grown.items() if abs(more) >= times // 10}
    if stage.engine == "python":
        # Its figures are ints, so each histogram slot that has counted one call refers to it.
        leaks.pop("one", None)
    assert not leaks, leaks
    assert not {"argument", "thing"} & set(grown), grown
    if not stage.watched:
        memory(stage, argument, thing, loop)
    loop.close()


def memory(stage, argument, thing, loop):
    rounds, times = 10, stage.times(1000)
    before = resident()
    for _ in range(rounds):
        call_all(argument, thing, times, loop)
        count(stage.truth.add, times)
    gc.collect()
    grown = resident() - before
    assert grown < GROWTH, "%d bytes more after %d rounds" % (grown, rounds * times)
