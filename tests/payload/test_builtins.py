"""Functions and methods written in C: what the native engine puts in their place, and counts."""

import sys

import pytest
from native_only import CALLABLE, TWINS, native, passes

LOOKS = """
import inspect, pickle, pydoc, sys, time, math, zlib, _json, _heapq
for function in (time.sleep, math.sqrt, math.hypot, zlib.compress, _json.scanstring, _heapq.heappush):
    print(repr(function).split(" at ")[0], type(function), function.__name__, function.__qualname__)
    print(function.__module__, getattr(function.__self__, "__name__", None), inspect.isbuiltin(function))
    print(inspect.isroutine(function), callable(function), function.__text_signature__)
    print(function.__doc__, pydoc.plain(pydoc.render_doc(function)))
    try:
        print(inspect.signature(function))
    except ValueError as error:
        print(error)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(function, protocol)) is function
    assert getattr(sys.modules[function.__module__], function.__name__) is function
    assert function == function and hash(function) == hash(function) and function in {function: 1}
    assert function.__reduce__() == function.__name__
    try:
        function.attribute = 1
    except AttributeError as error:
        print(error)
"""


@native
def test_a_function_looks_as_it_did(runner):
    targets = "time:sleep math:* zlib:* _json:scanstring _heapq:heappush".split()
    bare, probed = runner.both(LOOKS, targets=targets)
    assert (bare.code, bare.err, probed.code, probed.err) == (0, "", 0, "")
    assert probed.out == bare.out
    for name in ("time:sleep", "math:sqrt", "zlib:compress", "_json:scanstring", "_heapq:heappush"):
        assert probed.function(name)["mechanism"] == CALLABLE


SHAPES = """
from native_functions import *
import native_functions
class Sub(Changeable):
    def one(self, value):
        return super().one(value) + 1
    def many(self, *values):
        return super(Sub, self).many(*values)
def refused(call, *values, **named):
    try:
        call(*values, **named)
    except TypeError as error:
        print(error)
    else:
        raise AssertionError
for owner in (native_functions, Changeable(), Sub()):
    plus = type(owner) is Sub
    for _ in range(3):
        assert owner.nothing() == 0
        assert owner.one(3) == 3 + plus
        assert owner.many() == () and owner.many(1, *[2, 3]) == (1, 2, 3)
        assert owner.keywords() == ((), None)
        assert owner.keywords(1, a=2, **{"b": 3}) == ((1,), {"a": 2, "b": 3})
        assert owner.fast() == [] and owner.fast(1, 2) == [1, 2] and owner.fast(*range(9)) == list(range(9))
        assert owner.fast_keywords() == ([], None)
        assert owner.fast_keywords(1, b=2, a=3) == ([1, 2, 3], ("b", "a"))
        assert owner.fast_keywords(*[1], **{"x": 2}) == ([1, 2], ("x",))
        assert owner.call(int) == 0
    for wrong in (lambda: owner.nothing(1), lambda: owner.fast(a=1), lambda: owner.many(a=1)):
        refused(wrong)
refused(Changeable.nothing)
refused(Changeable.one, 3, 4)
refused(Changeable.one, Changeable())
assert Changeable.one(Changeable(), 4) == 4 and Sub()[5] == 5 == Changeable().__getitem__(5)
assert Changeable.of_class(6) == Changeable.of_nobody(6) == Sub.of_class(6) == 6 and Changeable().answer == 42
if hasattr(Changeable, "defining"):
    assert Changeable().defining(1, 2) == (Changeable, 2) == Sub().defining(1, 2, b=3)
print(Changeable.one, Changeable.one.__doc__, Changeable.one.__qualname__, Changeable.one.__objclass__)
print(Changeable.one.__text_signature__, vars(Changeable)["one"].__get__(Changeable()).__qualname__)
print(Changeable.one.__reduce__())
"""
CONVENTIONS = ("nothing", "one", "many", "keywords", "fast", "fast_keywords", "call")


