"""Runs modules of CPython's own tests and writes what came of them as JSON.

Run by `cargo xtask stdlib`, plainly, or with --rewrite: then calls are first put into every
plain function of the standard library that the tests have loaded, by the payload's own
assembler, and counted. With --tokens, all code is rewritten by the native engine's assembler, that
of the tests too; the token that it puts onto the value stack is a number there, so that nothing
but the instructions themselves can make a difference. Where the probe is installed, the answer
also says what it recorded; --reader names the folder with the reader of recordings.
"""

import argparse
import functools
import importlib.machinery
import importlib.util
import inspect
import json
import signal
import sys
import threading
import time
import types
import unittest
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

#: Modules that are left as they are: the tests themselves, and the debugger, which would trace
#: the calls in its own functions. The probe puts none in while a debugger is at work.
LEFT_OUT = ("test", "bdb", "pdb")

#: Functions that the probe doesn't rewrite either: generators and coroutines.
RESUMABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

#: How long threads that tests have left behind may take to end, in seconds.
PATIENCE = 10.0


class Calls:
    """Counts the calls of rewritten functions: begun, ended, failed.

    Exact with threads too: an interpreter with a global lock changes threads where functions
    begin, at calls and at backward jumps, and there is none between reading and storing here.
    """

    def __init__(self) -> None:
        self.counts = [0, 0, 0]

    def hooks(self) -> Tuple[types.FunctionType, ...]:
        """Return the functions that are called: begin, end, failed."""
        counts = self.counts

        def begin() -> None:
            counts[0] += 1

        def end(token: None) -> None:
            counts[1] += 1

        def failed(token: None) -> None:
            counts[2] += 1

        return begin, end, failed


class Result(unittest.TestResult):
    """Keeps the id of the running test in a file, for the case that it takes the process down."""

    def __init__(self, running: Path) -> None:
        super().__init__()
        self.running = running
        self.started: List[str] = []

    def startTest(self, test: unittest.TestCase) -> None:
        """Note the test."""
        self.running.write_text(test.id(), encoding="utf-8")
        self.started.append(test.id())
        super().startTest(test)


class Rewriting(NamedTuple):
    """What was done to the standard library."""

    #: Functions that got the calls.
    functions: int
    #: Functions that the assembler refused, each with its reason.
    refused: List[str]


def payload_module(folder: Path, name: str) -> types.ModuleType:
    """Load a module of the payload from its source, without its folder on sys.path."""
    spec = importlib.util.spec_from_file_location(f"_stdlib_{name}", folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def native_module(path: Path) -> types.ModuleType:
    """Load the native module from its file."""
    loader = importlib.machinery.ExtensionFileLoader("_native", str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("_native", loader))
    loader.exec_module(module)
    return module


def standard_modules() -> List[types.ModuleType]:
    """List the modules of the standard library that are loaded."""
    wanted = sys.stdlib_module_names.difference(LEFT_OUT)
    return [
        module
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] in wanted and isinstance(module, types.ModuleType)
    ]


def functions_within(value: object) -> Iterator[types.FunctionType]:
    """Yield the functions that a name of a module or class stands for."""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, types.FunctionType):
        yield value
    elif isinstance(value, property):
        yield from (
            part for part in (value.fget, value.fset, value.fdel) if isinstance(part, types.FunctionType)
        )
    elif isinstance(value, functools.cached_property) and isinstance(value.func, types.FunctionType):
        yield value.func
    if isinstance(value, (types.FunctionType, functools._lru_cache_wrapper)):
        wrapped = vars(value).get("__wrapped__")
        if wrapped is not None:
            yield from functions_within(wrapped)


def functions_of(
    namespace: Union[types.ModuleType, type], module: str, seen: set
) -> Iterator[types.FunctionType]:
    """Yield the functions that are defined in a module, also in its classes, each once."""
    for value in list(vars(namespace).values()):
        if isinstance(value, type):
            if value.__module__ == module and value not in seen:
                seen.add(value)
                yield from functions_of(value, module, seen)
            continue
        for function in functions_within(value):
            if function.__module__ == module and function not in seen:
                seen.add(function)
                yield function


def loaded_functions() -> List[types.FunctionType]:
    """List the functions of the standard library that are loaded."""
    seen = set()
    return [
        function for module in standard_modules() for function in functions_of(module, module.__name__, seen)
    ]


def rewrite_all(assembler: types.ModuleType, calls: Calls) -> Rewriting:
    """Put the calls into every plain function of the standard library that is loaded."""
    hooks = calls.hooks()
    # All are found first: finding them calls some of them.
    found = [function for function in loaded_functions() if not function.__code__.co_flags & RESUMABLE]
    refused = []
    for function in found:
        try:
            function.__code__ = assembler.inject(function.__code__, *hooks)
        except assembler.Unsupported as reason:
            refused.append(f"{function.__module__}.{function.__qualname__}: {reason}")
    return Rewriting(len(found) - len(refused), refused)


