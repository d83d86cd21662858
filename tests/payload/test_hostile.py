"""What somebody else put where the payload looks: the environment, and a file that has taken a
recording's name. The program runs as without the probe, and what isn't the probe's stays as it is.
"""

import os

import pytest

MANY = "".join("def f%d():\n    return %d\n" % (i, i) for i in range(400))
PROGRAM = """
import glob, many, os
many.f0()
for path in glob.glob(os.environ["PROBE_DATA_DIR"] + "/*/*.rec"):
    os.rename(path, path[:-4])
    if os.environ["INSTEAD"] == "link":
        os.symlink(os.path.abspath("theirs"), path)
    else:
        os.link("theirs", path)
print(sum(getattr(many, "f%d" % i)() for i in range(400)))
"""


@pytest.mark.parametrize("instead", ["link", "file"])
def test_a_file_that_took_the_recordings_name_is_left_alone(runner, detail, instead):
    theirs = bytes(range(256)) * 1024
    place = runner.place({"main.py": PROGRAM, "many.py": MANY, "theirs": theirs})
    environment = {"PROBE_DATA_DIR": str(place / "data"), "INSTEAD": instead}
    result = runner.run(PROGRAM, ["many:*"], detail, place=place, environment=environment)
    assert (result.code, result.out, result.err) == (0, "79800\n", "")
    assert (place / "app" / "theirs").read_bytes() == theirs
    # The recording itself is as large as when it lost its name.
    (moved,) = [path for path in result.store.iterdir() if path.suffix == "" and path.name != "venv"]
    assert moved.stat().st_size == 65536


@pytest.mark.parametrize(
    "texts",
    [
        b",,,",
        b"!",
        b":",
        b"\xff\xfe:\x80",
        b"a" * 100_000,
        b"**." * 200 + b"x:f",
        b"many:f0\n,\x1b[31m",
        b"{}%s%n",
    ],
)
def test_targets_of_the_environment_are_no_harm(runner, texts):
    program = "import many\nprint(many.f1())\n"
    environment = {"PROBE_TARGETS": os.fsdecode(texts)}
    result = runner.run(program, ["many:*"], files={"many.py": MANY}, environment=environment)
    assert (result.code, result.out, result.err) == (0, "1\n", "")
