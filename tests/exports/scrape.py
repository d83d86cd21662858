"""Has a Prometheus server scrape an export, and prints what the server then answers, as read.py
does. `python scrape.py prometheus|openmetrics FILE FOLDER`, where FOLDER is for the server's data.
"""

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

from read import KEYS, of_samples

TYPES = {
    "prometheus": "text/plain; version=0.0.4; charset=utf-8",
    "openmetrics": "application/openmetrics-text; version=1.0.0; charset=utf-8",
}

CONFIGURATION = """\
scrape_configs:
  - job_name: probe
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""

PATIENCE_SECONDS = 60


def serve(path, content_type):
    """Serves the file on a port of its own, which is returned."""
    with open(path, "rb") as file:
        content = file.read()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def query(port, expression):
    """What the server answers, as samples: a name, labels and value each."""
    parameters = urllib.parse.urlencode({"query": expression})
    url = f"http://127.0.0.1:{port}/api/v1/query?{parameters}"
    with urllib.request.urlopen(url, timeout=10) as response:
        result = json.load(response)["data"]["result"]
    return [(it["metric"].get("__name__"), it["metric"], float(it["value"][1])) for it in result]


def patiently(port, expression):
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            samples = query(port, expression)
        except OSError:
            samples = []
        if samples or time.monotonic() > end:
            return samples
        time.sleep(0.2)


def main(format, path, folder):
    os.makedirs(folder, exist_ok=True)
    configuration = os.path.join(folder, "prometheus.yml")
    with open(configuration, "w") as file:
        file.write(CONFIGURATION.format(port=serve(path, TYPES[format])))
    port = free_port()
    command = [
        "prometheus",
        f"--config.file={configuration}",
        f"--storage.tsdb.path={os.path.join(folder, 'data')}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        patiently(port, "probe_call_duration_seconds_bucket")
        samples = [sample for name in KEYS for sample in query(port, name)]
        functions = of_samples(samples)
        quantile = "histogram_quantile(0.99, probe_call_duration_seconds_bucket)"
        for _, labels, seconds in query(port, quantile):
            functions[labels["function"]]["p99_ns"] = seconds * 1e9
        expression = "sum({__name__='probe_calls_total'})"
        totals = {"calls": int(value) for _, _, value in query(port, expression)}
    finally:
        server.terminate()
        server.wait(timeout=30)
    return {"functions": functions, "all": totals}


if __name__ == "__main__":
    json.dump(main(*sys.argv[1:]), sys.stdout)
