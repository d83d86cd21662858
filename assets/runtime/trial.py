"""Try the native engine in this interpreter before anything of the app's is given to it.

Runs small functions of its own, timed by the engine, and compares what was recorded with what
was done: an interpreter that isn't built as expected is found out here. Measures what a call
costs by the way: the least difference between loops with and without the engine.
"""

from . import CLOCK as clock

_CALLS = 100
_ROUNDS = 4


class Failed(Exception):
    """The engine doesn't do what it should; the text says what."""


def _plain(value):
    return value


def _timed(value):
    return value


def _fails():
    raise ValueError


def _yields():
    try:
        yield 1
        yield 2
    finally:
        pass


def try_out(native, hook) -> int:
    """Return what a call costs, in 1/1000 ns; raises Failed.

    `hook(function, probe)` times a function of this module by the engine.
    """
    timed, fails, yields = native.trial(0), native.trial(0), native.trial(1)
    hook(_timed, timed)
    hook(_fails, fails)
    hook(_yields, yields)
    try:
        cost = _measure()
        for _ in range(3):
            try:
                _fails()
            except ValueError:
                pass
        generator = _yields()
        if list(generator) != [1, 2]:
            raise Failed("a generator yields something else")
        closed = _yields()
        next(closed)
        closed.close()
        thrown = _yields()
        next(thrown)
        try:
            thrown.throw(KeyError)
        except KeyError:
            pass
        for name, probe, expected in (
            ("a function", timed, (_CALLS * _ROUNDS, 0)),
            ("a function that fails", fails, (3, 3)),
            ("a generator", yields, (3, 1)),
        ):
            found = native.sums(probe)
            if found != expected:
                raise Failed("%s: %r calls and errors were recorded, not %r" % (name, found, expected))
    finally:
        native.finish_trial()
    return cost


def _measure() -> int:
    costs = []
    for _ in range(_ROUNDS):
        begin = clock()
        for _ in range(_CALLS):
            _plain(0)
        middle = clock()
        for _ in range(_CALLS):
            _timed(0)
        end = clock()
        costs.append((end - middle) - (middle - begin))
    return max(0, min(costs)) * 1000 // _CALLS
