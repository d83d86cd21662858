"""Our sitecustomize hides another one: that one runs as if ours weren't there."""

import pytest
import running

APP = "def f():\n    return 1\n"
SHOW = """
import sys, app
app.f()
print("main")
module = sys.modules.get("sitecustomize")
if module is None:
    print("no sitecustomize")
else:
    print(module.__name__, getattr(module, "__package__", 0), hasattr(module, "__path__"), module.__file__,
          module.__spec__.name, type(module.__loader__).__name__, getattr(module, "mark", None), module.__doc__)
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
        "sitecustomize.py": 'import sys, types\nsys.modules["sitecustomize"] = None\nprint("gone")\n'
    },
    "a namespace": {"sitecustomize/other.py": ""},
    "nothing": {},
}


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("how", ["run", "installed"])
def test_the_hidden_one_behaves_as_without_ours(runner, venv, name, how):
    outcomes = []
    for probe in (False, True):
        files = {"main.py": SHOW, "app.py": APP}
        files.update({"hidden/" + file: text for file, text in HIDDEN[name].items()})
        place = runner.place(files)
        hidden = place / "app" / "hidden"
        hidden.mkdir(exist_ok=True)
        if how == "run":
            import laying

            path = [str(hidden), str(place / "app")]
            if probe:
                plan = laying.plan(place / "data", ["app:*"])
                laying.lay(place / "run", plan, ["sitecustomize.py"])
                path.insert(0, str(place / "run"))
            environment = {"PYTHONPATH": ":".join(path), "PROBE_RUN_DIR": str(place / "run")}
            result = runner.run(SHOW, place=place, probe=False, environment=environment)
        else:
            # As a folder that a .pth file puts behind site-packages.
            venv.clear()
            (venv.site_packages / "other.pth").write_text("%s\n%s\n" % (hidden, place / "app"))
            if probe:
                venv.install(place / "data", ["app:*"])
            variables = running.clean_environment()
            result = running.finish([str(venv.python), "main.py"], place, variables)
        outcomes.append((result.code, result.out.replace(str(place), ""), result.err.replace(str(place), "")))
    bare, probed = outcomes
    if "sitecustomize None" in bare[1] or "no sitecustomize" in bare[1] or name == "nothing":
        # Nothing hidden: ours is what the program finds.
        assert (probed[0], probed[2]) == (bare[0], bare[2])
        assert probed[1].startswith("main\n")
    else:
        assert probed == bare
    if bare[0] == 0:
        calls = {"one that imports the app": 2}.get(name, 1)
        assert result.function("app:f")["calls"] == calls


def test_verbose_shows_the_same_error(runner):
    files = {"hidden/sitecustomize.py": "def deep():\n    raise ValueError('mine')\ndeep()\n", "app.py": APP}
    texts = []
    for probe in (False, True):
        place = runner.place(dict(files, **{"main.py": SHOW}))
        import laying

        laying.lay(place / "run", laying.plan(place / "data", ["app:*"]), ["sitecustomize.py"])
        path = [str(place / "app" / "hidden")]
        if probe:
            path.insert(0, str(place / "run"))
        result = runner.run(
            SHOW, place=place, probe=False, environment={"PYTHONPATH": ":".join(path), "PYTHONVERBOSE": "1"}
        )
        lines = result.err.replace(str(place), "").splitlines()
        texts.append(
            [line for line in lines if "hidden" in line and "deep" in line or line == "ValueError: mine"]
        )
    assert texts[0] == texts[1]
    assert len(texts[0]) == 2 or len(texts[0]) == 1


def test_usercustomize_still_runs(runner, tmp_path):
    """Where the user's site is on, which it isn't in a venv without the system's packages."""
    program = (
        "import site, sys\nprint(site.ENABLE_USER_SITE, 'usercustomize' in sys.modules)\nimport app; app.f()"
    )
    environment = {"PYTHONUSERBASE": str(tmp_path)}
    bare = runner.run("import site; print(site.getusersitepackages())", probe=False, environment=environment)
    import pathlib

    folder = pathlib.Path(bare.out.strip())
    folder.mkdir(parents=True)
    (folder / "usercustomize.py").write_text("print('user')")
    options = {"targets": ["app:*"], "files": {"app.py": APP}, "environment": environment}
    bare, probed = runner.both(program, **options)
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)
    assert probed.counts() == {"app:f": (1, 0)}


def test_usercustomize_runs_in_the_base_python(runner, tmp_path):
    import sys

    base = getattr(sys, "_base_executable", sys.executable)
    program = (
        "import site, sys\nprint(site.ENABLE_USER_SITE, 'usercustomize' in sys.modules)\nimport app; app.f()"
    )
    environment = {"PYTHONUSERBASE": str(tmp_path)}
    place = "import site; print(site.getusersitepackages())"
    bare = runner.run(place, probe=False, environment=environment, python=base)
    import pathlib

    folder = pathlib.Path(bare.out.strip())
    folder.mkdir(parents=True)
    (folder / "usercustomize.py").write_text("print('user')")
    options = {"targets": ["app:*"], "files": {"app.py": APP}, "environment": environment, "python": base}
    bare, probed = runner.both(program, **options)
    if "user\n" not in bare.out:
        pytest.skip("this Python's user site is off")
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    assert probed.counts() == {"app:f": (1, 0)}
