"""The HTTP side: orders come in as JSON, a thread for each connection."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from shop.cart import Cart, UnknownProduct


class Server(ThreadingHTTPServer):
    """A server that waits for its threads when it closes."""

    daemon_threads = False

    def __init__(self, store):
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = store


class Handler(BaseHTTPRequestHandler):
    """One connection, with one order after another on it."""

    protocol_version = "HTTP/1.1"
    # An answer leaves in one piece, after the method has returned.
    wbufsize = -1

    def do_POST(self):
        try:
            total = self.order(self.body())
        except UnknownProduct as error:
            self.answer(404, {"unknown": str(error)})
        else:
            self.answer(200, {"total": total})

    def body(self):
        length = int(self.headers["Content-Length"])
        return json.loads(self.rfile.read(length).decode())

    def order(self, body):
        cart = Cart.from_json(body)
        self.server.store.save(cart)
        return cart.total

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        """Quiet: the program prints one line."""


@contextlib.contextmanager
def serving(store):
    """Serves until the block ends; gives the address."""
    server = Server(store)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
