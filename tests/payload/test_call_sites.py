"""Every way that a Python function gets called, from call sites that the interpreter specialised before.

The module is imported past the probe and hooked late, once each call site has run thousands of
times; then the same call sites run again, and new ones with references taken after.
"""

import pytest
from running import DETAILS

SITES = """
import functools

def plain(a): return a
def keywords(a, b): return a
def star(*rest, **named): return rest
def defaults(a, b=2, *, c=3): return b
def recursive(n): return n and recursive(n - 1)
def fails(): raise KeyError
def evaluated(a): return a
def in_comprehension(a): return a
def mapped(a): return a
def filtered(a): return a
def key(a): return -a
def compared(a, b): return a - b
def reduced(a, b): return a + b
def in_partial(a, b): return a
def replaced(match): return "b"
def until(): return 1
def in_thread(): return 1
def dead(reference): return 1
def handler(number, frame): return 1
def from_c(a): return a
def at_exit(): return 1
@functools.lru_cache(maxsize=1)
def cached(a): return a
def steps(n):
    for i in range(n):
        yield i
def delegates(n): yield from steps_below(n)
def steps_below(n): yield from range(n)
async def awaits(): return await awaited()
async def awaited(): return 1
async def asynchronous():
    yield 1
    yield 2

def make():
    x = 1
    return lambda: x
closure = make()

class Base:
    def inherited(self): return 1
    def up(self): return 1
    def overridden(self): return 1

class Thing(Base):
    def method(self): return 1
    def early(self): return 1
    def unbound(self): return 1
    def called(self): return 1
    def up(self): return super().up()
    def overridden(self): return 2
    @classmethod
    def of_class(cls): return cls
    @staticmethod
    def static(): return 1
    @property
    def value(self): return 1
    @value.setter
    def value(self, value): pass
    @value.deleter
    def value(self): pass
    def __getitem__(self, item): return item
    def __setitem__(self, item, value): pass
    def __delitem__(self, item): pass
    def __contains__(self, item): return True
    def __getattr__(self, name): return name
    def __call__(self, a): return a
    def __enter__(self): return self
    def __exit__(self, *error): return True
    def __bool__(self): return True
    def __len__(self): return 1
    def __add__(self, other): return 1
    def __radd__(self, other): return 1
    def __lt__(self, other): return True
    def __index__(self): return 1
    def __str__(self): return "s"
    def __repr__(self): return "r"
    def __format__(self, text): return text
    def __class_getitem__(cls, item): return item
    async def __aenter__(self): return self
    async def __aexit__(self, *error): pass

class Key:
    def __hash__(self): return 1
    def __eq__(self, other): return True

class Items:
    def __iter__(self):
        self.left = 2
        return self
    def __next__(self):
        self.left -= 1
        if self.left < 0:
            raise StopIteration
        return self.left

class Watched:
    def __getattribute__(self, name): return name
    def __setattr__(self, name, value): pass
    def __delattr__(self, name): pass

class Made:
    def __init__(self): self.a = 1

class MadeBelow(Made):
    def __init__(self, a): super().__init__()

class New:
    def __new__(cls): return object.__new__(cls)

class Meta(type):
    def __call__(cls): return super().__call__()

class OfMeta(metaclass=Meta): pass

class Inits:
    def __init_subclass__(cls): pass

class Finalized:
    def __del__(self): pass

class Descriptor:
    def __get__(self, instance, owner): return 1
    def __set__(self, instance, value): pass

class Described:
    field = Descriptor()
"""
#: A statement, {name: calls each time}.
WAYS = [
    ("plain(1)", {"plain": 1}),
    ("keywords(b=1, a=2)", {"keywords": 1}),
    ("star(1, *(2, 3), x=4, **{'y': 5})", {"star": 1}),
    ("defaults(1)", {"defaults": 1}),
    ("recursive(3)", {"recursive": 4}),
    ("eval('evaluated(1)')", {"evaluated": 1}),
    ("[in_comprehension(x) for x in (1, 2, 3)]", {"in_comprehension": 3}),
    ("closure()", {"closure": 1}),
    ("list(map(mapped, (1, 2, 3)))", {"mapped": 3}),
    ("list(filter(filtered, (1, 2, 3)))", {"filtered": 3}),
    ("sorted((3, 1, 2), key=key); max((3, 1, 2), key=key)", {"key": 6}),
    ("sorted((1, 2), key=functools.cmp_to_key(compared))", {"compared": 1}),
    ("functools.reduce(reduced, (1, 2, 3))", {"reduced": 2}),
    ("partial(2)", {"in_partial": 1}),
    ("cached(next(numbers))", {"cached": 1}),
    ("pattern.sub(replaced, 'aa')", {"replaced": 2}),
    ("list(iter(until, 1))", {"until": 1}),
    ("c_callback(1)", {"from_c": 1}),
    ("dying = Dying(); reference = weakref.ref(dying, dead); del dying", {"dead": 1}),
    ("signal.raise_signal(signal.SIGUSR1)", {"handler": 1}),
    ("thread = threading.Thread(target=in_thread); thread.start(); thread.join()", {"in_thread": 1}),
    ("list(steps(3))", {"steps": 1}),
    ("for _ in delegates(3): pass", {"delegates": 1, "steps_below": 1}),
    ("drive(awaits())", {"awaits": 1, "awaited": 1}),
    ("drive(draw())", {"asynchronous": 1, "Thing.__aenter__": 1, "Thing.__aexit__": 1}),
    ("thing.method()", {"Thing.method": 1}),
    ("early()", {"Thing.early": 1}),
    ("Thing.unbound(thing)", {"Thing.unbound": 1}),
    ("called(thing)", {"Thing.called": 1}),
    ("thing.inherited()", {"Base.inherited": 1}),
    ("thing.up()", {"Thing.up": 1, "Base.up": 1}),
    ("thing.overridden(); base.overridden()", {"Thing.overridden": 1, "Base.overridden": 1}),
    ("thing.of_class(); Thing.of_class()", {"Thing.of_class": 2}),
    ("thing.static(); Thing.static()", {"Thing.static": 2}),
    ("thing.value", {"Thing.value": 1}),
    ("thing.value = 1", {"Thing.value.setter": 1}),
    ("del thing.value", {"Thing.value.deleter": 1}),
    ("thing[1]", {"Thing.__getitem__": 1}),
    ("thing[1] = 2", {"Thing.__setitem__": 1}),
    ("del thing[1]", {"Thing.__delitem__": 1}),
    ("1 in thing", {"Thing.__contains__": 1}),
    ("thing.missing", {"Thing.__getattr__": 1}),
    ("thing(1)", {"Thing.__call__": 1}),
    ("with thing: raise KeyError", {"Thing.__enter__": 1, "Thing.__exit__": 1}),
    ("not thing", {"Thing.__bool__": 1}),
    ("len(thing)", {"Thing.__len__": 1}),
    ("thing + 1", {"Thing.__add__": 1}),
    ("1 + thing", {"Thing.__radd__": 1}),
    ("thing < 1", {"Thing.__lt__": 1}),
    ("hex(thing)", {"Thing.__index__": 1}),
    ("str(thing)", {"Thing.__str__": 1}),
    ("'%r' % (thing,)", {"Thing.__repr__": 1}),
    ("f'{thing}'", {"Thing.__format__": 1}),
    ("Thing[int]", {"Thing.__class_getitem__": 1}),
    ("keyed[Key()]", {"Key.__hash__": 1, "Key.__eq__": 1}),
    ("for _ in items: pass", {"Items.__iter__": 1, "Items.__next__": 3}),
    ("watched.a; watched.a = 1; del watched.a",
     {"Watched.__getattribute__": 1, "Watched.__setattr__": 1, "Watched.__delattr__": 1}),
    ("Made()", {}),
    ("MadeBelow(1)", {"MadeBelow.__init__": 1}),
    ("New()", {"New.__new__": 1}),
    ("OfMeta()", {"Meta.__call__": 1}),
    ("type('Below', (Inits,), {})", {"Inits.__init_subclass__": 1}),
    ("Finalized()", {"Finalized.__del__": 1}),
    ("described.field", {"Descriptor.__get__": 1}),
    ("described.field = 1", {"Descriptor.__set__": 1}),
]  # fmt: skip
#: Those of which two statements call the same.
EXPECTED = {"Made.__init__": 2, "fails": 1}
for _, names in WAYS:
    EXPECTED.update(names)
