"""Keep what a process records: its hooked functions, its recording, and a child's new one.

The slow paths of every detail live here: making the recording when the first function is
hooked, giving a function its block at its first call, and starting anew after a fork. The
fast paths are in `counting`, `timing` and `tree`.
"""

import _thread
import os
import sys
from builtins import id  # the app may replace it later

from . import ending, is_foreign, layout, plan, store, struck
from .recording import Full, Recording


class Hook:
    """One hooked code object and its record block; `view` is a sink where there is no room."""

    __slots__ = (
        "code", "name", "shape", "target", "mechanism", "resumable", "function",
        "begun", "total", "active", "errors", "least", "most", "slots", "view",
        "generation", "number", "orphan", "floor", "next_look",
        "begin", "end", "failed", "starts", "promote_at",
    )  # fmt: skip

    def __init__(self, code, name: str, shape: int, target: int, mechanism: int, function=None) -> None:
        self.code = code
        self.name = name
        self.shape = shape
        self.target = target
        self.mechanism = mechanism
        self.resumable = shape != 0
        self.function = function
        self.generation = 0
        self.floor = 0  # calls that began earlier than this, in ns, are the parent process's
        self.next_look = 0  # calls that began later look at the control word
        self.begin = self.end = self.failed = None  # record a call; made by the detail's events
        self.starts = 0
        self.promote_at = 0  # at which number of starts to look at `injection`
        self.forget()

    def forget(self) -> None:
        """Start counting from zero, in no recording."""
        self.begun = self.total = self.active = self.errors = self.most = 0
        self.least = layout.ALL_ONES
        self.slots = None
        self.view = None
        self.number = -1
        self.orphan = None


class Recorder:
    """This process's recording, made when it is first needed, and all hooks."""

    def __init__(self, fail) -> None:
        self.fail = fail  # takes a text; keeps it for describe()
        self.hooks: dict = {}  # id of a code object -> Hook
        self.made: dict = {}  # id of a code that was made for one function -> the code
        self.recording = None
        self.refused = False
        self.failures = 0
        self.generation = 1
        self.lock = _thread.RLock()
        self.numbers: dict = {}  # name -> its number in the recording, -1 where there was no room
        self.on_fork: list = []
        self.guard = _thread.RLock()  # for callbacks, before Python 3.10
        self.max_nodes = plan.MAX_NODES
        self.count_only = plan.DETAIL == "count"
        self.words = layout.COUNT_BLOCK if self.count_only else layout.RECORD_BLOCK
        self.control = _unasked()
        self.sink = memoryview(bytearray(8 * layout.RECORD_BLOCK)).cast("Q")
        os.register_at_fork(after_in_child=self._after_fork)

    def add(self, hook: Hook) -> None:
        """Take in a hooked code object, which stays alive from here on."""
        self.hooks[id(hook.code)] = hook
        self.announce(hook.name, hook.shape, hook.target, hook.mechanism)

    def open(self) -> "Recording | None":
        """Return the recording, made now if need be; None where it can't be had."""
        if self.recording is None and not self.refused:
            try:
                self._make()
            except (store.Unusable, OSError) as error:
                if is_foreign(error):
                    raise
                self.refused = True
                self.fail("nothing is recorded: %s" % error)
        return self.recording

    def _make(self) -> None:
        recording = Recording(store.prepare(self.fail), plan.DETAIL, plan.MAX_BYTES)
        try:
            self.control = recording.header[layout.CONTROL : layout.CONTROL + 1]
            ending.at_exit(self, _ender(self, recording))
            self.recording = recording
        except BaseException:
            if self.recording is not recording:
                recording.remove()
            raise

    def announce(self, name: str, shape: int, target: int, mechanism: int, why: str = "") -> int:
        """Write a function's block, once a name; return its number, -1 where there is no room."""
        with self.lock:
            number = self.numbers.get(name)
            if number is not None:
                return number
            recording = self.open()
            if recording is None:
                return -1
            try:
                number = recording.function(name, shape, target, mechanism, why, plan.MAX_FUNCTIONS)
            except Full:
                recording.header[layout.DROPPED_FUNCTIONS] += 1
                number = -1
            self.numbers[name] = number
            return number

    def count_error(self, hook: Hook) -> None:
        """Count a call that ended by an exception."""
        if self.control[0]:
            return
        errors = hook.errors + 1
        hook.errors = errors
        hook.view[layout.ERRORS] = errors

    def withdraw(self, hook: Hook) -> None:
        """Take back the begin of a call that ended while `control` said not to record."""
        if hook.begun:
            begun = hook.begun - 1
            hook.begun = begun
            hook.view[layout.BEGUN] = begun

    def broke(self, error: Exception) -> bool:
        """Keep what went wrong in a callback; the app never hears of it.

        Return True for what its caller has to raise again: what is meant for the program, and
        RecursionError, for which there is no going on.
        """
        if isinstance(error, RecursionError) or struck.is_foreign_to_a_callback(error):
            return True
        self.failures += 1
        if self.failures <= 3:
            self.fail("a callback failed: %s: %s" % (type(error).__name__, error))
        return False

    def ready(self, code) -> "Hook | None":
        """Return the hook of a code object with a record block to write in; None if not hooked."""
        hook = self.hooks.get(id(code))
        if hook is None:
            return None
        with self.lock:
            if self.recording is None and not self.refused and _is_running(_MAKE):
                return None  # a function that the recording itself is made with
            if hook.generation != self.generation or hook.view is None:
                hook.forget()
                view = self.sink
                hook.slots = [0] * self.words
                hook.number = self.announce(hook.name, hook.shape, hook.target, hook.mechanism)
                if hook.number >= 0:
                    try:
                        view = self.recording.record(hook.number, self.words)
                    except Full:
                        self.recording.header[layout.DROPPED_FUNCTIONS] += 1
                hook.generation = self.generation
                hook.view = view  # last: it tells that the rest is there
        return hook

    def _after_fork(self) -> None:
        # The parent's mapping is shared: let go of it before anything can be recorded. The
        # child's own recording is made by its first recorded call.
        self.lock = _thread.RLock()
        self.guard = _thread.RLock()
        self.generation += 1
        self.recording = None
        self.refused = False
        self.control = _unasked()
        self.numbers = {}
        for forget in self.on_fork:
            forget()


_MAKE = Recorder._make.__code__


def _is_running(code) -> bool:
    # Told by the stack and not by a flag, which an exception that strikes could leave set.
    frame = sys._getframe()
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame is not None


def _unasked() -> memoryview:
    # The control word where there is no recording in which anybody could change it.
    return memoryview(bytes(8)).cast("Q")


def _ender(recorder: Recorder, recording: Recording):
    def end() -> None:
        if recorder.recording is recording:
            recording.end()

    return end
