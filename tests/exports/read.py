"""Reads an export by its real consumer and prints what that made of it.

`python read.py FORMAT FILE` prints one JSON object: under `functions` the figures of each by its
name, those that the format has, and under `all` the sums that the consumer tells by itself. Times
are in ns.
"""

import csv
import glob
import json
import pstats
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree


def read_csv(path):
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    functions = {}
    for row in rows:
        name = row.pop("name")
        functions[name] = {key: json.loads(value) if value else None for key, value in row.items()}
    return functions, {}


def read_pstats(path):
    stats = pstats.Stats(path)
    nanoseconds = 1e9
    functions = {}
    for (module, line, name), (primitive, calls, own, total, callers) in stats.stats.items():
        assert line == 0
        functions[f"{module}:{name}"] = {
            "calls": calls,
            "primitive": primitive,
            "self_ns": round(own * nanoseconds),
            "total_ns": round(total * nanoseconds),
            "called": {f"{key[0]}:{key[2]}": value[0] for key, value in callers.items()},
        }
    # It prints, sorts and inverts them too.
    stats.stream = open("/dev/null", "w")
    stats.sort_stats("cumulative").print_stats().print_callers().print_callees()
    totals = {"calls": stats.total_calls, "self_ns": round(stats.total_tt * nanoseconds)}
    return functions, totals


def annotated(path, *options):
    """What callgrind_annotate prints: (totals, by name), each a pair of ns and calls."""
    command = ["callgrind_annotate", "--threshold=100", "--auto=no", *options, path]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    line = re.compile(r"^\s*([\d,]+) \([\d. ]+%\)\s+([\d,]+) \([\d. ]+%\)\s+(.*)$")
    figures = {}
    for match in filter(None, map(line.match, ran.stdout.splitlines())):
        ns, calls = (int(text.replace(",", "")) for text in match.groups()[:2])
        figures[match.group(3)] = (ns, calls)
    return figures.pop("PROGRAM TOTALS"), figures


def read_callgrind(path):
    (ns, calls), own = annotated(path)
    _, inclusive = annotated(path, "--inclusive=yes")
    functions = {}
    for name, (self_ns, count) in own.items():
        functions[name] = {"calls": count, "self_ns": self_ns, "inclusive_ns": inclusive[name][0]}
    return functions, {"calls": calls, "self_ns": ns}


SAMPLE = re.compile(r"^([a-z_]+)\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def read_prometheus(path):
    """By promtool, which says nothing where all is well; it doesn't tell the figures."""
    with open(path, "rb") as file:
        subprocess.run(["promtool", "check", "metrics"], stdin=file, check=True)
    with open(path) as file:
        lines = [match.groups() for match in map(SAMPLE.match, file) if match]
    samples = [(name, dict(LABEL.findall(labels)), float(value)) for name, labels, value in lines]
    return of_samples(samples), {}


KEYS = {
    "probe_calls_total": "calls",
    "probe_call_errors_total": "errors",
    "probe_calls_in_flight": "in_flight",
    "probe_call_duration_seconds_count": "timed",
    "probe_call_duration_seconds_sum": "total_ns",
    "probe_call_self_seconds_total": "self_ns",
    "probe_call_active_seconds_total": "active_ns",
}


def of_samples(samples):
    """The figures of functions in the samples of metrics, each a name, labels and value."""
    functions = {}
    for name, labels, value in samples:
        if name not in KEYS or "function" not in labels:
            continue
        number = round(value * 1e9) if "_seconds_" in name and "count" not in name else int(value)
        functions.setdefault(labels["function"], {})[KEYS[name]] = number
    return functions


def read_openmetrics(path):
    from prometheus_client.openmetrics.parser import text_string_to_metric_families

    with open(path) as file:
        families = list(text_string_to_metric_families(file.read()))
    samples = [sample for family in families for sample in family.samples]
    return of_samples((it.name, it.labels, it.value) for it in samples), {}


TOP = re.compile(r"^\s*(\d+)(?:ns)?\s+[\d.e-]+%\s+[\d.e-]+%\s+(\d+)(?:ns)?\s+[\d.e-]+%\s+(.*)$")


def read_pprof(path):
    """By `go tool pprof`, which Debian may have beside PATH."""
    go = shutil.which("go") or max(glob.glob("/usr/lib/go-*/bin/go"))
    functions, totals = {}, {}
    for index, key, cumulative in ("calls", "calls", None), ("time", "self_ns", "inclusive_ns"):
        options = ["-top", "-nodecount=100000", "-nodefraction=0", "-unit=ns"]
        command = [go, "tool", "pprof", *options, f"-sample_index={index}", path]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        for flat, below, name in (
            match.groups() for match in map(TOP.match, ran.stdout.splitlines()) if match
        ):
            functions.setdefault(name, {})[key] = int(flat)
            if cumulative:
                functions[name][cumulative] = int(below)
        shown = re.search(r"^Showing nodes accounting for (\d+)(?:ns)?, 100%", ran.stdout, re.M)
        totals[key] = int(shown.group(1))
    return functions, totals


TITLE = re.compile(r"^(.*) \(([\d,]+) ns, [\d.]+%\)$")


def read_flamegraph(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    titles = [it.text for it in root.iter("{http://www.w3.org/2000/svg}title")]
    figures = [TITLE.match(title).groups() for title in titles]
    widths = {}
    for name, ns in figures:
        widths.setdefault(name, []).append(int(ns.replace(",", "")))
    (total,) = widths.pop("all")
    return {name: {"widest_ns": max(all_)} for name, all_ in widths.items()}, {"self_ns": total}


def read_speedscope(path):
    with open(path) as file:
        document = json.load(file)
    names = [frame["name"] for frame in document["shared"]["frames"]]
    functions, totals = {}, {}
    for profile in document["profiles"]:
        key = {"nanoseconds": "self_ns", "none": "calls"}[profile["unit"]]
        totals[key] = profile["endValue"] - profile["startValue"]
        stack, at = [], profile["startValue"]
        for event in profile["events"]:
            assert event["at"] >= at
            if stack:
                figures = functions.setdefault(names[stack[-1]], {})
                figures[key] = figures.get(key, 0) + event["at"] - at
            at = event["at"]
            if event["type"] == "O":
                stack.append(event["frame"])
            else:
                assert stack.pop() == event["frame"]
        assert not stack and at == profile["endValue"]
    return functions, totals


if __name__ == "__main__":
    functions, totals = globals()[f"read_{sys.argv[1]}"](sys.argv[2])
    json.dump({"functions": functions, "all": totals}, sys.stdout)
