"""Tell an exception of the program's, which struck while the probe worked, from the probe's own.

Handlers of signals run between any two instructions, the probe's too, and other threads may send
an exception (`PyThreadState_SetAsyncExc`). Such an exception is meant for the program: whoever
catches OSError or Exception in the probe lets it pass first. KeyboardInterrupt needs no telling,
as nothing here catches it.
"""

import sys
from types import FunctionType, MemberDescriptorType, MethodType

#: What a class has itself, and its bases in order, asked for without its metaclass.
_names, _order = type.__dict__["__dict__"].__get__, type.__dict__["__mro__"].__get__


def is_foreign(error: BaseException) -> bool:
    """Tell whether an exception that was caught in the probe is the program's.

    Not where it comes from what the probe called: a class of the program's, looked at while its
    functions are found, may raise anything.
    """
    frames, handlers = _frames(error), _codes_of_handlers()
    if [frame for frame in frames if frame.f_code in handlers]:
        return True
    return _is_of_the_probe(frames) and _is_strange(error)


def is_foreign_to_a_callback(error: BaseException) -> bool:
    """Tell the same where the probe calls nothing of the program's: what isn't the probe's is."""
    return not _is_of_the_probe(_frames(error)) or _is_strange(error)


def _frames(error: BaseException) -> list:
    # From who caught it to who raised it.
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame)
        trace = trace.tb_next
    return frames


def _is_of_the_probe(frames: list) -> bool:
    return bool(frames) and frames[-1].f_globals.get("__package__") == __package__


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
    # Of a function, a method, a partial, or an object that can be called. It runs nothing of the
    # program's, whatever its classes answer for themselves, so that nothing has to be caught here:
    # what strikes here goes the same way.
    partial = getattr(sys.modules.get("functools"), "partial", None)
    for _ in range(8):
        kind = type(handler)
        if kind is FunctionType:
            return [handler.__code__]
        if kind is MethodType or kind is staticmethod or kind is classmethod:
            handler = handler.__func__
            continue
        classes = [(it is partial, _names(it)) for it in _order(kind)]
        inner = [it["func"].__get__(handler) for known, it in classes if known and _has_function(it)]
        inner += [it["__call__"] for _, it in classes if "__call__" in it]
        if not inner:
            break
        handler = inner[0]
    return []


def _has_function(names) -> bool:
    # Unless somebody has put a class of their own in the place of Python's.
    return type(names.get("func")) is MemberDescriptorType
