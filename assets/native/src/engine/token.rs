//! A call in flight: the object at the bottom of its value stack, whose end is the call's end.
//!
//! Tokens are objects of Python so that the interpreter destroys them wherever a frame ends. A
//! program sees them only by `gc.get_referents` of a suspended generator; one that is held ends its
//! call when it is let go. They come from a free list: a call costs no
//! allocation. Methods here know the memory; `count`, `time` and `tree` what is recorded.

use std::cell::Cell;

use super::hook::Hook;
use super::node::Node;
use super::thread::Thread;
use crate::ffi::{PyObject, PyTypeObject};

/// A call in flight. The head is a Python object's.
#[repr(C)]
pub(crate) struct Token {
    head: PyObject,
    pub(crate) hook: *const Hook,
    /// When it began or was resumed, ticks.
    pub(crate) since: u64,
    /// Which process it belongs to: see `Gate::generation`.
    pub(crate) generation: u32,
    /// Where it lies in its thread's stack.
    pub(crate) depth: u32,
    pub(crate) node: *const Node,
    /// The thread in whose stack it lies while it runs.
    pub(crate) thread: *mut Thread,
    /// Ticks in hooked functions that it called since it began or was resumed.
    pub(crate) children: u64,
    /// For generators and coroutines.
    pub(crate) run: Run,
}

/// What a call that can be suspended keeps beside.
pub(crate) struct Run {
    /// When it began, ticks.
    pub(crate) began: u64,
    /// Ticks in which it ran before it was suspended last.
    pub(crate) active: u64,
    /// The part of them in hooked functions that it called.
    pub(crate) children: u64,
    pub(crate) paused: bool,
}

/// Tokens at hand, linked through `hook`. Under the GIL, like all of the engine.
struct Free(Cell<*mut Token>);

// SAFETY: only the holder of the GIL takes or gives tokens; subinterpreters with a GIL of their
// own can't load the module.
unsafe impl Sync for Free {}

static FREE: Free = Free(Cell::new(std::ptr::null_mut()));
/// The generation of a token whose call isn't recorded; processes count from 1.
pub(crate) const OF_NO_PROCESS: u32 = 0;
/// Tokens allocated at once.
const CHUNK: usize = 64;

/// Takes a token of this type with one reference; its other fields hold what they held.
#[inline(always)]
pub(crate) fn take(of: *mut PyTypeObject) -> *mut Token {
    let mut token = FREE.0.get();
    if token.is_null() {
        token = more();
    }
    // SAFETY: tokens on the list are allocated and nobody else's.
    unsafe {
        FREE.0.set((*token).hook.cast_mut().cast());
        (*token).head.refcount = 1;
        (*token).head.ob_type = of;
    }
    token
}

/// Gives a token back.
///
/// # Safety
/// It came from `take`, and nobody holds it any more.
#[inline(always)]
pub(crate) unsafe fn give(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe { (*token).hook = FREE.0.get().cast() };
    FREE.0.set(token);
}

#[cold]
fn more() -> *mut Token {
    let layout = std::alloc::Layout::new::<[Token; CHUNK]>();
    // SAFETY: the layout isn't empty. Without memory for a few kB the process can't go on:
    // `handle_alloc_error` ends it as CPython's own fatal errors do.
    let first = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<Token>();
    if first.is_null() {
        std::alloc::handle_alloc_error(layout);
    }
    for index in 0..CHUNK {
        // SAFETY: within what was allocated.
        unsafe {
            let next = if index + 1 < CHUNK {
                first.add(index + 1)
            } else {
                std::ptr::null_mut()
            };
            (*first.add(index)).hook = next.cast();
        }
    }
    first
}

/// Returns the token once more, as an operator's result.
///
/// # Safety
/// It is alive.
#[inline(always)]
pub(crate) unsafe fn again(token: *mut Token) -> *mut PyObject {
    // SAFETY: the caller's promise; a token's count is a few at most.
    unsafe { (*token).head.refcount += 1 };
    token.cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_distinct_and_come_back() {
        let taken: Vec<*mut Token> = (0..CHUNK * 2 + 1)
            .map(|_| take(std::ptr::null_mut()))
            .collect();
        let distinct: std::collections::HashSet<_> = taken.iter().copied().collect();
        assert_eq!(distinct.len(), taken.len());
        for &token in &taken {
            // SAFETY: taken above.
            unsafe { give(token) };
        }
        assert_eq!(take(std::ptr::null_mut()), taken[CHUNK * 2]);
    }
}
