"""The native engine: the way that a function is timed by it is decided here.

| Python | way | reaches |
|---|---|---|
| 3.11 and later | two instructions injected into the code | all Python functions |
| 3.8 to 3.10 | the interpreter's frame evaluation hook | all Python functions |
| all | a twin in the place of the original | functions and methods written in C |

A nested function, or one of `__main__`, is hooked before it is made: its code is a constant of
the code around it, and is exchanged there. What a call costs and records is in `_native`
(assets/native in the source).
"""

import _thread
import os
import sys
from builtins import id  # the app may replace it later

from . import _native, discovery, ending, layout, plan, store

_FRAMES = sys.version_info < (3, 11)
_MECHANISM = layout.MECHANISMS["frame" if _FRAMES else "injection"]


class Unavailable(Exception):
    """The native engine can't work here; the text says why."""


class Engine:
    """The hooked functions of this interpreter; the recording is the native module's."""

    name = "native"
    reaches_nested = reaches_builtins = True

    def __init__(self, targets, why: "list[str]") -> None:
        """Set the engine up; raises Unavailable."""
        self.targets = targets
        self.why = why
        self.lock = _thread.RLock()
        self.ready = self.unusable = False
        self.hooked: dict = {}  # id of a code that is ours, or is watched -> the code
        self.versions: dict = {}  # id of a code -> the codes made of it, with a probe in them
        self.undo: list = []  # (function, its code before)
        self.twins = None  # of functions written in C, where there are any

    def recording_path(self) -> "str | None":
        """Return the path of this process's recording; None where there is none (yet)."""
        path = _native.place()[0] if self.ready else None
        return os.fsdecode(path) if path else None

    def watch_main(self, hook_main) -> None:
        """Call `hook_main(code)` when the code of `__main__` starts, before it defines anything."""
        from . import main_module

        main_module.wait(hook_main)

    def hook(self, found: "discovery.Found") -> None:
        """Time a callable from now on, or announce why it can't be."""
        with self.lock:
            if not self._is_ready():
                return
            if found.why:
                self._announce(found, found.why)
                return
            if found.builtin is not None:
                self._hook_builtin(found)
                return
            code, function = found.code, found.function
            if id(code) in self.hooked or (function is not None and function.__code__ is not code):
                return  # hooked before, or since it was found: hooking imports, which may hook
            try:
                self._hook(found, code, function)
            except (TypeError, ValueError, RuntimeError) as error:
                self._announce(found, "it can't be hooked: %s" % error)

    def _hook(self, found: "discovery.Found", code, function) -> None:
        if _FRAMES:
            if function is not None and self._is_shared(code, function):
                code = function.__code__ = code.replace()
            _native.watch_frames(code, self._probe(found))
            self.hooked[id(code)] = code
            return
        made = _native.inject(code, self._probe(found))
        if function is None:
            self._replace_constant(found.container, code, made)
        else:
            function.__code__ = made
            self.undo.append((function, code))
        self.hooked[id(made)] = made
        self.versions.setdefault(id(code), [code]).append(made)

    def _hook_builtin(self, found: "discovery.Found") -> None:
        if self.twins is None:
            from . import twins

            self.twins = twins.Twins()
        try:
            self.twins.exchange(
                _bytes(found.name), found.target, found.holder, found.attribute, found.builtin
            )
        except (TypeError, ValueError, RuntimeError) as error:
            self._announce(found, "it can't be hooked: %s" % error)

    def _is_shared(self, code, function) -> bool:
        # Functions that a decorator made share one code, which other modules may use too: each
        # gets its own.
        if sys.version_info >= (3, 11):
            return False
        return "<locals>" in function.__qualname__ or code.co_name != function.__name__

    def _probe(self, found: "discovery.Found"):
        return _native.hook(_bytes(found.name), found.shape, found.target, _MECHANISM)

    def _announce(self, found: "discovery.Found", why: str) -> None:
        _native.announce(_bytes(found.name), found.shape, found.target, 0, _bytes(why))

    def _replace_constant(self, container, code, made) -> None:
        # Where the code around it is hooked as well it has two versions, and each has constants
        # of its own; calls that run meanwhile are in the first.
        replaced = 0
        for version in self.versions.get(id(container), [container]):
            replaced += _native.replace_constant(version.co_consts, code, made)
        if not replaced:
            raise ValueError("its code isn't among the constants of the code around it")

    def _is_ready(self) -> bool:
        # The recording is made by the first function that is hooked, not before.
        if self.ready or self.unusable:
            return self.ready
        try:
            folder = os.fsencode(store.prepare())
        except (store.Unusable, OSError) as error:
            self.unusable = True
            self.why.append("nothing is recorded: %s" % error)
            return False
        _native.configure(
            layout.DETAILS[plan.DETAIL],
            folder,
            layout.python_version(),
            0,
            plan.MAX_FUNCTIONS,
            plan.MAX_NODES,
            plan.MAX_BYTES,
        )
        self.ready = True
        ending.at_exit(self, _native.end)
        return True


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")[:4000]
