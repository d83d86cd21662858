"""One day of the shop, from opening to closing."""

import tempfile

from shop import client, mail, server
from shop.store import Store


def run(requests):
    """One day of the shop; returns the line that sums it up."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder + "/shop.sqlite3")
        with server.serving(store) as address:
            statuses = client.send_all(address, client.orders(requests))
        mailed = mail.send_confirmations(store.customers())
        line = "%d orders for %d, %d refused, %d confirmations" % (
            store.count,
            store.turnover(),
            statuses.count(404),
            mailed,
        )
        store.close()
    return line
