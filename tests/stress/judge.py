"""Compares what scenes did with what was recorded: `python judge.py ENGINE DETAIL FOLDER...`.

Each folder holds one scene: its truth.json, and the recordings below data. Prints each problem
on a line of its own after `problem: `, each note after `note: `, and exits with 1 on a problem.
"""

import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "payload"))

import reading  # noqa: E402

ENGINES = {"python": 1, "native": 2}
#: Nothing here takes longer; in ticks, of which no clock makes more than ten in a nanosecond.
ABSURD = 10 * 3600 * 10**9
#: Words of the header.
PID, ENGINE, STATE, STOPPED, FUNCTIONS_DROPPED, NODES_DROPPED, REPAIRED = 8, 15, 17, 19, 21, 22, 23


def judge(folder, engine, detail):
    """Yield what is wrong with one scene."""
    truth = json.loads((folder / "truth.json").read_text())
    recordings = {}
    for path in sorted((folder / "data").glob("**/*.rec")):
        recording = reading.read(path)
        pid = str(recording["header"][PID])
        if pid in recordings:
            yield "process %s has two recordings" % pid
        recordings[pid] = recording
    for pid, expected in truth["processes"].items():
        if pid not in recordings:
            if any(least for (least, _), _ in expected.values()):
                yield "process %s left no recording" % pid
            continue
        recording = recordings[pid]
        yield from header(recording["header"], engine, truth["repairs"], pid)
        yield from functions(recording, expected, engine, detail)
        for stack in recording["threads"]:
            if stack:
                yield "a stack isn't empty at the end: %s" % ", ".join(stack)
    for pid in set(recordings) - set(truth["processes"]):
        called = [name for name, entry in recordings[pid]["functions"].items() if entry["calls"]]
        if called:
            yield "an unknown process recorded calls of %s" % ", ".join(called)


def header(words, engine, repairs, pid):
    if words[ENGINE] != ENGINES[engine]:
        yield "process %s was recorded by another engine, number %d" % (pid, words[ENGINE])
    for what, word in (
        ("recording stopped early", STOPPED),
        ("functions were dropped", FUNCTIONS_DROPPED),
        ("nodes were dropped", NODES_DROPPED),
    ):
        if words[word]:
            yield "%s: %d" % (what, words[word])
    if words[REPAIRED] and not repairs:
        yield "stacks were repaired %d times" % words[REPAIRED]


def functions(recording, expected, engine, detail):
    found = recording["functions"]
    for name in sorted(set(expected) | {name for name, entry in found.items() if entry["calls"]}):
        entry = found.get(name, {"calls": 0, "errors": 0, "why": "it isn't in the recording"})
        if entry["why"] and engine == "python" and sys.version_info < (3, 12):
            continue  # only nested functions, which need monitoring or the native engine
        calls, errors = expected.get(name, [[0, 0], [0, 0]])
        if not calls[0] <= entry["calls"] <= calls[1]:
            yield "%s: %s calls were made, %d are recorded %s" % (
                name,
                of(calls),
                entry["calls"],
                entry["why"],
            )
        if not errors[0] <= entry["errors"] <= errors[1]:
            yield "%s: %s calls failed, %d are recorded" % (name, of(errors), entry["errors"])
        if not entry["calls"]:
            continue
        if entry["begun"] and entry["begun"] != entry["calls"]:
            yield "%s: %d calls began, %d ended" % (name, entry["begun"], entry["calls"])
        times = [entry["total"], entry["own"], entry["active"], entry["most"], entry["least"] or 0]
        if max(times) > ABSURD or entry["own"] > entry["total"]:
            yield "%s: its times are absurd: %r" % (name, times)
        if detail != "count" and entry["most"] > entry["total"]:
            yield "%s: one call took longer than all: %r" % (name, times)


def of(range_):
    least, most = range_
    return str(least) if least == most else "%d to %d" % (least, most)


def main():
    engine, detail, *folders = sys.argv[1:]
    problems = 0
    for folder in map(pathlib.Path, folders):
        for problem in judge(folder, engine, detail):
            problems += 1
            print("problem: %s: %s" % (folder.name, problem))
        for note in json.loads((folder / "truth.json").read_text())["notes"]:
            print("note: %s: %s" % (folder.name, note))
    sys.exit(problems > 0)


if __name__ == "__main__":
    main()
