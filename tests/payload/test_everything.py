"""A target that chooses everything: the modules that the probe itself stands on too."""

import json

PROGRAM = """
import asyncio, json, logging, os, re, subprocess, sys, tempfile, threading

def work():
    for i in range(1200):
        json.dumps({"a": i}), os.path.join("a", "b"), re.match("a+", "aaa")
    asyncio.run(asyncio.sleep(0))
    thread = threading.Thread(target=json.dumps, args=([1],))
    thread.start(), thread.join()
    with tempfile.TemporaryDirectory() as folder:
        open(os.path.join(folder, "x"), "w").close()
    logging.getLogger("quiet").info("nothing")

work()
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    os.waitpid(child, 0)
package = next(name for name in sys.modules if name.startswith("_probe_") and "." not in name)
print(json.dumps([why for why in sys.modules[package].STATE["why"] if "__main__" not in why]))
"""


def test_a_program_of_which_all_is_hooked(runner, detail):
    result = runner.run(PROGRAM, ["**:**"], detail)
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == []
    assert len(result.recordings) == 2  # the program's and its child's
    for recording in result.recordings:
        functions = recording["functions"]
        assert functions["json:dumps"]["calls"] >= 1201
        assert functions["posixpath:join"]["calls"] >= 1201
        assert not [name for name in functions if name.startswith("_probe_")]
