"""Detail `tree`: what `timing` records, and self time and the call tree besides.

As there, a hook's `begin`, `end` and `failed` record its calls, from the function's own code
or from the callbacks here. The lines that record a call stand in both files: in a shared place
they would cost each recorded call a call more.

Each thread has a shadow stack of entries `[node, begin, ns in children, word in the mapped
stack, run or None]`, and a block in the recording that shows it to readers while the calls
run. A node is a function under a parent node; all threads share them.
"""

import _thread
from builtins import id, type  # the app may replace them later

from . import CLOCK as clock
from . import injection, layout, leftovers
from .recording import Full
from .resumable import EndedRun, Run, bind, frame_at

#: Most nodes are leaves: id of a code object -> Node.
_NO_CHILDREN: dict = {}


class Node:
    """A function under a parent; `view` is its words in the recording."""

    __slots__ = ("hook", "id", "word", "children", "view", "calls", "total", "own")

    def __init__(self, hook, number: int, view) -> None:
        self.hook = hook
        self.id = number
        self.word = (
            number + 1 if number >= 0 else 0
        )  # in a shown stack; calls without a node end what is shown
        self.children = _NO_CHILDREN
        self.view = view
        self.calls = self.total = self.own = 0


class _NoHook:
    """Stands for the hook of the root, which is no function's."""

    code = None


class Stack(list):
    """A thread's shadow stack; `frames` is what readers see of it."""

    __slots__ = ("frames", "spare", "recorder", "generation")

    def __init__(self, root: Node, frames, spare: list, recorder) -> None:
        self.append([root, clock(), 0, layout.FRAMES - 2, None])
        self.frames = frames
        self.spare = spare
        self.recorder = recorder
        self.generation = recorder.generation

    def __del__(self) -> None:
        # The thread has ended: another one may use its block. After a fork it is the parent's.
        try:
            if self.generation == self.recorder.generation:
                self.frames[layout.THREAD_IN_USE] = 0
                self.spare.append(self.frames)
        except Exception:
            pass  # at interpreter shutdown the modules may be gone