@native
def test_arguments_of_all_shapes_arrive(runner, extension):
    bare, probed = runner.both(SHAPES, targets=["native_functions:**"], files=extension)
    assert (bare.code, bare.err, probed.code, probed.err) == (0, "", 0, "")
    assert probed.out == bare.out
    # What CPython refuses before the function is called isn't a call; `fast` and `many` check
    # their arguments' kind there too.
    each = {"nothing": 3, "one": 3, "many": 6, "keywords": 6, "fast": 9, "fast_keywords": 9, "call": 3}
    counts = {name.partition(":")[2]: count for name, count in probed.counts().items()}
    for name in CONVENTIONS:
        assert counts[name] == (each[name], 0)
        assert counts["Changeable." + name] == (2 * each[name] + (name == "one"), 0)
    if sys.version_info >= (3, 9):
        assert counts["Changeable.defining"] == (2, 0)


REASONS = {
    "native_functions:Changeable.of_class": "class method written in C",
    "native_functions:Changeable.of_nobody": "static method written in C",
    "native_functions:Changeable.__getitem__": "a slot of its type",
    "native_functions:Changeable.__repr__": "a slot of its type",
    "native_functions:Changeable.answer": "it is not callable",
    "native_functions:Fixed.one": "a method of a type written in C, which can't be changed",
    "native_functions:Fixed": "it is a class; name its methods",
    "native_functions:Fixed.__new__": "it makes the objects of a type written in C",
    "app:holder": "it is an object of type partial, not a function",
    "app:Holder.sleep": "isn't held by a module",
}


@native
def test_what_cannot_have_a_twin_is_reported_with_the_reason(runner, extension):
    app = """
import functools, time
holder = functools.partial(time.sleep)
class Holder:
    sleep = time.sleep
"""
    program = "import app, native_functions\nnative_functions.Changeable.of_class(1)\napp.Holder.sleep(0)\n"
    result = passes(runner, program, list(REASONS), files=dict(extension, **{"app.py": app}))
    for name, why in REASONS.items():
        entry = result.function(name)
        assert why in entry["why"], (name, entry["why"])
        assert (entry["calls"], entry["mechanism"]) == (0, 0)


@native
def test_more_functions_than_there_are_stubs_are_reported(runner, extension):
    program = """
import native_functions
for number in range(300):
    assert getattr(native_functions, "many_%d" % number)(number) == number
"""
    functions = passes(runner, program, ["native_functions:many_*"], files=extension).recording["functions"]
    timed = [entry for entry in functions.values() if entry["mechanism"] == CALLABLE]
    refused = [entry for entry in functions.values() if entry["why"]]
    assert (len(timed), len(refused)) == (256, 44)
    assert all(entry["calls"] == 1 for entry in timed)
    assert all("256 C functions of its kind are timed already" in entry["why"] for entry in refused)


def test_the_python_engine_says_why_it_does_not_reach_them(runner):
    program = "import time; time.sleep(0)"
    targets = ["time:sleep", "builtins:str.upper", "time:*"]
    environment = {"PROBE_ENGINE": "python"}
    result = passes(runner, program, targets[:2], environment=environment)
    why = "it is written in C; the Python engine times Python functions only"
    (recording,) = result.recordings
    assert recording["functions"]["time:sleep"]["why"] == why
    assert "a type written in C" in recording["functions"]["builtins:str.upper"]["why"]
    assert passes(runner, program, targets[2:], environment=environment).recordings == []


WARM = """
import math
twins.restore()
def before():
    for _ in range(10000):
        math.sqrt(4.0)
        math.gcd(4, 6)
        sqrt(4.0)
def loop(function):
    for _ in range(10000):
        function(4.0)
from math import sqrt
before(), loop(sqrt)
sys.modules[_package].STATE["session"].saw(math)  # as a module is looked at that others have used
for _ in range(10000):
    math.sqrt(4.0)
before(), loop(sqrt), loop(math.sqrt), before()
"""


@native
def test_warm_call_sites_count(runner, detail):
    program = "import math\n" + TWINS + WARM
    result = passes(runner, program, ["math:sqrt", "math:gcd"], detail=detail)
    # `sqrt` was taken earlier, and stays the original.
    assert result.counts() == {"math:sqrt": (40000, 0), "math:gcd": (20000, 0)}


