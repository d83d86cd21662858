"""What a program can see of a hooked function stays as it was: with the probe it prints the same."""

import pytest

APP = '''
import types

def plain(a, b=2, /, c: int = 3, *rest, d, e=5, **named) -> str:
    """The docstring."""
    return "%s %s %s %s %s %s %s" % (a, b, c, rest, d, e, named)

def bare():
    return 1

def defaults(a, b=[]):
    b.append(a)
    return b

def steps(n, *, m=1):
    yield n

async def coroutine(n):
    return n

async def agen(n):
    yield n

@types.coroutine
def primitive():
    yield

def raising(depth):
    if depth:
        return raising(depth - 1)
    raise LookupError("deep down")

class Thing:
    def __init__(self, value, *, unit="m"):
        self.value = value

    def method(self, other):
        return self.value + other

    @staticmethod
    def static(a):
        return a

    @classmethod
    def of_class(cls, a):
        return cls(a)

    @property
    def double(self):
        return self.value * 2

    def __eq__(self, other):
        return self.value == other.value

    def __hash__(self):
        return hash(self.value)
'''
LOOKING = """
import asyncio, copy, inspect, pickle, types, typing
import app
from app import *
functions = [plain, bare, defaults, steps, coroutine, agen, primitive, raising,
             Thing.__init__, Thing.method, Thing.static, Thing.of_class, Thing.double.fget]
for f in functions:
    print(f.__name__, f.__qualname__, f.__module__, f.__doc__, f.__defaults__, f.__kwdefaults__)
    print(f.__annotations__, f.__dict__, inspect.signature(f), inspect.getdoc(f), type(f).__name__)
    print(inspect.iscoroutinefunction(f), inspect.isgeneratorfunction(f), inspect.isasyncgenfunction(f),
          inspect.isfunction(f), inspect.isawaitable(f))
    print(inspect.getsource(f), inspect.getsourcelines(f)[1], inspect.getsourcefile(f) == app.__file__)
    print(inspect.getfullargspec(f))
    code = f.__code__
    print(code.co_name, code.co_firstlineno, code.co_argcount, code.co_posonlyargcount,
          code.co_kwonlyargcount, code.co_filename == app.__file__,
          code.co_flags & (0x20 | 0x80 | 0x100 | 0x200 | 0x0C))
for f in (plain, steps, coroutine, Thing, Thing(1).method, Thing.of_class):
    print(pickle.loads(pickle.dumps(f)) == f, copy.deepcopy(f) == f)
print(plain is app.plain, Thing.method is app.Thing.method, callable(plain))
print(typing.get_type_hints(plain))
print(repr(plain).partition(" at ")[0], repr(Thing(1).method).partition(" at ")[0])
g, c, a = steps(1), coroutine(1), agen(1)
print(g.__name__, g.__qualname__, g.gi_code.co_name)
print(inspect.getgeneratorstate(g), next(g), inspect.getgeneratorstate(g))
print(c.__name__, c.__qualname__, c.cr_code.co_name, inspect.getcoroutinestate(c), c.close())
print(a.__name__, a.__qualname__, a.ag_code.co_name, type(a).__name__)
print(type(primitive()).__name__, inspect.isawaitable(primitive()))
print(defaults(1), defaults(2), defaults.__defaults__)
defaults.__defaults__ = ([7],)
print(defaults(8))
plain.__kwdefaults__ = {"d": 9, "e": 8}
print(plain(1), plain(1, 2, 3, 4, 5, d=6, e=7, f=8))
print(bare.__closure__, bare.__globals__ is vars(app))
bare.attribute = 5
print(bare.__dict__, asyncio.iscoroutinefunction(coroutine))
"""
WRONG = """
import app
from app import *
thing = Thing(1)
calls = [
    lambda: plain(), lambda: plain(1), lambda: plain(a=1, d=2), lambda: plain(1, 2, 3, c=4, d=5),
    lambda: bare(1), lambda: bare(x=1), lambda: defaults(), lambda: defaults(1, 2, 3),
    lambda: defaults(1, a=1),
    lambda: steps(), lambda: steps(1, 2), lambda: steps(1, n=1), lambda: coroutine(),
    lambda: coroutine(1, 2),
    lambda: agen(), lambda: agen(1, x=2), lambda: primitive(1), lambda: Thing(), lambda: Thing(1, "m"),
    lambda: thing.method(), lambda: thing.method(1, 2), lambda: Thing.method(), lambda: Thing.static(),
    lambda: Thing.of_class(), lambda: Thing.of_class(1, 2), lambda: plain(**{"d": 1, 2: 3}),
    lambda: raising(0), lambda: raising(None), lambda: raising("x"),
]
for call in calls:
    try:
        print("returned", call())
    except Exception as error:
        trace, names = error.__traceback__, []
        while trace:
            names.append(trace.tb_frame.f_code.co_name)
            trace = trace.tb_next
        names = [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]
        print(type(error).__name__, error, names, type(error.__context__))
"""


