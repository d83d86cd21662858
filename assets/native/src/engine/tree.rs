//! Detail `tree`: what `time` records, and self time and the call tree besides.
//!
//! A running call lies on its thread's stack; a suspended one on none. What it spends counts for
//! the caller's children each time that it leaves the stack. Its node is found once, by who
//! called it first.

use super::count::make_ready;
use super::gate::GATE;
use super::hook::Hook;
use super::node::Node;
use super::state::with_state;
use super::thread::{self, Thread};
use super::time::{REFINE_EACH, refine};
use super::token::Token;
use crate::clock;

/// Begins a call; false where it isn't to be recorded.
///
/// # Safety
/// The token is taken and alive, the hook lives as long as the process.
#[inline(always)]
pub(crate) unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool {
    if GATE.is_shut() {
        return false;
    }
    let mut thread = thread::current();
    if hook.record.get().is_none() || thread.is_null() {
        thread = match first(hook) {
            Some(thread) => thread,
            None => return false,
        };
    }
    // SAFETY: the caller's promise; stacks and nodes are never freed.
    unsafe {
        let Some(node) = find_node((*thread).node(), hook) else {
            return false;
        };
        let token_fields = &mut *token;
        token_fields.hook = hook;
        token_fields.generation = GATE.generation();
        token_fields.node = node;
        token_fields.children = 0;
        token_fields.since = clock::now();
        (*thread).push(token);
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
        if (*token).generation == GATE.generation() {
            let spent = clock::since((*token).since, now);
            leave(token, spent);
            let record = (*(*token).hook).record.get();
            if failed {
                record.fail();
            }
            // Of greenlets others may have run in between: never less than nothing.
            let calls = (*(*token).node).end(spent, spent.saturating_sub((*token).children));
            record.end(spent);
            if calls.is_multiple_of(REFINE_EACH) {
                refine();
            }
        }
    }
}

/// Begins a call that can be suspended; false where it isn't to be recorded.
///
/// # Safety
/// As for `begin`.
#[inline(always)]
pub(crate) unsafe fn begin_run(token: *mut Token, hook: &'static Hook) -> bool {
    // SAFETY: the caller's promise; the record is there where `begin` says so.
    unsafe {
        if !begin(token, hook) {
            return false;
        }
        hook.record.get().begin();
        let run = &mut (*token).run;
        run.began = (*token).since;
        run.active = 0;
        run.children = 0;
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
    unsafe {
        if !(*token).run.paused && (*token).generation == GATE.generation() {
            stop(token, now);
        }
    }
}

/// Resumes a call; one that runs goes on.
///
/// # Safety
/// `begin_run` took the token in.
#[inline(always)]
pub(crate) unsafe fn resume(token: *mut Token) {
    // SAFETY: the caller's promise.
    unsafe {
        if (*token).run.paused && (*token).generation == GATE.generation() {
            let mut thread = thread::current();
            if thread.is_null() {
                thread = match with_state(super::State::enter_thread) {
                    Some(thread) => thread,
                    None => return,
                };
            }
            (*token).run.paused = false;
            (*token).children = 0;
            (*token).since = clock::now();
            (*thread).push(token);
        }
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
        if (*token).generation == GATE.generation() {
            if !(*token).run.paused {
                stop(token, now);
            }
            let token = &*token;
            let record = (*token.hook).record.get();
            let spent = clock::since(token.run.began, now);
            if failed {
                record.fail();
            }
            record.ran(token.run.active);
            (*token.node).end(spent, token.run.active.saturating_sub(token.run.children));
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
    unsafe {
        leave(token, 0);
        let hook = &*(*token).hook;
        if hook.resumable() {
            hook.record.get().take_back_begin();
        }
    }
}

/// Takes a running call that can be suspended off its thread's stack.
#[inline(always)]
unsafe fn stop(token: *mut Token, now: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        let spent = clock::since((*token).since, now);
        leave(token, spent);
        let run = &mut (*token).run;
        run.active += spent;
        run.children += (*token).children;
        run.paused = true;
    }
}

#[inline(always)]
unsafe fn leave(token: *mut Token, spent: u64) {
    // SAFETY: a running call lies on a stack, and stacks are never freed.
    unsafe {
        if !(*(*token).thread).pop(token, spent) {
            let _ = with_state(super::State::count_repair);
        }
    }
}

#[inline(always)]
unsafe fn find_node(parent: *const Node, hook: &'static Hook) -> Option<*const Node> {
    let (last_parent, node) = hook.last.get();
    if std::ptr::eq(last_parent, parent) && !node.is_null() {
        return Some(node);
    }
    find_other_node(parent, hook)
}

#[inline(never)]
fn find_other_node(parent: *const Node, hook: &'static Hook) -> Option<*const Node> {
    // SAFETY: nodes are never freed; null stands for the root.
    let cached = unsafe { parent.as_ref() }.map(|parent| &parent.last_child);
    if let Some(cached) = cached {
        let (child, node) = cached.get();
        if std::ptr::eq(child, hook) {
            hook.last.set((parent.cast_mut(), node));
            return Some(node);
        }
    }
    let node = with_state(|state| state.node(parent, hook))?;
    if let Some(cached) = cached {
        cached.set((hook, node));
    }
    hook.last.set((parent.cast_mut(), node));
    Some(node)
}

#[cold]
fn first(hook: &Hook) -> Option<*mut Thread> {
    if hook.record.get().is_none() && !make_ready(hook) {
        return None;
    }
    let thread = thread::current();
    if thread.is_null() {
        with_state(super::State::enter_thread)
    } else {
        Some(thread)
    }
}
