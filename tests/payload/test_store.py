"""A store that can't be used, limits, and a full disk: the program runs as without the probe."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from running import DESCRIBE

APP = """
def f():
    return 1

def steps():
    yield 1

def fails():
    raise KeyError

async def waits():
    return 1
"""
PROGRAM = """
import app, os
print(app.f(), list(app.steps()), app.waits().close())
try:
    app.fails()
except KeyError:
    print("KeyError")
for _ in range(100):
    app.f()
try:
    app.waits().send(None)
except StopIteration as stop:
    print(stop.value)
pid = os.fork()
if not pid:
    app.f()
    os._exit(0)
os.waitpid(pid, 0)
"""


def read_only(place):
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (place / "data").mkdir(mode=0o500)


def missing_parent_is_a_file(place):
    (place / "data").write_text("a file")


def store_is_a_file(place):
    (place / "data").mkdir()
    (place / "data" / "app-0123456789ab").write_text("a file")


def store_is_a_dangling_link(place):
    (place / "data").mkdir()
    (place / "data" / "app-0123456789ab").symlink_to(place / "nowhere")


def world_writable(place):
    (place / "data" / "app-0123456789ab").mkdir(parents=True)
    (place / "data" / "app-0123456789ab").chmod(0o777)


def of_another_user(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (place / "data" / "app-0123456789ab").mkdir(parents=True)
    os.chown(str(place / "data" / "app-0123456789ab"), 12345, -1)


@pytest.mark.parametrize(
    "spoil, why",
    [
        (read_only, "can't be made"),
        (missing_parent_is_a_file, "can't be made"),
        (store_is_a_file, "is no folder"),
        (store_is_a_dangling_link, "the data folder"),
        (world_writable, "can be written by other users"),
        (of_another_user, "belongs to user 12345"),
    ],
)
def test_an_unusable_store_is_no_harm(runner, detail, spoil, why):
    files = {"main.py": PROGRAM + DESCRIBE, "app.py": APP}
    bare = runner.run(PROGRAM, probe=False, files=files, flags=("-W", "ignore"))
    place = runner.place(files)
    spoil(place)
    result = runner.run(PROGRAM + DESCRIBE, ["app:*"], detail, place=place, flags=("-W", "ignore"))
    assert (result.code, result.err) == (0, "")
    out, _, described = result.out[:-1].rpartition("\n")
    assert out + "\n" == bare.out
    described = json.loads(described)
    assert described["recording"] is None
    assert why in described["can_record"]
    assert any("nothing is recorded" in text and why in text for text in described["why"])
    assert list((place / "data").glob("*/*")) == [] if (place / "data").is_dir() else True


@pytest.mark.parametrize("root", ["/proc/nothing", "/dev/null/x", "relative/../root", "with\nnewline"])
def test_odd_data_roots_are_no_harm(runner, root):
    bare = runner.run(PROGRAM, probe=False, files={"app.py": APP})
    environment = {"PROBE_DATA_DIR": root}
    result = runner.run(PROGRAM, ["app:*"], files={"app.py": APP}, environment=environment)
    assert (result.code, result.out, result.err) == (0, bare.out, "")


def test_a_deleted_working_folder_is_no_harm(runner):
    program = "import os, shutil\nos.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n" + PROGRAM
    environment = {"PROBE_DATA_DIR": "relative"}
    files = {"app.py": APP}
    program = "import sys; sys.path[0] = os.getcwd()\n" + program if 0 else program
    bare, probed = runner.both(program, targets=["app:*"], files=files, environment=environment)
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)


def test_describe_leaves_nothing_behind(runner):
    result = runner.run(DESCRIBE, ["app:*"])
    described = json.loads(result.out)
    assert (described["can_record"], described["recording"]) == (None, None)
    assert list(result.place.glob("data/*/*")) == []


MANY = "".join("def f%d():\n    return 1\n" % i for i in range(20))
CALL_MANY = "import many\nfor _ in range(3):\n    [getattr(many, 'f%d' % i)() for i in range(20)]\n"


def test_functions_past_the_limit_are_counted(runner, detail):
    result = runner.run(
        CALL_MANY, ["many:*"], detail, {"many.py": MANY}, limits={"MAX_FUNCTIONS": 5}
    )  # fmt: skip
    assert (result.code, result.out, result.err) == (0, "", "")
    recording = result.recording
    assert {name: entry["calls"] for name, entry in recording["functions"].items()} == {
        "many:f%d" % i: 3 for i in range(5)
    }
    assert recording["header"][21] == 15


def test_nodes_past_the_limit_are_counted(runner):
    app = """
def leaf():
    return 1
def middle():
    return leaf() + leaf()
def top():
    return middle()
