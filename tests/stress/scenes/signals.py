"""Handlers that raise, and that call what is recorded, at random moments."""

import random
import signal
import sys
import time
import warnings

import subjects


class Alarm:
    """Strikes again and again; raises KeyboardInterrupt where that was allowed."""

    def __init__(self):
        self.armed = False
        self.struck = 0
        self.handled = 0

    def __call__(self, number, frame):
        self.handled += 1
        subjects.on_signal()
        self.again()
        if self.armed:
            self.armed = False
            self.struck += 1
            raise KeyboardInterrupt

    def again(self):
        signal.setitimer(signal.ITIMER_REAL, random.uniform(2e-5, 1e-3))


class Tried:
    """Counts attempts and returns of one name's calls."""

    def __init__(self):
        self.began = {}
        self.returned = {}

    def call(self, name, call, *args):
        self.began[name] = self.began.get(name, 0) + 1
        call(*args)
        self.returned[name] = self.returned.get(name, 0) + 1


def work(tried, thing):
    for number in range(50):
        tried.call("plain", subjects.plain, number)
        tried.call("Thing.method", thing.method)
        tried.call("steps", list, subjects.steps(5))
        tried.call("delegating", list, subjects.delegating(3))
        tried.call("coroutine", drive, subjects.coroutine(number))
        tried.call("catching", subjects.catching)


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass


def play(stage):
    warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that are interrupted before they are awaited
    alarm, tried, thing = Alarm(), Tried(), subjects.Thing()
    signal.signal(signal.SIGALRM, alarm)
    # Under valgrind a handler takes as long as some hundred others.
    until = time.monotonic() + (3 if stage.watched else 0.3 * stage.scale)
    alarm.again()
    rounds = 0
    while time.monotonic() < until:
        rounds += 1
        try:
            alarm.armed = rounds % 4 != 0
            work(tried, thing)
            alarm.armed = False
        except KeyboardInterrupt:
            pass
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert alarm.struck, "no signal struck"
    stage.truth.note("%d signals, %d of them raised" % (alarm.handled, alarm.struck))
    truth = stage.truth
    # A handler strikes at the first instruction of a function too: then the call never began.
    lost = alarm.struck
    for name in ("plain", "Thing.method", "coroutine", "catching"):
        truth.between(name, (tried.returned[name], tried.began[name]), (0, lost))
    truth.between("delegating", (tried.returned["delegating"], tried.began["delegating"]), (0, lost))
    steps = [made["steps"] + made["delegating"] for made in (tried.returned, tried.began)]
    truth.between("steps", steps, (0, lost))
    truth.between(
        "raising",
        (tried.returned["catching"], tried.began["catching"]),
        (tried.returned["catching"], tried.began["catching"]),
    )
    truth.add("on_signal", alarm.handled)
    truth.add("Thing.__init__")
    if sys.version_info >= (3, 9):
        truth.add("Thing.__del__")
    else:
        # There an exception of a handler leaks a frame at times, without the probe too.
        truth.between("Thing.__del__", (0, 1), (0, 0))
