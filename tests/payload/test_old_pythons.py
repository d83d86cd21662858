"""Pythons before 3.8 on the same PYTHONPATH: silent, and the next sitecustomize still runs."""

import glob
import os
import shutil

import pytest


def find(version):
    """Return the path of such a Python on PATH or of pyenv, None where there is none."""
    root = os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")
    found = sorted(glob.glob("%s/versions/%s.*/bin/python%s" % (root, version, version)))
    found += [path for path in [shutil.which("python" + version)] if path and "/shims/" not in path]
    return found[-1] if found else None


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7"])
@pytest.mark.parametrize("hidden", ["a file", "a package", "one that raises", "nothing"])
def test_an_old_python_runs_as_without_the_probe(runner, version, hidden):
    python = find(version)
    if python is None:
        pytest.skip("no Python %s on PATH or in pyenv" % version)
    texts = {
        "a file": {"sitecustomize.py": "mark = 7\nprint('mine')\n"},
        "a package": {"sitecustomize/__init__.py": "mark = 8\nprint('package')\n"},
        "one that raises": {"sitecustomize.py": "raise ValueError('mine')\n"},
        "nothing": {},
    }[hidden]
    program = (
        "import sys, app\nprint(app.f())\nprint(getattr(sys.modules.get('sitecustomize'), 'mark', None))\n"
    )
    files = dict(
        {"hidden/" + name: text for name, text in texts.items()}, **{"app.py": "def f():\n  return 1\n"}
    )
    outcomes = []
    for probe in (False, True):
        place = runner.place(dict(files, **{"main.py": program}))
        (place / "app" / "hidden").mkdir(exist_ok=True)
        path = [str(place / "app" / "hidden")]
        environment = {
            "PYTHONPATH": ":".join([str(place / "run")] * probe + path),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        result = runner.run(
            program, ["app:*"], place=place, python=python, probe=probe, environment=environment
        )
        outcomes.append((result.code, result.out, result.err.replace(str(place), "")))
        assert result.paths == []
    bare, probed = outcomes
    assert probed == bare
    assert probed[0] == 0
