"""Insert calls into a function's bytecode: one where it begins, one at each way out.

    token = begin()                 after RESUME; lies at the bottom of the value stack
    end(token)                      before each return
    failed(token); raise            on an exception that nothing in the function handles

Nothing is changed but by insertion: jumps, the exception table and the location table are
moved along. Plain functions of CPython 3.12 to 3.15; generators and coroutines are left out.
Formats: https://github.com/python/cpython/blob/main/InternalDocs/exception_handling.md and
https://github.com/python/cpython/blob/main/InternalDocs/code_objects.md
"""

import opcode
import sys
from types import CodeType

_OP = opcode.opmap
_EXTENDED_ARG, _CACHE, _RESUME = _OP["EXTENDED_ARG"], 0, _OP["RESUME"]
_RETURN_VALUE, _RETURN_CONST = _OP["RETURN_VALUE"], _OP.get("RETURN_CONST", -1)
_JUMPS = frozenset(opcode.hasjrel)
_BACKWARD = frozenset(number for name, number in _OP.items() if name.startswith("JUMP_BACKWARD"))
#: Units of cache after CALL; a call's shape on the stack changed in 3.13.
_CALL_CACHES = 3
_CALLABLE_FIRST = sys.version_info >= (3, 13)


class Unsupported(ValueError):
    """This code can't be rewritten; the text says why."""


class _Instruction:
    __slots__ = ("op", "argument", "caches", "target", "position", "offset", "extended")

    def __init__(self, op: int, argument: int, position=None, caches: int = 0) -> None:
        self.op = op
        self.argument = argument
        self.caches = caches
        self.target = None
        self.position = position
        self.offset = 0
        self.extended = 0

    def units(self) -> int:
        return self.extended + 1 + self.caches


def inject(code: CodeType, begin, end, failed) -> CodeType:
    """Return the code with the calls in it; raises Unsupported."""
    constants = len(code.co_consts)
    instructions, by_offset = _parse(code)
    table = _parse_exception_table(code.co_exceptiontable)
    resumes = [index for index, it in enumerate(instructions) if it.op == _RESUME]
    if not resumes or [index for index in resumes if instructions[index].argument & 3]:
        raise Unsupported("it has no plain beginning")
    resume = resumes[0]

    out: list = []
    before: dict = {}  # instruction -> the first of those inserted before it
    quiet: set = set()  # instructions that the handler must not cover
    for index, it in enumerate(instructions):
        if it.op in (_RETURN_VALUE, _RETURN_CONST):
            inserted = []
            if it.op == _RETURN_CONST:
                inserted.append(_Instruction(_OP["LOAD_CONST"], it.argument, it.position))
            inserted += [_Instruction(_OP["SWAP"], 2, it.position)]
            inserted += _call_with_top(constants + 1, it.position)
            before[it] = inserted[0]
            out += inserted
            quiet.update(inserted)
            if it.op == _RETURN_CONST:
                it.op, it.argument = _RETURN_VALUE, 0
            quiet.add(it)
        out.append(it)
        if index <= resume:
            quiet.add(it)
        if index == resume:
            prologue = _call(constants)
            out += prologue
            quiet.update(prologue)
    handler = [_Instruction(_OP["COPY"], 3), *_call_with_top(constants + 2, None)]
    handler.append(_Instruction(_OP["RERAISE"], 1))
    quiet.update(handler)
    out += handler
    for it in out:
        if it.target is not None:
            it.target = before.get(it.target, it.target)
    _lay_out(out)

    end_of_code = handler[0]

    def moved(offset: int) -> _Instruction:
        it = by_offset.get(offset, end_of_code)
        return before.get(it, it)

    moved_table = [
        (moved(start).offset, moved(start + length).offset, moved(target).offset, depth + 1, lasti)
        for start, length, target, depth, lasti in table
    ]
    moved_table += _uncovered(out, quiet, moved_table, handler[0].offset)
    return code.replace(
        co_code=_assemble(out),
        co_consts=(*code.co_consts, begin, end, failed),
        co_stacksize=code.co_stacksize + 6,
        co_exceptiontable=_write_exception_table(sorted(moved_table)),
        co_linetable=_write_positions(out, code.co_firstlineno),
    )


def _call(constant: int) -> list:
    # [] -> [constant()]
    load, null = _Instruction(_OP["LOAD_CONST"], constant), _Instruction(_OP["PUSH_NULL"], 0)
    call = _Instruction(_OP["CALL"], 0, None, _CALL_CACHES)
    return [load, null, call] if _CALLABLE_FIRST else [null, load, call]


