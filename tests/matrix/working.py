"""The work of one interpreter in `cargo xtask matrix`: always the same calls, then a witness.

Where the variable MATRIX_WITNESSES names a folder, a file in it says which probes this
interpreter holds; what the program prints is the same with the probe and without.
"""

import json
import os
import sys
import time


def work(name="worked"):
    """Call each target a known number of times, leave a witness, and print one line."""
    import visited

    for _ in range(3):
        visited.visit()
    visitor = visited.Visitor()
    for _ in range(2):
        visitor.visit()
    count = sum(visited.steps(4))
    leave_witness(name)
    path = [] if "MATRIX_NO_PATH" in os.environ else sys.path
    if sys.stdout is not None:
        print(name, count, sys.argv[1:], path)
        sys.stdout.flush()


def leave_witness(name):
    """Write down each probe of this interpreter, by its own answer."""
    folder = os.environ.get("MATRIX_WITNESSES")
    if not folder:
        return
    packages = [key for key in list(sys.modules) if key.startswith("_probe_") and "." not in key]
    probes = [sys.modules[key].describe() for key in packages]
    path = os.path.join(folder, "%d-%d-%s" % (os.getpid(), time.time() * 1e9, name))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, json.dumps(probes).encode("ascii"))
    finally:
        os.close(descriptor)
