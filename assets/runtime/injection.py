"""Promote functions that are called often from monitored events to calls in their own code.

A callback of `sys.monitoring` costs about twice what a call inlined by the interpreter does.
So a function starts out monitored, which changes nothing about it, and when it has been
called `AFTER` times its code gets the calls (see `assembler`): the function object, its
depth of recursion and its tracebacks stay what they were. Calls that run meanwhile end in
the code that they began in.
"""

import sys
from builtins import id  # the app may replace it later

#: Calls after which rewriting a function (some 0.2 ms) is worth it.
AFTER = 500
#: Ids of `sys.monitoring`'s debugger, coverage and profiler: whoever looks at single lines or
#: calls would see ours.
_WATCHERS = (0, 1, 2)


def promote(hook, made: dict) -> None:
    """Put the calls into the code of the hook's function, or say when to look again (0: never).

    `made` takes in the new code by its id, so that it is known for ours.
    """
    hook.promote_at = hook.starts * 2  # also where an exception of the program's strikes here
    if _is_settled(hook, made):
        hook.promote_at = 0


def _is_settled(hook, made: dict) -> bool:
    # Puts the calls in, or finds that they never can be.
    function = hook.function
    if function is None or hook.resumable or function.__code__ is not hook.code:
        return True
    if "greenlet" in sys.modules:
        return True  # calls that began before and after would run side by side, and end in any order
    if _is_watched():
        return False
    assembler = sys.modules[__package__ + ".assembler"]
    try:
        code = assembler.inject(hook.code, hook.begin, hook.end, hook.failed)
    except assembler.Unsupported:
        return True  # it goes on being monitored
    made[id(code)] = code
    function.__code__ = code
    return True


def is_possible() -> bool:
    """Tell whether functions can be promoted in this interpreter, and load what that needs."""
    if sys.implementation.name != "cpython" or not (3, 12) <= sys.version_info < (3, 16):
        return False
    try:
        # Not at the promotion itself: that happens within a call of the app's, where an import
        # may find no descriptor left.
        from . import assembler  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _is_watched() -> bool:
    if sys.gettrace() is not None or sys.getprofile() is not None:
        return True
    return [sys.monitoring.get_tool(tool) for tool in _WATCHERS] != [None] * len(_WATCHERS)
