"""Recording is switched off and on by the control word while the program runs."""

import struct
import sys
import time

import subjects

#: Where the control word is; docs/recording.md.
CONTROL = 16 * 8
#: How long a process may take to obey.
OBEYS_WITHIN = 1.0
NAME = "subjects:plain"


class Recording:
    """This process's own, read while it is written."""

    def __init__(self):
        (package,) = (name for name in sys.modules if name.startswith("_probe_") and "." not in name)
        description = sys.modules[package].describe()
        self.path, self.engine = description["recording"], description["engine"]

    def calls(self):
        import reading

        return reading.read(self.path)["functions"][NAME]["calls"]

    def control(self, value):
        with open(self.path, "r+b") as file:
            file.seek(CONTROL)
            file.write(struct.pack("<Q", value))


def calls(times):
    for _ in range(times):
        subjects.plain()


def obeyed(recording, recorded):
    """Call until calls are recorded, or aren't; return the calls made and the time it took."""
    begin, made = time.monotonic(), 0
    while True:
        before = recording.calls()
        calls(100)
        made += 100
        took = time.monotonic() - begin
        if recording.calls() - before == (100 if recorded else 0):
            return made, took
        if took > 2 * OBEYS_WITHIN:
            return made, None
        time.sleep(0.01)


def play(stage):
    truth = stage.truth
    subjects.plain()
    recording = Recording()
    made = least = 1
    for _ in range(stage.times(2)):
        across = subjects.steps(3)  # begun while recording, ended while not
        next(across)
        recording.control(1)
        more, took = obeyed(recording, recorded=False)
        made += more
        if took is None and recording.engine == "python":
            # Ends here: this engine doesn't look at the word while the process lives.
            recording.control(0)
            truth.note("the python engine doesn't obey the control word")
            list(across)
            truth.add("steps")
            truth.add("plain", made)
            return
        assert took is not None and (stage.watched or took <= OBEYS_WITHIN), took
        before = recording.calls()
        list(across)
        late = subjects.steps(3)  # begun while not recording, ended while recording
        next(late)
        calls(1000)
        assert recording.calls() == before
        recording.control(0)
        more, took = obeyed(recording, recorded=True)
        made += more
        assert took is not None and (stage.watched or took <= OBEYS_WITHIN), took
        list(late)
        before = recording.calls()
        calls(1000)
        assert recording.calls() == before + 1000
        made += 1000
        least += 1000
        truth.between("steps", (0, 2), (0, 0))
    truth.between("plain", (least, made), (0, 0))
