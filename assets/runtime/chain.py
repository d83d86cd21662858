"""Run the sitecustomize that ours hides, as Python itself would have run it.

Parses on Python 2.7 as well: `probe run` puts ours on a PYTHONPATH that any Python may see.
"""

import os
import sys

from . import ahead

#: The folders whose sitecustomize runs at this moment. It may run the first on `sys.path` that
#: isn't itself, which is ours again: then it's the turn of the one behind it.
_RUNNING = []


def hidden_sitecustomize(path):
    """Return a function that runs the next sitecustomize after the folder of `path`, or None.

    The function replaces `sys.modules["sitecustomize"]`, so that the import system hands
    out the hidden module; what that module raises, it raises.
    """
    folder = path.rpartition("/")[0] or path.rpartition("\\")[0]
    is_run = folder == os.environ.get("PROBE_RUN_DIR")
    if is_run:
        ahead.stay_at_exec(folder)
    if folder not in sys.path:
        return None
    rest = sys.path[sys.path.index(folder) + 1 :]
    if not rest:
        return None
    if sys.version_info < (3,):
        return _hidden_python2(rest)
    # Both are loaded in every Python 3 and need no import of importlib.
    bootstrap = sys.modules["_frozen_importlib"]
    path_finder = sys.modules["_frozen_importlib_external"].PathFinder
    for place in rest:
        spec = path_finder.find_spec("sitecustomize", [place])
        if spec is not None and spec.loader is not None and place not in _RUNNING:
            break
    else:
        return None

    def run():
        module = bootstrap.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        _RUNNING.append(place)
        try:
            spec.loader.exec_module(module)
        except BaseException:
            sys.modules.pop("sitecustomize", None)
            raise
        finally:
            _RUNNING.remove(place)
            if is_run:
                ahead.stay(folder)

    return run


def _hidden_python2(rest):
    import imp

    try:
        found = imp.find_module("sitecustomize", rest)
    except ImportError:
        return None

    def run():
        del sys.modules["sitecustomize"]
        imp.load_module("sitecustomize", *found)

    return run
