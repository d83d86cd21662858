"""Every kind of function and method: exact calls and errors under its name, at each detail."""

import pytest
from running import DETAILS, ENGINE, MECHANISM, REACHES_NESTED

SHAPES = """
import contextlib, dataclasses, functools

def plain(a, b=2, *rest, c=3, **named):
    return a + b + c

def fails():
    raise ValueError("no")

def passes_on():
    return fails()

def catches():
    try:
        passes_on()
    except ValueError:
        return True

def factorial(n):
    return 1 if n < 2 else n * factorial(n - 1)

def outer():
    def inner():
        return 1
    return inner() + inner()

named = lambda: 1

def adder(n):
    def add(x):
        return x + n
    return add

add_one, add_two = adder(1), adder(2)

def wrapping(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords)
    return wrapper

@wrapping
def decorated():
    return 1

@wrapping
def decorated_too():
    return 2

@functools.lru_cache(maxsize=None)
def cached(n):
    return n

@contextlib.contextmanager
def managed():
    yield 1

@contextlib.contextmanager
def managed_too():
    yield 2

@functools.singledispatch
def dispatched(value):
    return "any"

class Base:
    def __init__(self, value=0):
        self._value = value

    def __call__(self):
        return self._value

    def method(self):
        return 1

    def overridden(self):
        return "base"

    @staticmethod
    def static():
        return 2

    @classmethod
    def of_class(cls):
        return cls

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, value):
        self._value = value

    @value.deleter
    def value(self):
        del self._value

    @functools.cached_property
    def slow(self):
        return 3

    class Inner:
        def deep(self):
            return 4

class Sub(Base):
    def overridden(self):
        return super().overridden() + "sub"

@dataclasses.dataclass
class Point:
    x: int
    y: int = 0

    def norm(self):
        return self.x + self.y
"""
PROGRAM = """
import shapes
from shapes import *
for _ in range(3):
    assert plain(1) == 6 and plain(1, 2, 3, c=4, d=5) == 7
for _ in range(2):
    assert catches()
try:
    fails()
except ValueError:
    pass
assert factorial(10) == 3628800
assert outer() == 2
assert named() == 1
assert add_one(1) == 2 and add_two(1) == 3 and add_two(2) == 4 and shapes.adder(5)(1) == 6
assert decorated() == 1 and decorated_too() == 2 and decorated_too() == 2
assert [cached(n) for n in (1, 1, 2, 2)] == [1, 1, 2, 2]
with managed() as one, managed_too() as two, managed_too() as three:
    assert (one, two, three) == (1, 2, 2)
assert dispatched(1) == "any"
base, sub = Base(), Sub(5)
assert base() == 0 and sub() == 5
assert base.method() == 1 and sub.method() == 1 and Base.method(sub) == 1
assert base.overridden() == "base" and sub.overridden() == "basesub"
assert base.static() == Sub.static() == 2
assert base.of_class() is Base and Sub.of_class() is Sub
base.value = base.value + 1
base.value = 5
del base.value
assert base.slow == base.slow == 3
assert Base.Inner().deep() == 4
assert Point(1, 2).norm() == 3 and Point(1) == Point(1)
"""
EXPECTED = {
    "plain": (6, 0),
    "fails": (3, 3),
    "passes_on": (2, 2),
    "catches": (2, 0),
    "factorial": (10, 0),
    "outer": (1, 0),
    "named": (1, 0),
    "adder": (1, 0),
    "add_one": (1, 0),
    "add_two": (2, 0),
    "decorated": (1, 0),
    "decorated_too": (2, 0),
    "cached": (2, 0),
    "managed": (1, 0),
    "managed_too": (2, 0),
    "dispatched": (1, 0),
    "Base.__init__": (2, 0),
    "Base.__call__": (2, 0),
    "Base.method": (3, 0),
    "Base.overridden": (2, 0),
    "Base.static": (2, 0),
    "Base.of_class": (2, 0),
    "Base.value": (1, 0),
    "Base.value.setter": (2, 0),
    "Base.value.deleter": (1, 0),
    "Base.slow": (1, 0),
    "Base.Inner.deep": (1, 0),
    "Sub.overridden": (1, 0),
    "Point.__init__": (3, 0),
    "Point.__eq__": (1, 0),
    "Point.norm": (1, 0),
}
NESTED = {"outer.<locals>.inner": 2, "adder.<locals>.add": 1, "wrapping.<locals>.wrapper": 0}
NEVER_CALLED = {"wrapping", "Point.__repr__"}


