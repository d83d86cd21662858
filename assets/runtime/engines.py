"""Choose the engine: native where it loads."""

import os
import sys


def choose(planned: str) -> "tuple[str, str | None]":
    wanted = os.environ.get("PROBE_ENGINE") or planned
    if wanted == "python":
        return "python", None
    try:
        from . import _native  # noqa: F401
    except ImportError as error:
        return "python", "the native engine can't be loaded: %s" % error
    return "native", None
