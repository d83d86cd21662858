"""Where agents send their data to: `collector.py LOG COMMAND...` serves HTTP while the command runs.

`@PORT@` in the environment becomes the port. Each request is a line of JSON in LOG: its path, and
how often its body names what app.py did. Ends with the command's code.
"""

import gzip
import http.server
import json
import os
import subprocess
import sys
import threading
import zlib

#: What the data of an agent names, if it saw the program.
MARKS = ["select item from cart", "insert into cart", "/two"]


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = decoded(self.headers.get("content-encoding"), self.body())
        line = {"path": self.path, "marks": {mark: body.count(mark.encode()) for mark in MARKS}}
        with self.server.lock:
            self.server.log.write(json.dumps(line) + "\n")
            self.server.log.flush()
        content = b"{}"
        if self.path == "/info":  # asked by ddtrace
            content = json.dumps({"version": "7.60.0", "endpoints": ["/v0.4/traces"]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer

    def body(self):
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        chunks = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(chunks)

    def log_message(self, *arguments):
        pass


def decoded(encoding, body):
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    return body


def main(log, command):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    server.daemon_threads = True
    port = str(server.server_port)
    environment = {name: value.replace("@PORT@", port) for name, value in os.environ.items()}
    with open(log, "w") as server.log:
        server.lock = threading.Lock()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code = subprocess.call(command, env=environment)
        server.shutdown()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
