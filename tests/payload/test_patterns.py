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


def test_many_wildcards_cost_no_more_than_one(patterns):
    many = ("**", "a") * 40
    assert patterns.parts_match(many, ("a", "b") * 40 + ("a",))
    assert not patterns.parts_match(many, ("a", "b") * 40)
    deep = ("a",) * 3000
    assert patterns.parts_match(("**", "a"), deep) and not patterns.parts_match(deep, deep[1:])


@pytest.mark.parametrize(
    "text", ["", ",", "!", "!!", ":", "a:,:b, ,**:**", "\udcff:\0", ".:.", "a" * 5000 + ":b"]
)
def test_what_the_environment_says_never_raises(patterns, text):
    parsed, unreadable = patterns.parse_all(text)
    assert patterns.Targets(parsed).choose("a", "b") in range(-1, len(parsed))
    assert all(isinstance(it, str) for it in unreadable)
