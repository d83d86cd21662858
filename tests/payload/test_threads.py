"""Threads: exact counts whatever the interpreter switches between, and imports at the same time."""

APP = """
def work(n):
    return n

def steps(n):
    for i in range(n):
        yield i

def failing():
    raise KeyError
"""
PROGRAM = """
import sys, threading
import app
sys.setswitchinterval(1e-5)

def run():
    for i in range(20000):
        app.work(i)
    for i in range(100):
        for _ in app.steps(5):
            pass
        try:
            app.failing()
        except KeyError:
            pass

threads = [threading.Thread(target=run) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_calls_of_eight_threads_are_exact(runner, detail):
    result = runner.run(PROGRAM, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:work": (160000, 0), "app:steps": (800, 0), "app:failing": (800, 800)}
    recording = result.recording
    assert recording["header"][23] == 0
    if detail == "tree":
        calls = {path: numbers[0] for path, numbers in recording["tree"].items()}
        assert calls == {("app:work",): 160000, ("app:steps",): 800, ("app:failing",): 800}


def test_modules_imported_by_many_threads_at_once_are_all_hooked(runner):
    files = {"many/m%d.py" % i: "import time; time.sleep(0.005)\ndef f(): return %d" % i for i in range(16)}
    files["many/__init__.py"] = ""
    program = """
import importlib, sys, threading
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(16)
def load(i):
    barrier.wait()
    assert importlib.import_module("many.m%d" % i).f() == i
threads = [threading.Thread(target=load, args=(i,)) for i in range(16)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    for _ in range(3):
        result = runner.run(program, ["many.*:*"], "tree", files)
        assert (result.code, result.err) == (0, "")
        # One recording: two threads may not both set the probe up.
        assert result.counts() == {"many.m%d:f" % i: (1, 0) for i in range(16)}


def test_one_module_imported_by_many_threads_at_once(runner):
    program = """
import threading
barrier = threading.Barrier(8)
def load():
    barrier.wait()
    import app
    app.work(1)
threads = [threading.Thread(target=load) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    result = runner.run(program, ["app:*"], "tree", {"app.py": "import time; time.sleep(0.05)\n" + APP})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:work": (8, 0)}


def test_a_thread_that_outlives_the_main_program_is_no_harm(runner, detail):
    program = """
import threading, app
def run():
    while True:
        app.work(1)
threading.Thread(target=run, daemon=True).start()
while app.work(0):
    pass
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.function("app:work")["calls"] >= 1


def test_a_callback_survives_signals(runner, detail):
    """A signal handler that is hooked itself strikes at any instruction of a callback."""
    program = """
import signal, app
handled = 0
def handler(*_):
    global handled
    handled += 1
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
for i in range(40000):
    app.work(i)
signal.setitimer(signal.ITIMER_REAL, 0)
assert handled > 3
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:work": (40000, 0)}


def test_exceptions_raised_by_a_signal_handler_reach_the_program(runner, detail):
    program = """
import signal, app
def handler(*_):
    raise InterruptedError
signal.signal(signal.SIGALRM, handler)
caught = 0
while caught < 100:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0003)
        while True:
            app.work(1)
    except InterruptedError:
        caught += 1
for _ in range(10):
    app.steps(2).send(None)
print("ok")
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    assert result.function("app:steps")["calls"] == 10
