"""Fifty functions that do the same work in each call, for `cargo xtask regressions`.

`work.py CALLS` calls each of them that often, in turn. The function that SLOWER names does a tenth
more work than usual.
"""

import os
import sys
from itertools import repeat

SLOWER = os.environ.get("SLOWER", "")
FUNCTIONS = 50

# The cost of each is proportional to its turns: no number grows, no list gets longer than another.
KINDS = [
    """
def {name}():
    total = 0
    for number in repeat(7, {turns}):
        total = total * number + 3 & 255
    return total
""",
    """
def {name}():
    counts = dict.fromkeys(range(17), 0)
    key = 0
    for number in repeat(5, {turns}):
        key = (key + number) % 17
        counts[key] = number
    return counts
""",
    """
def {name}():
    parts = []
    for number in repeat(1234, {turns}):
        parts.append(str(number))
    return "".join(parts)
""",
    """
def {name}():
    a, b = 0.0, 1.0
    for factor in repeat(0.5, {turns}):
        a, b = b, a * factor + b * factor
    return b
""",
    """
def {name}():
    pending = [0]
    for number in repeat(3, {turns}):
        pending.append(number)
        pending[0] ^= pending.pop()
    return pending
""",
]


def make():
    functions = []
    for index in range(FUNCTIONS):
        name = f"f{index:02}"
        turns = 200 + 40 * (index % 25)
        if name == SLOWER:
            turns = round(turns * 1.1)
        exec(KINDS[index % len(KINDS)].format(name=name, turns=turns), globals())
        functions.append(name)
    return functions


NAMES = make()


def main():
    functions = [globals()[name] for name in NAMES]
    for _ in range(int(sys.argv[1])):
        for function in functions:
            function()


if __name__ == "__main__":
    # Under its own name, so that the targets choose its functions.
    import work

    work.main()
