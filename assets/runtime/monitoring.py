"""Emit the events of hooked code through `sys.monitoring`: from Python 3.12, in place.

The function, its code and the depth of recursion stay as they were. Tool ids are shared
with debuggers and coverage: 4 is taken, or 3.
https://docs.python.org/3/library/sys.monitoring.html
"""

import sys

from . import main_module

NAME = "probe"
_WANTED_IDS = (4, 3)


class Unavailable(Exception):
    """`sys.monitoring` can't be had; the text says why."""


class Emitter:
    """Turns events on for single code objects."""

    mechanism = "monitoring"
    reaches_nested = True

    def __init__(self, callbacks: dict) -> None:
        """Take a tool id and register the callbacks; raises Unavailable."""
        monitoring = getattr(sys, "monitoring", None)
        if monitoring is None:
            raise Unavailable("Python %d.%d has no sys.monitoring" % sys.version_info[:2])
        for tool in _WANTED_IDS:
            if monitoring.get_tool(tool) is None:
                break
        else:
            raise Unavailable("other tools hold the ids 3 and 4 of sys.monitoring")
        monitoring.use_tool_id(tool, NAME)
        self.monitoring, self.tool, self.callbacks = monitoring, tool, callbacks
        events = monitoring.events
        names = {
            "start": events.PY_START,
            "leave": events.PY_RETURN,
            "pause": events.PY_YIELD,
            "resume": events.PY_RESUME,
            "unwind": events.PY_UNWIND,
        }
        for name, event in names.items():
            if name in callbacks:
                monitoring.register_callback(tool, event, callbacks[name])
        if "resume" in callbacks:
            monitoring.register_callback(tool, events.PY_THROW, callbacks["resume"])

        def local(*wanted: str) -> int:
            return sum(names[name] for name in wanted if name in callbacks)

        self.plain = local("start", "leave")
        self.resumable = local("start", "leave", "pause", "resume")
        exceptional = local("unwind") | (events.PY_THROW if "resume" in callbacks else 0)
        if sys.version_info >= (3, 15):
            self.plain |= local("unwind")
            self.resumable |= exceptional
        else:
            # Known globally only before 3.15; the callbacks look for hooked code first.
            monitoring.set_events(tool, exceptional)

    def hook(self, function, code, shape: int) -> None:
        """Turn on the events of a code object, whichever functions run it."""
        self.monitoring.set_local_events(self.tool, code, self.resumable if shape else self.plain)

    def watch_main(self, hook_main) -> None:
        """Call `hook_main(code)` when the code of `__main__` starts.

        Until then every start of a function is looked at, which at start-up is a few dozen.
        """
        monitoring, tool = self.monitoring, self.tool
        event = monitoring.events.PY_START
        start = self.callbacks["start"]
        patience = main_module.PATIENCE

        def end_of_wait():
            monitoring.register_callback(tool, event, start)
            monitoring.set_events(tool, monitoring.get_events(tool) & ~event)

        def start_or_main(code, offset):
            nonlocal patience
            patience -= 1
            if patience < 0:
                end_of_wait()
            elif code.co_name == "<module>" and main_module.is_main(sys._getframe(1).f_globals):
                end_of_wait()
                hook_main(code)
                return None
            return start(code, offset)

        monitoring.register_callback(tool, event, start_or_main)
        monitoring.set_events(tool, monitoring.get_events(tool) | event)
