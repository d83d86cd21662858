"""What the tests of functions written in C share."""

import os

import pytest

NATIVE = bool(os.environ.get("PROBE_TEST_NATIVE")) and os.environ.get("PROBE_ENGINE") != "python"
CALLABLE = 5  # the mechanism's number in docs/recording.md
native = pytest.mark.skipif(not NATIVE, reason="the native engine only")

#: Lines for a program: the engine's twins.
TWINS = """
import sys
_package = next(name for name in sys.modules if name.startswith("_probe_") and "." not in name)
twins = sys.modules[_package].STATE["session"].hooker.engine.twins
"""


def passes(runner, program, targets, **options):
    """Run a program that checks itself; return its result."""
    result = runner.run(program, targets, **options)
    assert (result.code, result.err) == (0, "")
    return result
