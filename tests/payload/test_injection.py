"""Functions with calls in their code behave, trace and fail as they did without."""

import contextlib
import importlib.util
import pathlib
import sys
import traceback
import types

import pytest
from running import ENGINE

RUNTIME = pathlib.Path(__file__).parents[2] / "assets" / "runtime"
pytestmark = [
    pytest.mark.skipif(ENGINE != "python", reason="nothing here is the native engine's"),
    pytest.mark.skipif(
        not (3, 12) <= sys.version_info < (3, 16), reason="code is injected on Python 3.12 to 3.15"
    ),
]
if (3, 12) <= sys.version_info < (3, 16):
    spec = importlib.util.spec_from_file_location("assembler", RUNTIME / "assembler.py")
    assembler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(assembler)
    from injected_functions import FUNCTIONS
else:
    FUNCTIONS = []


class Counter:
    def __init__(self):
        self.begun, self.ended, self.failures = 0, [], []

    def inject(self, function):
        def begin():
            self.begun += 1
            return self.begun

        code = assembler.inject(function.__code__, begin, self.ended.append, self.failures.append)
        return types.FunctionType(
            code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )


def outcome(function, argument):
    try:
        return function(argument), None
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        where = [(frame.name, frame.lineno, frame.colno, frame.end_colno) for frame in frames]
        return repr(error), repr(error.__cause__), where


def lines_run(function, argument, ignored):
    lines = []

    def local(frame, event, _):
        lines.append((event, frame.f_lineno))
        return local

    def trace(frame, event, _):
        return local if frame.f_code.co_name == function.__name__ else None

    sys.settrace(trace)
    try:
        with contextlib.suppress(Exception):
            function(argument)
    finally:
        sys.settrace(None)
    return lines


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda it: getattr(it, "__name__", None))
@pytest.mark.parametrize("argument", range(8))
def test_results_tracebacks_and_lines_are_the_same(function, argument):
    counter = Counter()
    injected = counter.inject(function)
    expected = outcome(function, argument)
    assert outcome(injected, argument) == expected
    assert counter.begun == 1
    failed = expected[1] is not None or len(expected) == 3
    assert (counter.ended, counter.failures) == (([], [1]) if failed else ([1], []))
    assert lines_run(injected, argument, counter) == lines_run(function, argument, counter)


def test_every_function_of_the_standard_library_that_is_loaded_can_be_rewritten():
    done = 0
    for module in list(sys.modules.values()):
        for value in list(getattr(module, "__dict__", {}).values()):
            members = list(vars(value).values()) if isinstance(value, type) else [value]
            for member in members:
                if not isinstance(member, types.FunctionType) or member.__code__.co_flags & 0x2A0:
                    continue
                code = assembler.inject(member.__code__, len, len, len)
                assert [it[0] for it in code.co_positions() if it[0]] != [] or not code.co_code
                done += 1
    assert done > 1000


def test_a_generator_is_refused():
    def generator():
        yield 1

    with pytest.raises(assembler.Unsupported):
        assembler.inject(generator.__code__, len, len, len)


def test_recursion_reaches_the_same_depth():
    def depth(n):
        try:
            return depth(n + 1)
        except RecursionError:
            return n

    plain = depth(0)
    # Calls into C take no frame of Python's, as the probe's own room for frames would have it.
    depth.__code__ = assembler.inject(depth.__code__, dict, id, id)
    assert depth(0) == plain
