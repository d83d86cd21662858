"""The payload matches targets as the command line does: one table for both."""

import importlib.util
import json
import pathlib

import laying
import pytest

TABLE = pathlib.Path(__file__).resolve().parents[1] / "data" / "patterns.json"


@pytest.fixture(scope="module")
def patterns():
    path = laying.ASSETS / "runtime" / "patterns.py"
    spec = importlib.util.spec_from_file_location("payload_patterns", str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(not TABLE.exists(), reason="tests/data/patterns.json isn't there yet")
def test_the_shared_table(patterns):
    rows = json.loads(TABLE.read_text("utf-8"))
    assert rows
    for row in rows:
        target = patterns.parse(row["pattern"])
        assert target is not None, row
        including = (target[0], False, *target[2:])
        chosen = patterns.Targets((including,)).choose(row["module"], row["qualname"])
        assert (chosen == 0) is row["matches"], row


@pytest.mark.parametrize(
    "text, target",
    [
        ("shop.**:**", ("shop.**:**", False, ("shop", "**"), ("**",))),
        (
            "!shop.db:Session.__repr__",
            ("!shop.db:Session.__repr__", True, ("shop", "db"), ("Session", "__repr__")),
        ),
        ("hello", ("hello", False, ("hello",), ("**",))),
        ("a:b.<locals>.c", ("a:b.<locals>.c", False, ("a",), ("b", "<locals>", "c"))),
        (":x", None),
        ("x:", None),
        ("!", None),
    ],
)
def test_parsing(patterns, text, target):
    assert patterns.parse(text) == target
    if target is not None:
        assert laying.target(text) == target


def test_later_targets_win(patterns):
    targets = patterns.Targets(tuple(map(patterns.parse, ["a.**:**", "!a.b:*", "a.b:keep", "!a.b:keep_not"])))
    assert targets.choose("a.b", "x") == -1
    assert targets.choose("a.b", "keep") == 2
    assert targets.choose("a.b", "keep_not") == -1
    assert targets.choose("a.b", "C.m") == 0
    assert targets.choose("a", "f") == 0
    assert targets.choose("ab", "f") == -1
