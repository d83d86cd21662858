"""Choose the folder that this process records in: the first that its user can have alone.

Which ones there are, and in which order, is in docs/payload.md ("Where it records"); whom a
folder is safe from is `trust`'s. A service's user often isn't the one who installed the probe,
and may be another one after a fork: asked anew for each recording.
"""

import os
import stat
import sys

from . import is_foreign, plan, trust

_STATE = "Library/Application Support" if sys.platform == "darwin" else ".local/state"


def _installer() -> int:
    try:
        return os.stat(__file__).st_uid
    except OSError:
        return 0


#: Asked at once: a later installation takes the file away.
_INSTALLER = _installer()


class Unusable(Exception):
    """No folder can hold recordings; the text says why, and on which paths."""


def places() -> "list[str]":
    """Return the folders to try, the first one first."""
    return _chosen() + _own()


def _chosen() -> "list[str]":
    # By the plan and the environment.
    user = os.geteuid()
    root = os.environ.get("PROBE_DATA_DIR")
    store = os.path.join(os.path.abspath(root), plan.FOLDER) if root else os.fsdecode(plan.STORE)
    if (root or plan.ROOT_GIVEN) and _is_taken(store, user):
        # Several users record there: the first has the plain name.
        return [store, "%s.u%d" % (store, user)]
    return [store]


def _own() -> "list[str]":
    # This user's. Only what root's `probe report` can know of another user, too: not HOME, which
    # services get from whoever starts them. src/recording/users.rs in the source looks there.
    if os.environ.get("PROBE_DATA_DIR"):
        return []  # that one or none: whoever asks for it looks for recordings there
    user = os.geteuid()
    home = _home(user)
    roots = [os.path.join(home, _STATE, "probe")] if os.path.isabs(home) and os.path.isdir(home) else []
    return [os.path.join(root, plan.FOLDER) for root in roots + ["/var/tmp/probe-%d" % user]]


def prepare(tell) -> str:
    """Return the first folder that can be used, made (0700) where it isn't there.

    `tell` takes a text: why others were passed over. Raises Unusable where there is none.
    """
    refusals: "list[str]" = []
    # The second are asked for only where none of the first will do: that reads a file.
    for some in (_chosen, _own):
        for path in some():
            refusal = _refusal(path)
            if refusal is None:
                if refusals:
                    tell("recording into %s: %s" % (path, "; ".join(refusals)))
                return path
            refusals.append(refusal)
    raise Unusable("; ".join(refusals))


def _refusal(path: str) -> "str | None":
    # Why a folder can't be used; None where it can.
    try:
        _claim(path)
    except Unusable as refusal:
        return str(refusal)
    except OSError as error:
        if is_foreign(error):
            raise
        return "the data folder %s can't be made: %s" % (path, error.strerror)
    return None


def _is_taken(path: str, user: int) -> bool:
    try:
        return os.lstat(path).st_uid != user
    except OSError as error:
        if is_foreign(error):
            raise
        return False


def terms(folder: str) -> tuple:
    """Return what the native engine needs to choose like `prepare` in a child of another user."""
    return (
        os.fsencode(folder),
        os.geteuid(),
        os.fsencode(_chosen()[0]),
        os.fsencode(plan.FOLDER),
        os.fsencode(plan.VENV),
        bool(os.environ.get("PROBE_DATA_DIR")) or plan.ROOT_GIVEN,
        bool(os.environ.get("PROBE_DATA_DIR")),
        _INSTALLER,
    )


def _home(user: int) -> str:
    # Read and not asked of `pwd`: that may load libraries and talk to servers, in a program that
    # is being watched, and has locks that a forked child may find taken.
    try:
        descriptor = os.open("/etc/passwd", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        if is_foreign(error):
            raise
        return ""
    try:
        lines = os.read(descriptor, 1 << 20).split(b"\n")
    except OSError as error:
        if is_foreign(error):
            raise
        return ""
    finally:
        os.close(descriptor)
    for line in lines:
        fields = line.split(b":")
        if len(fields) > 5 and fields[2] == b"%d" % user:
            return os.fsdecode(fields[5])
    return ""


def _claim(path: str) -> None:
    user = os.geteuid()
    # What others could exchange isn't used, and root puts nothing where another user could take
    # it away again; anybody else is at the mercy of whoever installed what runs here.
    users = {user, _INSTALLER if user else 0}
    _check_above(path, users)
    made = _make(path)
    if made:
        _check_above(path, users)  # others may have been faster
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        raise Unusable("the data folder %s is no folder" % path)
    if status.st_uid != user:
        raise Unusable("the data folder %s belongs to user %d, not to user %d" % (path, status.st_uid, user))
    if status.st_mode & 0o022:
        raise Unusable("the data folder %s can be written by other users" % path)
    if not os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
        raise Unusable("the data folder %s isn't writable" % path)
    if made:
        _write_venv(path)


def _check_above(path: str, users: "set[int]") -> None:
    distrust = trust.check(os.path.dirname(path), users)
    if distrust:
        raise Unusable("the data folder %s isn't safe: %s" % (path, distrust))


def _make(path: str) -> bool:
    # With its parents, where they are missing; False where it is there. os.makedirs makes parents
    # by the umask, which may be 0.
    if os.path.lexists(path):
        return False
    parent = os.path.dirname(path)
    if parent != path and not os.path.isdir(parent):
        _make(parent)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError as error:
        if is_foreign(error):
            raise
        return False  # another process was faster
    os.chmod(path, 0o700)  # whatever the umask took away
    return True


def _write_venv(path: str) -> None:
    # Written once, by whoever made the folder: tells a reader which venv it belongs to.
    name = os.path.join(path, "venv")
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, os.fsencode(plan.VENV))
    finally:
        os.close(descriptor)
