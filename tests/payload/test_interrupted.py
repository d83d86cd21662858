"""An exception of the program's may strike anywhere in the Python engine: a signal handler's, say.

It has to reach the program, and what it leaves half done mustn't cost what is recorded later. A trace
function strikes here at one instruction after the other. Where `sys.monitoring` calls the engine no
trace function is called, so these tests call it themselves. Nothing strikes in the native engine
once a function is hooked: it runs no Python.
"""

import ast
import os

import laying
import pytest
import reading
from running import NATIVE

python_engine_only = pytest.mark.skipif(NATIVE, reason="the native engine runs no Python")
#: Strikes at one of so many instructions; at each, with 1, it takes minutes.
STRIDE = int(os.environ.get("PROBE_TEST_STRIKE_EACH", "61"))

STRIKING = """
import importlib, signal, sys

PACKAGE = next(name for name in sys.modules if name.startswith("_probe_") and "." not in name)

def part(name):
    return importlib.import_module(PACKAGE + "." + name)

class Struck(Exception):
    pass

# 3.12 looks whether any frame wants to hear of its instructions when a trace function is set.
sys._getframe().f_trace_opcodes = True

def strike(number, actions):
    '''Run actions; an exception strikes at one instruction of the probe's, and its action is run again.

    Return whether it came to that.'''
    left = number

    def trace(frame, event, argument):
        nonlocal left
        if frame.f_globals.get("__package__") != PACKAGE:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left -= 1
            if left == 0:
                raise Struck
        return trace

    signal.signal(signal.SIGUSR1, trace)  # an exception of a handler's code is the program's
    for action in actions:
        try:
            if left > 0:
                sys.settrace(trace)
            action()
        except Struck:
            sys.settrace(None)
            action()
        finally:
            sys.settrace(None)
    return left <= 0
"""
WRITER = (
    STRIKING
    + """
recording, layout, store = part("recording"), part("layout"), part("store")
folder = store.prepare(print)

def write(number):
    writer = recording.Recording(folder, "tree", 1 << 24)
    numbers, views, parents = [], [], [-1]

    def function(index):
        return lambda: numbers.append(writer.function("app:f%d" % index * 3, 0, 0, 1, "", 1000))

    def record(index):
        return lambda: views.append(writer.record(numbers[index], layout.RECORD_BLOCK))

    def node(index):
        return lambda: parents.append(writer.node(parents[-1], numbers[index % 20], 1 << 30)[0])

    # The first segment doesn't hold all of it, so the file grows on the way.
    actions = [function(index) for index in range(20)]
    actions += [record(index) for index in range(12)] + [writer.thread]
    actions += [node(index) for index in range(3)]
    struck = strike(number, actions)
    for index in range(3, 70):
        node(index)()
    for view in views:
        view[layout.COUNTED] = 1
    print(writer.path)
    return struck

number = 1
while write(number):
    number += STRIDE
"""
)
ENGINE = (
    STRIKING
    + """
import app
recorder_of, layout = part("recorder"), part("layout")
make_events = part("EVENTS").make_events

def record(number):
    failures = []
    recorder = recorder_of.Recorder(failures.append)
    hooks = [
        recorder_of.Hook(function.__code__, "app:" + function.__name__, 0, 0, 1, function)
        for function in (app.first, app.second, app.third)
    ]
    events = {}

    def begin():
        events.update(make_events(recorder))

    def hook():
        for one in hooks:
            recorder.add(one)

    def call(*nested):
        code = nested[0].__code__
        try:
            events["start"](code, 0)
            if nested[1:]:
                call(*nested[1:])
            if "leave" in events:
                events["leave"](code, 0, None)
        except Struck as error:
            sys.settrace(None)
            events["unwind"](code, 0, error)  # as sys.monitoring does
            raise

    def calls():
        call(app.first, app.second)

    struck = strike(number, [begin, hook, calls])
    for _ in range(3):
        calls()
        call(app.third)
    print(recorder.recording.path, *failures)
    return struck

number = 1
while record(number):
    number += STRIDE
"""
)
TELLER = (
    STRIKING
    + """
import functools

class Handler:
    def handle(self, *_):
        pass
    __call__ = handle

signal.signal(signal.SIGUSR2, functools.partial(Handler().handle))
signal.signal(signal.SIGHUP, Handler())
package = sys.modules[PACKAGE]
attempts, answers = 0, set()

def tell():
    global attempts
    attempts += 1
    sys.modules.pop(PACKAGE + ".struck", None)  # to be loaded again
    vars(package).pop("struck", None)
    try:
        raise OSError
    except OSError as error:
        answers.add(package.is_foreign(error))

number, lost = 1, 0
while strike(number, [tell]):
    number += STRIDE
    lost += attempts != 2  # one that was struck, and one that wasn't
    attempts = 0
print(number > 10 * STRIDE, answers, lost)
"""
)
APP = """
def first(n):
    return n

def second(n):
    return n

def third(n):
    return n
"""


def recordings(runner, program, detail):
    """Run a program that prints the paths of its recordings, and read them."""
    program = program.replace("STRIDE", str(STRIDE))
    result = runner.run(program, ["app:nothing"], detail, {"app.py": APP}, timeout=600)
    assert (result.code, result.err) == (0, "")
    paths = result.out.splitlines()
    assert len(paths) > 20
    return [reading.read(path) for path in paths]


