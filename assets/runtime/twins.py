"""The exchange of functions written in C for twins that record, and back.

A twin is made by the native engine, and lies where the original lay: in the module's names, or
in the dict of a type. A reference that was taken before stays with the original, and what is
called through it isn't counted.
"""

from builtins import id  # the app may replace it later
from types import MethodDescriptorType

from . import _native


class Twins:
    """The twins of this interpreter, and where they lie."""

    def __init__(self) -> None:
        self.made: dict = {}  # id of a twin -> the twin
        self.undo: list = []  # (holder, attribute, original, twin)

    def exchange(self, name: bytes, target: int, holder: object, attribute: str, original: object) -> None:
        """Put a twin in a function's place; raises RuntimeError, TypeError where it can't be."""
        if id(original) in self.made:
            return
        if type(original) is MethodDescriptorType:
            holder = original.__objclass__
            places = [attribute]
        else:
            # A module may hold it under several names, and compare them.
            places = [other for other, value in list(vars(holder).items()) if value is original]
        if _held(holder, attribute) is not original:
            return  # replaced since it was found: hooking imports, which may hook
        twin = _native.twin(original, name, target)
        self.made[id(twin)] = twin
        for place in places:
            _put(holder, place, twin)
            self.undo.append((holder, place, original, twin))

    def restore(self) -> None:
        """Put the originals back where the twins still lie."""
        while self.undo:
            holder, attribute, original, twin = self.undo.pop()
            if _held(holder, attribute) is twin:
                _put(holder, attribute, original)


def _held(holder: object, attribute: str) -> object:
    return vars(holder).get(attribute)


def _put(holder: object, attribute: str, value: object) -> None:
    # Past what a metaclass or a module's own class does when an attribute is set.
    if isinstance(holder, type):
        type.__setattr__(holder, attribute, value)
    else:
        vars(holder)[attribute] = value
