//! Detail `time`: calls, errors, total, least, most and the histogram of each function.

use super::count::is_wanted;
use super::gate::GATE;
use super::hook::Hook;
use super::state::with_state;
use super::token::Token;
use crate::clock;

/// Calls of a function after which the clock's calibration is looked at again.
pub(super) const REFINE_EACH: u64 = 1 << 14;

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
        (*token).hook = hook;
        (*token).generation = GATE.generation();
        (*token).since = clock::now();
        // After the clock, which waits for what is under way: counted before, a call costs some
        // 4 ns more.
        if hook.record.get().begin().is_multiple_of(REFINE_EACH) {
            refine();
            (*token).since = clock::now();
        }
    }
    true
}

/// Ends a plain call at `now`.
///
/// # Safety
/// `begin` took the token in.
#[inline(always)]
pub(crate) unsafe fn end(token: *mut Token, now: u64, failed: bool) {
    // SAFETY: the caller's promise; the record of this generation is there.
    unsafe {
        let token = &*token;
        if token.generation == GATE.generation() {
            let record = (*token.hook).record.get();
            let spent = clock::since(token.since, now);
            if failed {
                record.fail();
            }
            record.total(spent);
            record.end(spent);
        }
    }
}

/// Begins a call that can be suspended; false where it isn't to be recorded.
///
/// # Safety
/// As for `begin`.
#[inline(always)]
pub(crate) unsafe fn begin_run(token: *mut Token, hook: &'static Hook) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        if !begin(token, hook) {
            return false;
        }
        let run = &mut (*token).run;
        run.began = (*token).since;
        run.active = 0;
        run.paused = false;
    }
    true
}

/// Suspends a call.
///
/// # Safety
/// `begin_run` took the token in.
#[inline(always)]
pub(crate) unsafe fn pause(token: *mut Token) {
    let now = clock::now();
    // SAFETY: the caller's promise.
    let token = unsafe { &mut *token };
    if !token.run.paused && token.generation == GATE.generation() {
        token.run.paused = true;
        token.run.active += clock::since(token.since, now);
    }
}

/// Resumes a call; one that runs goes on.
///
/// # Safety
/// `begin_run` took the token in.
#[inline(always)]
pub(crate) unsafe fn resume(token: *mut Token) {
    // SAFETY: the caller's promise.
    let token = unsafe { &mut *token };
    if token.run.paused && token.generation == GATE.generation() {
        token.run.paused = false;
        token.since = clock::now();
    }
}

/// Ends a call that can be suspended, and may be, at `now`.
///
/// # Safety
/// `begin_run` took the token in.
#[inline(always)]
pub(crate) unsafe fn end_run(token: *mut Token, now: u64, failed: bool) {
    // SAFETY: the caller's promise; the record of this generation is there.
    unsafe {
        let token = &*token;
        if token.generation == GATE.generation() {
            let record = (*token.hook).record.get();
            let mut active = token.run.active;
            if !token.run.paused {
                active += clock::since(token.since, now);
            }
            let spent = clock::since(token.run.began, now);
            if failed {
                record.fail();
            }
            record.ran(active);
            record.total(spent);
            record.end(spent);
        }
    }
}

/// Takes back a call that never began: the interpreter refused to run its frame.
///
/// # Safety
/// `begin` or `begin_run` took the token in just now.
#[cold]
pub(crate) unsafe fn withdraw(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe { (*(*token).hook).record.get().take_back_begin() };
}

#[cold]
pub(super) fn refine() {
    let _ = with_state(super::State::refine_clock);
}