@pytest.fixture(scope="module", params=DETAILS)
def shapes(request, shared_runner):
    """One run of the program above at each detail."""
    result = shared_runner.run(PROGRAM, ["shapes:**"], request.param, {"shapes.py": SHAPES})
    assert (result.code, result.out, result.err) == (0, "", "")
    return result


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_and_errors_are_exact(shapes, name):
    entry = shapes.function("shapes:" + name)
    assert (entry["calls"], entry["errors"]) == EXPECTED[name]
    assert entry["mechanism"] == MECHANISM
    assert entry["why"] == ""


def test_nothing_else_is_recorded(shapes):
    known = set(EXPECTED) | set(NESTED)
    assert {name for name in shapes.counts() if name.partition(":")[2] not in known} == set()


def test_hooked_but_never_called_is_listed(shapes):
    for name in NEVER_CALLED:
        entry = shapes.function("shapes:" + name)
        assert (entry["calls"], entry["why"]) == (0, "")


@pytest.mark.parametrize("name", NESTED)
def test_nested_functions(shapes, name):
    entry = shapes.function("shapes:" + name)
    if REACHES_NESTED:
        assert (entry["calls"], entry["why"]) == (NESTED[name], "")
    else:
        assert (entry["calls"], entry["mechanism"]) == (0, 0)
        assert "nested function needs Python 3.12" in entry["why"]


def test_times_are_plausible(shapes):
    if shapes.recording["header"][14] == 1:
        assert all(entry["total"] == 0 for entry in shapes.recording["functions"].values())
        return
    for name in EXPECTED:
        entry = shapes.function("shapes:" + name)
        assert 0 < entry["least"] <= entry["most"] <= entry["total"] < 60_000_000_000
        assert entry["total"] <= entry["most"] * entry["calls"]


def test_the_header_describes_the_process(shapes):
    header = shapes.recording["header"]
    assert header[1] == 1 << 32 | 1
    assert header[15] == (2 if ENGINE == "native" else 1)
    assert header[17] == 1 and header[18] >= header[7]
    assert header[19:24] == (0, 0, 0, 0, 0)


PARTIAL = """
import shapes
shapes.decorated(); shapes.decorated_too(); shapes.decorated_too()
with shapes.managed_too(), shapes.managed():
    pass
shapes.add_one(1); shapes.add_two(1); shapes.adder(3)(1)
import contextlib
with contextlib.contextmanager(lambda: (n for n in [1]))():
    pass
"""


@pytest.mark.parametrize("chosen", ["decorated", "managed", "add_one"])
def test_functions_that_share_code_with_others_are_told_apart(runner, chosen):
    files = {"shapes.py": SHAPES}
    result = runner.run(PARTIAL, ["shapes:" + chosen], files=files)
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"shapes:" + chosen: (1, 0)}


IMPOSSIBLE = {
    "app:Thing": "it is a class; name its methods",
    "app:number": "it is not callable",
    "app:Text.upper": "type written in C",
    "app:instance": "object of type Thing",
}


def test_what_cannot_be_timed_is_reported_with_the_reason(runner):
    app = """
Text = str
class Thing:
    def __call__(self):
        return 1
number, instance = 1, Thing()
"""
    result = runner.run("import app; app.instance()", list(IMPOSSIBLE), files={"app.py": app})
    assert (result.code, result.err) == (0, "")
    for name, why in IMPOSSIBLE.items():
        entry = result.function(name)
        assert why in entry["why"]
        assert (entry["calls"], entry["mechanism"]) == (0, 0)
