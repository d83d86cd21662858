"""A program whose children do the work too: `children.py WAY`, and the parent works as well."""

import os
import sys
import threading

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

import working

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "program.py")


def by_multiprocessing(method):
    """Two children, one after the other, so that what they print has an order."""
    import multiprocessing

    context = multiprocessing.get_context(method)
    for number in range(2):
        child = context.Process(target=working.work, args=("child%d" % number,))
        child.start()
        child.join()
        assert child.exitcode == 0, child.exitcode


def by_subprocess():
    import subprocess

    subprocess.run([sys.executable, PROGRAM], check=True)


def by_shell():
    assert os.system("'%s' '%s'" % (sys.executable, PROGRAM)) == 0


def by_exec():
    os.execv(sys.executable, [sys.executable, PROGRAM])


def by_prefork():
    """As a server does: loaded in the parent, worked in the children, which end by os._exit."""
    import visited  # noqa: F401

    for number in range(3):
        pid = os.fork()
        if pid == 0:
            try:
                working.work("worker%d" % number)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)


def by_double_fork():
    """A daemon: the child leaves its own child behind."""
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            working.work("daemon")
            os.write(write_end, b".")
        os._exit(0)
    os.close(write_end)
    os.wait()
    os.read(read_end, 1)
    os.read(read_end, 1)


def by_pool():
    from concurrent.futures import ThreadPoolExecutor

    lock = threading.Lock()

    def one(number):
        with lock:
            working.work("thread")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(2)))


def by_venv():
    """A venv made from inside of this one doesn't have the probe."""
    import subprocess

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "inner"], check=True)
    subprocess.run([os.path.join("inner", "bin", "python"), "-c", "print('inner')"], check=True)


def by_interpreters():
    """A subinterpreter does the work, by whichever module this Python has for it."""
    script = "import sys; sys.path[:] = %r; import working; working.work('inner')" % (sys.path,)
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    inner = interpreters.create("legacy") if sys.version_info >= (3, 13) else interpreters.create()
    failure = interpreters.run_string(inner, script)
    assert failure is None, failure
    interpreters.destroy(inner)


if __name__ == "__main__":
    way, _, method = sys.argv.pop(1).partition("-")
    working.work("parent")
    globals()["by_" + way](*filter(None, [method]))
