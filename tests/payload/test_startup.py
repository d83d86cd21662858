"""Start-up: silent under every option, cheap, once, and switched by the environment."""

import json
import sys

import laying
import pytest
import running
from running import DESCRIBE

APP = "def f():\n    return 1\n\ndef g():\n    return 2\n"
PROGRAM = "import app; app.f(); app.g()"


def in_venv(venv, place, arguments, environment=None, **popen):
    """Run the venv's Python in a run's folder."""
    variables = dict(running.clean_environment(), **(environment or {}))
    return running.finish([str(venv.python), *arguments], place, variables, **popen)


@pytest.mark.parametrize(
    "flags",
    [
        (), ("-I",), ("-E",), ("-s",), ("-O",), ("-OO",), ("-B",), ("-u",), ("-q",), ("-W", "error"),
        ("-bb",), ("-X", "dev"), ("-X", "utf8"), ("-X", "tracemalloc"), ("-X", "faulthandler"),
        ("-W", "error", "-X", "dev", "-bb"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_installed_payload_starts_silently_under_each_option(venv, runner, flags):
    place = runner.place({"main.py": "import sys; sys.path.insert(0, '.');" + PROGRAM, "app.py": APP})
    venv.install(place / "data", ["app:*"])
    result = in_venv(venv, place, [*flags, "main.py"])
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:f": (1, 0), "app:g": (1, 0)}


def test_without_site_nothing_happens(venv, runner):
    place = runner.place({"main.py": PROGRAM, "app.py": APP})
    venv.install(place / "data", ["app:*"])
    result = in_venv(venv, place, ["-S", "main.py"])
    assert (result.code, result.out, result.err, result.paths) == (0, "", "", [])


def test_which_start_up_file_fires(venv, runner):
    place = runner.place({"main.py": DESCRIBE})
    package = venv.install(place / "data", ["app:*"])
    described = json.loads(in_venv(venv, place, ["main.py"]).out)
    assert described["package"] == package
    assert described["how"] == ("start" if sys.version_info >= (3, 15) else "pth")
    for name, how in (("probe.start", "pth"), ("probe.pth", "sitecustomize"), ("sitecustomize.py", None)):
        (venv.site_packages / name).unlink()
        described = json.loads(in_venv(venv, place, ["main.py"]).out)
        assert (described and described["how"]) == how


MODULES = "import sys; print('\\n'.join(sorted(sys.modules)))"


def test_start_up_imports_nothing_but_the_probe(venv, runner):
    place = runner.place({"main.py": MODULES})
    # Any such files make Python load what it reads and resolves them with.
    (venv.site_packages / "other.pth").write_text("# nothing\n")
    (venv.site_packages / "other.start").write_text("sys:getrecursionlimit\n")
    bare = set(in_venv(venv, place, ["main.py"]).out.split())
    venv.install(place / "data", ["never_imported:*", "never.imported.**:**", "!never.imported.x:*"])
    probed = set(in_venv(venv, place, ["main.py"]).out.split())
    more = {name for name in probed - bare if not name.startswith("_probe_")}
    assert more <= {"sitecustomize"}
    # Engines and the recording aren't loaded before they are needed.
    ours = {name.partition(".")[2] for name in probed if name.startswith("_probe_")}
    assert "recording" not in ours and "hooking" not in ours
    assert bare <= probed
    assert not list((place).glob("data"))


def test_an_import_that_no_target_wants_loads_nothing_more(runner):
    program = "import json, decimal, email.message\n" + MODULES
    bare, probed = runner.both(program, targets=["never_imported:*", "json.nothing:*"])
    more = set(probed.out.split()) - set(bare.out.split())
    assert {name for name in more if not name.startswith("_probe_")} <= {"sitecustomize"}
    assert probed.paths == []


def test_sys_path_flags_and_the_environment_stay_as_they_were(venv, runner):
    program = """
import os, sys, builtins
print(sys.path, sorted(os.environ), sys.argv, sys.flags, sys.warnoptions, sorted(vars(builtins)))
print(sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__, sys.getrecursionlimit())
import threading, signal
print(threading.active_count(), signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    place = runner.place({"main.py": program, "app.py": APP})
    bare = in_venv(venv, place, ["main.py"])
    venv.install(place / "data", ["app:*"])
    probed = in_venv(venv, place, ["main.py"])
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)
    assert bare.code == 0


@pytest.mark.parametrize("value, off", [("1", True), ("yes", True), ("0", False), ("", False)])
def test_probe_disable(runner, value, off):
    environment = {"PROBE_DISABLE": value}
    result = runner.run(PROGRAM + DESCRIBE, ["app:*"], files={"app.py": APP}, environment=environment)
    assert (result.code, result.err) == (0, "")
    described = json.loads(result.out)
    assert described["fires"] is not off
    assert (described["why"] == ["PROBE_DISABLE is set"]) is off
    assert (result.paths == []) is off


def test_probe_data_dir_is_a_root(runner, tmp_path):
    environment = {"PROBE_DATA_DIR": str(tmp_path / "deep" / "root")}
    result = runner.run(PROGRAM, ["app:*"], files={"app.py": APP}, environment=environment)
    assert (result.code, result.err) == (0, "")
    assert result.paths == []
    store = tmp_path / "deep" / "root" / result.store.name
    (recording,) = store.glob("*.rec")
    assert (store / "venv").read_text() == "/srv/app/.venv"
    assert [oct(path.stat().st_mode & 0o777) for path in (store, recording)] == ["0o700", "0o600"]


@pytest.mark.parametrize(
    "texts, called",
    [
        ("app:g", ["app:g"]),
        (" app:* , !app:f ", ["app:g"]),
        ("!app:f,app:f", ["app:f"]),
        ("nothing:*", []),
        (",,app:f,:x,app:", ["app:f"]),
    ],
)
def test_probe_targets_replaces_the_plans(runner, texts, called):
    environment = {"PROBE_TARGETS": texts}
    result = runner.run(PROGRAM + DESCRIBE, ["app:f"], files={"app.py": APP}, environment=environment)
    assert (result.code, result.err) == (0, "")
    assert sorted(result.counts() if result.paths else []) == called
    why = json.loads(result.out)["why"]
    assert why == (
        ["PROBE_TARGETS: ':x' is no target", "PROBE_TARGETS: 'app:' is no target"] if ":x" in texts else []
    )


def test_a_run_wins_over_an_installed_payload(venv, runner):
    place = runner.place({"main.py": PROGRAM, "app.py": APP})
    venv.install(place / "data" / "installed", ["app:f"])
    result = runner.run(PROGRAM, ["app:g"], place=place, python=str(venv.python))
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:g": (1, 0)}
    assert not (place / "data" / "installed").exists()


def test_the_same_plan_installed_and_run(venv, runner):
    place = runner.place({"main.py": PROGRAM, "app.py": APP})
    plan = laying.plan(place / "data", ["app:*"])
    laying.lay(venv.site_packages, plan, ("sitecustomize.py", "probe.pth", "probe.start"))
    result = runner.run(PROGRAM, ["app:*"], place=place, python=str(venv.python))
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:f": (1, 0), "app:g": (1, 0)}


def test_closed_standard_descriptors(runner, detail):
    program = """
import os, app
for i in range(100):
    exec("def f%d(): pass" % i, app.__dict__)
app.f(); app.g()
import late
[getattr(late, "f%d" % i)() for i in range(100)]
lines = []
for number in range(3):
    try:
        os.write(number, b"damage")
        lines.append("written")
    except OSError as error:
        lines.append(error.strerror)
with open("out", "w") as file:
    file.write(repr(lines))
"""
    late = "".join("def f%d(): pass\n" % i for i in range(100))
    results = []
    for probe in (False, True):
        result = runner.run(
            program, ["app:*", "late:*"], detail, {"app.py": APP, "late.py": late}, probe=probe,
            prefix=("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh"),
        )  # fmt: skip
        results.append((result.code, (result.place / "app" / "out").read_text()))
    assert results[1] == results[0]
    assert results[0][1].count("Bad file descriptor") == 3
    expected = dict({"late:f%d" % i: 1 for i in range(100)}, **{"app:f": 1, "app:g": 1})
    assert result.counts(errors=False) == expected


def test_a_pipe_reader_sees_the_programs_output_only(runner):
    program = "import app\nfor i in range(3):\n    print(app.f())\n" * 2
    bare, probed = runner.both(program, targets=["app:*", "__main__:*"], files={"app.py": APP})
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")


def test_a_program_on_standard_input(runner):
    place = runner.place({"app.py": APP})
    (place / "in.py").write_text(PROGRAM)
    with open(str(place / "in.py"), "rb") as stdin:
        result = runner.run("", ["app:*"], place=place, arguments=("-",), stdin=stdin)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert result.counts() == {"app:f": (1, 0), "app:g": (1, 0)}
