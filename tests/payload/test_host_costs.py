"""What the probe costs its host besides time: nothing. Depth of recursion, code as data, tracers' events."""

import json
import subprocess
import sys

import pytest
from running import MECHANISM, NATIVE, TIMEOUT_SECONDS, clean_environment

not_forwarded = pytest.mark.skipif(
    MECHANISM == 2, reason="the Python engine's forwarder stands in for the code, and holds the engine"
)

APP = """
import functools
deepest = 0

def note(n):
    global deepest
    if n > deepest:
        deepest = n

def plain(n):
    note(n)
    plain(n + 1)

class Thing:
    def method(self, n):
        note(n)
        self.method(n + 1)
    def __call__(self, n):
        note(n)
        return self(n + 1)
    def __getitem__(self, n):
        note(n)
        return self[n + 1]
    @property
    def value(self):
        note(deepest + 1)
        return self.value

def generator(n):
    note(n)
    yield from generator(n + 1)

def started(n):
    list(generator(n))

async def coroutine(n):
    note(n)
    await coroutine(n + 1)

def awaited(n):
    coroutine(n).send(None)

def sorting(n):
    note(n)
    sorted([n + 1], key=sorting)

def mapping(n):
    note(n)
    list(map(mapping, [n + 1]))

def partial(n):
    note(n)
    functools.partial(partial, n + 1)()
"""
DEPTHS = """
import json, sys, threading, app
def reached(function):
    app.deepest = 0
    try:
        function(1)
    except RecursionError:
        return app.deepest
def all_reached():
    thing = app.Thing()
    return [reached(f) for f in (app.plain, thing.method, thing, thing.__getitem__, lambda n: thing.value,
                                 app.started, app.awaited, app.sorting, app.mapping, app.partial)]
found = []
sys.setrecursionlimit(LIMIT)
threading.stack_size(512 << 20)
thread = threading.Thread(target=lambda: found.extend(all_reached()))
thread.start(); thread.join()
print(json.dumps(found))
"""


@pytest.mark.skipif(not NATIVE, reason="the Python engine has its own way to make room: test_recursion.py")
@pytest.mark.parametrize("limit", [1000, 5000, 50000])
def test_the_depth_of_every_kind_of_recursion_is_what_it_was(runner, detail, limit):
    program = DEPTHS.replace("LIMIT", str(limit))
    # `note` isn't hooked: the deepest call is the last that began.
    targets = ["app:*", "app:Thing.*", "!app:note"]
    options = {"files": {"app.py": APP}, "limits": {"MAX_NODES": 2000}}  # deep trees are long to read
    bare, probed = runner.both(program, targets=targets, detail=detail, **options)
    if bare.code < 0:
        pytest.skip("the interpreter itself doesn't manage that")
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    before, after = json.loads(bare.out), json.loads(probed.out)
    assert len(before) == 10
    for one, other in zip(before, after):
        assert abs(one - other) <= 1, (before, after)
    entry = probed.function("app:plain")
    assert entry["calls"] == entry["errors"] and entry["calls"] - after[0] in (0, 1)


CODE = """
def adds(a, b=2, *rest, c: int = 3, **named):
    return a + b + c

def outer(x):
    def inner(y):
        return x + y
    return inner
inner = outer(5)

def loops(n):
    total = 0
    for i in range(n):
        if i % 2:
            total += i
        else:
            total -= 1
    return total

def fails(n):
    try:
        return 1 // n
    except ZeroDivisionError:
        raise ValueError(n)
    finally:
        n = 0

def steps(n):
    try:
        for i in range(n):
            got = yield i
            if got:
                return got
    finally:
        n = 0

async def awaits(n):
    return n

async def draws(n):
    for i in range(n):
        yield i
"""
LOOK = """
import copy, dis, inspect, pickle, types, app
for name in ("adds", "inner", "loops", "fails", "steps", "awaits", "draws"):
    f = getattr(app, name)
    code = f.__code__
    print(name, code.co_firstlineno, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_names,
          code.co_nlocals, code.co_name, f.__defaults__, f.__kwdefaults__, f.__annotations__,
          f.__closure__ and [cell.cell_contents for cell in f.__closure__], inspect.signature(f))
    print(sorted({line for _, line in dis.findlinestarts(code) if line}))
    print(inspect.iscoroutinefunction(f), inspect.isgeneratorfunction(f), inspect.isasyncgenfunction(f))
    print(inspect.getsource(f), code == code, code == copy.copy(code), hash(code) == hash(f.__code__))
    if hasattr(code, "co_positions"):
        lines = {}
        for position in code.co_positions():
            if None not in position:
                lines.setdefault(position, 0)
        print(list(lines))
    if name != "inner":
        assert pickle.loads(pickle.dumps(f)) is f
    assert copy.deepcopy(f) is f
copied = types.FunctionType(app.adds.__code__.replace(co_name="other"), {})
print(copied(1, 2, c=3), app.adds(1))
app.loops.__code__ = app.loops.__code__.replace()
print(app.loops(10))
def another(n): return n * 2
kept = app.loops.__code__
app.loops.__code__ = another.__code__
print(app.loops(10))
app.loops.__code__ = kept
print(app.loops(10))
app.adds.__defaults__ = (10,); app.adds.__kwdefaults__ = {"c": 20}
print(app.adds(1), app.inner(1), app.outer(7)(1))
app.inner.__closure__[0].cell_contents = 100
print(app.inner(1))
"""


