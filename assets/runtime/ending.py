"""Run something at the end of the process, in children of multiprocessing too."""

import atexit
import os
import sys


def at_exit(owner, end) -> None:
    """Call `end()` when this process ends by itself, as long as `owner` lives."""
    atexit.register(end)
    finalize = _finalizer(end)
    if at_exit_of_child(owner, finalize):
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            finalize(None)


def at_exit_of_child(owner, finalize) -> bool:
    """Call `finalize(owner)` when a child of multiprocessing begins, if this process is to be one.

    Such children leave by os._exit after their own finalizers, and forget at their begin those
    that were made before: they are made after it. False where multiprocessing isn't loaded.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None:
        return False
    util.register_after_fork(owner, finalize)
    return True


def at_exit_of_children(owner, end) -> None:
    """Do the same in each child that is forked from here on."""
    finalize = _finalizer(end)

    def after_fork() -> None:
        try:
            at_exit_of_child(owner, finalize)
        except Exception:
            pass  # the process then looks as if it had been killed

    os.register_at_fork(after_in_child=after_fork)


def _finalizer(end):
    def finalize(_: object) -> None:
        sys.modules["multiprocessing.util"].Finalize(None, end, exitpriority=-100)

    return finalize
