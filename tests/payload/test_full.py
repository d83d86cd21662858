"""No room, no descriptors, no file any more: recording stops, and the program runs on."""

import json
import os
import shutil
import subprocess

import pytest
import reading
from running import DESCRIBE

CALL_MANY = "import many\nfor _ in range(3):\n    [getattr(many, 'f%d' % i)() for i in range(400)]\n"


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
    return {
        "app.py": "def f():\n    return 1\n",
        "many.py": "".join("def f%d():\n    return 1\n" % i for i in range(400)),
    }


def test_a_full_disk_is_no_harm(runner, detail, small_disk):
    program = CALL_MANY + "print('ok')"
    environment = {"PROBE_DATA_DIR": str(small_disk)}
    result = runner.run(program, ["many:*"], detail, many_files(), environment=environment)
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
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
    result = runner.run(CALL_MANY + DESCRIBE, ["many:*"], files=many_files(), environment=environment)
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
        + CALL_MANY
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
    for name, content in many_files().items():
        (place / "app" / name).write_text(content)
    result = runner.run("", ["app:*", "many:*"], detail, place=place, arguments=("-c", text))
    assert (result.code, result.out, result.err) == (0, "ok\n", "")
