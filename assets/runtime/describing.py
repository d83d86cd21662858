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
        "store": os.path.dirname(recording) if recording is not None else next(store.places()),
        "recording": recording,
        "can_record": None if recording is not None else _reason_not_to_record(),
    }


def _reason_not_to_record() -> "str | None":
    from .recording import Recording

    made_before = [folder for folder in store.places() if os.path.isdir(folder)]
    try:
        folder = store.prepare(lambda _: None)
        recording = Recording(folder, plan.DETAIL, plan.MAX_BYTES)
        os.unlink(recording.path)
        if folder not in made_before:
            os.unlink(os.path.join(folder, "venv"))
            os.rmdir(folder)
    except (store.Unusable, OSError) as error:
        return str(error)
    return None
