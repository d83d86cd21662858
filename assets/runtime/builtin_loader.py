"""Tell when a module that is compiled into the interpreter has been loaded.

Such modules share a class for a loader, which isn't ours to change: an object stands in for it
from when the module is found by an import until its code begins. Nothing of the program's runs
in between, so nobody sees it; what only looks for a module gets the real loader.
"""

import sys


class StandIn:
    """Loads one module as its real loader does, and tells `saw`."""

    def __init__(self, spec, saw) -> None:
        self.spec = spec
        self.real = spec.loader
        self.saw = saw

    def create_module(self, spec):
        """Make the module."""
        return self.real.create_module(spec)

    def exec_module(self, module) -> None:
        """Put the real loader back and run the module."""
        self.spec.loader = self.real
        if module.__dict__.get("__loader__") is self:
            module.__loader__ = self.real
        self.real.exec_module(module)
        self.saw(module)


# Python leaves its import system's own frames out of tracebacks: these too.
for _method in (StandIn.create_module, StandIn.exec_module):
    _method.__code__ = _method.__code__.replace(co_filename="<frozen importlib._bootstrap>")


def stand_in(spec, saw, depth: int) -> bool:
    """Watch the module of a spec, for the finder that is called `depth` frames above this one.

    False where no import asks for it (but `importlib.util.find_spec`, say), or where the module
    has another loader.
    """
    if getattr(spec.loader, "__name__", None) != "BuiltinImporter":
        return False
    if sys._getframe(depth + 2).f_code.co_name != "_find_and_load_unlocked":
        return False
    spec.loader = StandIn(spec, saw)
    return True
