"""Every shape of callable, each called a known number of times.

`python shapes.py --truth` prints what was called, as JSON: calls and errors by name. A name
is where the thing stands: `Cart.total` for a method, `.setter` behind a property's.
"""

import asyncio
import functools
import json
import sys
from dataclasses import dataclass


class Broken(Exception):
    """Raised on purpose."""


def plain(a, b=2, *rest, c=3, **more):
    return a + b + c + len(rest) + len(more)


def raising(really):
    if really:
        raise Broken
    return really


def recursive(depth):
    return 0 if depth == 0 else 1 + recursive(depth - 1)


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


def outer(step):
    def inner(n):
        return n + step

    return inner


triple = lambda n: 3 * n  # noqa: E731


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@logged
def decorated(n):
    return n


@functools.lru_cache(maxsize=None)
def cached(n):
    return n * n


def numbers(count):
    for n in range(count):
        yield n


def failing_numbers(count):
    yield from numbers(count)
    raise Broken


def echo():
    got = None
    while True:
        got = yield got


class Base:
    """Methods of every kind."""

    made = 0

    def __init__(self, size):
        self.size = size
        self._name = ""

    def __call__(self, more):
        return self.size + more

    def __len__(self):
        return self.size

    def __enter__(self):
        return self

    def __exit__(self, *what):
        return True

    def method(self):
        return self.size

    def inherited(self):
        return self.method()

    @staticmethod
    def static(n):
        return n

    @classmethod
    def make(cls, size):
        cls.made += 1
        return cls(size)

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._name = name

    class Nested:
        def method(self):
            return "nested"


class Derived(Base):
    def method(self):
        return super().method() + 1


@dataclass
class Point:
    x: int
    y: int = 0

    def norm(self):
        return self.x**2 + self.y**2


async def coroutine(n):
    await asyncio.sleep(0)
    return n


async def failing_coroutine():
    await asyncio.sleep(0)
    raise Broken


async def patient():
    await asyncio.sleep(3600)


async def anumbers(count):
    for n in range(count):
        await asyncio.sleep(0)
        yield n


def expect_broken(call, *args):
    try:
        call(*args)
    except Broken:
        return
    raise AssertionError("it was to raise")


def call_functions():
    for n in range(5):
        plain(n)
    plain(1, 2, 3, c=4, d=5)
    list(map(plain, range(4)))
    for _ in range(3):
        raising(False)
    for _ in range(2):
        expect_broken(raising, True)
    recursive(9)
    even(6)
    add = outer(2)
    for n in range(4):
        add(n)
    for n in range(6):
        triple(n)
    for n in range(3):
        decorated(n)
    for n in (1, 2, 1, 2, 3):
        cached(n)


def call_generators():
    for _ in range(3):
        assert list(numbers(4)) == [0, 1, 2, 3]
    early = numbers(10)
    next(early)
    early.close()
    dropped = numbers(10)
    next(dropped)
    del dropped
    expect_broken(list, failing_numbers(2))
    thrown = numbers(3)
    next(thrown)
    expect_broken(thrown.throw, Broken())
    talk = echo()
    next(talk)
    assert [talk.send(n) for n in range(5)] == [0, 1, 2, 3, 4]
    talk.close()


def call_methods():
    base = Base(1)
    derived = Derived.make(2)
    for n in range(3):
        base(n)
    len(derived)
    with base:
        raise Broken
    base.method()
    assert derived.method() == 3
    assert derived.inherited() == 3
    taken = base.method
    taken()
    Base.method(base)
    Base.static(1)
    derived.static(2)
    for n in range(4):
        base.name = str(n)
    assert base.name == "3"
    Base.Nested().method()
    points = [Point(1, 2), Point(3), Point(1, 2)]
    assert points[0] == points[2]
    assert [point.norm() for point in points] == [5, 9, 5]
    repr(points[0])


async def call_coroutines():
    assert await asyncio.gather(*(coroutine(n) for n in range(6))) == [0, 1, 2, 3, 4, 5]
    try:
        await failing_coroutine()
    except Broken:
        pass
    task = asyncio.ensure_future(patient())
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    assert [n async for n in anumbers(3)] == [0, 1, 2]
    early = anumbers(5)
    await early.__anext__()
    await early.aclose()


# Calls and errors; the answers come from reading the functions above.
TRUTH = {
    "plain": (10, 0),
    "raising": (5, 2),
    "recursive": (10, 0),
    "even": (4, 0),
    "odd": (3, 0),
    "outer": (1, 0),
    "outer.<locals>.inner": (4, 0),
    "triple": (6, 0),
    "decorated": (3, 0),
    "cached": (3, 0),  # three of five calls; the cache answers the others
    "numbers": (7, 1),
    "failing_numbers": (1, 1),
    "echo": (1, 0),
    "Base.__init__": (2, 0),
    "Base.__call__": (3, 0),
    "Base.__len__": (1, 0),
    "Base.__enter__": (1, 0),
    "Base.__exit__": (1, 0),
    "Base.method": (5, 0),
    "Base.inherited": (1, 0),
    "Base.static": (2, 0),
    "Base.make": (1, 0),
    "Base.name": (1, 0),
    "Base.name.setter": (4, 0),
    "Base.Nested.method": (1, 0),
    "Derived.method": (2, 0),
    "Point.__init__": (3, 0),
    "Point.__eq__": (1, 0),
    "Point.__repr__": (1, 0),
    "Point.norm": (3, 0),
    "coroutine": (6, 0),
    "failing_coroutine": (1, 1),
    "patient": (1, 1),
    "anumbers": (2, 0),
    "call_functions": (1, 0),
    "call_generators": (1, 0),
    "call_methods": (1, 0),
    "call_coroutines": (1, 0),
    "expect_broken": (4, 0),
}


def run():
    call_functions()
    call_generators()
    call_methods()
    asyncio.run(call_coroutines())


def truth(module):
    """What `run` calls, by the names that functions of `module` go by."""
    return {
        "%s:%s" % (module, name): {"calls": calls, "errors": errors}
        for name, (calls, errors) in TRUTH.items()
    }


if __name__ == "__main__":
    run()
    print(json.dumps({"functions": truth("__main__")}) if "--truth" in sys.argv[1:] else "done")
