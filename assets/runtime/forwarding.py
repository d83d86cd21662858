"""Emit the events of hooked functions through forwarders: before Python 3.12, in place.

The function object stays; its code is exchanged for a forwarder with the same parameters,
which calls the original code and tells the callbacks. Earlier references, signatures,
pickling and `inspect` work as before; each call takes one frame more, which `recursion`
makes up for.
"""

import sys
from types import CodeType, FunctionType

from . import recursion

_VARARGS, _VARKEYWORDS = 0x04, 0x08
_ITERABLE_COROUTINE = 0x100
_BODIES = {
    0: """def forward({parameters}):
    {first}(_probe_code, 0)
    try:
        _probe_result = {call}
    except {exception} as _probe_error:
        {third}(_probe_code, 0, _probe_error)
        raise
    {second}(_probe_code, 0, _probe_result)
    return _probe_result
""",
    1: """def forward({parameters}):
    return (yield from {first}(_probe_code, {call}))
""",
    2: """async def forward({parameters}):
    return await {first}(_probe_code, {call})
""",
    3: """async def forward({parameters}):
    _probe_inner = {call}
    _probe_step = _probe_inner.__anext__()
    _probe_run = {first}(_probe_code, 0)
    while True:
        try:
            _probe_item = await {second}(_probe_code, _probe_run, _probe_step)
        except {exception} as _probe_error:
            if {third}(_probe_code, 0, _probe_error):
                return
            raise
        {pause}(_probe_code, 0, None)
        try:
            _probe_sent = yield _probe_item
        except {exit}:
            {resume}(_probe_run)
            try:
                await {second}(_probe_code, _probe_run, _probe_inner.aclose())
            finally:
                {pause}(_probe_code, 0, None)
            raise
        except {exception} as _probe_error:
            {resume}(_probe_run)
            _probe_step = _probe_inner.athrow(_probe_error)
        else:
            {resume}(_probe_run)
            _probe_step = _probe_inner.asend(_probe_sent)
""",
}
# Stand for objects in a template's constants until a forwarder is made of it.
_NAMES = ("code", "callee", "first", "second", "third", "pause", "resume", "exception", "exit")
_PLACEHOLDERS = {name: 7.0e300 + index * 1.0e298 for index, name in enumerate(_NAMES)}


class Emitter:
    """Gives functions forwarders that call the callbacks."""

    mechanism = "forwarder"
    reaches_nested = False

    def __init__(self, callbacks: dict, guard) -> None:
        """`guard` makes a callback atomic among threads where this Python doesn't."""
        self.templates: dict = {}
        guarded = {name: guard(callback) for name, callback in callbacks.items()}
        self.parts = _parts(guarded)
        recursion.allow_forwarders()

    def hook(self, function: FunctionType, code: CodeType, shape: int) -> None:
        """Exchange a function's code for a forwarder to `code`, which the events name."""
        iterable = code.co_flags & _ITERABLE_COROUTINE
        if iterable:
            shape = 1  # `types.coroutine` makes a generator awaitable; it stays a generator
        parts = self.parts[shape]
        callee = FunctionType(code, function.__globals__, function.__name__, None, function.__closure__)
        template = self._template(code, shape)
        values = {_PLACEHOLDERS[name]: value for name, value in parts.items()}
        values[_PLACEHOLDERS["code"]] = code
        values[_PLACEHOLDERS["callee"]] = callee
        parameters = _parameter_count(code)
        replaced = {
            "co_consts": tuple(
                values.get(constant, constant) if type(constant) is float else constant
                for constant in template.co_consts
            ),
            "co_varnames": code.co_varnames[:parameters] + template.co_varnames[parameters:],
            "co_freevars": code.co_freevars,
            "co_flags": template.co_flags | iterable,
            "co_name": code.co_name,
            "co_filename": code.co_filename,
            "co_firstlineno": code.co_firstlineno,
        }
        if sys.version_info >= (3, 11):
            replaced["co_qualname"] = code.co_qualname
        function.__code__ = template.replace(**replaced)

    def _template(self, code: CodeType, shape: int) -> CodeType:
        keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
        flags = code.co_flags & (_VARARGS | _VARKEYWORDS)
        key = (shape, code.co_argcount, code.co_posonlyargcount, keywords, flags)
        template = self.templates.get(key)
        if template is None:
            template = self.templates[key] = _compile(*key)
        return template


