"""Detail `tree`: what `timing` records, and self time and the call tree besides.

Each thread has a shadow stack of entries `[node, begin, ns in children, word in the mapped
stack, run or None]`, and a block in the recording that shows it to readers while the calls
run. A node is a function under a parent node; all threads share them.
"""

import _thread
from time import perf_counter_ns as clock

from . import layout, resumable
from .recording import Full


class Node:
    """A function under a parent; `view` is its words in the recording."""

    __slots__ = ("hook", "id", "word", "children", "view", "calls", "total", "own")

    def __init__(self, hook, number: int, view) -> None:
        self.hook = hook
        self.id = number
        self.word = number + 1
        self.children: dict = {}  # id of a code object -> Node
        self.view = view
        self.calls = self.total = self.own = 0


class Stack(list):
    """A thread's shadow stack; `frames` is what readers see of it."""

    __slots__ = ("frames", "spare", "recorder", "generation")

    def __init__(self, root: Node, frames, spare: list, recorder) -> None:
        self.append([root, 0, 0, layout.FRAMES - 2, None])
        self.frames = frames
        self.spare = spare
        self.recorder = recorder
        self.generation = recorder.generation

    def __del__(self) -> None:
        # The thread has ended: another one may use its block. After a fork it is the parent's.
        if self.generation == self.recorder.generation:
            self.frames[layout.THREAD_IN_USE] = 0
            self.spare.append(self.frames)


def make_events(recorder) -> dict:
    """Return the callbacks by the name of their event."""
    local = _thread._local()
    root = Node(None, -1, None)
    spare: list = []  # blocks of threads that ended
    shifts, offsets = layout.SLOT_SHIFTS, layout.SLOT_OFFSETS
    all_ones = layout.ALL_ONES
    least_word, most_word = layout.LEAST, layout.MOST
    calls_word, total_word, own_word = layout.NODE_CALLS, layout.NODE_TOTAL, layout.NODE_OWN

    def start(code, offset):
        try:
            try:
                stack = local.stack
                node = stack[-1][0].children[id(code)]
            except (AttributeError, KeyError):
                node = first(code)
                if node is None:
                    return None
                stack = local.stack
            hook = node.hook
            run = None
            if hook.resumable:
                begun = hook.begun + 1
                hook.begun = begun
                hook.view[layout.BEGUN] = begun
                run = resumable.Run(hook, node, clock(), finish, recorder.generation)
                resumable.bind(run, 1)
            word = stack[-1][3] + 2
            entry = [node, 0, 0, word, run]
            stack.append(entry)
            entry[1] = now = clock()
            try:
                frames = stack.frames
                frames[word] = now
                frames[word + 1] = node.word
            except IndexError:
                frames[layout.THREAD_OVERFLOW] = (word - len(frames)) // 2 + 1
            return run
        except Exception as error:
            recorder.broke(error)
        return None

    def pop(code):
        # The entry of this code's innermost call in this thread; None where it began before
        # the hook or before a fork.
        try:
            stack = local.stack
        except AttributeError:
            return None
        entry = stack.pop()
        hook = entry[0].hook
        if hook is None or hook.code is not code:
            entry = repair(stack, entry, code)
            if entry is None:
                return None
        try:
            stack.frames[entry[3] + 1] = 0
        except IndexError:
            stack.frames[layout.THREAD_OVERFLOW] = (entry[3] - len(stack.frames)) // 2
        return entry

    def leave(code, offset, value):
        now = clock()
        try:
            entry = pop(code)
            if entry is None:
                return
            node, since, children, word, run = entry
            spent = now - since
            local.stack[-1][2] += spent
            own = spent - children
            hook = node.hook
            view = hook.view
            if run is not None:
                run.ended = True
                active = run.active + spent
                own = active - run.children - children
                spent = now - run.since
                active = hook.active + active
                hook.active = active
                view[layout.ACTIVE] = active
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
            recorder.broke(error)

    def finish(run):
        # It was closed or collected while it was suspended: as if resumed only to leave.
        if resume_run(run):
            leave(run.hook.code, 0, None)

    def unwind(code, offset, error):
        hook = recorder.hooks.get(id(code))
        if hook is None or not has_begun(code):
            return
        if not (hook.resumable and isinstance(error, GeneratorExit)):
            errors = hook.errors + 1
            hook.errors = errors
            hook.view[layout.ERRORS] = errors
        leave(code, offset, None)

    def has_begun(code):
        # False for a call begun before the hook or a fork, and for a generator or coroutine
        # that is thrown into before its first step.
        stack = getattr(local, "stack", ())
        return any(stack[index][0].hook.code is code for index in range(len(stack) - 1, 0, -1))

    def pause(code, offset, value):
        now = clock()
        entry = pop(code)
        if entry is None or entry[4] is None:
            return
        run = entry[4]
        spent = now - entry[1]
        local.stack[-1][2] += spent
        run.active += spent
        run.children += entry[2]

    def resume(code, offset, error=None):
        run = resumable.of_frame(code, 1)
        if run is not None:
            resume_run(run)

    def resume_run(run):
        if run is None or run.generation != recorder.generation:
            return False  # the parent process counts it
        try:
            stack = local.stack
        except AttributeError:
            stack = new_stack()
        word = stack[-1][3] + 2
        now = clock()
        stack.append([run.node, now, 0, word, run])
        try:
            stack.frames[word] = now
            stack.frames[word + 1] = run.node.word
        except IndexError:
            stack.frames[layout.THREAD_OVERFLOW] = (word - len(stack.frames)) // 2 + 1
        return True

    def first(code):
        hook = recorder.ready(code)
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
                node = parent.children[id(code)] = new_node(parent, hook)
        return node

    def new_node(parent, hook):
        recording = recorder.recording
        if hook.orphan is None and hook.number >= 0 and parent.id >= -1:
            try:
                if recording.next_node >= recorder.max_nodes:
                    raise Full("more than %d nodes" % recorder.max_nodes)
                return Node(hook, *recording.node(parent.id, hook.number))
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

    def repair(stack, entry, code):
        # The top of the stack is another function's: greenlets switched, or an exception
        # (KeyboardInterrupt, RecursionError) struck between a call and its callback.
        stack.append(entry)
        for index in range(len(stack) - 1, 0, -1):
            if stack[index][0].hook.code is code:
                recorder.recording.header[layout.STACK_REPAIRS] += 1
                return stack.pop(index)
        return None

    def forget():
        nonlocal local, root, spare
        local = _thread._local()
        root = Node(None, -1, None)
        spare = []

    recorder.on_fork.append(forget)
    return {
        "start": start, "leave": leave, "unwind": unwind,
        "pause": pause, "resume": resume, "resume_run": resume_run,
    }  # fmt: skip
