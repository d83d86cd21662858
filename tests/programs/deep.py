"""Recurses as deep as Python allows without help; loses nothing to spare.

`python deep.py [FRAMES_LEFT]` goes to that many frames below the limit, 12 where it isn't
given, and prints how deep it got. A tool that needs frames of its own makes it fail.
"""

import sys


def down(depth):
    return 0 if depth == 0 else 1 + down(depth - 1)


class Tree:
    """The same through a method and an `__init__`, which interpreters call in other ways."""

    def __init__(self, height):
        self.child = Tree(height - 1) if height > 0 else None

    def height(self):
        return 0 if self.child is None else 1 + self.child.height()


def main():
    left = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    depth = sys.getrecursionlimit() - left
    # A tree's `__init__` takes more of the interpreter's own stack on some versions.
    height = depth // 4
    print("down", down(depth), "of", depth, "tree", Tree(height).height(), "of", height)


if __name__ == "__main__":
    main()
