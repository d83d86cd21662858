"""What an agent found out about app.py: `evidence.py KIND FOLDER` prints it as JSON, each thing
with how often the agent saw it. Agents that take samples see a thing once or not at all.

Run by the agent's own Python, since some formats are best read by who wrote them.
"""

import collections
import glob
import json
import os
import re
import sys


def none(folder):
    """Nothing: no agent was there."""
    return {"nothing": 1}


def collected(folder):
    """What was sent to collector.py."""
    seen = collections.Counter()
    for line in lines(folder, "collected.jsonl"):
        for mark, count in line["marks"].items():
            seen[mark] += count
    return seen


def debugger(folder):
    """Where debugger.py stopped."""
    return collections.Counter(" < ".join(line) for line in lines(folder, "stops.jsonl"))


def newrelic(folder):
    """What would have been sent, by the audit log."""
    with open(os.path.join(folder, "audit.log")) as file:
        text = file.read()
    calls = re.compile(
        r"'name': '(OtherTransaction/Function/[^']*|Datastore/[^']*)', 'scope': ''\},\s*\[(\d+)"
    )
    seen = collections.Counter()
    for name, count in calls.findall(text):
        seen[name] += int(count)
    return seen


def viztracer(folder):
    with open(os.path.join(folder, "trace.json")) as file:
        events = json.load(file)["traceEvents"]
    return of_work(event["name"] for event in events if event["ph"] == "X")


def trace0(folder):
    with open(os.path.join(folder, "trace.json")) as file:
        text = file.read()
    # The end of the list may be left out: the format allows it, for programs that are killed.
    events = json.loads(text if text.rstrip().endswith("]") else text.rstrip().rstrip(",") + "]")
    return of_work(
        "%s (%s:" % (event["name"], event["args"]["file"])
        for event in events
        if event["ph"] == "B" and "file" in event.get("args", ())
    )


def of_work(names):
    found = (re.match(r"(\S+) \(.*/work\.py:", name) for name in names)
    return collections.Counter(match.group(1) for match in found if match)


def coverage(folder):
    from coverage import CoverageData

    seen = collections.Counter()
    for path in glob.glob(os.path.join(folder, "coverage.*")):
        data = CoverageData(path)
        data.read()
        for file in data.measured_files():
            for line in data.lines(file):
                seen["%s:%d" % (os.path.basename(file), line)] += 1
    return seen


def pyinstrument(folder):
    with open(os.path.join(folder, "profile.json")) as file:
        frames = [json.load(file)["root_frame"]]
    seen = set()
    for frame in frames:
        seen.add("%(file_path_short)s %(function)s" % frame)
        frames.extend(frame["children"])
    return {"app.py main": 1} if "app.py main" in seen else {}


def memray(folder):
    from memray import FileReader

    seen = set()
    with FileReader(os.path.join(folder, "memory.bin")) as reader:
        for record in reader.get_high_watermark_allocation_records():
            for function, file, _ in record.stack_trace():
                seen.add("%s %s" % (os.path.basename(file), function))
    return {"app.py main": 1} if "app.py main" in seen else {}


def scalene(folder):
    with open(os.path.join(folder, "profile.json")) as file:
        return {"app.py": 1} if "app.py" in file.read() else {}


def lines(folder, name):
    with open(os.path.join(folder, name)) as file:
        return [json.loads(line) for line in file]


KINDS = [collected, coverage, debugger, memray, newrelic, none, pyinstrument, scalene, trace0, viztracer]

if __name__ == "__main__":
    kinds = {kind.__name__: kind for kind in KINDS}
    print(json.dumps(kinds[sys.argv[1]](sys.argv[2]), sort_keys=True))
