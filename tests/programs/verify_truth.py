"""Checks the truth that a program tells about its calls, without the probe.

    python verify_truth.py MODULE [ARGUMENT...]

Runs the module as a program, counts with the interpreter's own means (`sys.monitoring` from
Python 3.12, which sees errors too; `sys.setprofile` before) and compares with the JSON that
the program printed. Prints each difference; exits with 1 where there is one.
"""

import contextlib
import dis
import functools
import io
import json
import runpy
import sys
import threading
from collections import Counter

calls = Counter()
errors = Counter()
sees_errors = hasattr(sys, "monitoring")
# Counting must be exact with threads; a plain `+= 1` isn't.
lock = threading.Lock()


def count(counter, code):
    with lock:
        counter[code] += 1


def watch_with_monitoring():
    def unwind(code, offset, error):
        # Closing a generator is no error.
        if not isinstance(error, GeneratorExit):
            count(errors, code)

    monitoring = sys.monitoring
    events = monitoring.events
    monitoring.use_tool_id(4, "verify_truth")
    monitoring.register_callback(4, events.PY_START, lambda code, offset: count(calls, code))
    monitoring.register_callback(4, events.PY_UNWIND, unwind)
    monitoring.set_events(4, events.PY_START | events.PY_UNWIND)


def watch_with_profile():
    def profile(frame, event, argument):
        # A generator's frame is called for each of its steps; only the first is a call.
        if event == "call" and frame.f_lasti == first_step(frame.f_code):
            count(calls, frame.f_code)

    threading.setprofile(profile)
    sys.setprofile(profile)


@functools.lru_cache(maxsize=None)
def first_step(code):
    """Where a frame of this code stands when it is called for the first time."""
    if sys.version_info < (3, 11):
        return -1
    return next(step.offset for step in dis.get_instructions(code) if step.opname == "RESUME")


def code_of(name, main):
    """The code of the function that goes by this name."""
    module, _, path = name.partition(":")
    found = main if module == "__main__" else vars(sys.modules[module])
    parts = path.split(".")
    accessor = "fset" if parts[-1] == "setter" else "fget"
    for part in parts:
        if part == "setter":
            break
        if part == "<locals>":
            continue
        if isinstance(found, dict):
            found = found[part]
        elif isinstance(found, type):
            found = vars(found)[part]
        else:
            nested = (c for c in found.__code__.co_consts if getattr(c, "co_name", "") == part)
            return next(nested)
    if isinstance(found, property):
        found = getattr(found, accessor)
    found = getattr(found, "__func__", found)
    return getattr(found, "__wrapped__", found).__code__


def main():
    module = sys.argv[1]
    sys.argv[:2] = [module]
    sys.path[0] = "."
    printed = io.StringIO()
    if sees_errors:
        watch_with_monitoring()
    else:
        watch_with_profile()
    with contextlib.redirect_stdout(printed):
        names = runpy.run_module(module, run_name="__main__", alter_sys=True)
    sys.setprofile(None)

    functions = json.loads(printed.getvalue())["functions"]
    differences = 0
    for name, told in functions.items():
        code = code_of(name, names)
        seen = {"calls": calls[code], "errors": errors[code]}
        if seen["calls"] != told["calls"] or sees_errors and seen != told:
            print(name, "told", told, "seen", seen)
            differences += 1
    print("%d functions, %d differences" % (len(functions), differences))
    return 1 if differences or not functions else 0


if __name__ == "__main__":
    sys.exit(main())
