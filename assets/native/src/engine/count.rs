//! Detail `count`: the exact number of calls and of errors, and nothing else.

use super::gate::GATE;
use super::hook::Hook;
use super::state::with_state;
use super::token::Token;

/// Begins a call; false where it isn't to be recorded.
///
/// # Safety
/// The token is taken and alive, the hook lives as long as the process.
#[inline(always)]
pub(crate) unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool {
    if !is_wanted(hook) {
        return false;
    }
    // SAFETY: the caller's promise; the record is there by now.
    unsafe {
        hook.record.get().count();
        (*token).hook = hook;
        (*token).generation = GATE.generation();
    }
    true
}

/// Ends a call.
///
/// # Safety
/// `begin` took the token in.
#[inline(always)]
pub(crate) unsafe fn end(token: *mut Token, _now: u64, failed: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        if failed && (*token).generation == GATE.generation() {
            (*(*token).hook).record.get().fail();
        }
    }
}

/// Takes back a call that never began: the interpreter refused to run its frame.
///
/// # Safety
/// `begin` took the token in just now.
#[cold]
pub(crate) unsafe fn withdraw(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe { (*(*token).hook).record.get().take_back_count() };
}

/// Whether calls are recorded now; the hook has its record then.
#[inline(always)]
pub(super) fn is_wanted(hook: &Hook) -> bool {
    !GATE.is_shut() && (!hook.record.get().is_none() || make_ready(hook))
}

/// Gives a hook its record at its first call; false where the engine can't.
#[cold]
pub(super) fn make_ready(hook: &Hook) -> bool {
    with_state(|state| state.make_ready(hook)).is_some()
}

/// Begins a call that can be suspended; false where it isn't to be recorded.
///
/// # Safety
/// As for `begin`.
#[inline(always)]
pub(crate) unsafe fn begin_run(token: *mut Token, hook: &'static Hook) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        (*token).run.paused = false;
        begin(token, hook)
    }
}

/// Suspends or resumes a call: what ends while it is suspended was closed.
///
/// # Safety
/// `begin_run` took the token in.
#[inline(always)]
pub(crate) unsafe fn set_paused(token: *mut Token, paused: bool) {
    // SAFETY: the caller's promise.
    unsafe { (*token).run.paused = paused };
}
