"""Code with the native engine's tokens in it behaves, traces and fails as it did without.

The module is the one that PROBE_TEST_NATIVE names; a stand-in in Python takes the probe's place.
"""

import dis
import gc
import importlib.machinery
import importlib.util
import opcode
import os
import pathlib
import re
import sys
import traceback
import types

import pytest
from running import ENGINE

NATIVE = os.environ.get("PROBE_TEST_NATIVE")
pytestmark = [
    pytest.mark.skipif(NATIVE is None, reason="PROBE_TEST_NATIVE doesn't name the native module"),
    pytest.mark.skipif(ENGINE != "native", reason="nothing here is the Python engine's"),
    pytest.mark.skipif(
        not (3, 11) <= sys.version_info < (3, 16), reason="tokens are put into code on Python 3.11 to 3.15"
    ),
]
CASES, FUNCTIONS = [], []
if NATIVE is not None and (3, 11) <= sys.version_info < (3, 16):
    loader = importlib.machinery.ExtensionFileLoader("_native", NATIVE)
    native = importlib.util.module_from_spec(importlib.util.spec_from_loader("_native", loader))
    loader.exec_module(native)
    from injected_functions import FUNCTIONS
    from native_generators import CASES

SOURCE = pathlib.Path(__file__).parents[2] / "assets" / "native" / "src" / "assembler" / "opcodes.rs"


class Token:
    """Writes down what it sees: where it begins, pauses, resumes, ends."""

    def __init__(self, life):
        self.life = life
        self.paused = False
        life.append("begin")

    def __invert__(self):
        self.paused = True
        self.life.append("pause")
        return self

    def __neg__(self):
        if self.paused:
            self.life.append("resume")
        self.paused = False
        return self

    def __del__(self):
        self.life.append("end")


class Probe:
    """Keeps the life of each of its tokens."""

    def __init__(self):
        self.lives = []

    def __neg__(self):
        self.lives.append([])
        return Token(self.lives[-1])


def with_code(function, code):
    return types.FunctionType(
        code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )


def injected(function, probe):
    return with_code(function, native.inject(function.__code__, probe))


def name(value):
    return getattr(value, "__name__", None)


def outcome(function, argument):
    try:
        return function(argument), None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        where = [(frame.name, frame.lineno, frame.colno, frame.end_colno) for frame in frames]
        return repr(error), repr(error.__cause__), where


def traced(code, run):
    """Return the events that `sys.settrace` shows of a code."""
    events = []

    def local(frame, event, argument):
        events.append((event, frame.f_lineno))
        return local

    sys.settrace(lambda frame, event, _: local(frame, event, None) if frame.f_code is code else None)
    try:
        run()
    finally:
        sys.settrace(None)
    return events


def monitored(code, run):
    """Return the lines, jumps aside, that `sys.monitoring` shows of a code."""
    lines = []
    monitoring = sys.monitoring
    monitoring.use_tool_id(3, "lines")
    try:
        monitoring.register_callback(3, monitoring.events.LINE, lambda _, line: lines.append(line))
        monitoring.set_local_events(3, code, monitoring.events.LINE)
        run()
    finally:
        monitoring.set_local_events(3, code, 0)
        monitoring.free_tool_id(3)
    return lines


def instructions(code):
    """Return the instructions without their arguments' widths and distances."""
    return [
        (
            it.opname,
            None if it.opcode in dis.hasjrel or it.opname == "SEND" else repr(it.argval),
            it.positions,
        )
        for it in dis.get_instructions(code)
        if it.opname != "EXTENDED_ARG"
    ]


def assert_lives(lives):
    for life in lives:
        assert life[0] == "begin" and life[-1] == "end", life
        between = life[1:-1]
        assert between == (["pause", "resume"] * len(between))[: len(between)], life


def test_the_numbers_of_instructions_are_those_of_this_python():
    table = re.search(
        r"static PYTHON_%d_%d: Opcodes = (.*?\n)\};" % sys.version_info[:2], SOURCE.read_text(), re.DOTALL
    )[1]
    assert int(re.search(r"magic: (\d+)", table)[1]) == int.from_bytes(
        importlib.util.MAGIC_NUMBER[:2], "little"
    )
    fields = re.findall(r"^    ([a-z_0-9]+): (?:Some\()?(\d+)\)?,", table, re.MULTILINE)
    kinds = re.findall(r"^        \((\d+), Kind::\w+\), +// ([A-Z_0-9]+)", table, re.MULTILINE)
    named = {field.upper(): int(number) for field, number in fields if field != "magic"}
    named.update((name, int(number)) for number, name in kinds)
    assert len(named) > 20
    assert named == {name: opcode.opmap[name] for name in named}
    # Every jump is known, and every way to return.
    jumps = {opcode.opname[number] for number in opcode.hasjrel if number < 256} | {
        name for name in opcode.opmap if name.startswith("RETURN_")
    }
    jumps = {name for name in jumps if not name.startswith("INSTRUMENTED_")} - {"RETURN_GENERATOR"}
    assert jumps <= {name for _, name in kinds}


