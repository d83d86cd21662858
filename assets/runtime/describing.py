"""Answer `probe status`: what the probe did in this process, found by trying."""

import os

from . import plan, store


def describe(state: dict, package: str) -> dict:
    """Return plain values; docs/payload.md lists them. Leaves no file behind."""
    session = state["session"]
    if session is not None and session.hooker is None:
        # No target's module was imported so far, and which engine works is known only where it is
        # had. So asking may load it; only `probe status` asks, in a process of its own.
        try:
            session.load_hooker()
        except Exception as error:
            session.fail("loading the engine", error)
    hooker = session.hooker if session is not None else None
    recording = hooker.engine.recording_path() if hooker is not None else None
    return {
        "fires": session is not None,
        "how": state["how"],
        "engine": state["engine"],
        "why": state["why"] + (hooker.engine.troubles() if hooker is not None else []),
        "package": package,
        "store": store.folder(),
        "recording": recording,
        "can_record": None if recording is not None else _reason_not_to_record(),
    }


def _reason_not_to_record() -> "str | None":
    from .recording import Recording

    folder = store.folder()
    made_before = os.path.isdir(folder)
    reason = None
    try:
        store.prepare()
        os.unlink(Recording(folder, plan.DETAIL, plan.MAX_BYTES).path)
    except store.Unusable as error:
        return str(error)
    except OSError as error:
        # No space, a quota, a limit of the process.
        reason = "the data folder %s can't hold a recording: %s" % (folder, error.strerror)
    if not made_before:
        _take_away(folder)
    return reason


def _take_away(folder: str) -> None:
    """Remove what was made only to find out; another process may have moved in meanwhile."""
    try:
        if os.listdir(folder) == ["venv"]:
            os.unlink(os.path.join(folder, "venv"))
            os.rmdir(folder)
    except OSError:
        pass