ERRORS = """
import math, zlib
for _ in range(5):
    for call, values in ((math.sqrt, (-1,)), (math.sqrt, ("a",)), (zlib.decompress, (b"x",))):
        try:
            call(*values)
        except (ValueError, TypeError, zlib.error):
            pass
        else:
            raise AssertionError
math.sqrt(4)
"""


@native
def test_errors_count(runner, detail):
    result = passes(runner, ERRORS, ["math:sqrt", "zlib:decompress"], detail=detail)
    assert result.counts() == {"math:sqrt": (11, 10), "zlib:decompress": (5, 5)}


THREADS = """
import threading, time
def work():
    for _ in range(50):
        time.sleep(0.001)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@native
def test_functions_that_release_the_gil_are_counted_in_all_threads(runner, detail):
    result = passes(runner, THREADS, ["time:sleep"], detail=detail)
    entry = result.function("time:sleep")
    assert (entry["calls"], entry["errors"], result.recording["header"][22]) == (200, 0, 0)
    if detail != "count":
        multiplier, shift = result.recording["header"][4:6]
        mean = (entry["total"] * multiplier >> shift) / 200
        assert 1e6 <= mean < 5e7  # ns; the machine may be busy


CALLBACKS = """
import functools, time, app, _functools, native_functions
assert native_functions.call(app.slow) == 1
assert _functools.reduce(app.add, [1, 2, 3, 4]) == 10
"""
APP = """
import time
def slow():
    time.sleep(0.02)
    return 1
def add(a, b):
    return a + b
"""


@native
def test_python_functions_that_it_calls_lie_below_it(runner, extension):
    files = dict(extension, **{"app.py": APP})
    targets = ["native_functions:call", "app:*", "time:sleep", "_functools:reduce"]
    recording = passes(runner, CALLBACKS, targets, files=files).recording
    tree = recording["tree"]
    assert {path: entry[0] for path, entry in tree.items()} == {
        ("native_functions:call",): 1,
        ("native_functions:call", "app:slow"): 1,
        ("native_functions:call", "app:slow", "time:sleep"): 1,
        ("_functools:reduce",): 1,
        ("_functools:reduce", "app:add"): 3,
    }
    _, total, own = tree["native_functions:call",]
    _, slow_total, slow_own = tree["native_functions:call", "app:slow"]
    _, slept, slept_own = tree["native_functions:call", "app:slow", "time:sleep"]
    assert (total - own, slow_total - slow_own, slept) == (slow_total, slept, slept_own)
    assert own < total / 2 and slow_own < slow_total / 2


STEADY = """
import gc, math, sys, time, zlib
import native_functions
from native_functions import Changeable
value, thing = object(), Changeable()
def total():
    gc.collect()
    return [sys.getrefcount(it) for it in (value, thing, None, Changeable, math, math.sqrt, Changeable.one)]
def run():
    for _ in range(100000):
        thing.one(value); thing.fast(value, value); native_functions.one(value)
        native_functions.fast_keywords(value, a=value); math.sqrt(4.0)
        try: math.sqrt(value)
        except TypeError: pass
run()
before, blocks = total(), sys.getallocatedblocks()
run()
after, grown = total(), sys.getallocatedblocks() - blocks
assert all(abs(a - b) < 100 for a, b in zip(before, after)), (before, after)
assert grown < 100, grown
"""


@native
def test_references_and_memory_stay_as_they_are(runner, extension):
    targets = ["native_functions:**", "math:sqrt"]
    result = passes(runner, STEADY, targets, files=extension, timeout=120)
    assert result.counts()["native_functions:Changeable.one"] == (200000, 0)


INHERITED = """
import random, _random
class Mine(random.Random):
    def random(self):
        return super().random()
assert 0 <= Mine(1).random() < 1 and random.Random(1).random() == Mine(1).random()
assert random.random() != random.random()
"""


@native
@pytest.mark.skipif(not (3, 9) <= sys.version_info < (3, 15), reason="its type can't be changed")
def test_methods_count_through_subclasses_and_bound_methods(runner):
    result = passes(runner, INHERITED, ["_random:Random.random"])
    entry = result.function("_random:Random.random")
    assert (entry["calls"], entry["errors"], entry["mechanism"]) == (5, 0, CALLABLE)
