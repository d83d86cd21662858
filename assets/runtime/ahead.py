"""Keep the folder of `probe run` first on PYTHONPATH, for the Pythons that this process starts.

An agent that puts a folder with a `sitecustomize` of its own in front, and whose `sitecustomize`
runs no other, would keep the probe out of them. Parses on Python 2.7 as well.
"""

import os
import sys

#: Launchers, written in Python, that put such a folder in front and become the program.
_LAUNCHERS = ("opentelemetry-instrument",)


def stay(folder):
    """Put `folder` in front of PYTHONPATH again, where it is behind."""
    parts = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if folder in parts and parts[0] != folder:
        parts.remove(folder)
        os.environ["PYTHONPATH"] = os.pathsep.join([folder] + parts)


def stay_at_exec(folder):
    """The same when this process becomes another, if it is a launcher that may change the order."""
    # `sys.argv` isn't there yet at the start-up of Python 2.
    program = os.path.basename(getattr(sys, "argv", None) and sys.argv[0] or "")
    if program not in _LAUNCHERS:
        return
    real = os.execv  # what `os.execl` and its like call where they are given no environment

    def execv(path, arguments):
        stay(folder)
        return real(path, arguments)

    os.execv = execv
