"""Keep the depth of recursion that a program reaches, although the probe takes frames too.

A callback needs a frame at the deepest point, a forwarder one more for each call. The real
limit is set higher, and `sys.getrecursionlimit` and `sys.setrecursionlimit` go on speaking
of the program's own: https://docs.python.org/3/library/sys.html#sys.setrecursionlimit
"""

import sys

#: Frames that a callback and what it calls can take at the deepest point.
CALLBACK_FRAMES = 8
#: Calls for which a forwarder's frame is made up for. Not all of a limit raised very high:
#: before 3.12 each frame takes C stack as well, and a program that runs away must still end
#: in a RecursionError and not in a crash.
FORWARDED_CALLS = 3000
#: Limits above it are left to Python, which refuses those that a C int can't hold.
_LARGEST = (1 << 31) - 8192

_set = sys.setrecursionlimit
_get = sys.getrecursionlimit
_forwarders = False
_installed = False


def _real(limit: int) -> int:
    return limit + CALLBACK_FRAMES + (min(limit, FORWARDED_CALLS) if _forwarders else 0)


def allow_callbacks() -> None:
    """Make room for callbacks at the deepest point."""
    _install()


def allow_forwarders() -> None:
    """Make room for a forwarder's frame in each call."""
    global _forwarders
    program = sys.getrecursionlimit() if _installed else _get()
    _forwarders = True
    _install()
    _set(_real(program))


def _install() -> None:
    global _installed
    if _installed:
        return
    program = _get()

    def setrecursionlimit(limit, /):
        """Set the maximum depth of the Python interpreter stack to n."""
        nonlocal program
        if not isinstance(limit, int) or limit < 1 or limit > _LARGEST:
            _set(limit)  # raises what it always has, or takes what is no int or too large to add to
            program = _get()
            if program <= _LARGEST:
                _set(_real(program))
            return
        _set(_real(limit))
        program = int(limit)

    def getrecursionlimit():
        """Return the current value of the recursion limit."""
        return program

    for function in (setrecursionlimit, getrecursionlimit):
        function.__module__ = "sys"
        function.__qualname__ = function.__name__
    _set(_real(program))
    sys.setrecursionlimit, sys.getrecursionlimit = setrecursionlimit, getrecursionlimit
    _installed = True
