"""The plan's limits and odd names: what has no room is counted, and the calls go on."""

MANY = "".join("def f%d():\n    return 1\n" % i for i in range(20))
CALL_MANY = "import many\nfor _ in range(3):\n    [getattr(many, 'f%d' % i)() for i in range(20)]\n"


def test_functions_past_the_limit_are_counted(runner, detail):
    result = runner.run(CALL_MANY, ["many:*"], detail, {"many.py": MANY}, limits={"MAX_FUNCTIONS": 5})
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
    files = {"many.py": "".join("def f%d():\n    return 1\n" % i for i in range(400))}
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
