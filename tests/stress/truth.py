"""What a scene really did, for judge.py to compare with the recordings."""

import json
import os


class Truth:
    """Calls and errors by process and name; a figure is a range where chance has a part in it."""

    def __init__(self):
        self.processes = {}
        self.notes = []
        #: What else a run without the probe must agree with, by name.
        self.facts = {}
        #: True where stacks may have to be repaired: greenlets switch them.
        self.repairs = False

    def add(self, name, calls=1, errors=0, pid=None, module="subjects"):
        """Count calls that were made."""
        self.between(name, (calls, calls), (errors, errors), pid, module)

    def between(self, name, calls, errors, pid=None, module="subjects"):
        """Count calls and errors of which only the least and the most number are known."""
        names = self.processes.setdefault(str(pid or os.getpid()), {})
        old = names.setdefault("%s:%s" % (module, name), [[0, 0], [0, 0]])
        for range_, more in zip(old, (calls, errors)):
            range_[0] += more[0]
            range_[1] += more[1]

    def note(self, text):
        """Say something about the scene that is no problem."""
        self.notes.append(text)

    def write(self, path):
        """Write the file; a process that made no calls is in it too."""
        self.processes.setdefault(str(os.getpid()), {})
        with open(path, "w") as file:
            json.dump(vars(self), file)
