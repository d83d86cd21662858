//! A thread's shadow stack: the tokens of its running calls, and the frames that readers see.
//!
//! Calls usually end in the order opposite to that of their beginning. Greenlets, and generators
//! that are closed from elsewhere, end out of order: such a call leaves a hole, which goes when
//! the calls above it have ended. Nothing is lost by it, since a token knows all about its call.

use std::cell::Cell;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use super::node::Node;
use super::record::word;
use super::token::Token;
use crate::recording::layout::thread::{FRAME_WORDS, FRAMES, ID, IN_USE, PAST};

/// Frames of a thread that readers see.
pub(crate) const FRAMES_SHOWN: usize = 128;
/// Words of a thread's block.
pub(crate) const BLOCK_WORDS: usize = FRAMES + FRAME_WORDS * FRAMES_SHOWN;
/// Holes at which the stack is made compact.
const MANY_HOLES: usize = 64;

/// A thread's shadow stack.
pub(crate) struct Thread {
    /// Running calls from the outermost; null for a hole. Never a hole on top.
    stack: Vec<*mut Token>,
    holes: usize,
    /// The thread's block in the recording, or one of our own where there was no room.
    block: *mut u64,
    generation: u32,
}

thread_local! {
    static CURRENT: Cell<*mut Thread> = const { Cell::new(ptr::null_mut()) };
    /// Gives the thread's block back when the thread ends.
    static GUARD: Cell<Option<Guard>> = const { Cell::new(None) };
}

/// Stacks of threads that ended, for others to take over; nobody waits for the lock, which a
/// thread that a fork left behind may hold for ever. They are never freed: a call that
/// outlives its thread (in a greenlet, say) may still point to one.
static SPARE: Mutex<Vec<Spare>> = Mutex::new(Vec::new());

struct Spare(*mut Thread);

// SAFETY: a spare stack is nobody's; whoever takes it from the list holds the GIL.
unsafe impl Send for Spare {}

struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        let thread = CURRENT.replace(ptr::null_mut());
        if thread.is_null() {
            return;
        }
        // Without the GIL, so no more than a word and the list are touched.
        // SAFETY: stacks are never freed, and the block belongs to the recording of the stack's
        // generation, which stays mapped in the process that it was made in; in a forked child
        // `forget` has emptied CURRENT.
        unsafe { word((*thread).block.add(IN_USE)).store(0, Ordering::Relaxed) };
        if let Ok(mut spare) = SPARE.try_lock() {
            spare.push(Spare(thread));
        }
    }
}

/// The calling thread's stack; null where it hasn't one yet.
#[inline(always)]
pub(crate) fn current() -> *mut Thread {
    CURRENT.get()
}

/// Gives the calling thread a stack; `new_block` is asked where none is to be had again.
#[cold]
pub(crate) fn enter(generation: u32, new_block: impl FnOnce() -> *mut u64) -> *mut Thread {
    let thread = spare(generation).unwrap_or_else(|| {
        let stack = Vec::with_capacity(FRAMES_SHOWN);
        Box::into_raw(Box::new(Thread {
            stack,
            holes: 0,
            block: new_block(),
            generation,
        }))
    });
    // SAFETY: the stack is nobody else's, and a thread's block has these words.
    unsafe {
        let thread = &mut *thread;
        thread.stack.clear();
        thread.holes = 0;
        word(thread.block.add(ID)).store(native_id(), Ordering::Relaxed);
        word(thread.block.add(PAST)).store(0, Ordering::Relaxed);
        word(thread.block.add(FRAMES + 1)).store(0, Ordering::Relaxed);
        word(thread.block.add(IN_USE)).store(1, Ordering::Release);
    }
    CURRENT.set(thread);
    // A thread that is ending already has no guard any more: its stack isn't used again.
    // One that has a guard keeps it: to drop it would end the thread.
    let _ = GUARD.try_with(|guard| guard.set(guard.take().or_else(|| Some(Guard))));
    thread
}

fn spare(generation: u32) -> Option<*mut Thread> {
    let mut spare = SPARE.try_lock().ok()?;
    while let Some(Spare(thread)) = spare.pop() {
        // SAFETY: stacks are never freed.
        if unsafe { (*thread).generation } == generation {
            return Some(thread);
        }
    }
    None
}

/// Forgets the calling thread's stack, which is the parent process's: after a fork.
pub(crate) fn forget() {
    // It stays where it is: the locks of the allocator and of the spare stacks may be held by a
    // thread that isn't here. Stacks tell by their generation that they are the parent's.
    CURRENT.set(ptr::null_mut());
}