def _call_with_top(constant: int, position) -> list:
    # [x] -> constant(x); []
    load = _Instruction(_OP["LOAD_CONST"], constant, position)
    null = _Instruction(_OP["PUSH_NULL"], 0, position)
    first, second = (load, null) if _CALLABLE_FIRST else (null, load)
    return [
        first,
        _Instruction(_OP["SWAP"], 2, position),
        second,
        _Instruction(_OP["SWAP"], 2, position),
        _Instruction(_OP["CALL"], 1, position, _CALL_CACHES),
        _Instruction(_OP["POP_TOP"], 0, position),
    ]


def _parse(code: CodeType) -> "tuple[list, dict]":
    raw = code.co_code
    positions = list(code.co_positions())
    instructions: list = []
    by_offset: dict = {}
    jumps = []
    start = argument = 0
    for at in range(0, len(raw), 2):
        op = raw[at]
        if op == _CACHE:
            if not instructions:
                raise Unsupported("it begins with a cache")
            instructions[-1].caches += 1
            start = at + 2
            continue
        argument = argument << 8 | raw[at + 1]
        if op == _EXTENDED_ARG:
            continue
        it = _Instruction(op, argument, positions[at // 2])
        by_offset[start // 2] = it
        instructions.append(it)
        if op in _JUMPS:
            jumps.append((it, at // 2 + 1))
        start, argument = at + 2, 0
    for it, after in jumps:
        base = after + it.caches
        target = base - it.argument if it.op in _BACKWARD else base + it.argument
        if target not in by_offset:
            raise Unsupported("it jumps to the middle of an instruction")
        it.target = by_offset[target]
    return instructions, by_offset


def _lay_out(instructions: list) -> None:
    # Arguments of jumps depend on offsets, and offsets on how wide the arguments are.
    changed = True
    while changed:
        changed = False
        offset = 0
        for it in instructions:
            it.offset = offset
            offset += it.units()
        for it in instructions:
            if it.target is not None:
                base = it.offset + it.units()
                it.argument = base - it.target.offset if it.op in _BACKWARD else it.target.offset - base
            extended = max(0, (it.argument.bit_length() + 7) // 8 - 1)
            if extended > it.extended:
                it.extended = extended
                changed = True


def _assemble(instructions: list) -> bytes:
    raw = bytearray()
    for it in instructions:
        for place in range(it.extended, 0, -1):
            raw += bytes((_EXTENDED_ARG, it.argument >> 8 * place & 255))
        raw += bytes((it.op, it.argument & 255)) + bytes(2 * it.caches)
    return bytes(raw)


def _uncovered(instructions: list, quiet: set, table: list, handler: int) -> list:
    # Entries for the runs of instructions that no entry covers and that aren't quiet.
    covered = set()
    for start, stop, *_ in table:
        covered.update(range(start, stop))
    entries = []
    run = None
    for it in instructions:
        if it in quiet or it.offset in covered:
            if run is not None:
                entries.append((run, it.offset, handler, 1, 1))
                run = None
        elif run is None:
            run = it.offset
    return entries


def _parse_exception_table(table: bytes) -> list:
    values = []
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            values.append(value)
            value = 0
    entries = zip(*[iter(values)] * 4)
    return [(start, length, target, mixed >> 1, mixed & 1) for start, length, target, mixed in entries]


def _write_exception_table(entries: list) -> bytes:
    table = bytearray()
    for start, stop, target, depth, lasti in entries:
        if stop > start:
            first = len(table)
            for value in (start, stop - start, target, depth << 1 | lasti):
                table += _big_endian_varint(value)
            table[first] |= 128
    return bytes(table)


def _big_endian_varint(value: int) -> bytes:
    groups = [value & 63]
    while value > 63:
        value >>= 6
        groups.append(value & 63 | 64)
    return bytes(reversed(groups))


def _write_positions(instructions: list, line: int) -> bytes:
    table = bytearray()
    index = 0
    while index < len(instructions):
        position = instructions[index].position
        units = 0
        while index < len(instructions) and instructions[index].position == position:
            units += instructions[index].units()
            index += 1
        while units > 0:
            length = min(units, 8)
            units -= length
            line = _write_position(table, position, length, line)
    return bytes(table)


def _write_position(table: bytearray, position, length: int, line: int) -> int:
    first, last, column, end_column = position or (None, None, None, None)
    if first is None:
        table.append(0x80 | 15 << 3 | length - 1)
        return line
    whole = last is not None and column is not None and end_column is not None
    table.append(0x80 | (14 if whole else 13) << 3 | length - 1)
    delta = first - line
    table += _little_endian_varint(-delta << 1 | 1 if delta < 0 else delta << 1)
    if whole:
        for value in (last - first, column + 1, end_column + 1):
            table += _little_endian_varint(value)
    return first


def _little_endian_varint(value: int) -> bytes:
    groups = bytearray()
    while value > 63:
        groups.append(value & 63 | 64)
        value >>= 6
    groups.append(value)
    return bytes(groups)
