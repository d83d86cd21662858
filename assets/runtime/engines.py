"""Choose the engine of this process, the native or the Python one, and say why.

The one place that decides. Loaded with the hooker, and imports nothing at start-up; what an
engine does with its modules and whether it can serve this very interpreter after all
(`native.Unavailable`) is for the engine to say.
"""

import os
import sys

from . import __file__ as _PACKAGE_FILE

NAMES = ("auto", "native", "python")
#: The module's file; the same as `payload::NATIVE` on the command line's side.
FILE = "_native.abi3.so"


def choose(wanted: str, environment) -> "tuple[str, list[str]]":
    """Return `native` or `python`, and the reasons where that isn't what was asked for.

    `wanted` is the plan's engine; PROBE_ENGINE of the environment goes before it. The native
    module is imported where it is chosen: only that tells whether it loads.
    """
    why = []
    text = environment.get("PROBE_ENGINE")
    if text:
        if text in NAMES:
            wanted = text
        else:
            wanted = "auto"
            why.append("PROBE_ENGINE: %r is no engine (auto, native, python), so auto it is" % text[:40])
    if wanted == "python":
        return "python", why
    reason = _reason_against_native()
    if reason is None:
        return "native", why
    why.append("%s; the Python engine works instead" % reason)
    return "python", why


def _reason_against_native() -> "str | None":
    if sys.implementation.name != "cpython":
        return "the native engine needs CPython, and this is %s" % sys.implementation.name
    # Told by the build, not by whether the lock is on at this moment: objects are laid out
    # differently, and importing the module would turn the lock on, with a warning.
    if "t" in getattr(sys, "abiflags", ""):
        return "the native engine doesn't serve free-threaded Python yet"
    if hasattr(sys, "getobjects"):  # built with Py_TRACE_REFS: longer object heads
        return "the native engine doesn't serve a Python that traces references"
    if not os.path.exists(os.path.join(os.path.dirname(_PACKAGE_FILE), FILE)):
        return "this probe was built without the native engine"
    try:
        from . import _native  # noqa: F401
    except Exception as error:
        # Another libc or architecture, a folder mounted noexec, a subinterpreter: the loader's
        # own words say which.
        return "the native engine doesn't load: %s" % (error or type(error).__name__)
    return None
