"""Find and prepare the folder that this process records in, and say why it can't be used."""

import os
import stat

from . import plan


class Unusable(Exception):
    """The folder can't hold recordings; the text says why, and on which path."""


def folder() -> str:
    """Return the path of the folder: below PROBE_DATA_DIR where that is set, else the plan's."""
    root = os.environ.get("PROBE_DATA_DIR")
    if root:
        return os.path.join(os.path.abspath(root), plan.FOLDER)
    return os.fsdecode(plan.STORE)


def prepare() -> str:
    """Make the folder (0700) where it isn't there, check who can write it, and return its path."""
    path = folder()
    try:
        _make(path)
        status = os.stat(path)
    except OSError as error:
        raise Unusable("the data folder %s can't be made: %s" % (path, error.strerror)) from None
    if not stat.S_ISDIR(status.st_mode):
        raise Unusable("the data folder %s is no folder" % path)
    user = os.geteuid()
    if status.st_uid != user:
        raise Unusable("the data folder %s belongs to user %d, not to user %d" % (path, status.st_uid, user))
    if status.st_mode & 0o022:
        raise Unusable("the data folder %s can be written by other users" % path)
    if not os.access(path, os.W_OK | os.X_OK):
        raise Unusable("the data folder %s isn't writable" % path)
    return path


def _make(path: str) -> None:
    if os.path.isdir(path):
        return
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        return
    # Written once, by whoever made the folder: tells a reader which venv it belongs to.
    name = os.path.join(path, "venv")
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, os.fsencode(plan.VENV))
    finally:
        os.close(descriptor)
