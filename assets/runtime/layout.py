"""The numbers of the recording format, version 1.1; docs/recording.md says what each means."""

import sys

MAGIC = int.from_bytes(b"PROBEREC", "little")
VERSION = 1 << 32 | 1
HEADER_BYTES = 4096
HEADER_WORDS = HEADER_BYTES // 8

# Header words.
CLOCK, TICKS_MULTIPLIER, TICKS_SHIFT, START_TICKS, START_WALL = 3, 4, 5, 6, 7
PID, START_TIME, BOOT_ID, PID_NAMESPACE, PARENT = 8, 9, 10, 12, 13
DETAIL, ENGINE, CONTROL, STATE, END_WALL = 14, 15, 16, 17, 18
STOPPED, STOPPED_ERRNO = 19, 20
DROPPED_FUNCTIONS, DROPPED_NODES, STACK_REPAIRS, OWN_COST = 21, 22, 23, 24
PYTHON, HISTOGRAM, RECORD_WORDS, USER, SEGMENTS, FLAGS = 25, 26, 27, 29, 30, 31
SEGMENT_TABLE, MAX_SEGMENTS = 32, 64
HOST, HOST_BYTES, COMMAND, COMMAND_BYTES = 160, 248, 192, 2552

DETAILS = {"count": 1, "time": 2, "tree": 3}
CLOCK_MONOTONIC_NS = 1
ENGINE_PYTHON = 1
STOPPED_NO_SPACE, STOPPED_LIMIT, STOPPED_ERROR = 1, 2, 3
NOT_CPYTHON = 2

# Blocks.
FUNCTION, RECORD, NODES, THREAD = 1, 2, 3, 4
SHAPES = {"function": 0, "generator": 1, "coroutine": 2, "async generator": 3}
IMPOSSIBLE = 1 << 4
MECHANISMS = {"none": 0, "monitoring": 1, "forwarder": 2, "injection": 3, "frame": 6}

# Words of a record block.
BEGUN, TOTAL, OWN, ACTIVE, ERRORS, LEAST, MOST, COUNTED, SLOTS = 3, 4, 5, 6, 7, 8, 9, 10, 16
SLOT_COUNT = 752
RECORD_BLOCK, COUNT_BLOCK = SLOTS + SLOT_COUNT, SLOTS
ALL_ONES = (1 << 64) - 1

# Words of a node and of a thread block.
NODE_WORDS, NODE_CALLS, NODE_TOTAL, NODE_OWN = 4, 1, 2, 3
NODES_A_BLOCK = 64
NODE_THERE = 1 << 63
THREAD_ID, THREAD_IN_USE, THREAD_OVERFLOW, FRAMES = 1, 2, 3, 4
FRAMES_A_THREAD = 128


def python_version() -> int:
    """Return word 25 of the header: the version of this Python."""
    return sys.hexversion >> 8 << 8 | {"final": 15}.get(sys.version_info[3], 10)


def _slot_tables() -> "tuple[list[int], list[int]]":
    # For ticks of n bits the slot is OFFSETS[n] + (ticks >> SHIFTS[n]): 16 slots an octave.
    shifts, offsets = [], []
    for bits in range(65):
        if bits < 5:
            shift, offset = 0, 0
        elif bits <= 50:
            shift, offset = bits - 5, (bits - 5) << 4
        else:
            shift, offset = bits, SLOT_COUNT - 1
        shifts.append(shift)
        offsets.append(offset + SLOTS)
    return shifts, offsets


#: By the number of bits of the ticks: how far to shift them, and what to add, to get the word
#: of their slot in a record block.
SLOT_SHIFTS, SLOT_OFFSETS = _slot_tables()
