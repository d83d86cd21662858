"""Run something at the end of the process, in children of multiprocessing too."""

import atexit
import sys


def at_exit(owner, end) -> None:
    """Call `end()` when this process ends by itself, as long as `owner` lives."""
    atexit.register(end)
    # Children of multiprocessing leave by os._exit after their own finalizers, and forget at
    # their begin those that were made before: they are made after it as well.
    util = sys.modules.get("multiprocessing.util")
    if util is not None:

        def finalize(_: object) -> None:
            util.Finalize(None, end, exitpriority=-100)

        util.register_after_fork(owner, finalize)
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            finalize(None)
