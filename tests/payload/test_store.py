"""A store that can't be used: the program runs as without the probe, and describe() says why."""

import json
import os
import shutil
import subprocess

import pytest
from laying import FOLDER
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
    (place / "data").mkdir(mode=0o500)
    if os.geteuid() == 0:  # who may write everywhere but on a read-only file system
        command = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(place / "data")]
        if not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
            pytest.skip("a read-only file system can't be mounted here")


def missing_parent_is_a_file(place):
    (place / "data").write_text("a file")


def stores(place):
    """The two folders below a root that this user's processes try."""
    (place / "data").mkdir()
    return [place / "data" / (FOLDER + end) for end in ("", ".u%d" % os.geteuid())]


def store_is_a_file(place):
    for store in stores(place):
        store.write_text("a file")


def store_is_a_dangling_link(place):
    for store in stores(place):
        store.symlink_to(place / "nowhere")


def store_is_a_link(place):
    (place / "elsewhere").mkdir(mode=0o700)
    for store in stores(place):
        store.symlink_to(place / "elsewhere")


def world_writable(place):
    for store in stores(place):
        store.mkdir()
        store.chmod(0o777)


def below_a_world_writable_one(place):
    (place / "data").mkdir()
    (place / "data").chmod(0o777)


def of_another_user(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for store in stores(place):
        store.mkdir()
        os.chown(str(store), 12345, -1)


def below_another_users(place):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    (place / "data").mkdir()
    os.chown(str(place / "data"), 12345, -1)


@pytest.mark.parametrize(
    "spoil, why",
    [
        (read_only, "can't be made"),
        (missing_parent_is_a_file, "can't be made"),
        (store_is_a_file, "is no folder"),
        (store_is_a_dangling_link, "is no folder"),
        (store_is_a_link, "is no folder"),
        (world_writable, "can be written by other users"),
        (below_a_world_writable_one, "data can be written by other users"),
        (of_another_user, "belongs to user 12345"),
        (below_another_users, "data belongs to user 12345"),
    ],
)
def test_an_unusable_store_is_no_harm(runner, detail, spoil, why):
    files = {"main.py": PROGRAM + DESCRIBE, "app.py": APP}
    bare = runner.run(PROGRAM, probe=False, files=files, flags=("-W", "ignore"))
    place = runner.place(files)
    spoil(place)
    try:
        result = runner.run(PROGRAM + DESCRIBE, ["app:*"], detail, place=place, flags=("-W", "ignore"))
    finally:
        if os.path.ismount(str(place / "data")):
            subprocess.run(["umount", "-l", str(place / "data")], check=True)
    assert (result.code, result.err) == (0, "")
    out, _, described = result.out[:-1].rpartition("\n")
    assert out + "\n" == bare.out
    described = json.loads(described)
    assert described["recording"] is None
    assert why in described["can_record"]
    assert any("nothing is recorded" in text and why in text for text in described["why"])
    assert list(place.glob("data/*/*")) + list(place.glob("elsewhere/*")) == []


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
    bare, probed = runner.both(program, targets=["app:*"], files=files, environment=environment)
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)


def test_describe_leaves_nothing_behind(runner):
    result = runner.run(DESCRIBE, ["app:*"])
    described = json.loads(result.out)
    assert (described["can_record"], described["recording"]) == (None, None)
    assert list(result.place.glob("data/*/*")) == []
