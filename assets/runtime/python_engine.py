"""The pure-Python engine: the way that a function is timed by it is decided here.

| Python | way | reaches |
|---|---|---|
| 3.12 and later | `sys.monitoring` | functions, methods, nested functions, `__main__` |
| the same, called often | calls injected into the code | plain functions and methods |
| 3.12 and later, tool ids taken by others | forwarder | functions, methods |
| 3.8 to 3.11, PyPy | forwarder | functions, methods |
"""

import sys

from . import discovery, injection, is_foreign, layout, monitoring, plan, recursion
from .recorder import Hook, Recorder

_MAIN_UNREACHED = "functions of __main__ need Python 3.12 or the native engine"


class Engine:
    """Owns the recorder and the emitter of this interpreter."""

    name = "python"
    reaches_builtins = False  # functions written in C

    def __init__(self, targets, why: "list[str]") -> None:
        """Set the engine up; reasons for what it can't do go to `why`."""
        self.targets = targets
        self.why = why
        self.recorder = Recorder(why.append)
        if plan.DETAIL == "count":
            from .counting import make_events
        elif plan.DETAIL == "time":
            from .timing import make_events
        else:
            from .tree import make_events
        callbacks = make_events(self.recorder)
        try:
            self.emitter = monitoring.Emitter(callbacks)
            recursion.allow_callbacks()
        except monitoring.Unavailable as unavailable:
            if sys.version_info >= (3, 12):
                why.append("functions are forwarded, not monitored: %s" % unavailable)
            from . import forwarding

            self.emitter = forwarding.Emitter(callbacks, self._guard())
        self.reaches_nested = self.emitter.reaches_nested
        self.promotes = (
            self.emitter.mechanism == "monitoring" and plan.DETAIL != "count" and injection.is_possible()
        )

    def recording_path(self) -> "str | None":
        """Return the path of this process's recording; None where there is none (yet)."""
        recording = self.recorder.recording
        return recording.path if recording is not None else None

    def troubles(self) -> "list[str]":
        """Return nothing more: reasons went to `why` as they were met."""
        return []

    def watch_main(self, hook_main) -> None:
        """Call `hook_main(code)` when the code of `__main__` starts, before it defines anything."""
        if self.emitter.reaches_nested:
            self.emitter.watch_main(hook_main)
            return
        self.why.append(_MAIN_UNREACHED)
        for target, parts in self.targets.explicit("__main__"):
            name = "__main__:" + ".".join(parts)
            self.recorder.announce(name, 0, target, 0, _MAIN_UNREACHED)

    def hook(self, found: "discovery.Found") -> None:
        """Time a callable from now on, or announce why it can't be."""
        recorder, emitter = self.recorder, self.emitter
        if found.why:
            recorder.announce(found.name, found.shape, found.target, 0, found.why)
            return
        code, function = found.code, found.function
        if id(code) in recorder.made or (function is not None and function.__code__ is not code):
            return  # hooked before, or since it was found: hooking imports, which may hook
        if function is not None and self._is_shared(code, function):
            code = function.__code__ = code.replace()
            recorder.made[id(code)] = code
        elif id(code) in recorder.hooks:
            return
        mechanism = layout.MECHANISMS[emitter.mechanism]
        try:
            emitter.hook(function, code, found.shape)
        except (TypeError, ValueError) as error:
            if is_foreign(error):
                raise
            recorder.announce(found.name, found.shape, found.target, 0, "it can't be hooked: %s" % error)
            return
        if function is not None and function.__code__ is not code:
            forwarder = function.__code__
            recorder.made[id(forwarder)] = forwarder
        hook = Hook(code, found.name, found.shape, found.target, mechanism, function)
        if self.promotes:
            hook.promote_at = injection.AFTER
        recorder.add(hook)

    def _is_shared(self, code, function) -> bool:
        # Functions that a decorator made share one code, which other modules may use too: each
        # gets its own. A function that has a forwarder doesn't come this far.
        if self.emitter.mechanism == "forwarder":
            return id(code) in self.recorder.hooks
        return "<" in code.co_qualname or code.co_qualname != function.__qualname__

    def _guard(self):
        recorder = self.recorder
        if sys.version_info >= (3, 10):
            return lambda callback: callback

        def guard(callback):
            # Threads switch between any two instructions before 3.10. The lock is one that a
            # signal handler may take again.
            def guarded(*arguments):
                with recorder.guard:
                    return callback(*arguments)

            return guarded

        return guard
