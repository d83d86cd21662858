"""The probe inside a Python process: starts it once, or keeps the reason why not.

Runs at every start of every Python of the venv, so it loads only the plan and the finder;
engines and recording are loaded when the first wanted module appears. Parses on
every Python that may meet it on a shared PYTHONPATH (2.7 too). Nothing here raises, prints,
or imports what isn't loaded already.
"""

import os
import sys
import time

#: The clocks, in ns, as they were before the app could replace them; None on Python 2.
CLOCK, WALL_CLOCK = getattr(time, "perf_counter_ns", None), getattr(time, "time_ns", None)
#: What happened in this interpreter; read by `describe()`.
STATE = {"how": None, "engine": None, "why": [], "session": None}


def start(how):
    """Start the probe once; `how` names the start-up file that called: pth, start, sitecustomize."""
    if STATE["how"] is not None:
        return
    STATE["how"] = how
    try:
        why = _reason_to_stay_out()
        if why is not None:
            STATE["why"].append(why)
            return
        from . import finder, plan

        targets = plan.TARGETS
        texts = os.environ.get("PROBE_TARGETS")
        if texts:
            from . import patterns

            targets, unreadable = patterns.parse_all(texts)
            STATE["why"].extend("PROBE_TARGETS: %r is no target" % text for text in unreadable)
        STATE["session"] = finder.Session(STATE, targets)
        STATE["session"].begin()
    except Exception as error:
        STATE["why"].append("start-up failed: %s: %s" % (type(error).__name__, error))


def _reason_to_stay_out():
    disabled = os.environ.get("PROBE_DISABLE")
    if disabled and disabled != "0":
        return "PROBE_DISABLE is set"
    if sys.version_info < (3, 8) or sys.version_info >= (3, 16):
        return "the probe needs Python 3.8 to 3.15, and this is %d.%d" % sys.version_info[:2]
    if hasattr(sys, "_is_gil_enabled") and not sys._is_gil_enabled():
        return "free-threaded Python isn't supported yet"
    run_folder = os.environ.get("PROBE_RUN_DIR")
    if run_folder and not __file__.startswith(run_folder + "/") and run_folder in sys.path:
        return "`probe run` is active in %s" % run_folder
    # Names only: a tuple for each module is enough to set off the garbage collector, which takes
    # longer than all of the start-up.
    for name in list(sys.modules):
        if not name.startswith("_probe_") or name == __name__:
            continue
        if getattr(sys.modules.get(name), "STATE", {}).get("session"):
            # An installation is being replaced at this moment: one of the two is enough.
            return "%s was first in this process" % name
    return None


def is_foreign(error):
    """Tell whether an exception that was caught in the probe is meant for the program.

    Whoever caught it raises it again, there: where it is raised once more from a function that
    was given it, its traceback and that function's frame hold each other.
    """
    try:
        from . import struck
    except (ImportError, OSError) as failure:
        try:
            from . import struck
        except (ImportError, OSError):
            return False  # no descriptor is left to load it with, say
        if struck.is_foreign(failure):
            raise  # a timeout, which struck meanwhile
    return struck.is_foreign(error)


def start_file():
    """Start the probe from `probe.start` (PEP 829 calls it without arguments)."""
    start("start")


def describe():
    """Return what the probe did in this process, as plain values (see docs/payload.md)."""
    try:
        from . import describing
    except Exception as error:  # a file of ours that can't be read, the plan perhaps
        why = STATE["why"] or ["%s: %s" % (type(error).__name__, error)]
        return {
            "fires": False,
            "how": STATE["how"],
            "engine": None,
            "why": why,
            "package": __name__,
            "recording": None,
            "can_record": why[0],
        }
    return describing.describe(STATE, __name__)


def hidden_sitecustomize(path):
    """Return a function that runs the sitecustomize which ours at `path` hides, or None."""
    try:
        if path.startswith(sys.path[-1]) and "/" not in path[len(sys.path[-1]) + 1 :]:
            return None  # nothing comes after our folder
        from . import chain

        return chain.hidden_sitecustomize(path)
    except Exception as error:
        STATE["why"].append("looking for a hidden sitecustomize failed: %s" % (error,))
        return None