@not_forwarded
def test_code_and_its_copies_are_what_they_were(runner, detail):
    bare, probed = runner.both(LOOK, targets=["app:**"], detail=detail, files={"app.py": CODE})
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert probed.out == bare.out
    if NATIVE:
        # A copy of injected code has the probe in it; a frame is known by its very code.
        assert probed.function("app:loops")["calls"] == (0 if MECHANISM == 6 else 2)


BY_VALUE = """
import pickle, types, app
NAMES = [name for name in ("co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals",
         "co_stacksize", "co_flags", "co_code", "co_consts", "co_names", "co_varnames", "co_filename",
         "co_name", "co_qualname",
         "co_firstlineno", "co_linetable" if hasattr(app.loops.__code__, "co_linetable") else "co_lnotab",
         "co_exceptiontable", "co_freevars", "co_cellvars") if hasattr(app.loops.__code__, name)]
functions = [app.adds, app.loops, app.fails, app.steps, app.awaits, app.draws]
with open("pickled", "wb") as file:
    pickle.dump([[getattr(f.__code__, name) for name in NAMES] for f in functions], file)
"""
ELSEWHERE = """
import pickle, types
with open("pickled", "rb") as file:
    codes = [types.CodeType(*arguments) for arguments in pickle.load(file)]
names = {"__builtins__": __builtins__}
adds, loops, fails, steps, awaits, draws = [types.FunctionType(code, names) for code in codes]
adds.__defaults__ = (2,); adds.__kwdefaults__ = {"c": 3}
g = steps(9)
def drain(a):
    try:
        while True:
            try:
                a.__anext__().send(None)
            except StopIteration as stop:
                yield stop.value
    except StopAsyncIteration:
        pass
def error():
    try:
        fails(0)
    except ValueError as error:
        return type(error.__context__).__name__
def awaited():
    try:
        awaits(4).send(None)
    except StopIteration as stop:
        return stop.value
print(adds(1), loops(10), fails(1), error(), list(steps(3)), next(g), g.close(), awaited(),
      list(drain(draws(3))))
"""


@pytest.mark.skipif(not NATIVE, reason="code that the Python engine promoted has no such constant")
def test_code_pickled_by_value_runs_without_the_probe(runner):
    place = runner.place({"app.py": CODE, "elsewhere.py": ELSEWHERE})
    result = runner.run(BY_VALUE, ["app:**"], place=place, arguments=("-c", BY_VALUE))
    assert (result.code, result.err) == (0, "")
    done = subprocess.run(
        [sys.executable, "elsewhere.py"], cwd=str(place / "app"), env=clean_environment(),
        capture_output=True, timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
    assert done.stderr == b""
    expected = "6 20 1 ZeroDivisionError [0, 1, 2] 0 None 4 [0, 1, 2]\n"
    assert done.stdout.decode() == expected
    (again,) = result.recordings
    assert not any(entry["calls"] for entry in again["functions"].values())


CLOUD = """
import cloudpickle, app
cloudpickle.register_pickle_by_value(app)
with open("cloud", "wb") as file:
    file.write(cloudpickle.dumps((app.adds, app.outer(5), app.loops, app.steps, app.awaits)))
"""


@not_forwarded
def test_cloudpickle_by_value(runner):
    pytest.importorskip("cloudpickle")
    result = runner.run(CLOUD, ["app:**"], files={"app.py": CODE})
    assert (result.code, result.err) == (0, "")
    program = """
import pickle, sys
adds, inner, loops, steps, awaits = pickle.load(open(sys.argv[1], "rb"))
print(adds(1), inner(1), loops(10), list(steps(3)))
"""
    cloud = str(result.place / "app" / "cloud")
    for probe in (False, True):
        other = runner.run(program, probe=probe, arguments=("main.py", cloud))
        assert (other.code, other.out, other.err) == (0, "6 6 20 [0, 1, 2]\n", "")
