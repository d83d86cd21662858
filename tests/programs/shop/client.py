"""The shop's customers: threads that send orders, each over a connection of its own."""

import http.client
import json
import threading

THREADS = 4
PRODUCTS = ("tea", "coffee", "cake")
# Each twentieth customer wants this, which the shop doesn't sell.
WANTED = "gold"


def wants_gold(number):
    return number % 20 == 19


def size(number):
    """How many lines the order with this number has."""
    return 1 + number % 3


def orders(count):
    """The orders of one day."""
    for number in range(count):
        lines = [[PRODUCTS[(number + line) % 3], 1 + line] for line in range(size(number))]
        if wants_gold(number):
            lines[-1][0] = WANTED
        yield {"customer": "customer %d" % number, "lines": lines}


class Customer(threading.Thread):
    """Sends its orders one after another and keeps the statuses of the answers."""

    def __init__(self, address, orders):
        super().__init__()
        self.address = address
        self.orders = orders
        self.statuses = []

    def run(self):
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        for order in self.orders:
            self.statuses.append(self.send(connection, order))
        connection.close()

    @staticmethod
    def send(connection, order):
        connection.request("POST", "/orders", json.dumps(order).encode())
        answer = connection.getresponse()
        answer.read()
        return answer.status


def send_all(address, orders):
    """Sends the orders from several threads; returns the statuses of all answers."""
    orders = list(orders)
    customers = [Customer(address, orders[first::THREADS]) for first in range(THREADS)]
    for customer in customers:
        customer.start()
    for customer in customers:
        customer.join()
    return [status for customer in customers for status in customer.statuses]
