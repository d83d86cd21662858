"""Detail `count`: the exact number of calls and of errors, and nothing else.

Like `timing` and `tree` it speaks the events of `sys.monitoring`
(https://docs.python.org/3/library/sys.monitoring.html); before Python 3.12 the forwarders
emit the same ones.
"""

from builtins import id  # the app may replace it later

from . import layout


def make_events(recorder) -> dict:
    """Return the callbacks by the name of their event."""
    hooks: dict = {}  # id of a code object -> Hook, once it has been called
    counted = layout.COUNTED
    control = recorder.control  # 0, or nothing is recorded

    def start(code, offset):
        nonlocal control
        try:
            hook = hooks[id(code)]
        except KeyError:
            hook = recorder.ready(code)
            if hook is None:
                return
            control = recorder.control
            hook.starts = offset  # where it begins
            hooks[id(code)] = hook  # last: an exception of the program's may strike in between
        if control[0]:
            return
        begun = hook.begun + 1
        hook.begun = begun
        hook.view[counted] = begun

    def unwind(code, offset, error):
        hook = hooks.get(id(code))
        if hook is None or offset < hook.starts:
            return  # not ours, or thrown into before its first step
        if not (hook.resumable and isinstance(error, GeneratorExit)):
            recorder.count_error(hook)

    recorder.on_fork.append(hooks.clear)
    return {"start": start, "unwind": unwind}
