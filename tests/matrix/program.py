"""A program that does its work once; the usual one of `cargo xtask matrix`."""

import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

if __name__ == "__main__":
    import working

    working.work()
