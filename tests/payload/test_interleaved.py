"""Stacks that switch within a thread without telling, as greenlets do: no call is lost.

Greenlets need a C extension, so the calls are begun and ended here in the order that a switch
would make of them.
"""

import pytest
from running import MECHANISM, NATIVE

APP = """
def first(resume):
    resume()
    return 1

def second():
    return 2
"""
PROGRAM = """
import sys, types
# The payload asks for the module only.
sys.modules["greenlet"] = types.ModuleType("greenlet")
import app

package = next(name for name in sys.modules if name.startswith("_probe_") and "." not in name)
app.first(app.second)
if NATIVE:
    first, second = app.first.__code__.co_consts[-1], app.second.__code__.co_consts[-1]
    for _ in range(100):
        one = -first
        other = -second
        del one
        another = -first
        del other
        del another
else:
    engine = sys.modules[package].STATE["session"].hooker.engine
    hooks = {hook.name: hook for hook in engine.recorder.hooks.values()}
    first, second = hooks["app:first"], hooks["app:second"]
    for _ in range(100):
        one = first.begin()
        other = second.begin()
        first.end(one)
        another = first.begin()
        second.end(other)
        first.end(another)
print(sys.modules[package].STATE["why"])
"""


@pytest.mark.skipif(MECHANISM == 6, reason="a frame's evaluation begins and ends the call itself")
def test_calls_that_end_out_of_turn_are_counted(runner):
    for detail in ("time", "tree"):
        result = runner.run(PROGRAM.replace("NATIVE", str(NATIVE)), ["app:*"], detail, {"app.py": APP})
        assert (result.code, result.out, result.err) == (0, "[]\n", "")
        assert result.counts() == {"app:first": (201, 0), "app:second": (101, 0)}
