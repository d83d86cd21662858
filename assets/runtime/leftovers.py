"""What lies above a call on a shadow stack when that call ends, and shouldn't.

An exception that strikes between a call and its callback (KeyboardInterrupt, RecursionError)
leaves an entry that nobody takes off: it goes with the call below it. Greenlets switch stacks
without telling, so where they are at work what lies above may well be running.
"""

import sys


def drop(stack: list, index: int) -> None:
    """Take the entry at `index` off, and what was left above it."""
    if "greenlet" in sys.modules:
        del stack[index]
    else:
        del stack[index:]
