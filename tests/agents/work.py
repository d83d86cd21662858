"""What each process of app.py does, and how often it calls each function in that."""

import asyncio
import json
import os
import sqlite3
import sys
import threading
import urllib.request


def plain(n):
    return n + 1


class Box:
    def __init__(self, n):
        self.n = n

    def add(self, n):
        self.n = plain(self.n) + n
        return self.n

    @property
    def value(self):
        return self.n

    @staticmethod
    def empty():
        return Box(0)


def numbers(n):
    for number in range(n):
        yield number


async def nap(n):
    await asyncio.sleep(0)
    return n


async def naps(n):
    return sum(await asyncio.gather(*[nap(number) for number in range(n)]))


def failing():
    raise ValueError("meant")


def in_thread():
    for n in range(10):
        plain(n)


def query():
    connection = sqlite3.connect(":memory:")
    cursor = connection.cursor()  # some agents watch only cursors
    cursor.execute("create table cart (item text)")
    cursor.execute("insert into cart values ('tea')")
    items = cursor.execute("select item from cart").fetchall()
    connection.close()
    return items


def get(url):
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


def lap():
    """Call everything but `get`; CALLS says how often."""
    for n in range(50):
        plain(n)
    box = Box.empty()
    for n in range(10):
        box.add(n)
    total = box.value + sum(numbers(10)) + asyncio.run(naps(5))
    try:
        failing()
    except ValueError:
        total += 1
    threads = [threading.Thread(target=in_thread) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total + len(query())


CALLS = {
    "plain": 50 + 10 + 3 * 10,
    "Box.__init__": 1,
    "Box.add": 10,
    "Box.value": 1,
    "Box.empty": 1,
    "numbers": 1,
    "nap": 5,
    "naps": 1,
    "failing": 1,
    "in_thread": 3,
    "query": 1,
    "lap": 1,
}


def child():
    """Be a child process: one lap."""
    lap()
    tell(dict(CALLS, child=1))


def tell(calls):
    """Write down what this process called. Called by each process at its end, and not timed."""
    path = os.path.join(os.environ["AGENTS_TRUTH"], "%d.json" % os.getpid())
    with open(path, "w") as file:
        json.dump({"work:" + name: count for name, count in calls.items()}, file)


if __name__ == "__main__":
    sys.exit("work.py is a module; start app.py")
