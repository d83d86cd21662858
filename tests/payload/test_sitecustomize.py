"""Our sitecustomize hides another one: that one runs as if ours weren't there."""

import pathlib
import sys

import laying
import pytest
import running

APP = "def f():\n    return 1\n"
SHOW = """
import sys, app
app.f()
print("main")
if "sitecustomize" not in sys.modules:
    print("no sitecustomize")
else:
    module = sys.modules["sitecustomize"]
    for name in ("__name__", "__package__", "__path__", "__file__", "__doc__", "mark"):
        print(getattr(module, name, None))
    print(module.__spec__.name, type(module.__loader__).__name__)
    import sitecustomize
    print(sitecustomize is module)
"""
HIDDEN = {
    "a file": {"sitecustomize.py": '"""Mine."""\nprint("mine", __name__, __file__)\nmark = 7\n'},
    "a package": {
        "sitecustomize/__init__.py": 'from .part import mark\nprint("package", __path__, __package__)\n',
        "sitecustomize/part.py": "mark = 8\n",
    },
    "one that raises": {"sitecustomize.py": 'print("before")\nraise ValueError("mine")\n'},
    "one that raises ImportError": {"sitecustomize.py": "import missing_module_of_mine\n"},
    "one that raises ImportError of its name": {
        "sitecustomize.py": 'raise ImportError("odd", name="sitecustomize")\n'
    },
    "one that exits": {"sitecustomize.py": 'import sys\nprint("leaving")\nsys.exit(5)\n'},
    "one that is interrupted": {"sitecustomize.py": "raise KeyboardInterrupt\n"},
    "one with a syntax error": {"sitecustomize.py": "def (:\n"},
    "one that warns": {"sitecustomize.py": 'import warnings\nwarnings.warn("mine")\n'},
    "one that imports the app": {"sitecustomize.py": "import app\napp.f()\nmark = 9\n"},
    "one that replaces itself": {
        "sitecustomize.py": "import sys, types\nnew = types.ModuleType('new')\nnew.__spec__ = __spec__\n"
        "new.__loader__ = __loader__\nnew.mark = 10\nsys.modules['sitecustomize'] = new\n"
    },
}
#: Python gives up at start-up, with a traceback that shows how it came there.
FATAL = {"one that exits", "one that is interrupted"}


def outcome(runner, venv, files, how, probe, environment=None):
    """Run SHOW with a hidden sitecustomize; return the result, texts without the run's folder."""
    place = runner.place(dict(files, **{"main.py": SHOW, "app.py": APP}))
    hidden = place / "app" / "hidden"
    hidden.mkdir(exist_ok=True)
    variables = dict(running.clean_environment(), **(environment or {}))
    if how == "run":
        path = [str(hidden), str(place / "app")]
        if probe:
            plan = laying.plan(place / "data", ["app:*"])
            laying.lay(place / "run", plan, ["sitecustomize.py"])
            path.insert(0, str(place / "run"))
        variables.update(PYTHONPATH=":".join(path), PROBE_RUN_DIR=str(place / "run"))
        python = sys.executable
    else:
        # A folder that a .pth file puts behind site-packages.
        venv.clear()
        (venv.site_packages / "other.pth").write_text("%s\n%s\n" % (hidden, place / "app"))
        if probe:
            venv.install(place / "data", ["app:*"])
        python = str(venv.python)
    result = running.finish([python, "main.py"], place, variables)
    result.out = result.out.replace(str(place), "")
    result.err = result.err.replace(str(place), "")
    return result


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("how", ["run", "installed"])
def test_the_hidden_one_behaves_as_without_ours(runner, venv, name, how):
    files = {"hidden/" + file: text for file, text in HIDDEN[name].items()}
    bare, probed = (outcome(runner, venv, files, how, probe) for probe in (False, True))
    assert (probed.code, probed.out) == (bare.code, bare.out)
    if name in FATAL:
        assert bare.code != 0
        assert probed.err.splitlines()[-1:] == bare.err.splitlines()[-1:]
        seen = iter(probed.err.splitlines())
        assert all(line in seen for line in bare.err.splitlines()[-3:] if "hidden" in line)
        return
    assert probed.err == bare.err
    calls = 2 if name == "one that imports the app" else 1
    assert probed.function("app:f")["calls"] == calls


@pytest.mark.parametrize("how", ["run", "installed"])
@pytest.mark.parametrize("files", [{}, {"hidden/sitecustomize/other.py": ""}], ids=["nothing", "a namespace"])
def test_where_nothing_is_hidden_nothing_happens(runner, venv, how, files):
    probed = outcome(runner, venv, files, how, True)
    assert (probed.code, probed.err, probed.out.splitlines()[0]) == (0, "", "main")
    assert probed.function("app:f")["calls"] == 1


def test_verbose_shows_the_same_error(runner, venv):
    files = {"hidden/sitecustomize.py": "def deep():\n    raise ValueError('mine')\ndeep()\n"}
    texts = []
    for probe in (False, True):
        lines = outcome(runner, venv, files, "run", probe, {"PYTHONVERBOSE": "1"}).err.splitlines()
        texts.append([line for line in lines if "in deep" in line or line == "ValueError: mine"])
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2


def test_usercustomize_still_runs(runner, tmp_path):
    """With the base Python, for in a venv the user's site is off."""
    base = getattr(sys, "_base_executable", sys.executable)
    environment = {"PYTHONUSERBASE": str(tmp_path)}
    ask = "import site; print(site.getusersitepackages())"
    folder = pathlib.Path(runner.run(ask, probe=False, environment=environment, python=base).out.strip())
    folder.mkdir(parents=True)
    (folder / "usercustomize.py").write_text("print('user')")
    program = "import sys, app; app.f(); print('usercustomize' in sys.modules)"
    options = {"targets": ["app:*"], "files": {"app.py": APP}, "environment": environment, "python": base}
    bare, probed = runner.both(program, **options)
    if "user\n" not in bare.out:
        pytest.skip("this Python's user site is off")
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    assert probed.counts() == {"app:f": (1, 0)}
