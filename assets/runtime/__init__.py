"""Placeholder until the payload's own."""

_how = None


def start(how):
    global _how
    if _how is None:
        from . import plan

        _how = how
        plan.SCHEMA


def start_file():
    start("start")


def describe():
    return {
        "fires": _how is not None,
        "how": _how,
        "engine": "python",
        "why": [],
        "package": __name__,
        "recording": None,
        "can_record": None,
    }
