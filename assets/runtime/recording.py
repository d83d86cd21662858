"""Write one process's mapped recording: header, segments and blocks of docs/recording.md.

Knows the format and nothing of Python functions. Space is reserved before it is mapped, so
a store never meets a full disk; what can't be had any more is refused with `Full`.
"""

import errno
import mmap
import os
import sys

from . import CLOCK, WALL_CLOCK, identity, layout

_FIRST_SEGMENT = 1 << 16
_LARGEST_SEGMENT = 1 << 22
_KEPT: list = []


class Full(Exception):
    """No more room: the disk, a limit of the plan, or the table of segments is full."""


class Recording:
    """One file, mapped segment by segment. `header` is a view of its words."""

    def __init__(self, store: str, detail: str, max_bytes: int) -> None:
        """Create the file in `store`; raises OSError where that can't be done."""
        self.max_bytes = max_bytes
        self.bytes = 0
        self.segments = 0
        self.words = memoryview(b"")
        self.used = 0
        self.next_node = 0
        self.node_block = memoryview(b"")
        self.nodes_left = 0
        boot = identity.boot_id()
        started = identity.start_time()
        pid = os.getpid()
        name = "%s-%d-%d-%s.rec" % (boot[:4].hex(), pid, started, os.urandom(4).hex())
        self.path = os.path.join(store, name)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptors = _open(self.path, flags)
        try:
            descriptor = descriptors[-1]
            status = os.fstat(descriptor)
            self.identity = (status.st_dev, status.st_ino)
            self._map_segment(descriptor, 0, _FIRST_SEGMENT)
        except OSError:
            os.unlink(self.path)
            raise
        finally:
            _close(descriptors)
        self.header = self.words
        self.used = layout.HEADER_WORDS
        self._write_header(detail, boot, pid, started)

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
        words[layout.SEGMENT_TABLE + 1] = self.bytes
        words[layout.SEGMENTS] = self.segments
        words[1] = layout.VERSION
        words[0] = layout.MAGIC

    def _write_text(self, word: int, text: bytes) -> None:
        self.header[word] = len(text)
        _put_text(self.header, word + 1, text)

    def _grow(self) -> None:
        index = self.segments
        offset, size = self.bytes, min(_FIRST_SEGMENT << index, _LARGEST_SEGMENT)
        if index == layout.MAX_SEGMENTS or offset + size > self.max_bytes:
            self._stop(layout.STOPPED_LIMIT, 0)
            raise Full("the recording reached its limit of %d bytes" % self.max_bytes)
        try:
            # Opened anew each time: a program that closes all descriptors to become a daemon
            # may have given our number to another file.
            descriptors = _open(self.path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                descriptor = descriptors[-1]
                status = os.fstat(descriptor)
                if (status.st_dev, status.st_ino) != self.identity:
                    raise OSError(errno.ESTALE, "another file has taken the recording's name")
                self._map_segment(descriptor, offset, size)
            finally:
                _close(descriptors)
        except OSError as error:
            number = error.errno or errno.EIO
            full = number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            self._stop(layout.STOPPED_NO_SPACE if full else layout.STOPPED_ERROR, number)
            raise Full("%s can't grow: %s" % (self.path, error)) from None
        self.header[layout.SEGMENT_TABLE + 2 * index] = offset
        self.header[layout.SEGMENT_TABLE + 2 * index + 1] = size
        self.header[layout.SEGMENTS] = index + 1

    def _map_segment(self, descriptor: int, offset: int, size: int) -> None:
        _reserve(descriptor, offset, size)
        if sys.version_info >= (3, 13):
            mapped = mmap.mmap(descriptor, size, offset=offset, trackfd=False)
        else:
            mapped = mmap.mmap(descriptor, size, offset=offset)
            # It holds a duplicate of the descriptor and would close that number when it goes,
            # which may be another file's by then: it never goes.
            _KEPT.append(mapped)
        self.words = memoryview(mapped).cast("Q")
        self.used = 0
        self.bytes = offset + size
        self.segments += 1

    def _stop(self, reason: int, number: int) -> None:
        self.header[layout.STOPPED] = reason
        self.header[layout.STOPPED_ERRNO] = number

    def block(self, words: int) -> memoryview:
        """Return a new block of zeros, not yet published; raises Full."""
        if self.used + words > len(self.words):
            self._grow()
        start = self.used
        self.used = start + words
        return self.words[start : start + words]

    def publish(self, block: memoryview, kind: int) -> None:
        """Make a filled block visible to readers."""
        block[0] = len(block) << 8 | kind

    def function(self, number: int, name: str, shape: int, target: int, mechanism: int, why: str) -> None:
        """Write the block of a function; raises Full."""
        name_bytes = name.encode("utf-8", "backslashreplace")[:4000]
        why_bytes = why.encode("utf-8", "backslashreplace")[:4000]
        name_words = (len(name_bytes) + 7) // 8
        block = self.block(4 + name_words + (len(why_bytes) + 7) // 8)
        block[1] = number | (shape | (layout.IMPOSSIBLE if why else 0)) << 32
        block[2] = target | mechanism << 32
        block[3] = len(name_bytes) | len(why_bytes) << 32
        _put_text(block, 4, name_bytes)
        _put_text(block, 4 + name_words, why_bytes)
        self.publish(block, layout.FUNCTION)

    def record(self, number: int, words: int) -> memoryview:
        """Write and return the record block of a function; raises Full."""
        block = self.block(words)
        block[1] = number
        self.publish(block, layout.RECORD)
        return block

    def node(self, parent: int, number: int) -> "tuple[int, memoryview]":
        """Write a node below node `parent` (-1 for a root); return its id and words; raises Full."""
        if not self.nodes_left:
            words = 2 + layout.NODES_A_BLOCK * layout.NODE_WORDS
            block = self.block(words)
            block[1] = self.next_node
            self.publish(block, layout.NODES)
            self.node_block, self.nodes_left = block[2:], layout.NODES_A_BLOCK
        start = (layout.NODES_A_BLOCK - self.nodes_left) * layout.NODE_WORDS
        self.nodes_left -= 1
        view = self.node_block[start : start + layout.NODE_WORDS]
        node = self.next_node
        self.next_node = node + 1
        view[0] = layout.NODE_THERE | (parent + 1) << 32 | number
        return node, view

    def thread(self) -> memoryview:
        """Write and return the block of a thread's shadow stack; raises Full."""
        block = self.block(layout.FRAMES + 2 * layout.FRAMES_A_THREAD)
        self.publish(block, layout.THREAD)
        return block

    def end(self) -> None:
        """Mark the process as ended by itself."""
        self.header[layout.END_WALL] = WALL_CLOCK()
        self.header[layout.STATE] = 1


def _open(path: str, flags: int) -> "list[int]":
    # The last descriptor is the one to use. Where the standard ones are closed, others take
    # their numbers meanwhile: a mapping keeps the next free one before Python 3.13, and what
    # the program writes to 1 or 2 would go into the recording.
    descriptors = [os.open(path, flags, 0o600)]
    while descriptors[-1] <= 2:
        descriptors.append(os.dup(descriptors[-1]))
    return descriptors


def _close(descriptors: "list[int]") -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _put_text(words: memoryview, start: int, text: bytes) -> None:
    for index in range(0, len(text), 8):
        words[start + index // 8] = int.from_bytes(text[index : index + 8], "little")


def _reserve(descriptor: int, offset: int, size: int) -> None:
    try:
        number = os.posix_fallocate(descriptor, offset, size)
        if number:  # PyPy returns what others raise
            raise OSError(number, os.strerror(number))
    except (AttributeError, OSError) as error:
        if getattr(error, "errno", 0) not in (0, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        # File systems that can't reserve: write the zeros, which has the same effect.
        zeros = bytes(65536)
        for at in range(offset, offset + size, len(zeros)):
            if os.pwrite(descriptor, zeros, at) != len(zeros):
                raise OSError(errno.ENOSPC, "short write") from None
