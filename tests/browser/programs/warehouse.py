"""A warehouse that picks orders: a few threads, a child process, calls of all lengths, and, with
--hang, a lock that is never given back. What the page's checks and pictures show."""

import argparse
import subprocess
import sys
import threading
import time


class OutOfStock(Exception):
    pass


class Shelf:
    """A place with a lock of its own."""

    def __init__(self, number):
        self.number = number
        self.lock = threading.Lock()

    def reserve(self, item):
        with self.lock:
            return check(item, self.number)


class Picker:
    """Goes along the shelves."""

    def __init__(self, shelves):
        self.shelves = shelves

    def pick(self, order):
        route = plan_route(order, len(self.shelves))
        picked = []
        for shelf in route:
            try:
                picked.append(self.shelves[shelf].reserve(order * 7 + shelf))
            except OutOfStock:
                self.substitute(order, shelf)
        return pack(picked, order)

    def substitute(self, order, shelf):
        similar(order + shelf)
        return plan_route(shelf, 3)


def work(units):
    """Keeps the processor busy."""
    total = 0
    for number in range(units):
        total += number * number
    return total


def check(item, shelf):
    work(15 + item % 60)
    if (item * 31 + shelf) % 47 == 0:
        raise OutOfStock(item)
    return item


def similar(number):
    return work(900) if number < 2 else similar(number // 2)


def plan_route(order, length):
    work(200 + order % 50)
    return sorted((order * step) % length for step in range(1, 6))


def pack(picked, order):
    label(order)
    work(40 * len(picked))
    if order % 97 == 0:
        seal()
    return len(picked)


def label(order):
    return f"{order:08d}".encode()


def seal():
    time.sleep(0.004)


def ship(parcels):
    """A generator: its time is also that between its items."""
    for parcel in parcels:
        work(30)
        yield parcel


def shift(orders, shelves):
    picker = Picker(shelves)
    return sum(ship(picker.pick(order) for order in orders))


def wait_for(lock):
    lock.acquire()


def audit(lock):
    work(2000)
    wait_for(lock)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=600)
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--hang", action="store_true")
    arguments = parser.parse_args()
    child = None
    if arguments.child:
        child = subprocess.Popen([sys.executable, __file__, "--orders", "150"])
    shelves = [Shelf(number) for number in range(12)]
    threads = [
        threading.Thread(target=shift, args=(range(first, arguments.orders, 2), shelves))
        for first in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if child:
        child.wait()
    if arguments.hang:
        lock = threading.Lock()
        lock.acquire()
        auditor = threading.Thread(target=audit, args=(lock,), daemon=True)
        auditor.start()
        time.sleep(0.2)
        print("hangs", flush=True)
        wait_for(lock)


if __name__ == "__main__":
    # By its name, so that targets find it whether it is started or imported.
    import warehouse

    warehouse.main()
