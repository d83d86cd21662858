"""A debugger's client: `debugger.py LOG FILE:TEXT COMMAND...` starts the command, in which `@PORT@`
becomes a port that debugpy shall listen on, attaches, and stops at the line of FILE that begins
with TEXT. LOG gets a line of JSON for each stop. Ends with the command's code.

https://microsoft.github.io/debug-adapter-protocol/
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time

#: Seconds until debugpy listens, and between two of its messages.
PATIENCE = 60


class Client:
    """Speaks the Debug Adapter Protocol, one request at a time; events wait in a list."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")
        self.number = 0
        self.events = []

    def ask(self, command, **arguments):
        number = self.send(command, **arguments)
        return self.answer(number)

    def send(self, command, **arguments):
        self.number += 1
        text = json.dumps(
            {"seq": self.number, "type": "request", "command": command, "arguments": arguments}
        ).encode()
        self.connection.sendall(b"Content-Length: %d\r\n\r\n" % len(text) + text)
        return self.number

    def answer(self, number):
        while True:
            message = self.read()
            if message["type"] == "response" and message["request_seq"] == number:
                if not message["success"]:
                    raise SystemExit("debugpy: %s" % message.get("message"))
                return message.get("body") or {}
            self.events.append(message)

    def event(self, *names):
        while True:
            for message in self.events:
                if message["type"] == "event" and message["event"] in names:
                    self.events.remove(message)
                    return message
            self.events.append(self.read())

    def read(self):
        length = 0
        while True:
            line = self.file.readline().strip()
            if not line:
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise EOFError
        return json.loads(self.file.read(length))


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def connect(port, process):
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            time.sleep(0.05)
    raise SystemExit("debugpy doesn't listen")


def line_of(path, text):
    with open(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip().startswith(text):
                return number
    raise SystemExit("%s has no such line" % path)


class Session:
    """The debugging of a program and of the processes that it starts, each over a connection."""

    def __init__(self, port, process, log, path, line):
        self.port, self.process, self.log, self.path, self.line = port, process, log, path, line
        self.lock = threading.Lock()
        self.followers = []

    def follow(self, **target):
        """Attach to one process and let it go on from each stop, until it ends."""
        with connect(self.port, self.process) as connection:
            client = Client(connection)
            try:
                self.attach(client, target)
                while self.react(client, client.event("stopped", "debugpyAttach", "terminated")):
                    pass
            except (EOFError, ConnectionError):
                pass

    def attach(self, client, target):
        client.ask("initialize", adapterID="debugpy", clientID="probe", pathFormat="path")
        attached = client.send("attach", justMyCode=False, **target)
        client.event("initialized")
        client.ask("setBreakpoints", source={"path": self.path}, breakpoints=[{"line": self.line}])
        client.ask("configurationDone")
        client.answer(attached)

    def react(self, client, event):
        if event["event"] == "debugpyAttach":
            follower = threading.Thread(
                target=self.follow, kwargs={"subProcessId": event["body"]["subProcessId"]}
            )
            follower.start()
            self.followers.append(follower)
        elif event["event"] == "stopped":
            thread = event["body"]["threadId"]
            frames = client.ask("stackTrace", threadId=thread, levels=3)["stackFrames"]
            names = ["%s %s" % (os.path.basename(at["source"]["path"]), at["name"]) for at in frames]
            with self.lock:
                self.log.write(json.dumps(names) + "\n")
            client.ask("continue", threadId=thread)
        return event["event"] != "terminated"


def main(log, place, command):
    port = free_port()
    process = subprocess.Popen([word.replace("@PORT@", str(port)) for word in command])
    path, _, text = place.partition(":")
    try:
        with open(log, "w") as file:
            session = Session(port, process, file, path, line_of(path, text))
            session.follow()
            for follower in session.followers:
                follower.join()
        return process.wait(PATIENCE)
    finally:
        process.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
