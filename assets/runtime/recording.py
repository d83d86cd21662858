"""Write one process's mapped recording: header, segments and blocks of docs/recording.md.

Knows the format and nothing of Python functions. What can't be had any more is refused with `Full`.

An exception of the program's (see `struck`) may end any method here between any two of its
instructions. So what is there is told by the file, where things appear with one store; what is
kept beside it is only where to begin looking, and is exchanged as one value. A method that was
ended can be called again.
"""

import errno
import os
import sys

from . import CLOCK, WALL_CLOCK, identity, is_foreign, layout
from .mapped_file import MappedFile

_FIRST_SEGMENT = 1 << 16
_LARGEST_SEGMENT = 1 << 22


class Full(Exception):
    """No more room: the disk, a limit of the plan, or the table of segments is full."""


class _End:
    """Where the blocks end, as far as it was looked up; never changed."""

    __slots__ = ("words", "used", "functions", "nodes", "first_node")

    def __init__(self, words, used: int, functions: int, nodes, first_node: int) -> None:
        self.words = words  # of the last segment
        self.used = used  # of these
        self.functions = functions  # blocks of functions so far
        self.nodes = nodes  # the newest block of nodes, without its first words
        self.first_node = first_node  # the id of its first

    def moved(self) -> "_End":
        """Return where the blocks end now."""
        words, at, functions, nodes, first_node = (
            self.words, self.used, self.functions, self.nodes, self.first_node,
        )  # fmt: skip
        while at < len(words) and words[at]:
            length, kind = words[at] >> 8, words[at] & 255
            if kind == layout.FUNCTION:
                functions += 1
            elif kind == layout.NODES:
                nodes, first_node = words[at + 2 : at + length], words[at + 1]
            at += length
        return self if at == self.used else _End(words, at, functions, nodes, first_node)

    def in_segment(self, words: memoryview) -> "_End":
        """Return the same at the beginning of another segment."""
        return _End(words, 0, self.functions, self.nodes, self.first_node)


