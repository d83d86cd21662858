"""What the exports are tried with: recursion of both kinds, errors, coroutines that wait for each
other, a generator, methods, nested functions, and the same calls in other processes.
"""

import asyncio
import subprocess
import sys
import time


def leaf(milliseconds):
    time.sleep(milliseconds / 1000)


def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


def ping(n):
    leaf(0.1)
    return pong(n - 1) if n > 0 else n


def pong(n):
    return ping(n - 1) if n > 0 else n


class Cart:
    def total(self):
        leaf(0.2)
        raise ValueError(self.size)

    @property
    def size(self):
        return 3


async def fetch():
    await asyncio.sleep(0.005)
    leaf(0.1)


async def page():
    await asyncio.gather(fetch(), fetch())
    await fetch()


def rows():
    for number in range(3):
        leaf(0.1)
        yield number


def main():
    fibonacci(12)
    ping(7)
    for _ in range(20):
        try:
            Cart().total()
        except ValueError:
            pass
    asyncio.run(page())

    def nested():
        leaf(0.3)
        return list(rows())

    nested()


if __name__ == "__main__":
    import work

    work.main()
    if "--alone" not in sys.argv:
        for _ in range(2):
            subprocess.run([sys.executable, __file__, "--alone"], check=True)