#: Statements that a program with 200 of each is enough for.
SLOW = ("threading", "type(", "eval", "signal")
PROGRAM = """
import atexit, ctypes, functools, importlib.util, itertools, os, re, signal, sys, threading, weakref
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sites.py")
spec = importlib.util.spec_from_file_location("sites", path)
sites = importlib.util.module_from_spec(spec)
sys.modules["sites"] = sites
spec.loader.exec_module(sites)
from sites import *

class Dying: pass
def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass
async def draw():
    async with thing:
        async for _ in asynchronous():
            pass
def failing(n):
    for _ in range(n):
        try:
            fails()
        except KeyError:
            pass
base, thing, watched, items, described = Base(), Thing(), Watched(), Items(), Described()
early, called = thing.early, Thing.called
partial, numbers, pattern = functools.partial(in_partial, 1), itertools.count(), re.compile("a")
c_callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(from_c)
keyed = {Key(): 1}
signal.signal(signal.SIGUSR1, handler)
atexit.register(at_exit)

def make_ways():
    names = dict(globals())
    exec(WAYS, names)
    return [value for name, value in names.items() if name.startswith("way_")] + [failing]

class Nothing:
    def find_spec(self, name, path=None, target=None):
        return None

ways = make_ways()
for way in ways:
    way(200 if way.__doc__ else 20000)
# Somebody else's finder comes first: the probe looks what it has missed.
sys.meta_path.insert(0, Nothing())
try:
    import nothing_of_this_name
except ImportError:
    pass
for way in ways:
    way(100)
from sites import *
thing, early, called = Thing(), thing.early, Thing.called
partial, keyed = functools.partial(in_partial, 1), {Key(): 1}
keyed.clear(); dict.__setitem__(keyed, Key(), 1)
for way in make_ways():
    way(100)
"""


