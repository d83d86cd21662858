"""Answer for the payload: read one JSON question a line, write one JSON answer a line.

Started with the path of `assets/runtime/patterns.py`. What raises is told as `raised`; an answer
has ten seconds of processor time.
"""

import importlib.util
import json
import signal
import sys

SECONDS = 10


def load(path):
    spec = importlib.util.spec_from_file_location("payload_patterns", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def too_long(*_):
    raise TimeoutError("no answer within %d s" % SECONDS)


def matched(patterns, question):
    """Parse targets, and tell which of them chooses each name."""
    parsed = [patterns.parse(text) for text in question["targets"]]
    targets = patterns.Targets(tuple(target for target in parsed if target is not None))
    names = question["names"]
    together, unreadable = patterns.parse_all(question["together"])
    return {
        "parsed": [target and list(target[1:]) for target in parsed],
        "chosen": [targets.choose(module, qualname) for module, qualname in names],
        "wanted": [targets.want_module(module) for module, _ in names],
        "explicit": [len(targets.explicit(module)) for module, _ in names],
        "together": [len(together), len(unreadable)],
    }


def loaded(source):
    """Load a plan as the payload does, and tell what it says."""
    names = {}
    exec(compile(source, "plan.py", "exec"), names)
    names.pop("__builtins__")
    return {name: list(value) if isinstance(value, bytes) else value for name, value in names.items()}


def main():
    patterns = load(sys.argv[1])
    signal.signal(signal.SIGPROF, too_long)
    for line in sys.stdin:
        question = json.loads(line)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            answer = loaded(question["plan"]) if "plan" in question else matched(patterns, question)
        except BaseException as error:
            answer = {"raised": repr(error)[:1000]}
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(json.dumps(answer), flush=True)


main()
