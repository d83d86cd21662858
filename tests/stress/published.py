"""Functions of several shapes that publish their true counts in memory that outlives the process.

Each has three words for each thread: how many calls of it were about to begin, written by the
caller; how many were about to return, written as the last thing that they do; and how many have
returned, written by the caller. A recording must lie between the last two, whenever the process
dies, or where calls are counted as they begin, between the last and the first. Used by victim.py.
"""

import mmap

NAMES = ("plain", "recursive", "Thing.method", "steps", "waiting", "late")
THREADS = 2
#: Functions that are called for the first time while others are busy.
LATE = 300
BEGINS, ENDS, RETURNED = WORDS = 0, 1, 2


class Counts:
    """The words in their file."""

    def __init__(self, path):
        size = THREADS * len(NAMES) * len(WORDS) * 8
        with open(path, "w+b") as file:
            file.truncate(size)
            self.mapped = mmap.mmap(file.fileno(), size)
        self.words = memoryview(self.mapped).cast("Q")

    def bump(self, thread, name, what):
        self.words[(thread * len(NAMES) + name) * len(WORDS) + what] += 1


counts = None


def bump(thread, name, what):
    counts.bump(thread, name, what)


def plain(thread):
    bump(thread, 0, ENDS)


def recursive(thread, depth):
    if depth:
        bump(thread, 1, BEGINS)
        recursive(thread, depth - 1)
        bump(thread, 1, RETURNED)
    bump(thread, 1, ENDS)


class Thing:
    def method(self, thread):
        bump(thread, 2, ENDS)


def steps(thread):
    yield 1
    yield 2
    bump(thread, 3, ENDS)


async def waiting(thread):
    bump(thread, 4, ENDS)


LATE_SOURCE = """
def late_%d(thread):
    bump(thread, 5, ENDS)
"""

for _number in range(LATE):
    exec(LATE_SOURCE % _number)
