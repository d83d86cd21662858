"""Watch imports: a meta path finder that answers only for modules that a target wants.

It asks the other finders for the real spec and sets `exec_module` on the real loader
instance, so that `spec.loader`, resources, `python -m` and reload stay as they were. What
is done to a module once it has run belongs to `hooking`, loaded then.
"""

import _thread
import sys

from . import is_foreign


class Session:
    """One interpreter's probe: the finder, and the modules it has seen."""

    def __init__(self, state: dict, targets: tuple) -> None:
        self.state = state
        self.plan_targets = targets
        self._targets = None
        # What a module's name must be, or begin with, for any target to want it: known without
        # loading the patterns. `tops` is None where a target's first part has a wildcard.
        self.exact: set = set()
        self.tops: "set | None" = set()
        for _, excludes, parts, _ in targets:
            if excludes:
                continue
            name = ".".join(parts)
            if "*" not in name:
                self.exact.add(name)
            elif "*" in parts[0]:
                self.tops = None
            elif self.tops is not None:
                self.tops.add(parts[0])
        self.waiting: dict = {}  # id of a loader -> [the loader, loads to come]
        self.late: set = set()  # names of modules that must be looked at once they have run
        self.seen: dict = {}  # name of a hooked module -> the id of the module
        self.hooker = None
        self.lock = _thread.RLock()
        self.loading: set = set()  # ids of the threads that load the hooker at this moment

    def begin(self) -> None:
        """Hook what is imported already, and watch what will be."""
        sys.meta_path.insert(0, self)
        self.catch_up()
        if self.wants_module("__main__"):
            self.load_hooker().watch_main()

    @property
    def targets(self):
        """The targets, prepared for matching names."""
        if self._targets is None:
            from . import patterns

            self._targets = patterns.Targets(self.plan_targets)
        return self._targets

    def wants_module(self, name: str) -> bool:
        """Tell whether some target may choose something in the module of this name."""
        if name in self.exact:
            return True
        if self.tops is not None and (not self.tops or name.partition(".")[0] not in self.tops):
            return False
        return not name.startswith("_probe_") and self.targets.want_module(name)

    def find_spec(self, name: str, path=None, target=None):
        """Return the real spec of a wanted module with its loader watched; None for others."""
        if name.startswith("_probe_"):
            return None
        try:
            if sys.meta_path[0] is not self:
                self._move_to_front()
            if self.late and _thread.get_ident() not in self.loading:
                self._catch_late()
            if not self.wants_module(name):
                return None
        except Exception as error:
            if self.fail("the import hook", error):
                raise
            return None
        spec = None
        for finder in list(sys.meta_path):
            if finder is self:
                continue
            find = getattr(finder, "find_spec", None)
            if find is not None:
                spec = find(name, path, target)
                if spec is not None:
                    break
        if spec is not None and spec.loader is not None:
            try:
                self._watch(name, spec)
            except Exception as error:
                if self.fail("watching the import of %s" % name, error):
                    raise
                self.late.add(name)
        return spec

    def invalidate_caches(self) -> None:
        """Do nothing: this finder has no cache. importlib calls it on every finder."""

    def catch_up(self) -> None:
        """Hook the wanted modules that are imported already, by whatever way they came."""
        for name in list(sys.modules):
            if not self.wants_module(name):
                continue
            module = sys.modules.get(name)
            if module is None or self.seen.get(name) == id(module):
                continue
            if _has_run(module):
                self.saw(module)
            else:
                self.late.add(name)

    def saw(self, module) -> None:
        """Hook one module that has run, or has run again."""
        name = "a module"
        try:
            name = module.__name__
            if name == "__main__" or not self.wants_module(name):
                return
            if _thread.get_ident() in self.loading:
                self.late.add(name)  # one that the probe's own modules import
                return
            module = sys.modules.get(name, module)
            self.load_hooker().hook_module(module)
        except Exception as error:
            if self.fail("hooking %s" % name, error):
                raise
        # Last: where an exception of the program's ends this, it is done again at another import.
        self.seen[name] = id(module)

    def fail(self, what: str, error: Exception) -> bool:
        """Keep the reason of a failure for `describe()`; the app never hears of it.

        Return True for what its caller has to raise again, as it is meant for the program.
        """
        if is_foreign(error):
            return True
        why = self.state["why"]
        if len(why) < 20:
            why.append("%s failed: %s: %s" % (what, type(error).__name__, error))
        return False

    def _move_to_front(self) -> None:
        # A finder that came later may have answered for wanted modules: look for them now,
        # and be asked first from here on. Only ever two finders swap places: no growth.
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        sys.meta_path.insert(0, self)
        self.catch_up()

    def _watch(self, name: str, spec) -> None:
        loader = spec.loader
        if isinstance(loader, type):
            # Built-in and frozen modules share a class for a loader, which isn't ours to
            # change: look at frozen ones at the next import instead.
            from . import builtin_loader

            if not builtin_loader.stand_in(spec, self.saw, 2):
                self.late.add(name)
            return
        method = "exec_module" if hasattr(loader, "exec_module") else "load_module"
        waiting = self.waiting.get(id(loader))
        if waiting is not None:
            waiting[1] += 1  # a zipimporter loads many modules
            return
        real = getattr(loader, method)
        own = vars(loader).get(method)  # another tool's, set the same way

        def load(argument):
            # The loader is left as it was found before the module runs, so that it pickles.
            waiting = self.waiting.get(id(loader))
            if waiting is not None:
                waiting[1] -= 1
                if waiting[1] <= 0:
                    self.waiting.pop(id(loader), None)
                    if own is None:
                        loader.__dict__.pop(method, None)
                    else:
                        setattr(loader, method, own)
            result = real(argument)
            self.saw(result if method == "load_module" else argument)
            return result

        # Python leaves its import system's own frames out of tracebacks: this one too.
        load.__code__ = load.__code__.replace(co_filename="<frozen importlib._bootstrap>")
        setattr(loader, method, load)
        self.waiting[id(loader)] = [loader, 1]

    def _catch_late(self) -> None:
        for name in list(self.late):
            module = sys.modules.get(name)
            if module is not None and _has_run(module):
                self.saw(module)
                self.late.discard(name)

    def load_hooker(self):
        """Return the hooker, made now if need be, which chooses the engine."""
        if self.hooker is None:
            # Threads may import at once, but there is one hooker. Nothing but the probe's own
            # modules is imported under the lock, so it can't meet the import system's locks.
            thread = _thread.get_ident()
            self.loading.add(thread)
            try:
                from . import hooking

                with self.lock:
                    if self.hooker is None:
                        self.hooker = hooking.Hooker(self)
            finally:
                self.loading.discard(thread)
        return self.hooker


def _has_run(module) -> bool:
    # Read past the module's own look-up: asking a lazy module would load it.
    # https://docs.python.org/3/library/importlib.html#importlib.util.LazyLoader
    try:
        spec = object.__getattribute__(module, "__dict__").get("__spec__")
    except AttributeError:
        return True
    return type(module).__name__ != "_LazyModule" and not getattr(spec, "_initializing", False)
