"""Choose the engine of this process, the native or the Python one, and say why.

The one place that decides. It is loaded with the hooker, not at start-up. Whether the native
engine can work in this very interpreter, once it is loaded, is for that engine to say
(`native.Unavailable`).
"""

import os
import sys

from . import is_foreign

NAMES = ("auto", "native", "python")
#: The native engine's file; on the command line's side its name is `payload::NATIVE`.
FILE = "_native.abi3.so"


def choose(planned: str) -> "tuple[str, str | None]":
    """Return `native` or `python`, and a text where that isn't what was asked for.

    PROBE_ENGINE goes before the plan. The native module is imported where it is chosen: nothing
    else tells whether it loads.
    """
    wanted = os.environ.get("PROBE_ENGINE") or planned
    unknown = None
    if wanted not in NAMES:
        unknown = "PROBE_ENGINE: %r is no engine (auto, native, python), so auto it is" % wanted[:40]
    if wanted == "python":
        return "python", None
    reason = _reason_against_native()
    if reason is None:
        return "native", unknown
    reason += "; the Python engine works instead"
    return "python", reason if unknown is None else "%s; %s" % (unknown, reason)


def _reason_against_native() -> "str | None":
    if sys.implementation.name != "cpython":
        return "the native engine needs CPython, and this is %s" % sys.implementation.name
    # Told by the build, not by whether the lock is on at this moment: objects are laid out
    # differently, and importing the module would turn the lock on, with a warning.
    if "t" in getattr(sys, "abiflags", ""):
        return "the native engine doesn't serve free-threaded Python yet"
    if hasattr(sys, "getobjects"):  # built with Py_TRACE_REFS, which makes objects longer
        return "the native engine doesn't serve a Python that traces references"
    if not os.path.exists(os.path.join(os.path.dirname(__file__), FILE)):
        return "this probe has no native engine"
    try:
        from . import _native  # noqa: F401
    except Exception as error:
        if is_foreign(error):
            raise
        # Another libc or architecture, a folder mounted noexec, a subinterpreter: the words of
        # whoever refused it say which.
        return "the native engine doesn't load: %s" % (str(error) or type(error).__name__)
    return None
