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

from . import _native, discovery, ending, is_foreign, layout, plan, store, trial

_FRAMES = sys.version_info < (3, 11)
_MECHANISM = layout.MECHANISMS["frame" if _FRAMES else "injection"]


class Unavailable(Exception):
    """The native engine can't work here; the text says why."""


class Engine:
    """The hooked functions of this interpreter; the recording is the native module's."""

    name = "native"
    reaches_nested = reaches_builtins = True

    def __init__(self, targets, why: "list[str]") -> None:
        """Set the engine up and try it; raises Unavailable."""
        self.targets = targets
        self.why = why
        self.lock = _thread.RLock()
        self.ready = self.unusable = False
        self.hooked: dict = {}  # id of a code that is ours, or is watched -> the code
        self.copies: dict = {}  # id of a code that was made for one function -> the code
        self.versions: dict = {}  # id of a code -> the codes made of it, with a probe in them
        self.twins = None  # of functions written in C, where there are any
        try:
            _native.configure(
                layout.DETAILS[plan.DETAIL],
                layout.python_version(),
                0,
                plan.MAX_FUNCTIONS,
                plan.MAX_NODES,
                plan.MAX_BYTES,
            )
            _native.set_own_cost(trial.try_out(_native, _time))
        except Exception as error:
            if is_foreign(error):
                raise
            raise Unavailable("the native engine doesn't work here: %s" % error) from None

    def recording_path(self) -> "str | None":
        """Return the path of this process's recording; None where there is none (yet)."""
        path = _native.place()[0] if self.ready else None
        return os.fsdecode(path) if path else None

    def troubles(self) -> "list[str]":
        """Return why nothing is recorded, where the native module found that out."""
        why = _native.place()[1] if self.ready else None
        return ["nothing is recorded: %s" % os.fsdecode(why)] if why else []

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
            if function is not None and function.__code__ is not code:
                return  # hooked since it was found: hooking imports, which may hook
            if (
                _FRAMES
                and function is not None
                and id(code) not in self.copies
                and _is_shared(code, function)
            ):
                code = function.__code__ = code.replace()
                self.copies[id(code)] = code
            elif id(code) in self.hooked:
                return
            try:
                self._hook(found, code, function)
            except (TypeError, ValueError, RuntimeError) as error:
                if is_foreign(error):
                    raise
                self._announce(found, "it can't be hooked: %s" % error)

    def _hook(self, found: "discovery.Found", code, function) -> None:
        probe = _native.hook(_bytes(found.name), found.shape, found.target, _MECHANISM)
        if _FRAMES:
            _native.watch_frames(code, probe)
            self.hooked[id(code)] = code
            return
        if function is None:
            made = _native.inject(code, probe)
            self._replace_constant(found.container, code, made)
        else:
            made = _time(function, probe)
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
            if is_foreign(error):
                raise
            self._announce(found, "it can't be hooked: %s" % error)

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
            terms = store.terms(store.prepare(self.why.append))
        except (store.Unusable, OSError) as error:
            if is_foreign(error):
                raise
            self.unusable = True
            self.why.append("nothing is recorded: %s" % error)
            return False
        _native.record_in(*terms)
        self.ready = True
        ending.at_exit(self, _native.end)
        ending.at_exit_of_children(self, _native.end)
        return True


def _time(function, probe):
    # Returns the code that is timed.
    if _FRAMES:
        _native.watch_frames(function.__code__, probe)
    else:
        _native.set_code(function, _native.inject(function.__code__, probe))
    return function.__code__


def _is_shared(code, function) -> bool:
    # Functions that a decorator made share one code, which other modules may use too: where codes
    # are watched, each function gets its own.
    return "<locals>" in function.__qualname__ or code.co_name != function.__name__


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")[:4000]
