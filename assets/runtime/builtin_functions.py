"""Functions and methods written in C: which of them the targets choose, and why others can't be timed.

Loaded where the engine can time them at all. `twins` is what is done to those that are chosen.
"""

import sys
from builtins import id  # the app may replace it later
from types import (
    BuiltinFunctionType,
    ClassMethodDescriptorType,
    MethodDescriptorType,
    ModuleType,
    WrapperDescriptorType,
)

from . import discovery, patterns

_HEAP_TYPE, _IMMUTABLE = 1 << 9, 1 << 8 if sys.version_info >= (3, 10) else 0
_SLOT = "it stands for a slot of its type, which the interpreter calls directly"
_REASONS = {
    ClassMethodDescriptorType: "it is a class method written in C",
    WrapperDescriptorType: _SLOT,
    staticmethod: "it is a static method written in C",
}
#: Modules that the interpreter works by, and that the import system and the probe call all the
#: time: only a target that spells the module's name gets at their functions.
OF_THE_INTERPRETER = (
    "builtins", "sys", "posix", "marshal", "gc", "_imp", "_io", "_thread", "_weakref", "_warnings",
    "_signal", "_tracemalloc",
)  # fmt: skip


class Search:
    """The part of a module's search that looks at what is written in C."""

    def __init__(self, module: ModuleType, targets, found: "list[discovery.Found]") -> None:
        self.module = module
        self.name = module.__name__
        self.targets = targets
        self.found = found
        self.seen: set = set()  # ids

    def value(self, path: str, value: object) -> None:
        """Look at what a wildcard may choose: what this module defines."""
        name = value.__name__
        if type(value) is MethodDescriptorType:
            # Classes that the module defines come here, but what they inherit doesn't.
            holder, attribute = value.__objclass__, path.rpartition(".")[2]
        else:
            if "." in path or value.__module__ != self.name:
                return
            holder, attribute = self.module, path
            if vars(self.module).get(name) is value:
                path = attribute = name
        if id(value) in self.seen or why_not(holder, attribute, value):
            return
        target = self.targets.choose(self.name, path)
        if target < 0 or not self._may_choose(target):
            return
        self.seen.add(id(value))
        self._add(path, target, holder, attribute, value)

    def explicit(self, target: int, path: str, holder: object, attribute: str, value: object) -> None:
        """Look at the one thing that a target names, which is callable and no Python function."""
        why = why_not(holder, attribute, value)
        if why:
            self.found.append(discovery.Found("%s:%s" % (self.name, path), target, why=why))
        elif id(value) not in self.seen and self.targets.choose(self.name, path) == target:
            self.seen.add(id(value))
            self._add(path, target, holder, attribute, value)

    def _may_choose(self, target: int) -> bool:
        return self.name not in OF_THE_INTERPRETER or not patterns.has_wildcard(
            self.targets.targets[target][2]
        )

    def _add(self, path: str, target: int, holder: object, attribute: str, value: object) -> None:
        name = "%s:%s" % (self.name, path)
        self.found.append(discovery.Found(name, target, builtin=value, holder=holder, attribute=attribute))


def why_not(holder: object, attribute: str, value: object) -> str:
    """Return why what a module or a type holds can't have a twin; empty where it can."""
    kind = type(value)
    why = _REASONS.get(kind) or "it is an object of type %s, not a function" % kind.__name__
    if isinstance(value, BuiltinFunctionType):
        why = "it is a C function that isn't held by a module; name it where it is defined"
        if issubclass(type(holder), ModuleType):
            why = ""
        elif attribute == "__new__":
            why = "it makes the objects of a type written in C"
    elif kind is MethodDescriptorType:
        owner = value.__objclass__
        why = ""
        if not owner.__flags__ & _HEAP_TYPE or owner.__flags__ & _IMMUTABLE:
            why = "it is a method of a type written in C, which can't be changed"
        elif vars(owner).get(attribute) is not value:
            why = "it is another name of a method of %s" % owner.__qualname__
    return why
