"""Detail `time`: calls, errors, total, least, most and the histogram of each function.

A hook's `begin`, `end` and `failed` record its calls; they are called from the function's
own code (`injection`), or by the callbacks here, which speak the events of `sys.monitoring`.
For these each thread has a stack of (hook, begin) for calls and (hook, run) for the
resumptions of generators and coroutines. A record is changed without a call between load
and store, which keeps it exact among threads under the GIL from Python 3.10 on (`hooking`
sees to older ones).
"""

import _thread
from builtins import id, type  # the app may replace them later

from . import CLOCK as clock
from . import injection, layout, leftovers
from .resumable import EndedRun, Run, bind, frame_at

#: How often each function's calls look whether recording was switched off, in ns.
_LOOK_EACH = 200_000_000
#: The begin of a call that began while recording was switched off.
_NOT_RECORDED = -1


def make_events(recorder) -> dict:
    """Return the callbacks by the name of their event."""
    hooks: dict = {}  # id of a code object -> Hook, once it has been called
    local = _thread._local()
    shifts, offsets = layout.SLOT_SHIFTS, layout.SLOT_OFFSETS
    all_ones = layout.ALL_ONES
    control = recorder.control  # 0, or calls that begin aren't recorded
    begun_word, total_word, least_word, most_word = layout.BEGUN, layout.TOTAL, layout.LEAST, layout.MOST

    def equip(hook):
        def begin():
            begun = hook.begun + 1
            hook.begun = begun
            try:
                hook.view[begun_word] = begun
            except TypeError:
                # The first call in a forked child: there is no record yet.
                try:
                    if first(hook.code) is None:
                        return 0  # before any call of this process: see `floor`
                    hook.begun = 1
                    hook.view[begun_word] = 1
                except Exception as error:
                    if recorder.broke(error):
                        raise
            now = clock()
            return now if now < hook.next_look else look(hook, now)

        def end(since):
            spent = clock() - since
            if since < hook.floor:
                return  # it began before a fork, and the parent counts it, or while switched off
            try:
                view = hook.view
                if not hook.least <= spent <= hook.most:
                    if spent < hook.least:
                        hook.least = spent
                        view[least_word] = all_ones - spent
                    if spent > hook.most:
                        hook.most = spent
                        view[most_word] = spent
                bits = spent.bit_length()
                slot = offsets[bits] + (spent >> shifts[bits])
                total = hook.total + spent
                hook.total = total
                view[total_word] = total
                slots = hook.slots
                count = slots[slot] + 1
                slots[slot] = count
                view[slot] = count
            except Exception as error:
                if recorder.broke(error):
                    raise

        def failed(since):
            if since >= hook.floor:
                recorder.count_error(hook)
            end(since)

        # `begin` last: it tells that the others are there.
        hook.failed, hook.end, hook.begin = failed, end, begin

    def look(hook, now):
        # Whether a call that begins is to be recorded: its begin, or a time before any floor. To
        # look at the control word at each call would cost some 20 ns.
        try:
            if control[0]:
                recorder.withdraw(hook)
                return _NOT_RECORDED
            hook.next_look = now + _LOOK_EACH
        except Exception as error:
            if recorder.broke(error):
                raise
        return now

    def start(code, offset):
        try:
            try:
                hook = hooks[id(code)]
                stack = local.stack
            except (KeyError, AttributeError):
                hook = first(code)
                if hook is None:
                    return None
                stack = local.stack
            if hook.resumable:
                run = Run(hook, None, hook.begin(), finish, recorder.generation)
                bind(run, 1)
                stack.append((hook, run))
                return run
            starts = hook.starts + 1
            hook.starts = starts
            if starts == hook.promote_at:
                injection.promote(hook, recorder.made)
            stack.append((hook, hook.begin()))
        except Exception as error:
            if recorder.broke(error):
                raise
        return None

    def leave(code, offset, value):
        call = take(code)
        if call is not None:
            conclude(call)

    def take(code):
        # This code's innermost call in this thread, off the stack; None where it began before
        # the hook or a fork, or hasn't begun: thrown into before its first step.
        try:
            stack = local.stack
            call = stack.pop()
        except (AttributeError, IndexError):
            return None
        if call[0].code is code:
            return call
        # The top is another function's: greenlets switched, or an exception
        # (KeyboardInterrupt, RecursionError) struck between a call and its callback.
        stack.append(call)
        for index in range(len(stack) - 1, -1, -1):
            if stack[index][0].code is code:
                call = stack[index]
                leftovers.drop(stack, index)
                return call
        return None

    def conclude(call):
        hook, since = call
        if hook.resumable:
            run, since = since, since.since
            if run.ended or since < hook.floor:
                return
            run.__class__ = EndedRun
            active = hook.active + run.active + clock() - run.resumed
            hook.active = active
            hook.view[layout.ACTIVE] = active
        hook.end(since)

    def first(code):
        nonlocal control
        hook = recorder.ready(code)
        control = recorder.control
        if hook is not None:
            if hook.begin is None:
                equip(hook)
            if not hasattr(local, "stack"):
                local.stack = []
            hooks[id(code)] = hook  # last: an exception of the program's may strike in between
        return hook

    def finish(run):
        # It was closed or collected while it was suspended: as if resumed only to leave.
        if resume_run(run):
            leave(run.hook.code, 0, None)

    def unwind(code, offset, error):
        if id(code) in hooks:
            call = take(code)
            if call is not None:
                hook, since = call
                if hook.resumable:
                    run, since = since, since.since
                    counted = run.ended or isinstance(error, GeneratorExit)
                else:
                    counted = False
                if not counted and since >= hook.floor:
                    recorder.count_error(hook)
                conclude(call)

    def pause(code, offset, value):
        now = clock()
        try:
            call = local.stack.pop()
        except (AttributeError, IndexError):
            return
        if call[0].code is not code:
            local.stack.append(call)
            call = take(code)
            if call is None:
                return
        run = call[1]
        run.active += now - run.resumed

    def resume(code, offset, error=None):
        run = frame_at(1).f_trace
        if (type(run) is Run or type(run) is EndedRun) and run.hook.code is code:
            resume_run(run)

    def resume_run(run):
        if run is None or run.generation != recorder.generation:
            return False  # the parent process counts it
        try:
            local.stack.append((run.hook, run))
        except AttributeError:
            local.stack = [(run.hook, run)]
        run.resumed = clock()
        return True

    def forget():
        nonlocal local, control
        control = recorder.control
        now = clock()
        for hook in hooks.values():
            hook.view = None
            hook.floor = now
        hooks.clear()
        local = _thread._local()

    recorder.on_fork.append(forget)
    return {
        "start": start, "leave": leave, "unwind": unwind,
        "pause": pause, "resume": resume, "resume_run": resume_run,
    }  # fmt: skip
