"""Fork, exec, multiprocessing, kills and subinterpreters: each process has its own recording."""

import sys
import time

import pytest
from running import REACHES_NESTED

APP = """
def work(n=1):
    return n

def forking(do):
    work()
    return do()

def steps():
    yield 1
    yield 2

async def waiting(future):
    await future
"""


def by_process(result):
    """{pid: {name: calls}} of all recordings, functions that were never called left out."""
    return {
        recording["header"][8]: {
            name: entry["calls"] for name, entry in recording["functions"].items() if entry["calls"]
        }
        for recording in result.recordings
    }


FORK = """
import os, sys
import app
for _ in range(5):
    app.work()

def child():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return pid
    for _ in range(7):
        app.work()
    LEAVE

suspended = app.steps(); next(suspended)
pid = app.forking(child)
if pid:
    list(suspended)
for _ in range(3):
    app.work()
print(os.getpid(), pid)
"""


@pytest.mark.parametrize("leave", ["os._exit(0)", "return 0", "sys.exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_forked_child_counts_for_itself(runner, detail, leave):
    result = runner.run(FORK.replace("LEAVE", leave), ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    parent, child = (int(word) for word in result.out.split("\n")[-2].split())
    counts = by_process(result)
    assert set(counts) == {parent, child}
    assert counts[parent] == {"app:work": 9, "app:forking": 1, "app:steps": 1}
    # The call in flight during the fork is the parent's.
    assert counts[child] == {"app:work": 10 if leave == "return 0" else 7}
    ended = {recording["header"][8]: recording["header"][17] for recording in result.recordings}
    assert ended == {parent: 1, child: int(leave in ("return 0", "sys.exit(0)"))}
    assert {recording["header"][13] for recording in result.recordings} >= {parent}


def test_a_child_that_calls_nothing_hooked_leaves_no_recording(runner, detail):
    program = """
import os, app
app.work()
pid = os.fork()
if not pid:
    os._exit(0)
os.waitpid(pid, 0)
app.work()
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:work": (2, 0)}


def test_grandchildren_and_threads_that_fork(runner, detail):
    program = """
import os, threading, app
def fork(times):
    app.work()
    if times:
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        else:
            fork(times - 1)
            os._exit(0)
fork(2)
thread = threading.Thread(target=fork, args=(1,))
thread.start()
thread.join()
"""
    flags = ("-W", "ignore::DeprecationWarning")
    result = runner.run(program, ["app:*"], detail, {"app.py": APP}, flags=flags)
    assert (result.code, result.err) == (0, "")
    assert sorted(counts["app:work"] for counts in by_process(result).values()) == [1, 1, 1, 2]


MULTIPROCESSING = """
import multiprocessing, os
import app

def job(n):
    for _ in range(n):
        app.work()
    return os.getpid()

if __name__ == "__main__":
    app.work()
    context = multiprocessing.get_context("METHOD")
    children = [context.Process(target=job, args=(n,)) for n in (10, 20)]
    [child.start() for child in children]
    [child.join() for child in children]
    assert [child.exitcode for child in children] == [0, 0]
    with context.Pool(1) as pool:
        pool.map(job, [3])
        pool.close()
        pool.join()
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(runner, method):
    program = MULTIPROCESSING.replace("METHOD", method)
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    counts = sorted(counts.get("app:work", 0) for counts in by_process(result).values())
    assert [count for count in counts if count] == [1, 3, 10, 20]
    ends = [recording["header"][17] for recording in result.recordings if recording["functions"]]
    assert all(ends)


@pytest.mark.skipif(not REACHES_NESTED, reason="functions of __main__ need Python 3.12")
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_functions_of_the_main_module_in_children(runner, method):
    program = MULTIPROCESSING.replace("METHOD", method)
    result = runner.run(program, ["__main__:job", "__mp_main__:job"], "tree", {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    jobs = [sum(counts.values()) for counts in by_process(result).values() if counts]
    assert jobs == [1, 1, 1]


def test_concurrent_futures(runner):
    program = """
import concurrent.futures, multiprocessing, app
if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        assert list(pool.map(app.work, range(10))) == list(range(10))
"""
    flags = ("-W", "ignore::DeprecationWarning")
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP}, flags=flags)
    assert (result.code, result.err) == (0, "")
    assert [counts for counts in by_process(result).values() if counts] == [{"app:work": 10}]


def test_every_call_that_returned_survives_a_kill(runner, detail):
    program = """
import os, signal, app
for i in range(1000):
    app.work(i)
for _ in range(100):
    list(app.steps())
os.kill(os.getpid(), signal.SIGKILL)
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert result.code == -9
    assert result.counts() == {"app:work": (1000, 0), "app:steps": (100, 0)}
    assert result.recording["header"][17] == 0


@pytest.mark.parametrize(
    "end", ["os._exit(3)", "os.abort()", "sys.exit(4)", "raise SystemExit", "1/0", "os.kill(os.getpid(), 15)"]
)
def test_however_a_process_ends_its_calls_are_there(runner, end):
    program = "import os, sys, app\nfor i in range(1000): app.work(i)\n" + end
    bare, probed = runner.both(program, targets=["app:*"], files={"app.py": APP})
    assert probed.code == bare.code
    assert probed.err.replace(str(probed.place), "") == bare.err.replace(str(bare.place), "")
    assert probed.counts() == {"app:work": (1000, 0)}
    assert probed.recording["header"][17] == int("os." not in end)


def test_exec_and_subprocesses(runner):
    program = """
import os, subprocess, sys, app
app.work()
if len(sys.argv) == 1:
    subprocess.run([sys.executable, "main.py", "child"], check=True)
    os.execv(sys.executable, [sys.executable, "main.py", "again"])
"""
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP})
    assert (result.code, result.out, result.err) == (0, "", "")
    assert [recording["functions"]["app:work"]["calls"] for recording in result.recordings] == [1, 1, 1]


DAEMON = """
import os, sys
import app
app.work()
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
os.closerange(0, 256)
for number in (0, 1, 2):
    assert os.open(os.devnull, os.O_RDWR) == number
for i in range(40):
    exec("def f%d(): pass" % i, app.__dict__)
for _ in range(50):
    app.work()
read, write = os.pipe()
import late
[getattr(late, "f%d" % i)() for i in range(100)]
open("done.part", "w").write(str(write - read))
os.rename("done.part", "done")
"""


def test_a_daemon_that_closes_every_descriptor(runner):
    late = "".join("def f%d(): pass\n" % i for i in range(100))
    result = runner.run(DAEMON + "os._exit(0)", ["app:*", "late:*"], "tree", {"app.py": APP, "late.py": late})
    assert (result.code, result.out, result.err) == (0, "", "")
    done = result.place / "app" / "done"
    for _ in range(100):
        if done.exists():
            break
        time.sleep(0.05)
    if sys.version_info >= (3, 13):  # before, a mapping keeps a descriptor
        assert done.read_text() == "1"
    parent, daemon = (counts for counts in by_process(result).values())
    assert parent == {"app:work": 1}
    assert daemon == dict({"late:f%d" % i: 1 for i in range(100)}, **{"app:work": 50})


SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
import app
app.work()
one = interpreters.create()
source = "import sys; sys.path.insert(0, %r); import app; app.work(); app.work()" % sys.path[0]
for _ in range(2):
    failed = interpreters.exec(one, source) if hasattr(interpreters, "exec") else None
    if not hasattr(interpreters, "exec"):
        interpreters.run_string(one, source)
    assert failed is None, failed
interpreters.destroy(one)
app.work()
print("ok")
"""


def test_subinterpreters(runner):
    try:
        try:
            import _interpreters
        except ImportError:
            import _xxsubinterpreters
    except ImportError:
        pytest.skip("this Python has no module for subinterpreters")
    bare, probed = runner.both(SUBINTERPRETER, targets=["app:*"], files={"app.py": APP})
    if bare.code:
        pytest.skip("subinterpreters don't work here: %s" % bare.err.split("\n")[-2])
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)
    counts = sorted(r["functions"]["app:work"]["calls"] for r in probed.recordings)
    assert counts == [2, 4]
