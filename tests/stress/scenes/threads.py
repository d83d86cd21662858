"""Eight threads that call every shape, and take turns as often as they can."""

import sys
import threading

import subjects
from subjects import Broken, Thing

THREADS = 8


def work(rounds, start):
    start.wait()
    thing = Thing(2)
    for number in range(rounds):
        subjects.plain(number)
        thing.method(number)
        subjects.decorated(number)
        assert list(subjects.delegating(3)) == [0, 1, 2]
        try:
            subjects.raising()
        except Broken:
            pass
        try:
            subjects.coroutine(number).send(None)
        except StopIteration as end:
            assert end.value == number
        len([item for item in thing])


def play(stage):
    rounds = stage.times(400)
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    start = threading.Barrier(THREADS)
    threads = [threading.Thread(target=work, args=(rounds, start)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sys.setswitchinterval(usual)
    calls = rounds * THREADS
    add = stage.truth.add
    for name in ("plain", "Thing.method", "decorated", "delegating", "steps", "coroutine"):
        add(name, calls)
    add("raising", calls, calls)
    add("Thing.__init__", THREADS)
    add("Thing.__del__", THREADS)
    add("Thing.__getitem__", 3 * calls, calls)
