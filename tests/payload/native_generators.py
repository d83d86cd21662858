"""Generators, coroutines and asynchronous generators, and ways to drive them; for
test_native_code.py. A way is a function of the shape under test that returns what can be seen.
"""

import asyncio
import contextlib
import gc


def counting(n):
    for i in range(n):
        sent = yield i
        if sent:
            yield sent
    return "done"


def catching(n):
    seen = []
    for i in range(n):
        try:
            with contextlib.suppress(KeyError):
                seen.append((yield i))
                seen.append((yield [i, *seen]))
        except ValueError as error:
            seen.append((yield repr(error)))
        finally:
            seen.append("finally")
    return seen


def delegating(n):
    first = yield from catching(n)
    pair = (1, (yield "between"), (yield from counting(2)))
    return first, pair


def raising(n):
    yield n
    raise StopIteration("wrapped")


def nested_values(n):
    return [n, (yield n), {n: (yield n + 1)}, f"{yield n + 2}"]


def matching_group(n):
    try:
        yield n
    except* ValueError:
        yield "group"
    return n


class Place:
    """An asynchronous context manager that suspends."""

    def __init__(self, swallow):
        self.swallow = swallow

    async def __aenter__(self):
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *exception):
        await asyncio.sleep(0)
        return self.swallow


async def numbers(n):
    for i in range(n):
        await asyncio.sleep(0)
        try:
            yield i
        except ValueError as error:
            yield repr(error)
        finally:
            await asyncio.sleep(0)


async def waiting(n):
    total = []
    try:
        async with Place(n % 2):
            async for i in numbers(n):
                total.append(i)
                if i == 3:
                    raise LookupError(i)
            total += [i async for i in numbers(2) if await asyncio.sleep(0, True)]
    except LookupError as error:
        await asyncio.sleep(0)
        total.append(repr(error))
    finally:
        await asyncio.sleep(0)
    return total


async def relaying(n):
    async for i in numbers(n):
        yield i
        async with Place(True):
            if i == 2:
                raise ValueError(i)
            yield [i]


async def cancelled(n):
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        await asyncio.sleep(0)
        raise
    finally:
        await asyncio.sleep(0)


def step(how, *arguments):
    """Return what a step answers or raises."""
    try:
        return how(*arguments)
    except BaseException as error:
        return repr(error)


def drained(make):
    seen = []
    it = make(4)
    for _ in range(20):
        seen.append(step(next, it))
    return seen


def sent(make):
    it = make(3)
    return [step(it.send, value) for value in (None, 1, None, 2, 3, None, 4, 5, 6, 7)]


def thrown_into(make):
    it = make(3)
    errors = (None, ValueError(1), None, KeyError(2), ValueError(3), None, StopIteration(4), TypeError(5))
    return [step(it.throw, error) if error else step(next, it) for error in errors]


def thrown_at_first(make):
    it = make(3)
    return [step(it.throw, ValueError(1)), step(next, it)]


def closed(make):
    it = make(3)
    return [step(it.close), step(next, it), *(step(close) for close in closings(make))]


def closings(make):
    for steps in range(1, 6):
        it = make(4)
        for _ in range(steps):
            step(next, it)
        yield it.close


def dropped(make):
    it = make(3)
    seen = [step(next, it), step(next, it)]
    del it
    return seen


def dropped_in_a_cycle(make):
    it = make(3)
    seen = [step(next, it)]
    cycle = [it]
    cycle.append(cycle)
    del it, cycle
    gc.collect()
    return seen


def never_begun(make):
    make(3)
    return []


def inner_value(make):
    def outer():
        return (yield from make(2))

    it = outer()
    return [step(it.send, value) for value in (None, 1, 2, 3, 4, 5)] + [step(it.throw, ValueError("late"))]


def interleaved(make):
    its = [make(n) for n in range(5)]
    return [step(next, it) for _ in range(5) for it in its]


GENERATORS = (counting, catching, delegating, raising, nested_values, matching_group)
WAYS = (
    drained,
    sent,
    thrown_into,
    thrown_at_first,
    closed,
    dropped,
    dropped_in_a_cycle,
    never_begun,
    inner_value,
    interleaved,
)


def awaited(make):
    return [step(asyncio.run, make(n)) for n in range(6)]


def gathered(make):
    async def main():
        return await asyncio.gather(*(make(n) for n in range(6)), return_exceptions=True)

    return repr(asyncio.run(main()))


def timed_out(make):
    async def main():
        try:
            return await asyncio.wait_for(make(3), 0.01)
        except BaseException as error:
            return type(error).__name__

    return asyncio.run(main())


def cancelled_at_each_step(make):
    async def main(steps):
        task = asyncio.ensure_future(make(4))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        try:
            return await task
        except BaseException as error:
            return type(error).__name__

    return [asyncio.run(main(steps)) for steps in range(12)]


def driven_by_hand(make):
    it = make(3)
    seen = [repr(step(it.send, None))[:20] for _ in range(3)]
    return [*seen, step(it.throw, LookupError("in")), step(it.close)]


def never_awaited(make):
    it = make(3)
    it.close()
    return []


COROUTINES = (waiting,)
COROUTINE_WAYS = (awaited, gathered, timed_out, cancelled_at_each_step, driven_by_hand, never_awaited)


def looped_over(make):
    async def main():
        seen = []
        try:
            async for item in make(4):
                seen.append(item)
        except ValueError as error:
            seen.append(repr(error))
        return seen

    return asyncio.run(main())


async def stepped(how, *arguments):
    try:
        return await how(*arguments)
    except BaseException as error:
        return repr(error)


def sent_and_thrown(make):
    async def main():
        it = make(4)
        steps = [await stepped(it.__anext__), await stepped(it.asend, 5)]
        steps += [await stepped(it.athrow, ValueError(6)), await stepped(it.__anext__)]
        return [*steps, await stepped(it.athrow, KeyError(7)), await stepped(it.aclose)]

    return asyncio.run(main())


def closed_early(make):
    async def main():
        seen = []
        for steps in range(5):
            it = make(4)
            seen += [await stepped(it.__anext__) for _ in range(steps)]
            seen.append(await stepped(it.aclose))
        return seen

    return asyncio.run(main())


def left_to_the_loop(make):
    async def main():
        async for item in make(4):
            return item

    return asyncio.run(main())


def never_iterated(make):
    make(3)
    return []


ASYNC_GENERATORS = (numbers, relaying)
ASYNC_WAYS = (looped_over, sent_and_thrown, closed_early, left_to_the_loop, never_iterated)

#: (function, way to drive it)
CASES = [
    *((function, way) for function in GENERATORS for way in WAYS),
    *((function, way) for function in COROUTINES for way in COROUTINE_WAYS),
    (cancelled, timed_out),
    (cancelled, cancelled_at_each_step),
    *((function, way) for function in ASYNC_GENERATORS for way in ASYNC_WAYS),
]
