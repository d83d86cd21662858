"""Processes that come and go in every way, each doing a known amount of work.

`python forks.py SCENE` plays one scene and prints, as JSON, how many processes called
`worker:work`, and how often in all. Scenes: fork, nested, pool-fork, pool-spawn, exit, kill,
threads, fork-in-thread,
subprocess. Where a pool shares the work, the number of processes is null.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import warnings

from worker import work, work_times


def child(body):
    """Runs `body` in a forked child that ends as Python ends; returns its pid."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        body()
        sys.exit(0)
    return pid


def wait(pid, expected=0):
    _, status = os.waitpid(pid, 0)
    assert status == expected, (status, expected)


def fork():
    """The parent works before, during and after."""
    work_times(3)
    pid = child(lambda: work_times(5))
    work_times(2)
    wait(pid)
    work_times(1)
    return 2, 11


def nested():
    """A child's child."""

    def grandparent():
        work_times(2)
        wait(child(lambda: work_times(4)))

    work_times(1)
    wait(child(grandparent))
    return 3, 7


def pool(method):
    """Two workers of multiprocessing share twenty pieces of work."""
    with multiprocessing.get_context(method).Pool(2) as workers:
        assert workers.map(work, range(20), chunksize=10) == list(range(20))
        workers.close()
        workers.join()
    return None, 20


def leave():
    """The child leaves by os._exit, which runs nothing at its end."""

    def body():
        work_times(6)
        os._exit(0)

    work_times(1)
    wait(child(body))
    return 2, 7


def kill():
    """The child is killed in the middle of things."""

    def body():
        work_times(8)
        os.kill(os.getpid(), signal.SIGKILL)

    work_times(1)
    wait(child(body), expected=signal.SIGKILL)
    return 2, 9


def threads():
    """Four threads at once."""
    workers = [threading.Thread(target=work_times, args=(5000,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return 1, 20000


def fork_in_thread():
    """A thread forks while another works."""
    busy = threading.Thread(target=work_times, args=(2000,))
    busy.start()
    forker = threading.Thread(target=lambda: wait(child_of_thread(7)))
    forker.start()
    forker.join()
    busy.join()
    return 2, 2007


def child_of_thread(times):
    # From 3.12 Python warns of this; that it happens all the same is the point.
    warnings.simplefilter("ignore", DeprecationWarning)
    pid = os.fork()
    if pid == 0:
        work_times(times)
        # Only this thread lives on in the child; there is nobody to join.
        os._exit(0)
    return pid


def start_another():
    """The process starts another Python."""
    work_times(3)
    code = "from worker import work_times; work_times(4)"
    done = subprocess.run([sys.executable, "-c", code], cwd=os.path.dirname(__file__) or ".")
    assert done.returncode == 0
    return 2, 7


SCENES = {
    "fork": fork,
    "nested": nested,
    "pool-fork": lambda: pool("fork"),
    "pool-spawn": lambda: pool("spawn"),
    "exit": leave,
    "kill": kill,
    "threads": threads,
    "fork-in-thread": fork_in_thread,
    "subprocess": start_another,
}


def main():
    processes, calls = SCENES[sys.argv[1]]()
    functions = {"worker:work": {"calls": calls, "errors": 0}}
    print(json.dumps({"processes": processes, "functions": functions}))


if __name__ == "__main__":
    main()