class Natively:
    """Rewrites code by the native module, with the code that is nested in it."""

    def __init__(self, native: types.ModuleType) -> None:
        self.inject = native.inject
        self.functions = 0
        self.refused: List[str] = []

    def rewrite(self, code: types.CodeType) -> types.CodeType:
        """Return the code with a token in it and in all that is nested in it."""
        if any(isinstance(constant, types.CodeType) for constant in code.co_consts):
            constants = tuple(
                self.rewrite(constant) if isinstance(constant, types.CodeType) else constant
                for constant in code.co_consts
            )
            code = code.replace(co_consts=constants)
        try:
            new = self.inject(code, 0)
        except ValueError as reason:
            self.refused.append(f"{code.co_filename}:{code.co_name}: {reason}")
            return code
        self.functions += 1
        return new

    def rewrite_all(self) -> None:
        """Rewrite what is loaded, and from now on all that is imported: tests too."""
        for function in loaded_functions():
            function.__code__ = self.rewrite(function.__code__)
        loader = importlib.machinery.SourceFileLoader
        get_code = loader.get_code

        def rewritten(self_: importlib.machinery.SourceFileLoader, name: str) -> types.CodeType:
            return self.rewrite(get_code(self_, name))

        loader.get_code = rewritten


def load(names: List[str]) -> unittest.TestSuite:
    """Load the tests of these modules; what can't be loaded becomes a test that fails."""
    loader = unittest.defaultTestLoader
    return unittest.TestSuite([loader.loadTestsFromName(f"test.{name}") for name in names])


def failures(result: unittest.TestResult) -> Dict[str, str]:
    """Return the last line of each failure by the id of its test; subtests count as their test."""
    failed = {}
    for test, text in result.failures + result.errors:
        test = getattr(test, "test_case", test)
        failed[test.id()] = text.strip().rpartition("\n")[2]
    for test in result.unexpectedSuccesses:
        failed[test.id()] = "it was expected to fail and didn't"
    return failed


def outcomes(result: Result) -> Dict[str, str]:
    """Return how each test ended, by its id; what is skipped as a whole has an id of its own."""
    ended = dict.fromkeys(result.started, "passed")
    for outcome, tests in (
        ("skipped", result.skipped),
        ("failed as expected", result.expectedFailures),
        ("failed", result.failures),
        ("broke", result.errors),
        ("passed unexpectedly", [(test, "") for test in result.unexpectedSuccesses]),
    ):
        for test, _ in tests:
            # Of a test with subtests the worst counts; a skipped subtest says nothing of the rest.
            if outcome != "skipped" or not hasattr(test, "test_case"):
                ended[getattr(test, "test_case", test).id()] = outcome
    return ended


def recorded(reader: Path) -> Optional[Dict[str, object]]:
    """Return the probe's engine, and the functions and calls in this process's recording."""
    packages = [name for name in sys.modules if name.startswith("_probe_") and "." not in name]
    if not packages:
        return None
    description = sys.modules[packages[0]].describe()
    functions = {}
    if description["recording"]:
        sys.path.append(str(reader))
        functions = __import__("reading").read(description["recording"])["functions"]
    calls = [entry["calls"] for entry in functions.values() if entry["calls"]]
    return {"engine": description["engine"], "functions": len(calls), "calls": sum(calls)}


def wait_for_threads() -> None:
    """Let the threads that tests have left behind end: calls are running in them."""
    deadline = time.monotonic() + PATIENCE
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.01)


def main() -> None:
    """Run the tests and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewrite", metavar="FOLDER", type=Path, help="where the payload's modules are")
    parser.add_argument("--tokens", metavar="FILE", type=Path, help="the native module, to rewrite with")
    parser.add_argument("--reader", metavar="FOLDER", type=Path, help="where the reader of recordings is")
    parser.add_argument("result", type=Path, help="the file to write")
    parser.add_argument("tests", nargs="+", help="modules like test_json")
    arguments = parser.parse_args()
    # Tests look at sys.argv; it is to be the same in both ways.
    del sys.argv[1:]

    # A shell starts what runs in the background with SIGINT ignored, and tests wait for it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    calls = Calls()
    rewriting: Optional[Rewriting] = None
    if arguments.rewrite is not None:
        payload_module(arguments.rewrite, "recursion").allow_callbacks()
    natively: Optional[Natively] = None
    if arguments.tokens is not None:
        natively = Natively(native_module(arguments.tokens))
        natively.rewrite_all()
    suite = load(arguments.tests)
    if arguments.rewrite is not None:
        rewriting = rewrite_all(payload_module(arguments.rewrite, "assembler"), calls)

    outcome = Result(arguments.result.with_name("running"))
    suite.run(outcome)
    wait_for_threads()
    if natively is not None:
        rewriting = Rewriting(natively.functions, natively.refused)
    begun, ended, failed = calls.counts

    answer = {
        "tests": outcome.testsRun,
        "failed": failures(outcome),
        "outcomes": outcomes(outcome),
        "rewriting": None,
        "probe": recorded(arguments.reader) if arguments.reader is not None else None,
    }
    if rewriting is not None:
        answer["rewriting"] = {**rewriting._asdict(), "begun": begun, "ended": ended, "failed": failed}
    arguments.result.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
