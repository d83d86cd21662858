"""Decide whether the probe works in this process, and put its finder in place.

Runs at every start of every Python of the venv, so it loads only the plan, the patterns
and the finder; engines and recording are loaded when the first wanted module appears.
"""

import sys
from os import environ

from . import plan


def begin(state: dict, file: str) -> None:
    """Start the probe in this interpreter; reasons for not doing so go to `state["why"]`."""
    why = _reason_to_stay_out(file)
    if why:
        state["why"].append(why)
        return
    from . import finder

    targets = plan.TARGETS
    texts = environ.get("PROBE_TARGETS")
    if texts:
        from . import patterns

        targets, unreadable = patterns.parse_all(texts)
        state["why"].extend("PROBE_TARGETS: %r is no target" % text for text in unreadable)
    if (environ.get("PROBE_ENGINE") or plan.ENGINE) == "native":
        state["why"].append("this version has no native engine; the Python engine works instead")
    session = state["session"] = finder.Session(state, targets)
    session.begin()


def _reason_to_stay_out(file: str) -> "str | None":
    disabled = environ.get("PROBE_DISABLE")
    if disabled and disabled != "0":
        return "PROBE_DISABLE is set"
    run_folder = environ.get("PROBE_RUN_DIR")
    if run_folder and not file.startswith(run_folder + "/") and run_folder in sys.path:
        return "`probe run` is active in %s" % run_folder
    if sys.version_info >= (3, 16):
        return "Python %d.%d is newer than this probe knows; it needs 3.8 to 3.15" % sys.version_info[:2]
    if not getattr(sys, "_is_gil_enabled", bool)() and hasattr(sys, "_is_gil_enabled"):
        return "free-threaded Python isn't supported yet"
    return None
