"""No argument, return value or message of an exception is ever recorded."""

APP = """
def login(user, password="hunter2-default"):
    if not user:
        raise ValueError("hunter2-message")
    return "hunter2-result"

def stream(secret):
    yield secret + "-yielded"
"""
PROGRAM = """
import app
app.login("hunter2-argument")
app.login("me", password="hunter2-keyword")
for _ in app.stream("hunter2-streamed"):
    pass
try:
    app.login("")
except ValueError:
    pass
"""


def test_no_value_of_the_program_is_in_a_recording(runner, detail):
    result = runner.run(PROGRAM, ["app:*"], detail, {"app.py": APP})
    assert (result.code, result.err) == (0, "")
    assert result.counts() == {"app:login": (3, 1), "app:stream": (1, 0)}
    for path in result.paths:
        assert b"hunter2" not in path.read_bytes()
