"""Plays one scene and writes down what it did: `python stress.py SCENE TRUTH [--scale N]`.

Run by `cargo xtask stress`, with the probe on `subjects:**` and `shapes:**`. A scene asserts what
the program itself can see; what was recorded is compared by judge.py. The scale says how much is
done: 1 takes a fraction of a second.
"""

import argparse
import importlib
import pathlib
import random
import sys

from truth import Truth

HERE = pathlib.Path(__file__).resolve().parent


class Stage:
    """What a scene is given."""

    def __init__(self, scale, watched):
        self.truth = Truth()
        self.scale = scale
        #: True under valgrind, where memory and time say nothing.
        self.watched = watched
        #: The engine that is at work, None without the probe.
        self.engine = None
        for name, module in list(sys.modules.items()):
            if name.startswith("_probe_") and "." not in name:
                self.engine = module.describe()["engine"]

    def times(self, number):
        """So many times, at scale 1."""
        return max(1, int(number * self.scale))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene")
    parser.add_argument("truth")
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--watched", action="store_true")
    parser.add_argument("--seed", type=int)
    arguments = parser.parse_args()
    for folder in ("programs", "payload"):
        sys.path.append(str(HERE.parent / folder))
    seed = random.randrange(1 << 32) if arguments.seed is None else arguments.seed
    random.seed(seed)
    stage = Stage(arguments.scale, arguments.watched)
    try:
        importlib.import_module("scenes." + arguments.scene).play(stage)
    except BaseException:
        sys.stderr.write("seed %d\n" % seed)
        raise
    stage.truth.write(arguments.truth)


if __name__ == "__main__":
    main()
