"""A file that is mapped part by part: made, grown and removed. Knows no format.

Space is reserved before it is mapped, so a store never meets a full disk.
"""

import errno
import mmap
import os
import sys

from . import is_foreign

_KEPT: list = []


class MappedFile:
    """A file that is made when its first part is mapped, for this process's user alone."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.identity = None  # device and inode, once it is made

    def map(self, offset: int, size: int) -> memoryview:
        """Let the file grow by a part, and return its words; raises OSError."""
        # Opened anew each time: a program that closes all descriptors to become a daemon may
        # have given our number to another file.
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        if self.identity is None:
            flags |= os.O_CREAT | os.O_EXCL
        descriptors = _open(self.path, flags)
        try:
            descriptor = descriptors[-1]
            status = os.fstat(descriptor)
            identity = (status.st_dev, status.st_ino)
            if self.identity is None:
                self.identity = identity
            elif self.identity != identity:
                raise OSError(errno.ESTALE, "another file has taken the recording's name")
            _reserve(descriptor, offset, size)
            if sys.version_info >= (3, 13):
                mapped = mmap.mmap(descriptor, size, offset=offset, trackfd=False)
            else:
                mapped = mmap.mmap(descriptor, size, offset=offset)
                # It holds a duplicate of the descriptor and would close that number when it
                # goes, which may be another file's by then: it never goes.
                _KEPT.append(mapped)
        finally:
            _close(descriptors)
        return memoryview(mapped).cast("Q")

    def remove(self) -> None:
        """Take the file away, where it is there."""
        try:
            os.unlink(self.path)
        except OSError as error:
            if is_foreign(error):
                raise


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


def _reserve(descriptor: int, offset: int, size: int) -> None:
    try:
        number = os.posix_fallocate(descriptor, offset, size)
        if number:  # PyPy returns what others raise
            raise OSError(number, os.strerror(number))
    except (AttributeError, OSError) as error:
        if is_foreign(error):
            raise
        if getattr(error, "errno", 0) not in (0, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        # File systems that can't reserve: write the zeros, which has the same effect.
        zeros = bytes(65536)
        for at in range(offset, offset + size, len(zeros)):
            if os.pwrite(descriptor, zeros, at) != len(zeros):
                raise OSError(errno.ENOSPC, "short write") from None
