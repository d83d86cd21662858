"""Tell when the code of `__main__` starts, before it has defined anything.

From 3.12 by an event of `sys.monitoring`, before by the interpreter's frame evaluation hook;
either is taken for that moment only.
"""

import os
import sys

_NAME = "probe, until __main__ starts"
#: Starts of functions after which no main module is expected any more: the interpreter is part of
#: another program. `site` and `runpy` need a few dozen.
PATIENCE = 20_000


def wait(hook_main) -> None:
    """Call `hook_main(code)` once, when the main module starts."""

    def look(code, names: dict) -> bool:
        # True ends the wait.
        if code.co_name != "<module>":
            return False
        if not is_main(names):
            return False
        hook_main(code)
        return True

    if sys.version_info >= (3, 12):
        _wait_by_monitoring(look)
    else:
        from . import _native

        _native.wait_for_main(look, sys.modules["__main__"].__dict__)


def _wait_by_monitoring(look) -> None:
    monitoring = sys.monitoring
    tool = next((tool for tool in (4, 3, 5, 2, 1, 0) if monitoring.get_tool(tool) is None), None)
    if tool is None:
        raise RuntimeError("functions of __main__ can't be timed: all ids of sys.monitoring are taken")
    event = monitoring.events.PY_START
    monitoring.use_tool_id(tool, _NAME)
    patience = PATIENCE

    def start(code, offset):
        nonlocal patience
        patience -= 1
        is_main = code.co_name == "<module>" and look(code, sys._getframe(1).f_globals)
        if is_main or patience < 0:
            monitoring.set_events(tool, 0)
            monitoring.register_callback(tool, event, None)
            monitoring.free_tool_id(tool)

    monitoring.register_callback(tool, event, start)
    monitoring.set_events(tool, event)


def is_main(names: dict) -> bool:
    """Tell whether these are the globals of the module that the program takes for its main one."""
    name = names.get("__name__")
    # A child of multiprocessing runs its parent's main module under another name.
    return name == "__mp_main__" or (name == "__main__" and not _is_multiprocessing_child())


def _is_multiprocessing_child() -> bool:
    arguments = getattr(sys, "orig_argv", None)
    if arguments is None:  # before 3.10
        from . import identity

        arguments = os.fsdecode(identity.command_line()).split("\0")
    command = " ".join(arguments)
    return "--multiprocessing-fork" in command or "from multiprocessing.forkserver import main" in command
