"""Recursion until Python forbids it, in every way; at least as deep as without the probe."""

import json
import os
import subprocess
import sys
import tempfile
import threading

import subjects


def depth(call):
    """How often calls began until one was refused."""
    counter = [0, 0]
    try:
        call(counter)
    except RecursionError:
        return counter
    raise AssertionError("there was no end")


def called(counter):
    subjects.Deep()(counter)


def drained(counter):
    list(subjects.nesting(counter))


def once(stage, where):
    """Reach each depth and note it, by the place in which that was done."""
    add, facts = stage.truth.add, stage.truth.facts
    down, _ = depth(subjects.down)
    add("down", down, down)
    to, fro = depth(subjects.to_and)
    add("to_and", to, to)
    add("fro", fro, fro)
    init, _ = depth(subjects.Deep)
    add("Deep.__init__", init, init)
    call, _ = depth(called)
    add("Deep.__init__")
    add("Deep.__call__", call, call)
    nested, _ = depth(drained)
    add("nesting", nested, nested)
    depths = {"down": down, "to_and": to + fro, "Deep()": init, "Deep.__call__": call, "nesting": nested}
    for name, reached in depths.items():
        name = "%s, %s" % (name, where)
        # Cold code may reach one frame more than the same code specialised.
        facts[name] = min(reached, facts.get(name, reached))


def without_probe(stage):
    """The depths that a process without the probe reaches, by as many tries: code gets specialised."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "truth")
        environment = dict(os.environ, PROBE_DISABLE="1")
        command = [sys.executable, sys.argv[0], "recursion", path, "--scale", str(stage.scale)]
        subprocess.run(command, check=True, env=environment, timeout=60)
        with open(path) as file:
            return json.load(file)["facts"]


def play(stage):
    for _ in range(stage.times(10)):
        once(stage, "usual limit")
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(3 * usual)
    for _ in range(stage.times(3)):
        once(stage, "raised limit")
    sys.setrecursionlimit(usual)
    for _ in range(2):
        thread = threading.Thread(target=once, args=(stage, "thread"))
        thread.start()
        thread.join()
    if os.environ.get("PROBE_DISABLE"):
        return
    expected, facts = without_probe(stage), stage.truth.facts
    different = {name: (facts[name], expected[name]) for name in facts if facts[name] != expected[name]}
    shallow = {name: pair for name, pair in different.items() if pair[0] < pair[1]}
    assert not shallow, shallow
    for name, pair in different.items():
        stage.truth.note("deeper than without the probe: %s: %d, not %d" % (name, *pair))