def program():
    ways = []
    for number, (statement, _) in enumerate(WAYS):
        slow = "    'slow'\n" if any(word in statement for word in SLOW) else ""
        ways.append("def way_%d(n):\n%s    for _ in range(n):\n        %s\n" % (number, slow, statement))
    return PROGRAM.replace("WAYS", repr("".join(ways)), 1)


@pytest.fixture(scope="module", params=DETAILS)
def called(request, shared_runner):
    """One run of all the ways at each detail."""
    result = shared_runner.run(program(), ["sites:**"], request.param, {"sites.py": SITES})
    assert (result.code, result.out, result.err) == (0, "", "")
    return result


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_are_exact_from_call_sites_of_before_and_after(called, name):
    entry = called.function("sites:" + name)
    between = 2 if name == "Key.__hash__" else 0  # to fill a dict
    assert (entry["calls"], entry["why"]) == (200 * EXPECTED[name] + between, "")


def test_what_was_registered_before_is_seen_at_the_exit(called):
    # The recording's own end is registered later, and so comes before.
    assert called.function("sites:at_exit")["calls"] == 1


def test_errors_are_exact(called):
    entry = called.function("sites:fails")
    assert (entry["calls"], entry["errors"]) == (200, 200)
    entry = called.function("sites:Items.__next__")
    assert entry["errors"] == 200
    assert sum(entry["errors"] for entry in called.recording["functions"].values()) == 400
