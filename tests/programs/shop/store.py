"""Orders in sqlite3: one connection a thread, one writer at a time."""

import sqlite3
import threading


class Store:
    """A file with the orders."""

    def __init__(self, path):
        self.path = path
        self.local = threading.local()
        self.lock = threading.Lock()
        self.connections = []
        self.connection.execute("create table orders (customer text, total integer)")

    @property
    def connection(self):
        """This thread's connection."""
        if not hasattr(self.local, "connection"):
            self.local.connection = self.connect()
        return self.local.connection

    def connect(self):
        # They are closed together at the end, by the main thread.
        connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        connection.execute("pragma synchronous = off")
        with self.lock:
            self.connections.append(connection)
        return connection

    def save(self, cart):
        row = (cart.customer, cart.total)
        connection = self.connection
        with self.lock:
            connection.execute("insert into orders values (?, ?)", row)

    @property
    def count(self):
        return self.one("select count(*) from orders")

    def turnover(self):
        return self.one("select coalesce(sum(total), 0) from orders")

    def customers(self):
        """The customers of all orders, one at a time."""
        for (customer,) in self.connection.execute("select customer from orders"):
            yield customer

    def one(self, question):
        return self.connection.execute(question).fetchone()[0]

    def close(self):
        for connection in self.connections:
            connection.close()
