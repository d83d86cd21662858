"""Works on two threads until it is killed, publishing the true counts of its calls.

`python victim.py COUNTS`: COUNTS is the file in which published.py keeps them. One line on
stdout, the names whose words they are, says that work begins.
"""

import itertools
import sys
import threading

import published
from published import BEGINS, RETURNED, bump


def work(thread):
    thing = published.Thing()
    for round_ in itertools.count():
        for _ in range(20):
            bump(thread, 0, BEGINS)
            published.plain(thread)
            bump(thread, 0, RETURNED)
        bump(thread, 1, BEGINS)
        published.recursive(thread, 5)
        bump(thread, 1, RETURNED)
        bump(thread, 2, BEGINS)
        thing.method(thread)
        bump(thread, 2, RETURNED)
        bump(thread, 3, BEGINS)
        for _ in published.steps(thread):
            pass
        bump(thread, 3, RETURNED)
        bump(thread, 4, BEGINS)
        try:
            published.waiting(thread).send(None)
        except StopIteration:
            bump(thread, 4, RETURNED)
        # Each thread has late functions of its own, so that both add functions to the file.
        number = round_ * published.THREADS + thread
        if number < published.LATE:
            bump(thread, 5, BEGINS)
            getattr(published, "late_%d" % number)(thread)
            bump(thread, 5, RETURNED)


def main():
    published.counts = published.Counts(sys.argv[1])
    print(*published.NAMES, flush=True)
    for thread in range(1, published.THREADS):
        threading.Thread(target=work, args=(thread,), daemon=True).start()
    work(0)


if __name__ == "__main__":
    main()
