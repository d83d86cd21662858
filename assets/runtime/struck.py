"""Tell an exception of the program's, which struck while the probe worked, from the probe's own.

Handlers of signals run between any two instructions, the probe's too, and other threads may send
an exception (`PyThreadState_SetAsyncExc`). Such an exception is meant for the program: whoever
catches OSError or Exception in the probe lets it pass first. KeyboardInterrupt needs no telling,
as nothing here catches it.
"""

import sys


def is_foreign(error: BaseException) -> bool:
    """Tell whether an exception that was caught in the probe is the program's.

    Not where it comes from what the probe called: a class of the program's, looked at while its
    functions are found, may raise anything.
    """
    trace = error.__traceback__
    handlers = _codes_of_handlers()
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return _is_of_the_probe(_innermost(error)) and _is_strange(error)


def is_foreign_to_a_callback(error: BaseException) -> bool:
    """Tell the same where the probe calls nothing of the program's: what isn't the probe's is."""
    return not _is_of_the_probe(_innermost(error)) or _is_strange(error)


def _innermost(error: BaseException):
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return None if trace is None else trace.tb_frame


def _is_of_the_probe(frame) -> bool:
    return frame is not None and frame.f_globals.get("__package__") == __package__


def _is_strange(error: BaseException) -> bool:
    # Of a type that the probe doesn't raise: another thread has sent it.
    kind = type(error).__module__
    return kind != "builtins" and kind.partition(".")[0] != __package__


def _codes_of_handlers() -> list:
    # The `signal` module makes enums of what `_signal` has; where it isn't loaded, nobody has set a
    # handler with it.
    signals = sys.modules.get("_signal")
    if signals is None:
        return []
    handlers = [signals.getsignal(number) for number in range(1, signals.NSIG)]
    return [code for handler in handlers for code in _codes(handler)]


def _codes(handler) -> list:
    # Of a function, a method, a partial, or an object that can be called.
    try:
        for _ in range(8):
            inner = getattr(handler, "__func__", None) or getattr(handler, "func", None)
            if inner is None:
                break
            handler = inner
        if not hasattr(handler, "__code__") and callable(handler):
            handler = type(handler).__call__
        return [handler.__code__] if hasattr(handler, "__code__") else []
    except Exception:
        return []  # one that answers for its attributes itself, and not as others do