def _parameter_count(code: CodeType) -> int:
    stars = bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + stars


def _compile(shape: int, count: int, positional: int, keywords: "tuple[str, ...]", flags: int) -> CodeType:
    names = ["_probe_%d" % index for index in range(count)]
    parameters, arguments = list(names), list(names)
    if positional:
        parameters.insert(positional, "/")
    if flags & _VARARGS:
        parameters.append("*_probe_rest")
        arguments.append("*_probe_rest")
    elif keywords:
        parameters.append("*")
    parameters += keywords
    arguments += ["%s=%s" % (keyword, keyword) for keyword in keywords]
    if flags & _VARKEYWORDS:
        parameters.append("**_probe_named")
        arguments.append("**_probe_named")
    # A constant can't be called in source without a warning, so each goes to a local first.
    body = _BODIES[shape].format(
        parameters=", ".join(parameters),
        call="_probe_callee(%s)" % ", ".join(arguments),
        **{name: "_probe_" + name for name in _NAMES[2:]},
    )
    head, _, rest = body.partition("\n")
    local = [
        "    _probe_%s = %r" % (name, value)
        for name, value in _PLACEHOLDERS.items()
        if "_probe_" + name in rest
    ]
    namespace: dict = {}
    exec(compile("\n".join([head, *local, rest]), "<probe>", "exec"), namespace)
    return namespace["forward"].__code__


def _parts(callbacks: dict) -> "dict[int, dict]":
    # What the placeholders of each shape's template stand for.
    if "leave" not in callbacks:
        return _counting_parts(callbacks)
    start, leave, unwind = callbacks["start"], callbacks["leave"], callbacks["unwind"]
    pause, resume_run = callbacks["pause"], callbacks["resume_run"]

    def run_generator(code, inner):
        """Run a generator as `yield from` does (PEP 380), telling of each suspension."""
        run = start(code, 0)
        send, argument = inner.send, None
        try:
            while True:
                item = send(argument)
                pause(code, 0, None)
                try:
                    argument = yield item
                except GeneratorExit as error:
                    resume_run(run)
                    close = getattr(inner, "close", None)
                    if close is not None:
                        close()
                    raise error
                except BaseException as error:
                    resume_run(run)
                    send, argument = inner.throw, error
                else:
                    resume_run(run)
                    send = inner.send
        except StopIteration as stop:
            leave(code, 0, stop.value)
            return stop.value
        except BaseException as error:
            unwind(code, 0, error)
            argument = None  # what was thrown in holds this frame, by its traceback
            raise

    class Awaited:
        """What a forwarded coroutine awaits: the original coroutine, watched."""

        __slots__ = ("code", "inner")

        def __init__(self, code, inner) -> None:
            self.code, self.inner = code, inner

        def __await__(self):
            return run_generator(self.code, self.inner)

    class Step:
        """One step of an async generator; its own suspensions are told of."""

        __slots__ = ("code", "run", "inner")

        def __init__(self, code, run, inner) -> None:
            self.code, self.run, self.inner = code, run, inner

        def __await__(self):
            inner = self.inner.__await__()
            send, argument = inner.send, None
            while True:
                try:
                    item = send(argument)
                except StopIteration as stop:
                    return stop.value
                finally:
                    argument = None  # what was thrown in holds this frame, by its traceback
                pause(self.code, 0, None)
                try:
                    argument = yield item
                except BaseException as error:
                    resume_run(self.run)
                    send, argument = inner.throw, error
                else:
                    resume_run(self.run)
                    send = inner.send

    def end_async_generator(code, offset, error):
        if isinstance(error, StopAsyncIteration):
            leave(code, offset, None)
            return True
        unwind(code, offset, error)
        return False

    ends = {"exception": BaseException, "exit": GeneratorExit}
    return {
        0: dict(ends, first=start, second=leave, third=unwind),
        1: {"first": run_generator},
        2: {"first": Awaited},
        3: dict(ends, first=start, second=Step, third=end_async_generator, pause=pause, resume=resume_run),
    }


def _counting_parts(callbacks: dict) -> "dict[int, dict]":
    # Detail `count` has a start and an unwind only; the rest is told to nobody.
    def nothing(*_: object) -> None:
        return None

    return _parts(dict(callbacks, leave=nothing, pause=nothing, resume_run=nothing))