impl Thread {
    /// The node of the innermost running call; null where there is none.
    #[inline(always)]
    pub(crate) fn node(&self) -> *const Node {
        match self.stack.last() {
            // SAFETY: tokens on the stack are alive, and the top is no hole.
            Some(&token) => unsafe { (*token).node },
            None => ptr::null(),
        }
    }

    /// Puts a call on top, which began at its `since`.
    ///
    /// # Safety
    /// The token is alive, stays so until it is taken off, and its node is set.
    #[inline(always)]
    pub(crate) unsafe fn push(&mut self, token: *mut Token) {
        let depth = self.stack.len();
        // SAFETY: the caller's promise; the block has frames up to FRAMES_SHOWN.
        unsafe {
            (*token).depth = depth as u32;
            (*token).thread = self;
            self.stack.push(token);
            if depth < FRAMES_SHOWN {
                let frame = self.block.add(FRAMES + FRAME_WORDS * depth);
                word(frame).store((*token).since, Ordering::Relaxed);
                word(frame.add(1)).store((*(*token).node).shown, Ordering::Release);
            } else {
                self.show_depth();
            }
        }
    }

    /// Takes a call off that ran for so many ticks; false where it wasn't on top.
    ///
    /// # Safety
    /// The token is alive.
    #[inline(always)]
    pub(crate) unsafe fn pop(&mut self, token: *mut Token, spent: u64) -> bool {
        if self.stack.last() != Some(&token) {
            return self.take_out(token);
        }
        self.stack.pop();
        let depth = self.stack.len();
        if depth < FRAMES_SHOWN {
            // SAFETY: the block has this frame.
            unsafe {
                let frame = self.block.add(FRAMES + FRAME_WORDS * depth);
                word(frame.add(1)).store(0, Ordering::Relaxed);
            }
        } else {
            self.show_depth();
        }
        if let Some(&caller) = self.stack.last() {
            if caller.is_null() {
                self.drop_holes();
            } else {
                // SAFETY: tokens on the stack are alive.
                unsafe { (*caller).children += spent };
            }
        }
        true
    }

    #[cold]
    fn show_depth(&mut self) {
        let past = self.stack.len().saturating_sub(FRAMES_SHOWN);
        // SAFETY: the block has this word.
        unsafe { word(self.block.add(PAST)).store(past as u64, Ordering::Relaxed) };
    }

    /// Takes out a call that isn't on top, where it is there at all: another thread may have taken
    /// the stack over since.
    #[cold]
    fn take_out(&mut self, token: *mut Token) -> bool {
        // SAFETY: the token is alive.
        let depth = unsafe { (*token).depth } as usize;
        if self.stack.get(depth) == Some(&token) {
            self.stack[depth] = ptr::null_mut();
            self.holes += 1;
            if self.holes > MANY_HOLES {
                self.close_holes();
            }
        }
        false
    }

    #[cold]
    fn drop_holes(&mut self) {
        while self.stack.last().is_some_and(|token| token.is_null()) {
            self.stack.pop();
            self.holes = self.holes.saturating_sub(1);
            let depth = self.stack.len();
            if depth < FRAMES_SHOWN {
                // SAFETY: the block has this frame.
                unsafe {
                    word(self.block.add(FRAMES + FRAME_WORDS * depth + 1))
                        .store(0, Ordering::Relaxed);
                }
            }
        }
        self.show_depth();
    }

    #[cold]
    fn close_holes(&mut self) {
        self.stack.retain(|token| !token.is_null());
        self.holes = 0;
        for (depth, &token) in self.stack.iter().enumerate() {
            // SAFETY: tokens on the stack are alive, and their nodes live as long as the process.
            unsafe {
                (*token).depth = depth as u32;
                if depth < FRAMES_SHOWN {
                    let frame = self.block.add(FRAMES + FRAME_WORDS * depth);
                    word(frame).store((*token).since, Ordering::Relaxed);
                    word(frame.add(1)).store((*(*token).node).shown, Ordering::Relaxed);
                }
            }
        }
        if self.stack.len() < FRAMES_SHOWN {
            let end = FRAMES + FRAME_WORDS * self.stack.len() + 1;
            // SAFETY: the block has this frame.
            unsafe { word(self.block.add(end)).store(0, Ordering::Relaxed) };
        }
        self.show_depth();
    }
}

/// The system's number of the calling thread, 0 where it tells none.
fn native_id() -> u64 {
    #[cfg(target_os = "linux")]
    // SAFETY: the call takes nothing and changes nothing.
    return unsafe { libc::syscall(libc::SYS_gettid) }.unsigned_abs();
    #[cfg(not(target_os = "linux"))]
    return 0;
}
