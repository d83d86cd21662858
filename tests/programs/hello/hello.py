"""The function that is timed."""

import time


def sleep(n):
    time.sleep(n)
    return n
