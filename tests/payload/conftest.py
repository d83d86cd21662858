"""Fixtures: a runner of programs under the payload, and a venv that it is installed in."""

import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig

import laying
import pytest
import running


@pytest.fixture
def runner(tmp_path):
    """A runner for one test."""
    return running.Runner(tmp_path)


@pytest.fixture(scope="session")
def shared_runner(tmp_path_factory):
    """A runner for runs that several tests look at."""
    return running.Runner(tmp_path_factory.mktemp("shared"))


@pytest.fixture(params=running.DETAILS)
def detail(request):
    """Each detail that a plan can ask for."""
    return request.param


class Venv:
    """A real venv; `install` lays the payload into its site-packages."""

    def __init__(self, root):
        self.root = root
        self.python = root / "bin" / "python"
        (self.site_packages,) = root.glob("lib/py*/site-packages")

    def install(self, data_root, targets, detail="tree", **limits):
        plan = laying.plan(data_root, targets, detail, venv=str(self.root), **limits)
        names = ("sitecustomize.py", "probe.pth", "probe.start")
        return laying.lay(self.site_packages, plan, names)

    def clear(self):
        """Empty its site-packages."""
        for path in self.site_packages.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="session")
def _venv(tmp_path_factory):
    root = pathlib.Path(tmp_path_factory.mktemp("venv")) / "v"
    command = [sys.executable, "-m", "venv", "--without-pip", str(root)]
    subprocess.run(command, check=True, timeout=running.TIMEOUT_SECONDS)
    return Venv(root)


@pytest.fixture
def venv(_venv):
    """A venv whose site-packages are empty before and after the test."""
    _venv.clear()
    yield _venv
    _venv.clear()


@pytest.fixture(scope="session")
def extension(tmp_path_factory):
    """The extension module native_functions, as a program's file: {name: content}."""
    source = os.path.join(os.path.dirname(__file__), "native_functions.c")
    target = tmp_path_factory.mktemp("extension") / "native_functions.so"
    include = sysconfig.get_path("include")
    command = [shutil.which("cc") or "cc", "-shared", "-fPIC", "-O1", source, "-o", str(target)]
    # The second is for Debian's pyconfig.h.
    command += ["-I", include, "-idirafter", os.path.dirname(include)]
    subprocess.run(command, check=True)
    return {"native_functions.so": target.read_bytes()}
