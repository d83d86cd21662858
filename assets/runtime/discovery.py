"""Find in a module the functions that the targets choose, and why others can't be timed.

Walks the module's own names, its classes and (where the engine reaches them) the code of
nested functions; what is written in C is left to `builtin_functions`. Changes nothing and calls
nothing of the app's.
"""

from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType

_GENERATOR, _COROUTINE, _ITERABLE_COROUTINE, _ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200
_OPTIMIZED = 0x1
# Look-ups that run nothing of the app's: a proxy answers `isinstance` itself, a metaclass `vars`.
_of_type = type.__getattribute__


class Found:
    """A callable that a target chose: `function`, bare `code` or `builtin` to hook, or `why` not.

    Bare code is a constant of the code `container`. A builtin, a function or method written in
    C, is what `holder` has under the name `attribute`.
    """

    __slots__ = (
        "name", "target", "function", "code", "shape", "why", "container", "builtin", "holder", "attribute",
    )  # fmt: skip

    def __init__(
        self, name: str, target: int, function=None, code=None, why: str = "", container=None,
        builtin=None, holder=None, attribute: str = "",
    ):  # fmt: skip
        self.name = name
        self.target = target
        self.function = function
        self.code = code
        self.shape = shape_of(code) if code is not None else 0
        self.why = why
        self.container = container
        self.builtin = builtin
        self.holder = holder
        self.attribute = attribute


def shape_of(code: CodeType) -> int:
    """Return the shape by the flags of the code, as numbered in layout.SHAPES."""
    flags = code.co_flags
    if flags & (_COROUTINE | _ITERABLE_COROUTINE):
        return 2
    return 3 if flags & _ASYNC_GENERATOR else 1 if flags & _GENERATOR else 0


def find(module: ModuleType, targets, reaches_nested: bool, reaches_builtins: bool) -> "list[Found]":
    """Return what the targets choose in a module that has run."""
    search = _Search(module.__name__, targets, reaches_nested)
    if reaches_builtins:
        from . import builtin_functions

        search.builtins = builtin_functions.Search(module, targets, search.found)
    for attribute, value in list(vars(module).items()):
        search.value(attribute, value)
    for index, parts in targets.explicit(module.__name__):
        search.explicit(index, parts, module)
    return search.found


def find_in_code(module: str, code: CodeType, targets, reaches_nested: bool = True) -> "list[Found]":
    """Return what the targets choose among the functions that a module's code will define."""
    search = _Search(module, targets, reaches_nested)
    search.nested(code, "")
    return search.found


