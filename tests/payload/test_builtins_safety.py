"""Functions written in C: the interpreter's own, at fork and exit, modules compiled in, undoing."""

import pytest
from native_only import CALLABLE, TWINS, native, passes

BUILTINS = """
import app, importlib, threading, json, decimal, collections, logging
class Meta(type): pass
class Made(metaclass=Meta):
    @property
    def it(self): return super()
names = sorted(vars())
assert len("abc") == 3 and isinstance(1, int) and issubclass(bool, int) and eval("names") is names
exec("made = sorted(locals())")
assert "names" in made and callable(len) and max(1, 2, key=lambda n: -n) == 1
assert sorted([3, 1], key=app.negative) == [3, 1] and next(iter([]), 5) == 5 and dir() and vars()
assert __import__("json") is json and [*map(len, ["a"])] == [1] and sum([1, 2]) == 3
assert getattr(Made, "none", 0) == 0 and hasattr(Made, "it") and id(Made) and hash("a") and repr(1) == "1"
def frame():
    return sys._getframe().f_code.co_name, sys._getframe(1).f_code.co_name
import sys
assert frame() == ("frame", "<module>")
depth = 0
def deep():
    global depth
    depth += 1
    deep()
try: deep()
except RecursionError: pass
try: 1 / 0
except ZeroDivisionError: assert sys.exc_info()[0] is ZeroDivisionError
assert sys.excepthook is sys.__excepthook__ and sys.displayhook is sys.__displayhook__
thread = threading.Thread(target=len, args=([],)); thread.start(); thread.join()
print(depth, type(len), "done")
"""


@native
@pytest.mark.parametrize(
    "targets",
    [
        ["builtins:*"],
        ["builtins:len", "builtins:sorted", "app:*"],
        ["sys:*", "_thread:*", "_imp:*"],
        ["**:**"],
    ],
    ids=" ".join,
)
def test_the_interpreter_works_with_its_own_functions_timed(runner, targets):
    files = {"app.py": "def negative(number):\n    return -number\n"}
    bare, probed = runner.both(BUILTINS, targets=targets, files=files, flags=("-B",))
    assert (bare.code, bare.err, probed.code, probed.err) == (0, "", 0, "")
    if targets == ["**:**"]:
        # Python functions of the import system are timed too, which isn't this test's matter.
        assert probed.out.endswith("done\n")
    else:
        assert probed.out == bare.out
    functions = probed.recording["functions"]
    if "builtins:len" in functions:
        assert functions["builtins:len"]["calls"] >= 5
    # A sweep leaves the interpreter's own modules alone.
    swept = targets == ["**:**"]
    assert swept != any(
        name.startswith(("builtins:", "sys:", "_thread:")) and entry["mechanism"] == CALLABLE
        for name, entry in functions.items()
    )


FORK = """
import os, time
time.sleep(0)
child = os.fork()
time.sleep(0)
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


@native
def test_a_fork_that_is_timed_itself_returns_twice(runner):
    result = passes(runner, FORK, ["time:sleep", "os:fork"])
    counts = [
        {name: entry["calls"] for name, entry in recording["functions"].items() if entry["calls"]}
        for recording in result.recordings
    ]
    assert counts == [{"time:sleep": 2, "os:fork": 1}, {"time:sleep": 1}]


DAEMONS = """
import sys, threading, time
def nap():
    while True:
        time.sleep(0.001)
for _ in range(3):
    threading.Thread(target=nap, daemon=True).start()
class Last:
    def __del__(self, sleep=time.sleep):
        sleep(0.05)  # the daemons wake up meanwhile, and find that the interpreter ends
sys.last = Last()
"""


@native
def test_daemon_threads_end_inside_a_call_at_exit(runner, detail):
    for _ in range(3):
        passes(runner, DAEMONS, ["time:sleep"], detail=detail)


UNDONE = """
import math, native_functions
changed = native_functions.Changeable
twin, method = math.sqrt, vars(changed)["one"]
math.sqrt(4), changed().one(1), native_functions.one(1)
originals = [original for _, _, original, _ in twins.undo]
native_functions.one = len  # somebody else's by now
twins.restore()
assert native_functions.one is len and math.sqrt is not twin and math.sqrt in originals
assert vars(changed)["one"] is not method and vars(changed)["one"] in originals
assert math.sqrt(4) == 2 and changed().one(1) == 1 and twin(4) == 2
"""


COMPILED_IN = """
import sys, importlib.util
assert "_symtable" in sys.builtin_module_names and "_symtable" not in sys.modules
found = importlib.util.find_spec("_symtable")
import _symtable
for spec in (found, _symtable.__spec__):
    print(spec.loader, spec.origin, _symtable.__loader__, spec)
print(type(_symtable.symtable("a", "b", "exec")))
"""


@native
@pytest.mark.parametrize("target", ["_symtable:symtable", "*:*"])
def test_a_module_in_the_interpreter_is_seen_at_its_import(runner, target):
    bare, probed = runner.both(COMPILED_IN, targets=[target])
    assert (bare.code, bare.err, probed.code, probed.err) == (0, "", 0, "")
    assert probed.out == bare.out
    assert probed.counts()["_symtable:symtable"] == (1, 0)


@native
def test_it_can_be_undone(runner, extension):
    targets = ["math:sqrt", "native_functions:one", "native_functions:Changeable.one"]
    program = "import math, native_functions\n" + TWINS + UNDONE
    result = passes(runner, program, targets, files=extension)
    assert result.counts() == {
        "math:sqrt": (2, 0),
        "native_functions:one": (1, 0),
        "native_functions:Changeable.one": (1, 0),
    }
