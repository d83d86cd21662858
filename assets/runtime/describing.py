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
    why = state["why"] + (hooker.engine.troubles() if hooker is not None else [])
    folder, refusal = (os.path.dirname(recording), None) if recording is not None else _try_to_record(why)
    return {
        "fires": session is not None,
        "how": state["how"],
        "engine": state["engine"],
        "why": why,
        "package": package,
        "store": folder,
        "recording": recording,
        "can_record": refusal,
    }


def _try_to_record(why: "list[str]") -> "tuple[str, str | None]":
    # The folder, and why nothing can be recorded there.
    from .recording import Recording

    places = store.places()
    folder = places[0]
    missing = _missing(places)
    refusal = None
    try:
        folder = store.prepare(why.append)
        recording = Recording(folder, plan.DETAIL, plan.MAX_BYTES)
        recording.remove()
    except store.Unusable as error:
        refusal = str(error)
    except OSError as error:
        # No space, a quota, a limit of the process.
        refusal = "the data folder %s can't hold a recording: %s" % (folder, error.strerror)
    for path in missing:
        try:
            if os.listdir(path) == ["venv"]:
                os.unlink(os.path.join(path, "venv"))
            os.rmdir(path)
        except OSError:
            pass  # it wasn't made, or another process has begun to use it
    return folder, refusal


def _missing(places) -> "list[str]":
    # These folders and those above them, as far as they don't exist; the deepest first.
    missing = set()
    for place in places:
        path = place
        while path and not os.path.lexists(path):
            missing.add(path)
            path = os.path.dirname(path)
    return sorted(missing, key=len, reverse=True)
