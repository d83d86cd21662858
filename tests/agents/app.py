"""The program that runs under other agents: functions, classes, generators, coroutines, threads,
SQL, HTTP, and child processes of three kinds (or those that AGENTS_CHILDREN names). Its own lines
on stdout begin with `app: `; it ends with code 3.
"""

import http.server
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings

import work

HERE = os.path.dirname(os.path.abspath(__file__))


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"tea for " + self.path.encode())

    def log_message(self, *arguments):
        pass


def serve():
    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def say(*words):
    print("app:", *words, flush=True)


def process(method):
    if method == "subprocess":
        return subprocess.call([sys.executable, os.path.join(HERE, "child.py"), "argument"])
    child = multiprocessing.get_context(method).Process(target=work.child)
    child.start()
    child.join()
    return child.exitcode


def main():
    # Some agents have threads, and Python warns of a fork beside threads.
    warnings.simplefilter("ignore", DeprecationWarning)
    for method in os.environ.get("AGENTS_CHILDREN", "fork spawn subprocess").split():
        say(method, process(method))
    say("lap", work.lap())
    server = serve()
    say(work.get("http://127.0.0.1:%d/two" % server.server_port))
    server.shutdown()
    server.server_close()
    say(sys.argv[1:], __name__)
    work.tell(dict(work.CALLS, get=1))


if __name__ == "__main__":
    main()
    sys.exit(3)
