"""Writes a module with a thousand functions, imports it, and calls all of them, each as often as
a few long tails would have it."""

import pathlib
import sys

NOUNS = ("order", "cart", "price", "invoice", "shelf", "parcel", "label", "customer", "refund", "tax")
VERBS = ("load", "save", "check", "find", "merge", "parse", "send", "count", "build", "drop")
HERE = pathlib.Path(__file__).parent / "generated"


def source(module):
    lines = []
    for verb in VERBS:
        for noun in NOUNS:
            number = (module * 100 + len(lines)) * 7919 % 1000
            lines.append(
                f"def {verb}_{noun}(depth=0):\n"
                f"    for _ in range({number % 37 * 20 + 2}): pass\n"
                f"    return after({number}, depth)\n"
            )
    return "from generated import after\n\n" + "\n".join(lines)


def main():
    HERE.mkdir(exist_ok=True)
    (HERE / "__init__.py").write_text(
        "ALL = []\n"
        "def after(number, depth):\n"
        "    if depth < 6 and number % 3:\n"
        "        return ALL[(number * 13 + depth * 17) % len(ALL)](depth + 1)\n"
        "    return number\n"
    )
    for module in range(10):
        (HERE / f"part{module}.py").write_text(source(module))
    sys.path.insert(0, str(HERE.parent))
    from importlib import import_module

    import generated

    for module in range(10):
        part = import_module(f"generated.part{module}")
        generated.ALL.extend(getattr(part, f"{verb}_{noun}") for verb in VERBS for noun in NOUNS)
    for turn in range(1, 8):
        for function in generated.ALL[::turn]:
            function()


if __name__ == "__main__":
    main()
