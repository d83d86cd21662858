"""Functions of every shape of code, for test_injection.py; written for Python 3.12 and later."""

import contextlib


def loops(n):
    total = 0
    for i in range(n):
        if i % 3 == 0:
            continue
        while total < i:
            total += 2
            if total > 40:
                break
        else:
            total += 1
    return total


def handled(n):
    seen = []
    for i in range(n):
        try:
            if i == 2:
                raise KeyError(i)
            if i == 4:
                return seen
            seen.append([][i] if i == 3 else i)
        except KeyError as error:
            seen.append(error.args)
            continue
        except IndexError:
            seen.append("index")
        finally:
            seen.append("finally")
    return seen


def managed(n):
    with contextlib.suppress(ZeroDivisionError), contextlib.suppress(KeyError):
        for i in range(n):
            with contextlib.suppress(ValueError):
                if i == 1:
                    raise ValueError(i)
                if i == 3:
                    return 1 // 0
    return n


def reraised(n):
    try:
        return [1 / (i - n + 1) for i in range(n)]
    except ZeroDivisionError as error:
        raise RuntimeError("wrapped") from error
    finally:
        n += 1


def closing(n):
    cell = n

    def inner():
        nonlocal cell
        cell += 1
        return cell

    return inner() + inner()


def grouped(n):
    try:
        raise ExceptionGroup("group", [KeyError(n), ValueError(n)])
    except* KeyError:
        pass
    return n


def matched(n):
    match n:
        case 0:
            return "none"
        case int() if n > 5:
            return "many"
        case _:
            return n


def unfinished(n):
    if n > 3:
        return [i for i in range(n)][n]
    assert n != 2, "two"


def wide(n):
    names = {}
    if n:
        names["a0"] = n
        names["a1"] = [n] * 3
    return names


# A body so long that its jumps and constants need extended arguments.
_LONG = "def long(n):\n    x = 0\n    while n:\n" + "".join(
    f"        x += {1000 + i} if n % {i + 2} else {5000 + i}\n" for i in range(300)
)
_namespace = {}
exec(_LONG + "        n -= 1\n        if x < 0: return None\n    return x\n", _namespace)
FUNCTIONS = [
    loops,
    handled,
    managed,
    reraised,
    closing,
    grouped,
    matched,
    unfinished,
    wide,
    _namespace["long"],
]
