"""Lay the payload out as `probe run` and `probe install` do; docs/payload.md is the truth.

Gives files as values and writes them; starts no Python. The native engine is part of them where
PROBE_TEST_NATIVE has the path of the shared library, as `cargo xtask test` sets it.
"""

import hashlib
import os
import pathlib
import re

ASSETS = pathlib.Path(__file__).resolve().parents[2] / "assets"
NATIVE = "_native.abi3.so"
FOLDER = "app-0123456789ab"
#: What the plans ask for; `cargo xtask test` sets the variable to each engine in turn.
ENGINE = os.environ.get("PROBE_ENGINE") or "auto"
LIMITS = {"MAX_FUNCTIONS": 10000, "MAX_NODES": 200000, "MAX_BYTES": 1 << 28}


def target(text):
    """Return a target as plan.py holds it: (text, excludes?, module parts, qualname parts)."""
    module, colon, qualname = text.lstrip("!").partition(":")
    return (
        text,
        text.startswith("!"),
        tuple(module.split(".")),
        tuple(qualname.split(".")) if colon else ("**",),
    )


def plan(data_root, targets, detail="tree", venv="/srv/app/.venv", **limits):
    """Return the text of plan.py."""
    values = {
        "SCHEMA": 1,
        "DETAIL": detail,
        "ENGINE": ENGINE,
        "STORE": "%s/%s" % (data_root, FOLDER),
        "FOLDER": FOLDER,
        "VENV": venv,
        "ROOT_GIVEN": True,
        "TARGETS": tuple(target(text) for text in targets),
    }
    values.update(LIMITS)
    values.update(limits)
    return "".join("%s = %s\n" % (name, ascii(value)) for name, value in values.items())


def package_files(plan_text):
    """Return the bytes of the package's files by name."""
    files = {path.name: path.read_bytes() for path in (ASSETS / "runtime").glob("*.py")}
    promote_after = os.environ.get("PROBE_TEST_PROMOTE_AFTER")
    if promote_after:
        # The same tests, with functions promoted at their first calls.
        whole, count = re.subn(
            rb"(?m)^AFTER = \d+$", b"AFTER = " + promote_after.encode(), files["injection.py"]
        )
        assert count == 1
        files["injection.py"] = whole
    native = os.environ.get("PROBE_TEST_NATIVE")
    if native:
        files[NATIVE] = pathlib.Path(native).read_bytes()
    files["plan.py"] = plan_text.encode("ascii")
    return files


def package_name(files):
    """Return the package's name, which carries the hash of its files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(b"%s\0%d\0" % (name.encode(), len(files[name])) + files[name])
    return "_probe_" + digest.hexdigest()[:12]


def lay(folder, plan_text, start_files):
    """Write the package and the start-up files into a folder; return the package's name."""
    files = package_files(plan_text)
    name = package_name(files)
    folder = pathlib.Path(folder)
    (folder / name).mkdir()
    for file, content in files.items():
        (folder / name / file).write_bytes(content)
    for file in start_files:
        template = (ASSETS / file).read_text("ascii")
        (folder / file).write_text(template.replace("@PACKAGE@", name), "ascii")
    return name
