"""Calls it by a name that was taken at import, and shows its own arguments."""

import sys

from hello import sleep

print("argv", sys.argv[1:])
print("slept", sleep(0.05))
