"""Measures one call of each shape, as the table of peers wants it, and prints JSON.

Run by `cargo xtask bench peers`: bare, in a venv with the probe, or with --viztracer beside it.
With --switch-off the probe is first told by the control word to stop recording; the answer's
`recorded` says how many calls it has recorded after that.
"""

import asyncio
import contextlib
import gc
import json
import pathlib
import struct
import sys
import time

import bench_call
import bench_target

FIB = 22
FIB_CALLS = 57313
#: A repeat takes that many seconds, and makes no more than that many calls.
SECONDS = 0.2
MOST_CALLS = 1_000_000
#: A repeat of fib is one call from outside, and short: there are more of them.
REPEATS = {"call": 3, "fib": 12, "await": 3, "generator": 3}
#: The bytes of the control word, and what is written there; docs/recording.md.
CONTROL = 16 * 8
OFF = struct.pack("<Q", 1)
#: How long a process may take to obey.
OBEYS_WITHIN = 1.5


def loop_fib(times):
    fib = bench_target.fib
    begin = time.perf_counter_ns()
    for _ in range(times):
        fib(FIB)
    return time.perf_counter_ns() - begin


LOOPS = {
    "call": bench_call.loop_call,
    "fib": loop_fib,
    "await": bench_call.loop_await,
    "generator": bench_call.loop_generator,
}


def viztracer():
    """A context in which viztracer traces Python functions to a ring of a million entries."""
    from viztracer import VizTracer

    tracer = VizTracer(verbose=0, ignore_c_function=True, tracer_entries=1_000_000)

    @contextlib.contextmanager
    def traced():
        tracer.start()
        try:
            yield
        finally:
            tracer.stop()
            tracer.clear()

    return traced


def once(loop, times, around):
    """The nanoseconds of so many calls, without the garbage collector."""
    gc.collect()
    gc.disable()
    with around():
        ns = loop(times)
    gc.enable()
    return ns


def measured(name, around):
    """The least nanoseconds a call of several repeats."""
    loop = LOOPS[name]
    if name == "fib":
        times, calls = 1, FIB_CALLS
    else:
        once(loop, 200, around)
        a_call = once(loop, 3000, around) / 3000
        times = calls = int(max(3000, min(MOST_CALLS, SECONDS * 1e9 / a_call)))
    return min(once(loop, times, around) for _ in range(REPEATS[name])) / calls


def payload():
    """The probe's package in this process, None where there is none."""
    for name, module in list(sys.modules.items()):
        if name.startswith("_probe_") and "." not in name:
            return module
    return None


def recorded(path):
    """How many calls there are in a recording."""
    import reading

    return sum(function["calls"] for function in reading.read(path)["functions"].values())


def switch_off():
    """Tell the probe to stop, give it time to, and return its recording."""
    call_all()
    path = payload().describe()["recording"]
    with open(path, "r+b") as file:
        file.seek(CONTROL)
        file.write(OFF)
    obeyed_by = time.monotonic() + OBEYS_WITHIN
    while time.monotonic() < obeyed_by:
        call_all()
    return path


def call_all():
    for _ in range(100):
        bench_target.call(0)
    bench_target.fib(5)
    asyncio.run(bench_target.coroutine(0))
    list(bench_target.generator())


def main():
    options = sys.argv[1:]
    sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "payload"))
    around = viztracer() if "--viztracer" in options else contextlib.nullcontext
    path = switch_off() if "--switch-off" in options else None
    before = recorded(path) if path else None
    times = {name: measured(name, around) for name in LOOPS}
    answer = {"engine": bench_call.engine(), "times": times, "recorded": None}
    if path:
        answer["recorded"] = recorded(path) - before
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
