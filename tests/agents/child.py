"""The program that app.py starts as a process of its own."""

import sys

import work

work.child()
print("app: child", sys.argv[1:], flush=True)
