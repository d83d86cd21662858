"""One run of a generator or coroutine: its wall time, and the part in which it ran.

A run is bound to its frame by the frame's `f_trace` slot, which only tracers read: it is
found there at each resumption, and goes when the frame goes. So a generator that is closed
or collected while suspended is counted too, where the interpreter tells nobody
(https://github.com/python/cpython/issues/140373).
"""

import sys

#: The frame `depth` calls above the caller's own; its `f_trace` may be a `Run`.
frame_at = sys._getframe


class _Run:
    """From the first resumption to the end; times in ns."""

    __slots__ = ("hook", "node", "since", "resumed", "active", "children", "finish", "generation")
    ended = False

    def __init__(self, hook, node, now: int, finish, generation: int) -> None:
        self.hook = hook
        self.node = node
        self.since = self.resumed = now
        self.active = self.children = 0
        self.finish = finish
        self.generation = generation

    def __call__(self, frame, event, argument) -> "_Run":
        """Stand in for a local trace function, should a tracer find one here."""
        return self


class Run(_Run):
    """One that hasn't ended: it does at the latest when its frame goes."""

    __slots__ = ()

    def __del__(self) -> None:
        try:
            # The collector may finalize a run before its generator, which then is closed, and
            # resumed for that: by then the run has ended, and what ends it again isn't counted.
            self.finish(self)
        except Exception:
            pass  # the modules may be gone at shutdown, and fields where an exception struck `__init__`


class EndedRun(_Run):
    """One that has ended, which a `Run` becomes.

    It has no `__del__`: nothing of the program's that strikes there (see `struck`) would reach it.
    """

    __slots__ = ()
    ended = True


def bind(run: Run, depth: int) -> None:
    """Bind a run to the frame `depth` calls above the caller's own."""
    frame_at(depth + 1).f_trace = run
