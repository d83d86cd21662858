"""The programs keep their promises without the probe; else no test that relies on them means
anything. Each is run as the tests of the probe run it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

# Writes down each call's process; one short write to a file opened to append is never torn.
COUNTING_WORKER = """
import os

log = os.open(os.environ["WORKER_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

def work(n):
    os.write(log, b"%d\\n" % os.getpid())
    return n

def work_times(times):
    for n in range(times):
        work(n)
"""


def run(*arguments, folder=HERE, **environment):
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=str(folder),
        env=dict(os.environ, **environment),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "program",
    [
        ["shapes", "--truth"],
        ["shop", "--truth"],
        ["shop", "--truth", "--requests", "0"],
        ["shop", "--truth", "--requests", "61"],
        ["forks", "threads"],
    ],
    ids=" ".join,
)
def test_truth_is_true(program):
    assert " 0 differences" in run("verify_truth.py", *program)


@pytest.mark.parametrize(
    "scene",
    ["fork", "nested", "pool-fork", "pool-spawn", "exit", "kill", "fork-in-thread", "subprocess"],
)
def test_truth_of_processes_is_true(scene, tmp_path):
    shutil.copy(str(HERE / "forks.py"), str(tmp_path))
    (tmp_path / "worker.py").write_text(COUNTING_WORKER)
    log = tmp_path / "calls"
    truth = json.loads(run("forks.py", scene, folder=tmp_path, WORKER_LOG=str(log)))
    pids = log.read_text().split()
    assert truth["functions"] == {"worker:work": {"calls": len(pids), "errors": 0}}
    if truth["processes"] is None:
        assert len(set(pids)) in (1, 2)
    else:
        assert len(set(pids)) == truth["processes"]


def test_shop_sums_up_the_day():
    line = run("-m", "shop", "--requests", "200")
    assert line == "190 orders for 3406, 10 refused, 190 confirmations\n"


def test_hello_runs_after_the_user_s_own_start_up_file():
    hello = HERE / "hello"
    lines = run("test.py", "a", "b c", folder=hello, PYTHONPATH=str(hello / "customize"))
    # A usercustomize runs between them, but not in a virtualenv.
    assert lines.splitlines()[0] == "sitecustomize of the user"
    assert lines.splitlines()[-2:] == ["argv ['a', 'b c']", "slept 0.05"]


def test_deep_reaches_its_depth_and_has_little_to_spare():
    assert run("deep.py") == "down 988 of 988 tree 247 of 247\n"
    # Two frames more than there are: the default leaves less room than a wrapper would take.
    with pytest.raises(AssertionError, match="RecursionError"):
        run("deep.py", "-2")
