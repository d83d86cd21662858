//! The process's detail, asked for at each event: for calls whose way doesn't fix it by its type,
//! as the tokens of injected instructions do (see `objects`).

use std::sync::atomic::{AtomicU8, Ordering};

use super::hook::Hook;
use super::token::Token;
use super::{count, time, tree};
use crate::clock;

/// 1 count, 2 time, 3 tree; set once, before anything is hooked.
static DETAIL: AtomicU8 = AtomicU8::new(3);

/// Sets the detail of the process.
pub(super) fn set(detail: u8) {
    DETAIL.store(detail, Ordering::Relaxed);
}

#[inline(always)]
fn get() -> u8 {
    DETAIL.load(Ordering::Relaxed)
}

/// Begins a plain call; false where it isn't to be recorded.
///
/// # Safety
/// As the detail's own function asks; the same goes for those below.
#[inline(always)]
pub(crate) unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::begin(token, hook),
            2 => time::begin(token, hook),
            _ => tree::begin(token, hook),
        }
    }
}

/// Ends a plain call now.
#[inline(always)]
pub(crate) unsafe fn end(token: *mut Token, failed: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::end(token, 0, failed),
            2 => time::end(token, clock::now(), failed),
            _ => tree::end(token, clock::now(), failed),
        }
    }
}

/// Begins a call that can be suspended; false where it isn't to be recorded.
#[inline(always)]
pub(crate) unsafe fn begin_run(token: *mut Token, hook: &'static Hook) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::begin_run(token, hook),
            2 => time::begin_run(token, hook),
            _ => tree::begin_run(token, hook),
        }
    }
}

/// Suspends a call.
#[inline(always)]
pub(crate) unsafe fn pause(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::set_paused(token, true),
            2 => time::pause(token),
            _ => tree::pause(token),
        }
    }
}

/// Resumes a call.
#[inline(always)]
pub(crate) unsafe fn resume(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::set_paused(token, false),
            2 => time::resume(token),
            _ => tree::resume(token),
        }
    }
}

/// Ends a call that can be suspended at `now`.
#[inline(always)]
pub(crate) unsafe fn end_run(token: *mut Token, now: u64, failed: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::end(token, now, failed),
            2 => time::end_run(token, now, failed),
            _ => tree::end_run(token, now, failed),
        }
    }
}

/// Takes back a call that never began: the interpreter refused to run its frame.
#[cold]
pub(crate) unsafe fn withdraw(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe {
        match get() {
            1 => count::withdraw(token),
            2 => time::withdraw(token),
            _ => tree::withdraw(token),
        }
    }
}