@pytest.mark.parametrize("function", FUNCTIONS, ids=name)
@pytest.mark.parametrize("argument", range(8))
def test_a_function_s_results_tracebacks_and_lines_are_the_same(function, argument):
    probe = Probe()
    other = injected(function, probe)
    assert outcome(other, argument) == outcome(function, argument)
    assert probe.lives == [["begin", "end"]]
    silent = injected(function, 0)
    run, run_other = (lambda f=f: outcome(f, argument) for f in (function, silent))
    assert traced(silent.__code__, run_other) == traced(function.__code__, run)
    if sys.version_info >= (3, 12):
        assert monitored(silent.__code__, run_other) == monitored(function.__code__, run)


@pytest.mark.parametrize("function, way", CASES, ids=name)
def test_what_can_be_paused_is_the_same_and_its_pauses_are_seen(function, way):
    probe = Probe()
    expected = way(function)
    assert way(injected(function, probe)) == expected
    gc.collect()
    assert_lives(probe.lives)
    assert bool(probe.lives) != (
        way.__name__ in ("never_begun", "never_awaited", "never_iterated", "thrown_at_first")
    )
    silent = injected(function, 0)
    run, run_other = (lambda f=f: way(f) for f in (function, silent))
    assert traced(silent.__code__, run_other) == traced(function.__code__, run)
    if sys.version_info >= (3, 12):
        assert monitored(silent.__code__, run_other) == monitored(function.__code__, run)


def test_a_pause_is_seen_where_a_yield_is():
    probe = Probe()

    def generator():
        try:
            yield 1
        except ValueError:
            yield 2

    it = injected(generator, probe)()
    next(it)
    assert probe.lives == [["begin", "pause"]]
    it.throw(ValueError)
    assert probe.lives == [["begin", "pause", "resume", "pause"]]
    it.close()
    del it
    assert_lives(probe.lives)


def test_a_pause_is_over_where_what_was_delegated_to_ends_by_an_exception():
    probe = Probe()

    def inner():
        try:
            yield 1
        except KeyError:
            return "ended"

    def outer():
        value = yield from inner()
        yield (value, probe.lives[0][:])

    it = injected(outer, probe)()
    next(it)
    assert it.throw(KeyError) == ("ended", ["begin", "pause", "resume"])


def all_code(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from all_code(constant)


def test_all_code_of_loaded_modules_can_be_rewritten_and_keeps_its_instructions():
    done = {False: 0, True: 0}
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None) or ""
        if not path.endswith(".py"):
            continue
        for code in all_code(compile(pathlib.Path(path).read_bytes(), path, "exec")):
            new = native.inject(code, 0)
            old, moved = instructions(code), iter(instructions(new))
            assert all(it in moved for it in old), code
            assert len(list(new.co_positions())) * 2 == len(new.co_code)
            done[bool(code.co_flags & 0x3A0)] += 1
    assert done[False] > 1000 and done[True] > 100


def test_recursion_reaches_the_same_depth():
    def depth(n):
        try:
            return depth(n + 1)
        except RecursionError:
            return n

    plain = depth(0)
    depth.__code__ = native.inject(depth.__code__, 0)
    assert depth(0) == plain


def test_calls_of_a_function_stay_specialised():
    def function(n):
        return n

    def loop():
        for i in range(100):
            function(i)

    native.set_code(function, native.inject(function.__code__, 0))
    assert function(7) == 7
    loop()
    calls = [it.opname for it in dis.get_instructions(loop, adaptive=True) if it.opname.startswith("CALL")]
    # What specialised instructions are called has changed; the one for any callable hasn't.
    assert calls[-1] not in ("CALL", "CALL_ADAPTIVE")
    assert calls[-1].startswith("CALL_PY")


def test_only_a_function_takes_a_code():
    with pytest.raises(TypeError, match="it isn't a function"):
        native.set_code(len, test_recursion_reaches_the_same_depth.__code__)
    with pytest.raises(TypeError):
        native.set_code(lambda: 0, 0)


def test_code_that_is_not_understood_is_refused_and_no_error_is_left():
    code = (lambda: 0).__code__
    with pytest.raises(ValueError, match="it jumps to the middle of an instruction"):
        jump = bytes([opcode.opmap["JUMP_FORWARD"], 100])
        native.inject(code.replace(co_code=code.co_code + jump), 0)
    with pytest.raises(ValueError, match="co_code"):
        native.inject(len, 0)
