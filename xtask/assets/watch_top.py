"""Runs a program on a terminal of its own and measures the processor time that it takes.

watch_top.py COLUMNS LINES WARM_UP SECONDS COMMAND...: after WARM_UP seconds, takes the time of
SECONDS seconds, then quits it by `q`. Prints the milliseconds a second, and the maximal resident
memory in MiB.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time


def processor_ns(pid: int) -> int:
    with open("/proc/%d/schedstat" % pid) as file:
        return int(file.read().split()[0])


def drain(terminal: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return
        try:
            if select.select([terminal], [], [], left)[0] and not os.read(terminal, 65536):
                return
        except OSError:
            return  # the program has ended


def main() -> None:
    columns, lines, warm_up, seconds = map(int, sys.argv[1:5])
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.execvp(sys.argv[5], sys.argv[5:])
    drain(terminal, warm_up)
    before = processor_ns(pid)
    begin = time.monotonic()
    drain(terminal, seconds)
    spent = processor_ns(pid) - before
    passed = time.monotonic() - begin
    os.write(terminal, b"q")
    drain(terminal, 0.5)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, status
    print("%.3f %.1f" % (spent / 1e6 / passed, usage.ru_maxrss / 1024))


main()