"""
    program = "import app\nfor _ in range(5):\n    app.top(); app.middle(); app.leaf()\n"
    result = runner.run(program, ["app:*"], "tree", {"app.py": app}, limits={"MAX_NODES": 2})
    assert (result.code, result.out, result.err) == (0, "", "")
    recording = result.recording
    assert {path: numbers[0] for path, numbers in recording["tree"].items()} == {
        ("app:top",): 5,
        ("app:top", "app:middle"): 5,
    }
    assert recording["header"][22] == 4
    # Calls without a node still count in their function's record, their times too.
    assert result.counts() == {"app:top": (5, 0), "app:middle": (10, 0), "app:leaf": (25, 0)}
    for entry in recording["functions"].values():
        assert 0 < entry["own"] <= entry["total"]
        assert entry["total"] >= entry["least"] * entry["calls"]


def test_bytes_past_the_limit_are_counted(runner, detail):
    files = {"many.py": MANY.replace("20", "400")}
    files["many.py"] = "".join("def f%d():\n    return 1\n" % i for i in range(400))
    program = CALL_MANY.replace("20", "400")
    result = runner.run(program, ["many:*"], detail, files, limits={"MAX_BYTES": 65536})
    assert (result.code, result.out, result.err) == (0, "", "")
    recording = result.recording
    assert result.paths[0].stat().st_size == 65536
    counted = [entry["calls"] for entry in recording["functions"].values() if entry["calls"]]
    if detail != "count":
        assert len(counted) < 400
        assert recording["header"][19] == 2
        assert recording["header"][21] > 0
    assert set(counted) == {3}


def test_names_of_any_characters_and_length(runner):
    app = "def plain(): pass\ndef \u00fcber(): pass\nplain.__qualname__ = 'x' * 9000\n"
    app += "def odd(): pass\nodd.__qualname__ = 'a\\ud800b'\n"
    program = "import app; app.plain(); app.\u00fcber(); app.odd()"
    result = runner.run(program, ["app:**"], files={"app.py": app})
    assert (result.code, result.err) == (0, "")
    names = sorted(result.counts())
    assert names == ["app:a\\ud800b", "app:" + "x" * 3996, "app:\u00fcber"]


FILLING = """
import sys
sys.path.insert(0, {app!r})
import app, many
for _ in range(3):
    [getattr(many, 'f%d' % i)() for i in range(400)]
open({full!r}, "w").close() if False else None
print("ok")
"""


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(folder)]
    if (
        os.geteuid() != 0
        or not shutil.which("mount")
        or subprocess.run(command, capture_output=True).returncode
    ):
        pytest.skip("a small file system can't be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def many_files():
    return {"app.py": APP, "many.py": "".join("def f%d():\n    return 1\n" % i for i in range(400))}


def test_a_full_disk_is_no_harm(runner, detail, small_disk):
    program = CALL_MANY.replace("20", "400") + "print('ok')"
    environment = {"PROBE_DATA_DIR": str(small_disk)}
    result = runner.run(program, ["many:*"], detail, many_files(), environment=environment)
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    import reading

    (path,) = small_disk.glob("*/*.rec")
    recording = reading.read(path)
    counted = [entry["calls"] for entry in recording["functions"].values() if entry["calls"]]
    assert set(counted) == {3}
    if detail != "count":
        assert len(counted) < 400
        assert recording["header"][19] == 1
        assert recording["header"][20] == 28  # ENOSPC


def test_a_disk_that_is_full_from_the_start_is_no_harm(runner, small_disk):
    with pytest.raises(OSError):
        (small_disk / "filler").write_bytes(b"x" * (1 << 20))
    environment = {"PROBE_DATA_DIR": str(small_disk)}
    result = runner.run(PROGRAM + DESCRIBE, ["app:*"], files=many_files(), environment=environment)
    assert (result.code, result.err) == (0, "")
    assert "No space left" in " ".join(json.loads(result.out.splitlines()[-1])["why"])
    assert list(small_disk.glob("*/*.rec")) == []


def test_a_limit_on_the_size_of_files_is_no_harm(runner, detail):
    program = (
        """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (150000, 150000))
"""
        + CALL_MANY.replace("20", "400")
        + "print('ok')"
    )
    result = runner.run(program, ["many:*"], detail, many_files())
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
    recording = result.recording
    if detail != "count":
        assert recording["header"][19] == 1
        assert recording["header"][20] == 27  # EFBIG


def test_no_descriptors_left_is_no_harm(runner):
    program = """
import resource, os
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
import app, many
kept = []
try:
    while True:
        kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError:
    pass
for _ in range(3):
    [getattr(many, 'f%d' % i)() for i in range(400)]
os.write(1, b"ok")
os._exit(0)
"""
    result = runner.run(program, ["app:*", "many:*"], "tree", many_files())
    assert (result.code, result.out, result.err) == (0, "ok", "")
    assert result.recording["header"][19:21] == (3, 24)  # EMFILE


def test_the_recording_deleted_or_the_store_removed_while_running(runner, detail):
    program = """
import app, shutil, os, sys
app.f()
shutil.rmtree(%r)
import many
for _ in range(3):
    [getattr(many, 'f%%d' %% i)() for i in range(400)]
pid = os.fork()
if not pid:
    app.f()
    os._exit(0)
os.waitpid(pid, 0)
print("ok")
"""
    place = runner.place({})
    text = program % str(place / "data")
    result = (
        runner.run(text, ["app:*", "many:*"], detail, many_files(), place=place, arguments=("-c", text))
        if 0
        else None
    )
    for name, content in many_files().items():
        (place / "app" / name).write_text(content)
    result = runner.run("", ["app:*", "many:*"], detail, place=place, arguments=("-c", text))
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
