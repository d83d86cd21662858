"""Children and grandchildren that record for themselves, forked at awkward moments."""

import os
import sys
import threading
import warnings

import subjects


def child(body, leave=None):
    """Run the body in a child and wait for it; return its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            body()
            code = 0
        finally:
            (leave or os._exit)(code)
    _, status = os.waitpid(pid, 0)
    assert status == 0, status
    return pid


def calls(times):
    for number in range(times):
        subjects.plain(number)


def in_a_call(stage):
    """The child is forked deep within calls that are being recorded; it makes others."""
    pids = []

    def fork():
        if not pids:
            pids.append(child(lambda: calls(5)))

    subjects.switching(fork, 3)
    stage.truth.add("switching")
    stage.truth.add("plain", 3)
    stage.truth.add("plain", 5, pid=pids[0])


def in_a_generator(stage):
    """A suspended generator is drained by both: it began in the parent, and is the parent's."""
    suspended = subjects.steps(5)
    next(suspended)

    def body():
        list(suspended)
        calls(2)

    pid = child(body)
    assert len(list(suspended)) == 4
    stage.truth.add("steps")
    stage.truth.add("plain", 2, pid=pid)


def grandchildren(stage):
    read, write = os.pipe()

    def body():
        calls(3)
        pid = child(lambda: calls(4))
        os.write(write, b"%d" % pid)

    pid = child(body)
    grandchild = int(os.read(read, 20))
    os.close(read)
    os.close(write)
    stage.truth.add("plain", 3, pid=pid)
    stage.truth.add("plain", 4, pid=grandchild)


def among_threads(stage):
    """A thread forks while another is busy."""
    stop = threading.Event()
    made = []

    def busy():
        while not stop.is_set():
            calls(10)
            made.append(10)

    pids = []
    worker = threading.Thread(target=busy)
    worker.start()
    forker = threading.Thread(target=lambda: pids.append(child(lambda: calls(7))))
    forker.start()
    forker.join()
    stop.set()
    worker.join()
    stage.truth.add("plain", sum(made))
    stage.truth.add("plain", 7, pid=pids[0])


def play(stage):
    warnings.simplefilter("ignore", DeprecationWarning)
    for _ in range(stage.times(4)):
        in_a_call(stage)
        in_a_generator(stage)
        grandchildren(stage)
        among_threads(stage)