class _Search:
    def __init__(self, module: str, targets, reaches_nested: bool) -> None:
        self.module = module
        self.targets = targets
        self.reaches_nested = reaches_nested
        self.found: "list[Found]" = []
        self.seen: set = set()  # ids of functions, classes and code objects
        self.builtins = None  # who looks at what is written in C; None where it can't be timed

    def value(self, path: str, value: object) -> None:
        """Look at what a name of the module or of one of its classes holds."""
        kind = type(value)
        if kind is FunctionType:
            self.function(path, value)
        elif kind in (staticmethod, classmethod):
            self.value(path, value.__func__)
        elif kind is property:
            self.value(path, value.fget)
            for accessor, suffix in ((value.fset, ".setter"), (value.fdel, ".deleter")):
                if type(accessor) is FunctionType:
                    self.function(path + suffix, accessor, suffix)
        elif issubclass(kind, type):
            self.type(value)
        elif kind in (BuiltinFunctionType, MethodDescriptorType):
            if self.builtins is not None:
                self.builtins.value(path, value)
        elif kind is not ModuleType:
            # functools.lru_cache, cached_property and their like hold the function inside.
            held = _held_function(value)
            if held is not None:
                self.function(path, held)

    def type(self, owner: type) -> None:
        """Look at a class that this module defines."""
        if id(owner) in self.seen or _of_type(owner, "__module__") != self.module:
            return
        self.seen.add(id(owner))
        qualname = _of_type(owner, "__qualname__")
        for attribute, value in list(_of_type(owner, "__dict__").items()):
            if attribute not in ("__class__", "__base__"):
                self.value("%s.%s" % (qualname, attribute), value)

    def function(self, path: str, function: FunctionType, suffix: str = "") -> None:
        """Look at a function that a wildcard may choose: one that this module defines."""
        if id(function) in self.seen or function.__module__ != self.module:
            return
        self.seen.add(id(function))
        qualname = _qualname(path, function, suffix)
        target = self.targets.choose(self.module, qualname)
        if target >= 0:
            self.found.append(Found(self.module + ":" + qualname, target, function, function.__code__))
        if self.targets.reaches_nested:
            self.nested(function.__code__, qualname + ".<locals>")

    def nested(self, code: CodeType, prefix: str) -> None:
        """Look at the functions that a code object makes each time it runs."""
        for constant in code.co_consts:
            if type(constant) is not CodeType or id(constant) in self.seen:
                continue
            self.seen.add(id(constant))
            qualname = "%s.%s" % (prefix, constant.co_name) if prefix else constant.co_name
            if not constant.co_flags & _OPTIMIZED:
                self.nested(constant, qualname)  # the body of a class
                continue
            target = self.targets.choose(self.module, qualname)
            # Lambdas and comprehensions have no name: only a target that spells it gets them.
            anonymous = constant.co_name.startswith("<")
            if target >= 0 and not (anonymous and constant.co_name not in self.targets.targets[target][3]):
                why = (
                    "" if self.reaches_nested else "a nested function needs Python 3.12 or the native engine"
                )
                self.found.append(Found(self.module + ":" + qualname, target, None, constant, why, code))
            self.nested(constant, qualname + ".<locals>")

    def explicit(self, target: int, parts: "tuple[str, ...]", module: ModuleType) -> None:
        """Look at the one thing that a target without wildcards names, wherever it is defined."""
        value: object = module
        holder = None
        for part in parts:
            holder, value = value, _look_up(value, part)
            if value is None:
                return  # setter and nested parts were found above, or it names nothing
        function = _unwrap(value)
        name = "%s:%s" % (self.module, ".".join(parts))
        if type(function) is FunctionType:
            if id(function) in self.seen or self.targets.choose(self.module, ".".join(parts)) != target:
                return
            self.seen.add(id(function))
            qualname = _qualname(".".join(parts), function, "")
            defined = "%s:%s" % (function.__module__, qualname)
            self.found.append(Found(defined, target, function, function.__code__))
        elif isinstance(function, type) or not callable(function):
            kind = "a class; name its methods" if isinstance(function, type) else "not callable"
            self.found.append(Found(name, target, why="it is %s" % kind))
        elif self.builtins is not None:
            self.builtins.explicit(target, ".".join(parts), holder, parts[-1], value)
        elif isinstance(holder, type) and not holder.__flags__ & (1 << 9):
            self.found.append(
                Found(name, target, why="it is a method of a type written in C, which can't be changed")
            )
        else:
            builtin = isinstance(function, BuiltinFunctionType)
            what = "written in C" if builtin else "an object of type %s" % type(function).__name__
            why = "it is %s; the Python engine times Python functions only" % what
            self.found.append(Found(name, target, why=why))


def _qualname(path: str, function: FunctionType, suffix: str) -> str:
    # Named by where it is defined; a function made by a decorator or a lambda, by where it lies.
    qualname = function.__qualname__
    return path if "<" in qualname else qualname + suffix


def _look_up(value: object, part: str) -> object:
    if isinstance(value, type):
        for owner in value.__mro__:
            if part in vars(owner):
                return vars(owner)[part]
        return None
    return getattr(value, "__dict__", {}).get(part)


def _unwrap(value: object) -> object:
    if isinstance(value, (staticmethod, classmethod)):
        return _unwrap(value.__func__)
    if type(value) is property:
        return value.fget
    return _held_function(value) or value


def _held_function(value: object) -> "FunctionType | None":
    # Only objects whose type is known to keep the function it calls: an app's own object may
    # answer any attribute.
    if type(value).__module__ != "functools":
        return None
    held = getattr(value, "__wrapped__", None) or getattr(value, "func", None)
    return held if type(held) is FunctionType else None
