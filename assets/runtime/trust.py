"""Tell whether another user could have put what lies at a path there, or could exchange it.

The same rules as src/files/trust.rs in the source, which says more on each.
"""

import os
import stat

from . import is_foreign

_MOST_LINKS = 40


def check(path: str, users: "set[int]") -> str:
    """Return what is wrong with an absolute path, or with what leads there; nothing if all is well.

    Root, the owner of `/` and `users` are trusted. What doesn't exist can't be wrong.
    """
    trusted = users | {0, os.stat("/").st_uid}
    real = "/"
    left = path.split("/")[::-1]
    links = 0
    while left:
        part = left.pop()
        if part in ("", "."):
            continue
        if part == "..":
            real = os.path.dirname(real)
            continue
        real = os.path.join(real, part)
        try:
            status = os.lstat(real)
            if status.st_uid not in trusted:
                return "%s belongs to user %d" % (real, status.st_uid)
            if stat.S_ISLNK(status.st_mode):
                links += 1
                if links > _MOST_LINKS:
                    return "%s has too many links" % real
                target = os.readlink(real)
                real = "/" if target.startswith("/") else os.path.dirname(real)
                left.extend(target.split("/")[::-1])
                continue
        except FileNotFoundError as error:
            if is_foreign(error):
                raise
            return ""
        except OSError as error:
            if is_foreign(error):
                raise
            return "%s can't be looked at: %s" % (real, error.strerror)
        mode = status.st_mode
        is_open = mode & 0o002 or (mode & 0o020 and status.st_gid not in users | {0})
        if is_open and not (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
            return "%s can be written by other users" % real
    return ""
