"""Processes to be watched: `watched_fleet.py PROCESSES FUNCTIONS ACTIVE`.

Run by `cargo xtask bench top`. Forks that many processes; each calls every function once, and then
twice a second the first ACTIVE of them, with arguments that make calls take different times. Says
`ready` once each has called all, and ends when its input does.
"""

import os
import random
import sys
import threading
import time


def work(functions: list, active: int) -> None:
    rest = random.Random(os.getpid())
    for function in functions:
        function(rest.random())
    os.write(1, b"called\n")
    time.sleep(rest.random())
    while active:
        for function in functions[:active]:
            function(rest.random())
        time.sleep(0.5)
    threading.Event().wait()


def main() -> None:
    processes, count, active = map(int, sys.argv[1:4])
    import watched_functions

    functions = [getattr(watched_functions, "f%03d" % number) for number in range(count)]
    children = []
    for _ in range(processes):
        child = os.fork()
        if not child:
            work(functions, active)
        children.append(child)
    sys.stdin.read()
    for child in children:
        os.kill(child, 9)
        os.waitpid(child, 0)


main()
