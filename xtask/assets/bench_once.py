"""Measures what a process pays once, and prints JSON: `bench_once.py import|memory MODULE`.

Run by `cargo xtask bench peers`. `import`: the nanoseconds that importing MODULE takes, which has
many functions. `memory`: the most bytes that were resident, once each of its functions was
called often. Both also say how many of its functions the probe has recorded.
"""

import importlib
import json
import pathlib
import sys
import time

import bench_call

CALLS = 1000


def most_resident():
    """Bytes, of this program alone: getrusage's figure also knows the program that started it."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0]) * 1024
    return None


def recorded(module):
    """How many functions of the module have calls in the recording of this process."""
    import bench_peers

    package = bench_peers.payload()
    path = package.describe()["recording"] if package else None
    if not path:
        return 0
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "payload"))
    import reading

    functions = reading.read(path)["functions"].items()
    return sum(name.startswith(module + ":") and entry["calls"] > 0 for name, entry in functions)


def main():
    what, name = sys.argv[1:]
    sys.path.insert(0, "")
    begin = time.perf_counter_ns()
    module = importlib.import_module(name)
    value = time.perf_counter_ns() - begin
    functions = [function for key, function in vars(module).items() if key.startswith("function_")]
    for function in functions:
        for i in range(CALLS if what == "memory" else 1):
            function(i)
    if what == "memory":
        value = most_resident()
    answer = {"engine": bench_call.engine(), "value": value, "recorded": recorded(name)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