def make_events(recorder) -> dict:
    """Return the callbacks by the name of their event."""
    local = _thread._local()
    root = Node(_NoHook, -1, None)
    spare: list = []  # blocks of threads that ended
    shifts, offsets = layout.SLOT_SHIFTS, layout.SLOT_OFFSETS
    all_ones = layout.ALL_ONES
    control = recorder.control  # 0, or calls that end aren't recorded
    least_word, most_word = layout.LEAST, layout.MOST
    calls_word, total_word, own_word = layout.NODE_CALLS, layout.NODE_TOTAL, layout.NODE_OWN

    def equip(hook):
        code = hook.code
        key = id(code)

        def begin(run=None):
            try:
                stack = local.stack
                caller = stack[-1]
                node = caller[0].children[key]
            except (AttributeError, KeyError):
                try:
                    node = first(code)
                    if node is not None:
                        stack = local.stack
                        caller = stack[-1]
                except Exception as error:
                    if recorder.broke(error):
                        raise
                    return None
                if node is None:
                    return None
            word = caller[3] + 2
            # Until the clock is read it has the caller's begin: an exception of a signal handler
            # may strike in between.
            entry = [node, caller[1], 0, word, run]
            stack.append(entry)
            entry[1] = now = clock()
            try:
                frames = stack.frames
                frames[word] = now
                frames[word + 1] = node.word
            except IndexError:
                frames[layout.THREAD_OVERFLOW] = (word - len(frames)) // 2 + 1
            return entry

        def end(entry):
            now = clock()
            try:
                try:
                    stack = local.stack
                except AttributeError:
                    return  # it began before a fork
                if stack[-1] is entry:
                    stack.pop()
                elif not repair(stack, entry):
                    return
                node, since, children, word, run = entry
                try:
                    stack.frames[word + 1] = 0
                except IndexError:
                    stack.frames[layout.THREAD_OVERFLOW] = (word - len(stack.frames)) // 2
                spent = now - since
                stack[-1][2] += spent
                if run is not None and run.ended:
                    return
                if control[0]:
                    recorder.withdraw(hook)
                    if run is not None:
                        run.__class__ = EndedRun
                    return
                own = spent - children
                view = hook.view
                if run is not None:
                    run.__class__ = EndedRun
                    active = run.active + spent
                    own = active - run.children - children
                    spent = now - run.since
                    active = hook.active + active
                    hook.active = active
                    view[layout.ACTIVE] = active
                if own < 0:
                    own = 0  # greenlets: calls of another one ran in between
                if not hook.least <= spent <= hook.most:
                    if spent < hook.least:
                        hook.least = spent
                        view[least_word] = all_ones - spent
                    if spent > hook.most:
                        hook.most = spent
                        view[most_word] = spent
                bits = spent.bit_length()
                slot = offsets[bits] + (spent >> shifts[bits])
                node_view = node.view
                total = node.total + spent
                node.total = total
                node_view[total_word] = total
                total = node.own + own
                node.own = total
                node_view[own_word] = total
                calls = node.calls + 1
                node.calls = calls
                node_view[calls_word] = calls
                slots = hook.slots
                count = slots[slot] + 1
                slots[slot] = count
                view[slot] = count
            except Exception as error:
                if recorder.broke(error):
                    raise

        def failed(entry):
            try:
                stack = local.stack
                if stack[-1] is entry or entry in stack:
                    recorder.count_error(hook)
            except AttributeError:
                pass  # it began before a fork: the parent counts it
            end(entry)

        # `begin` last: it tells that the others are there.
        hook.failed, hook.end, hook.begin = failed, end, begin

    def repair(stack, entry):
        # Take off an entry that isn't the top; False where it isn't there: it began before a
        # fork, or (greenlets) in another thread.
        for index in range(len(stack) - 1, 0, -1):
            if stack[index] is entry:
                leftovers.drop(stack, index)
                if recorder.recording is not None:
                    recorder.recording.header[layout.STACK_REPAIRS] += 1
                return True
        return False

    def innermost(code):
        # The entry of this code's innermost call in this thread; None where it began before the
        # hook or a fork, or hasn't begun: thrown into before its first step. It is the top but
        # where greenlets switched, or an exception (KeyboardInterrupt, RecursionError) struck
        # between a call and its callback.
        try:
            stack = local.stack
        except AttributeError:
            return None
        entry = stack[-1]
        if entry[0].hook.code is code:
            return entry
        for index in range(len(stack) - 1, 0, -1):
            if stack[index][0].hook.code is code:
                return stack[index]
        return None

    def start(code, offset):
        try:
            hook = recorder.hooks.get(id(code))
            if hook is None:
                return None
            if hook.begin is None:
                equip(hook)
            if not hook.resumable:
                starts = hook.starts + 1
                hook.starts = starts
                if starts == hook.promote_at:
                    injection.promote(hook, recorder.made)
                hook.begin()
                return None
            run = Run(hook, None, clock(), finish, recorder.generation)
            entry = hook.begin(run)
            if entry is None:
                run.__class__ = EndedRun
                return None
            run.node = entry[0]
            bind(run, 1)
            begun = hook.begun + 1
            hook.begun = begun
            hook.view[layout.BEGUN] = begun
            return run
        except Exception as error:
            if recorder.broke(error):
                raise
        return None

    def leave(code, offset, value):
        entry = innermost(code)
        if entry is not None:
            entry[0].hook.end(entry)

    def finish(run):
        # It was closed or collected while it was suspended: as if resumed only to leave.
        if resume_run(run):
            leave(run.hook.code, 0, None)

    def unwind(code, offset, error):
        if id(code) in recorder.hooks:
            entry = innermost(code)
            if entry is not None:
                hook, run = entry[0].hook, entry[4]
                if run is None or not (run.ended or isinstance(error, GeneratorExit)):
                    recorder.count_error(hook)
                hook.end(entry)

    def pause(code, offset, value):
        now = clock()
        entry = innermost(code)
        if entry is None:
            return
        stack = local.stack
        if stack[-1] is entry:
            stack.pop()
        elif not repair(stack, entry):
            return
        _, since, children, word, run = entry
        try:
            stack.frames[word + 1] = 0
        except IndexError:
            stack.frames[layout.THREAD_OVERFLOW] = (word - len(stack.frames)) // 2
        spent = now - since
        stack[-1][2] += spent
        run.active += spent
        run.children += children

    def resume(code, offset, error=None):
        run = frame_at(1).f_trace
        if (type(run) is Run or type(run) is EndedRun) and run.hook.code is code:
            resume_run(run)

    def resume_run(run):
        if run is None or run.generation != recorder.generation:
            return False  # the parent process counts it
        if run.node is None:
            return False  # an exception (KeyboardInterrupt, RecursionError) struck as it began
        try:
            stack = local.stack
        except AttributeError:
            stack = new_stack()
        word = stack[-1][3] + 2
        now = clock()
        stack.append([run.node, now, 0, word, run])
        frames = stack.frames
        try:
            frames[word] = now
            frames[word + 1] = run.node.word
        except IndexError:
            frames[layout.THREAD_OVERFLOW] = (word - len(frames)) // 2 + 1
        return True

    def first(code):
        nonlocal control
        hook = recorder.ready(code)
        control = recorder.control
        if hook is None:
            return None
        try:
            stack = local.stack
        except AttributeError:
            stack = new_stack()
        parent = stack[-1][0]
        with recorder.lock:
            node = parent.children.get(id(code))
            if node is None:
                node = new_node(parent, hook)
                if parent.children is _NO_CHILDREN:
                    parent.children = {}
                parent.children[id(code)] = node
        return node

    def new_node(parent, hook):
        recording = recorder.recording
        if hook.orphan is None and hook.number >= 0 and parent.id >= -1:
            try:
                return Node(hook, *recording.node(parent.id, hook.number, recorder.max_nodes))
            except Full:
                pass
        if hook.orphan is None:
            # Its times go to the words of the function's record that are kept for this.
            # (words 1, 2 and 3 of a node fall on calls begun, total and self of the record).
            hook.orphan = Node(hook, -2, hook.view[layout.BEGUN - 1 : layout.OWN + 1])
        if recording is not None:
            recording.header[layout.DROPPED_NODES] += 1
        return hook.orphan

    def new_stack():
        frames = None
        recording = recorder.recording
        with recorder.lock:
            if spare:
                frames = spare.pop()
            elif recording is not None:
                try:
                    frames = recording.thread()
                except Full:
                    recording.header[layout.STACK_REPAIRS] += 1
        if frames is None:
            frames = memoryview(bytearray(8 * (layout.FRAMES + 2 * layout.FRAMES_A_THREAD))).cast("Q")
        frames[layout.THREAD_ID] = _thread.get_native_id()
        frames[layout.THREAD_OVERFLOW] = 0
        frames[layout.THREAD_IN_USE] = 1
        stack = local.stack = Stack(root, frames, spare, recorder)
        return stack

    def forget():
        nonlocal local, root, spare, control
        control = recorder.control
        local = _thread._local()
        root = Node(_NoHook, -1, None)
        spare = []

    recorder.on_fork.append(forget)
    return {
        "start": start, "leave": leave, "unwind": unwind,
        "pause": pause, "resume": resume, "resume_run": resume_run,
    }  # fmt: skip