class Recording:
    """One file, mapped segment by segment. `header` is a view of its words."""

    def __init__(self, store: str, detail: str, max_bytes: int) -> None:
        """Create the file in `store`; raises OSError where that can't be done."""
        self.max_bytes = max_bytes
        boot = identity.boot_id()
        started = identity.start_time()
        pid = os.getpid()
        name = "%s-%d-%d-%s.rec" % (boot[:4].hex(), pid, started, os.urandom(4).hex())
        self.path = os.path.join(store, name)
        self._file = MappedFile(self.path)
        self._unpublished = 0  # words after the end that may hold a part of a block
        self._nodes_seen = 0  # nodes so far, or fewer
        try:
            self.header = words = self._file.map(0, _FIRST_SEGMENT)
            self._end = _End(words, layout.HEADER_WORDS, 0, words[:0], 0)
            self._write_header(detail, boot, pid, started)
        except BaseException:
            self._file.remove()
            raise

    def _write_header(self, detail: str, boot: bytes, pid: int, started: int) -> None:
        words = self.header
        words[2] = layout.HEADER_BYTES
        words[layout.CLOCK] = layout.CLOCK_MONOTONIC_NS
        words[layout.TICKS_MULTIPLIER] = 1
        words[layout.START_TICKS] = CLOCK()
        words[layout.START_WALL] = WALL_CLOCK()
        words[layout.PID] = pid
        words[layout.START_TIME] = started
        words[layout.BOOT_ID] = int.from_bytes(boot[:8], "little")
        words[layout.BOOT_ID + 1] = int.from_bytes(boot[8:], "little")
        words[layout.PID_NAMESPACE] = identity.pid_namespace()
        words[layout.PARENT] = os.getppid()
        words[layout.DETAIL] = layout.DETAILS[detail]
        words[layout.ENGINE] = layout.ENGINE_PYTHON
        words[layout.PYTHON] = layout.python_version()
        words[layout.HISTOGRAM] = 1 << 32 | 4 << 16 | layout.SLOT_COUNT
        count_only = detail == "count"
        words[layout.RECORD_WORDS] = layout.COUNT_BLOCK if count_only else layout.RECORD_BLOCK
        words[layout.USER] = os.geteuid()
        if sys.implementation.name != "cpython":
            words[layout.FLAGS] = layout.NOT_CPYTHON
        self._write_text(layout.HOST, identity.host_name()[: layout.HOST_BYTES])
        command = identity.command_line()
        if len(command) > layout.COMMAND_BYTES:
            cut = command[: layout.COMMAND_BYTES]
            command = cut[: cut.rfind(b"\0") + 1] or cut
        self._write_text(layout.COMMAND, command)
        words[layout.SEGMENT_TABLE + 1] = _FIRST_SEGMENT
        words[layout.SEGMENTS] = 1
        words[1] = layout.VERSION
        words[0] = layout.MAGIC

    def _write_text(self, word: int, text: bytes) -> None:
        self.header[word] = len(text)
        _put_text(self.header, word + 1, text)

    def _grow(self) -> None:
        index = self.header[layout.SEGMENTS]
        last = layout.SEGMENT_TABLE + 2 * index - 2
        offset = self.header[last] + self.header[last + 1]
        size = min(_FIRST_SEGMENT << index, _LARGEST_SEGMENT)
        if index == layout.MAX_SEGMENTS or offset + size > self.max_bytes:
            self._stop(layout.STOPPED_LIMIT, 0)
            raise Full("the recording reached its limit of %d bytes" % self.max_bytes)
        try:
            words = self._file.map(offset, size)
        except OSError as error:
            if is_foreign(error):
                raise
            number = error.errno or errno.EIO
            full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            self._stop(layout.STOPPED_NO_SPACE if full else layout.STOPPED_ERROR, number)
            raise Full("%s can't grow: %s" % (self.path, error)) from None
        self.header[last + 2] = offset
        self.header[last + 3] = size
        self.header[layout.SEGMENTS] = index + 1
        self._end = self._end.in_segment(words)

    def _stop(self, reason: int, number: int) -> None:
        self.header[layout.STOPPED] = reason
        self.header[layout.STOPPED_ERRNO] = number

    def _block(self, count: int) -> memoryview:
        # A block of zeros, not yet published; raises Full.
        end = self._end = self._end.moved()
        if end.used + count > len(end.words):
            self._grow()
            end = self._end
        words, start = end.words, end.used
        if self._unpublished:
            rest = words[start : start + self._unpublished]
            rest[:] = memoryview(bytes(8 * len(rest))).cast("Q")
        self._unpublished = count
        return words[start : start + count]

    def _publish(self, block: memoryview, kind: int) -> None:
        # Makes a filled block visible to readers.
        block[0] = len(block) << 8 | kind
        self._unpublished = 0

    def function(self, name: str, shape: int, target: int, mechanism: int, why: str, most: int) -> int:
        """Write the block of a function and return its number; raises Full, also where there are `most`."""
        self._end = self._end.moved()
        number = self._end.functions
        if number >= most:
            raise Full("more than %d functions" % most)
        name_bytes = name.encode("utf-8", "backslashreplace")[:4000]
        why_bytes = why.encode("utf-8", "backslashreplace")[:4000]
        name_words = (len(name_bytes) + 7) // 8
        block = self._block(4 + name_words + (len(why_bytes) + 7) // 8)
        block[1] = number | (shape | (layout.IMPOSSIBLE if why else 0)) << 32
        block[2] = target | mechanism << 32
        block[3] = len(name_bytes) | len(why_bytes) << 32
        _put_text(block, 4, name_bytes)
        _put_text(block, 4 + name_words, why_bytes)
        self._publish(block, layout.FUNCTION)
        return number

    def record(self, number: int, words: int) -> memoryview:
        """Write and return the record block of a function; raises Full."""
        block = self._block(words)
        block[1] = number
        self._publish(block, layout.RECORD)
        return block

    def node(self, parent: int, number: int, most: int) -> "tuple[int, memoryview]":
        """Write a node below node `parent` (-1 for a root); return its id and words.

        Raises Full, also where there are `most`.
        """
        end = self._end = self._end.moved()
        nodes, first = end.nodes, end.first_node
        index = max(self._nodes_seen - first, 0)
        at = index * layout.NODE_WORDS
        while at < len(nodes) and nodes[at]:
            at += layout.NODE_WORDS
        node = first + at // layout.NODE_WORDS
        if node >= most:
            raise Full("more than %d nodes" % most)
        if at == len(nodes):
            block = self._block(2 + layout.NODES_A_BLOCK * layout.NODE_WORDS)
            block[1] = node
            self._publish(block, layout.NODES)
            nodes, at = block[2:], 0
        view = nodes[at : at + layout.NODE_WORDS]
        view[0] = layout.NODE_THERE | (parent + 1) << 32 | number
        self._nodes_seen = node + 1
        return node, view

    def thread(self) -> memoryview:
        """Write and return the block of a thread's shadow stack; raises Full."""
        block = self._block(layout.FRAMES + 2 * layout.FRAMES_A_THREAD)
        self._publish(block, layout.THREAD)
        return block

    def remove(self) -> None:
        """Take the file away: nothing will be recorded there."""
        self._file.remove()

    def end(self) -> None:
        """Mark the process as ended by itself."""
        self.header[layout.END_WALL] = WALL_CLOCK()
        self.header[layout.STATE] = 1


def _put_text(words: memoryview, start: int, text: bytes) -> None:
    for index in range(0, len(text), 8):
        words[start + index // 8] = int.from_bytes(text[index : index + 8], "little")
