"""What the scenes call, and the probe times: every shape of callable, each with few lines."""

import asyncio
import functools


class Broken(Exception):
    """Raised on purpose."""


class Unusual(BaseException):
    """Raised on purpose; no `except Exception` catches it."""


def plain(value=None, *rest, key=None, **more):
    return value


def raising(kind=Broken):
    raise kind("on purpose")


def catching(kind=Broken):
    try:
        raising(kind)
    except kind as error:
        return error


def finishing(log):
    try:
        raising()
    finally:
        log.append(1)


def chaining():
    try:
        raising()
    except Broken as error:
        raise ValueError("because of another") from error


def down(counter):
    """Recurse to the limit; the counter says how often a call got this far."""
    counter[0] += 1
    down(counter)


def to_and(counter):
    counter[0] += 1
    fro(counter)


def fro(counter):
    counter[1] += 1
    to_and(counter)


def nesting(counter):
    """Generators within generators, to the limit."""
    counter[0] += 1
    yield from nesting(counter)


class Deep:
    """Recurses by calls that the interpreter makes itself."""

    def __init__(self, counter=None):
        if counter is not None:
            counter[0] += 1
            Deep(counter)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return len(name)

    @property
    def depth(self):
        return self.depth

    def __call__(self, counter):
        counter[0] += 1
        self(counter)


class Thing:
    """Methods of every kind."""

    def __init__(self, size=0):
        if size < 0:
            raise Broken
        self.size = size

    def __del__(self):
        pass

    def __getitem__(self, index):
        if index >= self.size:
            raise IndexError(index)
        return index

    def method(self, value=None):
        return value

    def failing(self):
        raise Broken

    @staticmethod
    def static(value):
        return value

    @classmethod
    def of_class(cls, value):
        return value

    @property
    def value(self):
        return self.size

    @property
    def broken(self):
        raise Broken


def decorator(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@decorator
def decorated(value):
    return value


def steps(count):
    for number in range(count):
        yield number


def delegating(count):
    got = yield from steps(count)
    return got


def stubborn():
    """A generator that catches what is thrown into it, once."""
    try:
        yield 1
    except Broken:
        yield 2
    yield 3


def answering():
    got = None
    while got != "stop":
        got = yield got


def failing_steps(count):
    yield from steps(count)
    raise Broken


async def coroutine(value=None):
    return value


async def yielding(times):
    for _ in range(times):
        await asyncio.sleep(0)
    return times


async def failing_coroutine(times=1):
    await yielding(times)
    raise Broken


async def patient():
    await asyncio.sleep(3600)


async def tidy(log):
    """A coroutine that works while it is cancelled."""
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)
        log.append(1)


async def asteps(count):
    for number in range(count):
        await asyncio.sleep(0)
        yield number


async def failing_asteps(count):
    async for number in asteps(count):
        yield number
    raise Broken


def on_signal():
    """Called by signal handlers."""


def switching(switch, rounds):
    for _ in range(rounds):
        plain()
        switch()


def switching_steps(switch, rounds):
    for number in range(rounds):
        switch()
        yield number
