"""Measures one call of each shape and prints nanoseconds a call as JSON.

Run by `cargo xtask bench call`, in a venv with the probe or without. With --wrap the
functions get the wrapper that people write by hand: `functools.wraps` around, with calls,
total, least, most and a histogram.
"""

import asyncio
import functools
import gc
import json
import sys
import time

import bench_target

REPEATS = 5
SECONDS_A_REPEAT = 0.05
FIB = 18
FIB_CALLS = 8361


def adder():
    """A function that adds one duration to a record of its own."""
    calls_total_least_most = [0, 0, sys.maxsize, 0]
    powers_of_two = [0] * 64

    def add(ns, record=calls_total_least_most, slots=powers_of_two):
        record[0] += 1
        record[1] += ns
        if ns < record[2]:
            record[2] = ns
        if ns > record[3]:
            record[3] = ns
        slots[ns.bit_length()] += 1

    return add


def wrapped(function):
    add = adder()
    clock = time.perf_counter_ns

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        begin = clock()
        try:
            return function(*args, **kwargs)
        finally:
            add(clock() - begin)

    return wrapper


def wrapped_coroutine(function):
    add = adder()
    clock = time.perf_counter_ns

    @functools.wraps(function)
    async def wrapper(*args, **kwargs):
        begin = clock()
        try:
            return await function(*args, **kwargs)
        finally:
            add(clock() - begin)

    return wrapper


def wrapped_generator(function):
    add = adder()
    clock = time.perf_counter_ns

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        begin = clock()
        try:
            return (yield from function(*args, **kwargs))
        finally:
            add(clock() - begin)

    return wrapper


def wrap_all():
    bench_target.call = wrapped(bench_target.call)
    bench_target.fib = wrapped(bench_target.fib)
    bench_target.coroutine = wrapped_coroutine(bench_target.coroutine)
    bench_target.generator = wrapped_generator(bench_target.generator)


def loop_call(times):
    call = bench_target.call
    begin = time.perf_counter_ns()
    for i in range(times):
        call(i)
    return time.perf_counter_ns() - begin


def loop_fib(times):
    fib = bench_target.fib
    begin = time.perf_counter_ns()
    for _ in range(times):
        fib(FIB)
    return time.perf_counter_ns() - begin


def loop_await(times):
    async def main():
        coroutine = bench_target.coroutine
        begin = time.perf_counter_ns()
        for i in range(times):
            await coroutine(i)
        return time.perf_counter_ns() - begin

    return asyncio.run(main())


def loop_generator(times):
    generator = bench_target.generator
    begin = time.perf_counter_ns()
    for _ in range(times):
        for _ in generator():
            pass
    return time.perf_counter_ns() - begin


def measured(loop, calls_a_round):
    """The least nanoseconds a call, of several repeats that are long enough to measure."""
    times = 1
    while True:
        ns = loop(times)
        if ns > SECONDS_A_REPEAT * 1e8:
            break
        times *= 2
    times = max(1, int(times * SECONDS_A_REPEAT * 1e9 / ns))
    best = float("inf")
    for _ in range(REPEATS):
        gc.collect()
        gc.disable()
        best = min(best, loop(times))
        gc.enable()
    return best / times / calls_a_round


def engine():
    """The probe's engine in this process, None where it isn't at work."""
    for name, module in list(sys.modules.items()):
        if name.startswith("_probe_") and "." not in name:
            return module.describe()["engine"]
    return None


def main():
    if "--wrap" in sys.argv[1:]:
        wrap_all()
    times = {
        "call": measured(loop_call, 1),
        "fib": measured(loop_fib, FIB_CALLS),
        "await": measured(loop_await, 1),
        "generator": measured(loop_generator, 1),
    }
    print(json.dumps({"engine": engine(), "times": times}))


if __name__ == "__main__":
    main()
