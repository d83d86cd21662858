"""What tells this process from every other one, for a recording's name and header."""

import os

from . import is_foreign


def boot_id() -> bytes:
    """Return the 16 bytes of this boot's id, zeros where the system has none."""
    text = _read("/proc/sys/kernel/random/boot_id").strip().replace(b"-", b"")
    try:
        return bytes.fromhex(text.decode("ascii")).ljust(16, b"\0")[:16]
    except ValueError:
        return bytes(16)


def start_time() -> int:
    """Return field 22 of this process's stat (clock ticks after boot), 0 where unknown."""
    # The command's name, in parentheses, may hold spaces and parentheses itself.
    fields = _read("/proc/self/stat").rpartition(b")")[2].split()
    try:
        return int(fields[19])
    except (IndexError, ValueError):
        return 0


def pid_namespace() -> int:
    """Return the inode of this process's pid namespace, 0 where unknown."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError as error:
        if is_foreign(error):
            raise
        return 0


def command_line() -> bytes:
    """Return the arguments of this process, each followed by a NUL."""
    return _read("/proc/self/cmdline")


def host_name() -> bytes:
    """Return this machine's name."""
    return os.fsencode(os.uname().nodename)


def _read(path: str) -> bytes:
    # os.open and not open: the app may have replaced the built-in.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        if is_foreign(error):
            raise
        return b""
    try:
        return os.read(descriptor, 65536)
    except OSError as error:
        if is_foreign(error):
            raise
        return b""
    finally:
        os.close(descriptor)