@pytest.mark.parametrize("program", [LOOKING, WRONG], ids=["looking", "wrong arguments"])
def test_functions_look_and_fail_as_before(runner, program, detail):
    flags = ("-W", "ignore")
    bare, probed = runner.both(program, targets=["app:**"], detail=detail, files={"app.py": APP}, flags=flags)
    assert (probed.code, probed.err) == (bare.code, bare.err) == (0, "")
    assert probed.out.replace(str(probed.place), "") == bare.out.replace(str(bare.place), "")
    assert len(probed.recording["functions"]) >= 13


def frames(text):
    """The function names of a printed traceback."""
    return [line.rpartition(" in ")[2] for line in text.splitlines() if line.startswith("  File ")]


@pytest.mark.parametrize(
    "program",
    [
        "import app; app.raising(3)",
        "import app; list(map(app.raising, [0]))",
        "import app, asyncio\nasync def main():\n  await app.coroutine()\nasyncio.run(main())",
        "import app\ntry:\n  app.raising(1)\nexcept LookupError as error:\n  raise ValueError from error",
        "import broken",
    ],
)
def test_tracebacks_name_the_same_functions(runner, program):
    files = {"app.py": APP, "broken.py": "def f():\n    1 / 0\nf()\n"}
    bare, probed = runner.both(program, targets=["app:**", "broken:*"], files=files)
    assert probed.code == bare.code == 1
    assert probed.err.splitlines()[-1] == bare.err.splitlines()[-1]
    seen = iter(frames(probed.err))
    assert all(name in seen for name in frames(bare.err)), probed.err


def test_a_traceback_of_a_failing_import_is_the_same(runner):
    files = {"broken.py": "import missing_module_of_ours\n", "twice.py": "import broken"}
    for program in ("import broken", "import twice"):
        bare, probed = runner.both(program, targets=["broken:*", "twice:*"], files=files)
        assert probed.err.replace(str(probed.place), "") == bare.err.replace(str(bare.place), "")


def test_super_closures_and_class_cells_work(runner, detail):
    app = """
class Base:
    def value(self):
        return 1
class Sub(Base):
    def value(self):
        return super().value() + 1
    def closing(self, a):
        def inner():
            nonlocal a
            a += 1
            return a, __class__.__name__
        return inner()
    def __private(self, *, __key=3):
        return __key
    def names(self):
        return self.__private(_Sub__key=4), locals().keys() == {"self"}
def star(*a, **k):
    return a, k
def many(a, b, c, d, e, f, g, h, i, j, *, k, l, m=1, n=2):
    return a, b, c, d, e, f, g, h, i, j, k, l, m, n
"""
    program = """
from app import *
sub = Sub()
print(sub.value(), sub.closing(1), sub.names(), star(1, 2, a=3), star(), many(*range(10), k=1, l=2, n=3))
print(star(**{"self": 1, "_probe_code": 2, "forward": 3}))
"""
    bare, probed = runner.both(program, targets=["app:**"], detail=detail, files={"app.py": app})
    assert (probed.code, probed.out, probed.err) == (0, bare.out, bare.err)
    assert probed.counts()["app:Sub.value"] == (1, 0)
    assert probed.counts()["app:star"] == (3, 0)


def test_garbage_and_references_are_as_before(runner, detail):
    app = """
class Big: pass
def takes(value):
    return value
def holds(value):
    yield value
def fails(value):
    raise KeyError
async def awaits(value):
    return value
"""
    program = """
import gc, weakref, app
gc.disable()
def dead(call):
    value = app.Big()
    reference = weakref.ref(value)
    call(value)
    del value
    return reference() is None
def failing(value):
    try:
        app.fails(value)
    except KeyError:
        pass
def sending(value):
    try:
        app.awaits(value).send(None)
    except StopIteration:
        pass
print(dead(app.takes), dead(lambda v: list(app.holds(v))), dead(lambda v: next(app.holds(v))), dead(failing),
      dead(sending))
"""
    bare, probed = runner.both(program, targets=["app:*"], detail=detail, files={"app.py": app})
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    assert probed.out == "True True True True True\n"
