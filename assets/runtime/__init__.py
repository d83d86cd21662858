"""The probe inside a Python process: the one function that the start-up files call.

Parses on every Python that may meet it on a shared PYTHONPATH (2.7 too); the probe's
own modules are imported only where they can run. Nothing here raises, prints, or
imports what isn't loaded already.
"""

import sys

#: What happened in this interpreter; read by `describe()`.
STATE = {"how": None, "engine": None, "why": [], "session": None}


def start(how):
    """Start the probe once; `how` names the start-up file that called: pth, start, sitecustomize."""
    if STATE["how"] is not None:
        return
    STATE["how"] = how
    for name, module in list(sys.modules.items()):
        if name.startswith("_probe_") and name != __name__ and getattr(module, "STATE", {}).get("session"):
            # An installation is being replaced at this moment: one of the two is enough.
            STATE["why"].append("%s was first in this process" % name)
            return
    if sys.version_info < (3, 8):
        STATE["why"].append("Python %d.%d is too old; the probe needs 3.8" % sys.version_info[:2])
        return
    try:
        from . import startup

        startup.begin(STATE, __file__)
    except Exception as error:
        STATE["why"].append("start-up failed: %s: %s" % (type(error).__name__, error))


def start_file():
    """Start the probe from `probe.start` (PEP 829 calls it without arguments)."""
    start("start")


def describe():
    """Return what the probe did in this process, as plain values (see docs/payload.md)."""
    from . import describing

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
