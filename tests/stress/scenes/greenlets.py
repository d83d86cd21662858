"""Greenlets that switch in the middle of calls, and gevent's; where they are installed."""

import gc

import subjects
from subjects import Broken


def switching(stage, greenlet):
    rounds, many = 5, 20
    main = greenlet.getcurrent()
    for body in (subjects.switching, drain):
        crowd = [greenlet.greenlet(body) for _ in range(many)]
        for one in crowd:
            one.switch(main.switch, rounds)
        while crowd:
            for one in crowd:
                one.switch()
            crowd = [one for one in crowd if not one.dead]
    stage.truth.add("switching", many)
    stage.truth.add("plain", many * rounds)
    stage.truth.add("switching_steps", many)


def drain(switch, rounds):
    assert list(subjects.switching_steps(switch, rounds)) == list(range(rounds))


def ended_early(stage, greenlet):
    """Thrown into, and dropped while suspended."""
    main = greenlet.getcurrent()
    thrown = greenlet.greenlet(subjects.switching)
    thrown.switch(main.switch, 3)
    try:
        thrown.throw(Broken())
    except Broken:
        pass
    dropped = greenlet.greenlet(subjects.switching)
    dropped.switch(main.switch, 3)
    del dropped
    gc.collect()
    stage.truth.add("switching", 2, 2)
    stage.truth.add("plain", 2)


def with_gevent(stage, gevent):
    workers = [gevent.spawn(subjects.switching, lambda: gevent.sleep(0), 5) for _ in range(20)]
    gevent.joinall(workers, raise_error=True)
    stage.truth.add("switching", 20)
    stage.truth.add("plain", 100)


def play(stage):
    stage.truth.repairs = True
    try:
        import greenlet
    except ImportError:
        stage.truth.note("no greenlet here")
        return
    for _ in range(stage.times(10)):
        switching(stage, greenlet)
        ended_early(stage, greenlet)
    try:
        import gevent
    except ImportError:
        stage.truth.note("no gevent here")
        return
    for _ in range(stage.times(3)):
        with_gevent(stage, gevent)
