"""Which engine is chosen, and why it isn't the one that was asked for."""

import json
import os

import laying
import pytest
import running
from running import DESCRIBE

NATIVE = os.environ.get("PROBE_TEST_NATIVE")
needs_native = pytest.mark.skipif(not NATIVE, reason="PROBE_TEST_NATIVE names no native engine")
CHOOSE = """
import importlib, json, sys
package = [name for name in sys.modules if name.startswith("_probe_") and "." not in name][0]
engines = importlib.import_module(package + ".engines")
print(json.dumps(engines.choose(%r)))
"""


def choose(runner, wanted, environment=None, before=""):
    """Ask the payload in a process of its own."""
    result = runner.run(before + CHOOSE % wanted, ["nothing:*"], environment=environment)
    assert (result.code, result.err) == (0, "")
    return json.loads(result.out)


@needs_native
@pytest.mark.parametrize(
    "wanted, variable, engine",
    [
        ("auto", None, "native"), ("native", None, "native"), ("python", None, "python"),
        ("auto", "python", "python"), ("native", "python", "python"), ("python", "native", "native"),
        ("python", "auto", "native"), ("python", "", "python"),
    ],
)  # fmt: skip
def test_the_environment_goes_before_the_plan(runner, wanted, variable, engine):
    environment = {} if variable is None else {"PROBE_ENGINE": variable}
    assert choose(runner, wanted, environment) == [engine, None]


@needs_native
@pytest.mark.parametrize("wanted", ["python", "native", "auto"])
def test_an_unknown_engine_is_told_and_counts_as_auto(runner, wanted):
    why = "PROBE_ENGINE: 'rust' is no engine (auto, native, python), so auto it is"
    assert choose(runner, wanted, {"PROBE_ENGINE": "rust"}) == ["native", why]


def test_python_alone_loads_nothing_native(runner):
    program = CHOOSE % "python" + "print([name for name in sys.modules if '_native' in name])"
    assert runner.run(program, ["nothing:*"]).out == '["python", null]\n[]\n'


@pytest.mark.parametrize("wanted", ["auto", "native"])
def test_no_native_engine_in_the_package(runner, monkeypatch, wanted):
    monkeypatch.delenv("PROBE_TEST_NATIVE", raising=False)
    why = "this probe has no native engine; the Python engine works instead"
    assert choose(runner, wanted) == ["python", why]


def test_both_reasons_are_told(runner, monkeypatch):
    monkeypatch.delenv("PROBE_TEST_NATIVE", raising=False)
    engine, why = choose(runner, "python", {"PROBE_ENGINE": "no"})
    assert (engine, why.count("; ")) == ("python", 2)


@pytest.mark.parametrize("content", [b"", b"not a library", b"\x7fELF" + bytes(2000)])
def test_a_file_that_cannot_be_loaded(runner, monkeypatch, tmp_path, content):
    (tmp_path / "broken.so").write_bytes(content)
    monkeypatch.setenv("PROBE_TEST_NATIVE", str(tmp_path / "broken.so"))
    engine, why = choose(runner, "auto")
    assert engine == "python"
    assert why.startswith("the native engine doesn't load: ") and laying.NATIVE in why
    assert why.endswith("; the Python engine works instead")


@needs_native
@pytest.mark.parametrize(
    "change, why",
    [
        ("sys.implementation.name = 'pypy'", "the native engine needs CPython, and this is pypy"),
        ("sys.abiflags += 't'", "the native engine doesn't serve free-threaded Python yet"),
        ("sys.getobjects = len", "the native engine doesn't serve a Python that traces references"),
    ],
)
def test_other_interpreters(runner, change, why):
    # What an interpreter says about itself is all that is looked at.
    why += "; the Python engine works instead"
    assert choose(runner, "auto", before="import sys; %s\n" % change) == ["python", why]


def test_describe_finds_the_engine_though_nothing_was_hooked(runner):
    result = runner.run(DESCRIBE, ["never_imported:*"])
    assert (result.code, result.err) == (0, "")
    described = json.loads(result.out)
    assert (described["fires"], described["engine"], described["why"]) == (True, running.ENGINE, [])
    assert described["recording"] is None and described["can_record"] is None
    assert result.paths == []


def test_a_probe_that_is_off_has_no_engine(runner):
    result = runner.run(DESCRIBE, ["never_imported:*"], environment={"PROBE_DISABLE": "1"})
    described = json.loads(result.out)
    assert (described["fires"], described["engine"]) == (False, None)
