"""However a module is imported, its functions are hooked, and the import system looks as it did."""

import json
import zipfile

import pytest
from running import DESCRIBE, ENGINE, REACHES_NESTED

APP = "def f():\n    return 1\n\ndef g():\n    return f()\n"


def test_references_taken_before_the_hook_are_counted(runner, detail):
    files = {
        "app.py": APP + "import taker\n",
        "taker.py": "from app import f\ntable = {'f': f}\ndef run():\n    return f() + table['f']()\n",
    }
    program = "import app, taker; taker.run(); handler = app.f; handler(); list(map(handler, *[[]]))"
    result = runner.run(program, ["app:*"], detail, files)
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:f": (3, 0)}


def test_circular_imports(runner, detail):
    files = {
        "one.py": "def early():\n    return 1\nimport two\ndef late():\n    return two.b()\n",
        "two.py": "import one\none.early()\ndef b():\n    return one.early()\n",
    }
    result = runner.run("import one; one.late()", ["one:*", "two:*"], detail, files)
    assert (result.code, result.err) == (0, "")
    # The call during the import came before the hook.
    assert result.counts() == {"one:early": (1, 0), "one:late": (1, 0), "two:b": (1, 0)}


def test_reload(runner, detail):
    program = """
import importlib, app
old = app.f
old(); app.f()
importlib.reload(app)
old(); app.f()
importlib.reload(app)
app.g()
"""
    result = runner.run(program, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:f": (5, 0), "app:g": (1, 0)}
    if detail == "tree":
        calls = {path: numbers[0] for path, numbers in result.recording["tree"].items()}
        assert calls == {("app:f",): 4, ("app:g",): 1, ("app:g", "app:f"): 1}


def test_a_module_imported_anew(runner):
    program = """
import sys, app
app.f()
del sys.modules["app"]
import app
app.f(); app.f()
"""
    result = runner.run(program, ["app:*"], "tree", {"app.py": APP})
    assert result.counts() == {"app:f": (3, 0)}


def test_packages_namespace_packages_and_submodules(runner):
    files = {
        "pkg/__init__.py": "from .sub import f as g\ndef top(): return g()\n",
        "pkg/sub.py": APP,
        "space/inner/mod.py": APP,
        "space/data.txt": "text",
    }
    program = """
import pkg, space.inner.mod, importlib
pkg.top(); pkg.g(); space.inner.mod.f(); importlib.import_module("pkg.sub").g()
"""
    result = runner.run(program, ["pkg.**:*", "space.**:*"], "tree", files)
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {
        "pkg:top": (1, 0),
        "pkg.sub:f": (3, 0),
        "pkg.sub:g": (1, 0),
        "space.inner.mod:f": (1, 0),
    }


def test_modules_in_a_zip(runner, tmp_path):
    with zipfile.ZipFile(str(tmp_path / "z.zip"), "w") as file:
        file.writestr("zipped/__init__.py", "import zipped.other\n")
        for name in ("one", "two", "other"):
            file.writestr("zipped/%s.py" % name, "import zipped.two\n" * (name == "one") + APP)
    program = """
import sys; sys.path.insert(0, %r)
import zipped.one, zipped.two, pickle
zipped.one.f(); zipped.two.f(); zipped.other.f()
print(type(zipped.one.__loader__).__name__, "exec_module" in vars(zipped.one.__loader__),
      "load_module" in vars(zipped.one.__loader__))
""" % str(tmp_path / "z.zip")
    result = runner.run(program, ["zipped.*:f"])
    assert (result.code, result.out, result.err) == (0, "zipimporter False False\n", "")
    assert result.counts() == {"zipped.one:f": (1, 0), "zipped.two:f": (1, 0), "zipped.other:f": (1, 0)}


def test_running_a_package_with_dash_m(runner):
    files = {
        "pkg/__init__.py": "def top(): return 1\n",
        "pkg/__main__.py": "import sys\nimport pkg\nfrom pkg import sub\n"
        "def main():\n    print(pkg.top(), sub.f(), __name__, __spec__.name, sys.argv[1:])\nmain()\n",
        "pkg/sub.py": APP,
    }
    options = {"targets": ["pkg.**:**", "__main__:main"], "files": files, "arguments": ("-m", "pkg", "x")}
    bare, probed = runner.both("", **options)
    assert (probed.code, probed.out, probed.err) == (bare.code, bare.out, bare.err)
    expected = {"pkg:top": (1, 0), "pkg.sub:f": (1, 0)}
    if REACHES_NESTED:
        expected["__main__:main"] = (1, 0)
    assert probed.counts() == expected


MAIN = """
class Thing:
    def method(self):
        return helper()

def helper():
    def inner():
        return 1
    return inner()

if __name__ == "__main__":
    Thing().method()
    helper()
"""


@pytest.mark.parametrize("arguments", [("main.py",), ("-m", "main"), ("-c", MAIN)])
def test_functions_of_the_main_module(runner, detail, arguments):
    result = runner.run(MAIN, ["__main__:**", "__main__:helper"], detail, arguments=arguments)
    assert (result.code, result.out, result.err) == (0, "", "")
    if REACHES_NESTED:
        assert result.counts() == {
            "__main__:Thing.method": (1, 0),
            "__main__:helper": (2, 0),
            "__main__:helper.<locals>.inner": (2, 0),
        }
    else:
        assert result.counts() == {}
        assert "__main__ need Python 3.12" in result.function("__main__:helper")["why"]


def test_a_finder_put_first_later_is_overtaken(runner):
    program = """
import importlib.machinery, importlib.util, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in ("app", "again"):
            return importlib.util.spec_from_file_location(name, sys.path[0] + "/app.py")
        return None

sys.meta_path.insert(0, Finder())
import app            # the finder answers first
import empty          # and is overtaken here
app.f()
import again
again.f()
"""
    result = runner.run(program, ["app:*", "again:*"], files={"app.py": APP, "empty.py": ""})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:f": (1, 0), "again:f": (1, 0)}


def test_two_finders_that_both_want_to_be_first_get_along(runner):
    program = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        sys.meta_path.remove(self)
        sys.meta_path.insert(0, self)
        return None
sys.meta_path.insert(0, Finder())
length = len(sys.meta_path)
import app, json, decimal
app.f()
assert len(sys.meta_path) == length
"""
    result = runner.run(program, ["app:*"], files={"app.py": APP})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:f": (1, 0)}


LOADERS = """
import copy, importlib, importlib.util, inspect, pickle, pkgutil, sys
import pkg, pkg.mod
for module in (pkg, pkg.mod):
    loader = module.__spec__.loader
    print(type(loader).__name__, loader is module.__loader__, sorted(vars(loader)))
    print(type(pickle.loads(pickle.dumps(loader))).__name__, type(copy.deepcopy(module.__spec__)).__name__)
    print(module.__spec__.name, module.__spec__.has_location, module.__spec__.cached == module.__cached__
          if hasattr(module, "__cached__") else None)
    print(loader.get_source(module.__name__) == inspect.getsource(module), loader.is_package(module.__name__))
    print(loader.get_code(module.__name__).co_name, repr(module).partition(" from ")[0])
print(pkgutil.get_data("pkg", "data.txt"), [m.name for m in pkgutil.iter_modules(pkg.__path__)])
try:
    import importlib.resources as resources
    print(resources.files("pkg").joinpath("data.txt").read_text())
except AttributeError:
    print(resources.read_text("pkg", "data.txt"))
print(importlib.util.find_spec("pkg.mod").name, importlib.util.find_spec("nothing_here"))
import unittest.mock
with unittest.mock.patch("pkg.mod.f", lambda: "patched"):
    print(pkg.mod.g())
print(pkg.mod.g())
import runpy
print(sorted(k for k in runpy.run_module("pkg.mod") if not k.startswith("__")))
"""


def test_loaders_specs_and_resources_look_as_before(runner):
    files = {
        "pkg/__init__.py": "def top(): return 1\n",
        "pkg/mod.py": APP,
        "pkg/other.py": APP,
        "pkg/data.txt": "some data",
    }
    bare, probed = runner.both(LOADERS, targets=["pkg.**:*"], files=files, flags=("-W", "ignore"))
    assert bare.code == 0, bare.err
    assert (probed.code, probed.err) == (0, "")
    assert probed.out == bare.out
    assert probed.counts()["pkg.mod:g"] == (2, 0)


def test_a_lazily_loaded_module_stays_lazy(runner):
    program = """
import importlib.util, sys
def lazy(name):
    spec = importlib.util.find_spec(name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
class Finder:
    def find_spec(self, name, path=None, target=None):
        return None
app = lazy("app")
sys.meta_path.insert(0, Finder())  # makes the probe look at all modules again
import empty
print("before")
app.f()
"""
    files = {"app.py": "print('app runs')\n" + APP, "empty.py": ""}
    bare, probed = runner.both(program, targets=["app:*"], files=files)
    assert (probed.code, probed.out, probed.err) == (0, bare.out, "")
    assert bare.out == "before\napp runs\n"
    assert probed.counts() == {"app:f": (1, 0)}


def test_strange_objects_in_modules_are_left_alone(runner):
    app = """
import sys, types
class Proxy:
    @property
    def __class__(self):
        raise RuntimeError("no context")
    def __getattr__(self, name):
        raise RuntimeError("no context")
    def __eq__(self, other):
        raise RuntimeError("no context")
    __hash__ = None
class Meta(type):
    def __getattribute__(cls, name):
        print("asked for", name)
        return super().__getattribute__(name)
proxy = Proxy()
class Odd(metaclass=Meta):
    def method(self):
        return 1
class Slots:
    __slots__ = ("a",)
    def method(self):
        return 1
class Raising(types.ModuleType):
    def __getattribute__(self, name):
        raise RuntimeError("broken module")
sys.modules["app.raising"] = Raising("app.raising")
sys.modules["app.object"] = object()
sys.modules["app.none"] = None
def __getattr__(name):
    raise AttributeError(name)
def f():
    return 1
class Finder:
    def find_spec(self, name, path=None, target=None):
        return None
sys.meta_path.insert(0, Finder())
"""
    program = "import app; import empty; import after; app.f(); app.Slots().method(); after.f()" + DESCRIBE
    targets = ["app.**:**", "after:*"]
    result = runner.run(program, targets, files={"app.py": app, "empty.py": "", "after.py": APP})
    assert (result.code, result.err) == (0, "")
    counts = result.counts()
    assert counts["app:f"] == counts["app:Slots.method"] == counts["after:f"] == (1, 0)
    assert "asked for" not in result.out.replace("asked for __module__", "")


def test_frozen_and_builtin_modules(runner):
    program = """
import runpy, importlib.util
import after
importlib.util.find_spec("after")
runpy.run_path("after.py")
after.f()
"""
    targets = [
        "importlib.util:find_spec",
        "runpy:run_path",
        "os:getcwdb",
        "time:time",
        "after:f",
        "posixpath:join",
    ]
    result = runner.run(
        program, targets, files={"after.py": "import os.path; os.path.join('a', 'b')\n" + APP}
    )
    assert (result.code, result.err) == (0, "")
    counts = result.counts()
    assert counts["importlib.util:find_spec"] == counts["runpy:run_path"] == counts["after:f"] == (1, 0)
    assert counts["posixpath:join"][0] >= 2
    # Written in C: timed by the native engine, and a reason by the other.
    entry = result.function("time:time")
    assert (entry["mechanism"] == 5 and not entry["why"]) or "written in C" in entry["why"]


def test_an_import_that_fails_can_be_tried_again(runner):
    app = "import os\nif not os.path.exists('ready'):\n    raise OSError('not ready')\n" + APP
    program = """
try:
    import app
except OSError as error:
    print(error)
open("ready", "w").close()
import app
app.f()
"""
    result = runner.run(program, ["app:*"], files={"app.py": app})
    assert (result.code, result.out, result.err) == (0, "not ready\n", "")
    assert result.counts() == {"app:f": (1, 0)}


def test_a_module_that_replaces_itself(runner):
    app = """
import sys, types
def f():
    return 1
new = types.ModuleType("app")
new.f = f
sys.modules["app"] = new
"""
    result = runner.run("import app; app.f()", ["app:*"], files={"app.py": app})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:f": (1, 0)}


def test_describe_tells_what_happened(runner):
    result = runner.run("import app; app.f()" + DESCRIBE, ["app:*"], files={"app.py": APP})
    described = json.loads(result.out)
    assert described["fires"] is True
    assert (described["how"], described["engine"]) == ("sitecustomize", ENGINE)
    assert described["recording"] == str(result.paths[0])
    assert described["can_record"] is None
    assert described["why"] == []