@pytest.mark.parametrize("form", ["handler", "Handler().handle", "functools.partial(handler)", "Handler()"])
def test_a_signal_handlers_exception_that_strikes_while_a_module_is_hooked_reaches_the_program(runner, form):
    functions = "".join("def f%d(a):\n    return a\n" % index for index in range(60))
    program = """
import functools, importlib, signal, warnings
warnings.simplefilter("always", ImportWarning)
class Late(Exception):
    pass
raised = caught = 0
def handler(*_):
    global raised
    raised += 1
    raise Late
class Handler:
    def handle(self, *_):
        handler()
    def __call__(self, *_):
        handler()
class Strange:
    def __getattr__(self, name):
        raise ValueError(name)
    def __call__(self, *_):
        handler()
signal.signal(signal.SIGUSR1, Strange())
signal.signal(signal.SIGALRM, FORM)
for number in range(200):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002 + number * 0.00001)
        importlib.import_module("app.m%d" % number)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except Late:
        caught += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(raised > 20, raised - caught)
"""
    # What strikes within Python's own callbacks for locks of modules, or from 3.15 on while it looks
    # for a module's lazy imports, Python drops, and says so.
    lazy = "ImportWarning: Cannot set lazy attributes"
    python = ("_get_module_lock.<locals>.cb", "KeyedRef.remove", lazy)

    files = {"app/m%d.py" % index: functions for index in range(200)}
    files["app/__init__.py"] = ""
    result = runner.run(program.replace("FORM", form), ["app.**:**"], "tree", files)
    lines = result.err.splitlines()
    lost = [line for line in lines if line.startswith("Exception ignored") or lazy in line]
    assert [line for line in lost if not any(name in line for name in python)] == []
    assert (result.code, result.out) == (0, "True %d\n" % len(lost))


@pytest.mark.parametrize("kind", ["Exception", "TimeoutError"])
def test_what_strikes_while_another_exception_is_told_reaches_the_program(runner, kind):
    program = TELLER.replace("STRIDE", str(STRIDE)).replace("Struck(Exception)", "Struck(%s)" % kind)
    result = runner.run(program, ["app:nothing"], "time", {"app.py": APP}, timeout=600)
    assert (result.code, result.out, result.err) == (0, "True {False} 0\n", "")


def test_nothing_of_the_probes_is_multiplied_while_it_is_compiled():
    # Python's compiler lets handlers run within it, and drops what they raise unless it is
    # KeyboardInterrupt: `make_const` in https://github.com/python/cpython/blob/3.8/Python/ast_opt.c
    checking = (ast.Mult, ast.Pow, ast.FloorDiv, ast.Mod)
    paths = sorted((laying.ASSETS / "runtime").glob("*.py"))
    folded = [
        "%s:%d" % (path.name, node.lineno)
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, checking) and _is_constant(node)
    ]
    assert len(paths) > 30
    assert folded == []


def _is_constant(node):
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    return isinstance(node, ast.Constant)


def test_a_signal_handlers_exception_that_strikes_among_generators_reaches_the_program_and_is_let_go(
    runner, detail
):
    program = """
import gc, signal, weakref, app
class Late(Exception):
    pass
raised = caught = 0
held = []
def handler(*_):
    global raised
    raised += 1
    raise Late
signal.signal(signal.SIGALRM, handler)
def until_it_strikes():
    local = Late()
    held.append(weakref.ref(local))
    signal.setitimer(signal.ITIMER_REAL, 0.0003)
    while True:
        for _ in app.steps(2):
            pass
gc.disable()  # what nothing refers to any more is freed without it
for number in range(400):
    try:
        until_it_strikes()
    except Late:
        caught += 1
print(raised, caught, sum(it() is not None for it in held))
"""
    app = "def steps(n):\n    for i in range(n):\n        yield i\n"
    result = runner.run(program, ["app:*"], detail, {"app.py": app})
    assert (result.code, result.out, result.err) == (0, "400 400 0\n", "")


@python_engine_only
def test_what_is_written_after_a_strike_is_all_there(runner):
    for recording in recordings(runner, WRITER, "tree"):
        functions = recording["functions"]
        assert sorted(functions) == sorted("app:f%d" % index * 3 for index in range(20))
        assert [functions["app:f%d" % index * 3]["calls"] for index in range(12)] == [1] * 12
        assert max(map(len, recording["tree"])) == 70


@python_engine_only
def test_calls_after_a_strike_are_all_recorded(runner, detail):
    program = ENGINE.replace("EVENTS", {"count": "counting", "time": "timing"}.get(detail, detail))
    for recording in recordings(runner, program, detail):
        calls, errors = zip(*(counts(recording, name) for name in ("first", "second", "third")))
        assert set(calls[:2]) <= {4, 5} and set(errors[:2]) <= {0, 1}  # with the call that was struck
        assert (calls[2], errors[2]) == (3, 0)
        if detail == "tree":
            assert set(recording["tree"]) == {
                ("app:first",), ("app:first", "app:second"), ("app:third",),
            }  # fmt: skip


def counts(recording, name):
    """Return the calls and errors of a function of APP."""
    entry = recording["functions"]["app:" + name]
    return entry["calls"], entry["errors"]
