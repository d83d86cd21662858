"""Match modules and qualified names against the plan's targets.

A target is `(text, excludes, module parts, qualname parts)`. In a part `*` stands for any
characters; the part `**` stands for any number of parts. Later targets win. No regular
expressions: `re` costs more to import than the whole probe.
"""

Parts = tuple
Target = tuple


def part_matches(pattern: str, part: str) -> bool:
    """Tell whether one part matches a pattern in which `*` stands for any characters."""
    if "*" not in pattern:
        return pattern == part
    first, *middle, last = pattern.split("*")
    if len(part) < len(first) + len(last) or not part.startswith(first) or not part.endswith(last):
        return False
    rest = part[len(first) : len(part) - len(last)]
    for piece in middle:
        found = rest.find(piece)
        if found < 0:
            return False
        rest = rest[found + len(piece) :]
    return True


def parts_match(pattern: Parts, parts: Parts) -> bool:
    """Tell whether a dotted name, split into parts, matches a pattern split the same way.

    Only the latest `**` is ever extended: an earlier one could only leave less to the later. So
    many of them cost no more than one.
    """
    at = index = after = taken = 0
    while index < len(parts):
        if at < len(pattern) and pattern[at] == "**":
            at += 1
            after, taken = at, index
        elif at < len(pattern) and part_matches(pattern[at], parts[index]):
            at += 1
            index += 1
        elif after:
            taken += 1
            at, index = after, taken
        else:
            return False
    while at < len(pattern) and pattern[at] == "**":
        at += 1
    return at == len(pattern)


def parse(text: str) -> "Target | None":
    """Read one target as written on the command line; None where it isn't one."""
    excludes = text.startswith("!")
    module, colon, qualname = text[excludes:].partition(":")
    if not module or (colon and not qualname):
        return None
    return text, excludes, tuple(module.split(".")), tuple(qualname.split(".")) if colon else ("**",)


def parse_all(texts: str) -> "tuple[tuple[Target, ...], list[str]]":
    """Read targets separated by commas; return them and the texts that aren't any."""
    parsed = [(text.strip(), parse(text.strip())) for text in texts.split(",") if text.strip()]
    unreadable = [text for text, target in parsed if target is None]
    return tuple(target for _, target in parsed if target is not None), unreadable


def has_wildcard(parts: Parts) -> bool:
    """Tell whether any part of a pattern is one that matches more than itself."""
    return "*" in "".join(parts)


class Targets:
    """The plan's targets, asked which callables they choose."""

    def __init__(self, targets: "tuple[Target, ...]") -> None:
        self.targets = targets
        self.including = [target for target in targets if not target[1]]
        reaching = [target for target in self.including if "<locals>" in target[3] or "**" in target[3]]
        self.reaches_nested = bool(reaching)

    def want_module(self, name: str) -> bool:
        """Tell whether some target may choose something in the module of this name."""
        parts = tuple(name.split("."))
        # No generator: where one is left before its end Python closes it, and what strikes meanwhile
        # (see `struck`) reaches nobody.
        wanting = [target for target in self.including if parts_match(target[2], parts)]
        return bool(wanting)

    def choose(self, module: str, qualname: str) -> int:
        """Return the index of the target that chooses a callable, -1 where none does."""
        module_parts = tuple(module.split("."))
        parts = tuple(qualname.split("."))
        for index in range(len(self.targets) - 1, -1, -1):
            _, excludes, module_pattern, pattern = self.targets[index]
            if parts_match(pattern, parts) and parts_match(module_pattern, module_parts):
                return -1 if excludes else index
        return -1

    def explicit(self, module: str) -> "list[tuple[int, Parts]]":
        """Return (index, qualname parts) of the targets that name one thing of this module."""
        parts = tuple(module.split("."))
        return [
            (index, target[3])
            for index, target in enumerate(self.targets)
            if not target[1] and not has_wildcard(target[3]) and parts_match(target[2], parts)
        ]
