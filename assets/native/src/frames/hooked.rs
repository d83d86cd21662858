//! Evaluates hooked frames: a call begins before its frame is evaluated and ends after.
//!
//! A generator's frame is evaluated once for each resumption, so its token is kept by the frame's
//! address from its first evaluation to its last: closing and collecting evaluate it too.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::{c_int, c_void};
use std::hash::BuildHasherDefault;

use crate::clock;
use crate::engine::hook::Hook;
use crate::engine::token::{self, Token};
use crate::engine::{Mix, detail};
use crate::ffi::{self, PyObject};
use crate::symbols;

use super::layout::{self, Frame};
use super::pointer::{self, Evaluate, Evaluate38};

/// What the hook knows; under the GIL.
struct Hooked {
    /// Code -> hook: open addressing, a power of two of places, at most half of them taken.
    places: Vec<Entry>,
    taken: usize,
    /// A suspended or running generator's frame -> its token.
    runs: HashMap<usize, *mut Token, BuildHasherDefault<Mix>>,
    minor: u32,
}

/// A place of the table: a code's address and its hook.
type Entry = (usize, Option<&'static Hook>);

/// What only the holder of the GIL touches.
struct Guarded<T>(UnsafeCell<T>);

// SAFETY: only the holder of the GIL comes here.
unsafe impl<T> Sync for Guarded<T> {}

static HOOKED: Guarded<Option<Hooked>> = Guarded(UnsafeCell::new(None));
/// The places, as the hot path sees them: their address, and a mask for the number of them.
static TABLE: Guarded<(*const Entry, usize)> = Guarded(UnsafeCell::new((std::ptr::null(), 0)));
/// The function that evaluates what isn't hooked, and hooked frames in the end.
static NEXT: Guarded<*mut c_void> = Guarded(UnsafeCell::new(std::ptr::null_mut()));

/// Times the frames of this code from now on. The code is kept for ever.
pub(crate) fn watch(code: *mut PyObject, hook: &'static Hook) -> Result<(), String> {
    // SAFETY: the GIL is held, and the reference is gone before Python is called.
    let is_new = unsafe { (*HOOKED.0.get()).is_none() };
    // The check asks a frame for its attributes, which may collect garbage, which may run anything.
    let place = if is_new {
        layout::check()?;
        Some(pointer::find()?)
    } else {
        None
    };
    // SAFETY: the GIL is held, and nothing below calls Python.
    let hooked = unsafe { &mut *HOOKED.0.get() };
    if let (None, Some(place)) = (hooked.as_ref(), place) {
        let next = place.get();
        let minor = symbols::version().1;
        *hooked = Some(Hooked {
            places: vec![(0, None); 64],
            taken: 0,
            runs: HashMap::default(),
            minor,
        });
        let ours = if minor == 8 {
            evaluate_3_8 as *mut c_void
        } else {
            evaluate as *mut c_void
        };
        // SAFETY: the GIL is held; ours has the version's signature, and finds a table below.
        unsafe {
            *NEXT.0.get() = next;
            if let Some(hooked) = hooked {
                hooked.publish();
            }
            place.set(ours);
        }
    }
    let hooked = hooked.as_mut().ok_or("it isn't set up")?;
    // SAFETY: the code is alive.
    unsafe { ffi::Py_IncRef(code) };
    hooked.insert(code as usize, hook);
    Ok(())
}

/// Passes frames that aren't hooked on to `next` from now on, if that was `before` until now.
pub(super) fn pass_by(before: *mut c_void, next: *mut c_void) {
    // SAFETY: the GIL is held; both have the version's signature.
    unsafe {
        if *NEXT.0.get() == before {
            *NEXT.0.get() = next;
        }
    }
}

impl Hooked {
    fn insert(&mut self, code: usize, hook: &'static Hook) {
        if (self.taken + 1) * 2 > self.places.len() {
            let larger = vec![(0, None); self.places.len() * 2];
            // The old table is leaked: nothing evaluates now, but it is cheap to be sure.
            let old = std::mem::replace(&mut self.places, larger);
            for &(code, hook) in &old {
                if let Some(hook) = hook {
                    self.put(code, hook);
                }
            }
            std::mem::forget(old);
        }
        self.put(code, hook);
        self.taken += 1;
        self.publish();
    }

    fn put(&mut self, code: usize, hook: &'static Hook) {
        let mask = self.places.len() - 1;
        let mut at = spread(code) & mask;
        while self.places[at].0 != 0 && self.places[at].0 != code {
            at = (at + 1) & mask;
        }
        self.places[at] = (code, Some(hook));
    }

    fn publish(&self) {
        // SAFETY: the GIL is held.
        unsafe { *TABLE.0.get() = (self.places.as_ptr(), self.places.len() - 1) };
    }
}

/// Codes are aligned to 16 bytes and lie close together: Fibonacci hashing (see `Mix`).
#[inline(always)]
fn spread(code: usize) -> usize {
    ((code as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize
}

#[inline(always)]
unsafe fn find(code: usize) -> Option<&'static Hook> {
    // SAFETY: the table is there since before the pointer was set, and has an empty place.
    unsafe {
        let (places, mask) = *TABLE.0.get();
        let mut at = spread(code) & mask;
        loop {
            let (key, hook) = *places.add(at);
            if key == code {
                return hook;
            }
            if key == 0 {
                return None;
            }
            at = (at + 1) & mask;
        }
    }
}

unsafe extern "C-unwind" fn evaluate(
    thread: *mut c_void,
    frame: Frame,
    throw: c_int,
) -> *mut PyObject {
    // SAFETY: the interpreter passes a frame to evaluate; NEXT was set before this was.
    unsafe {
        match find(layout::code(frame) as usize) {
            None => next(thread, frame, throw),
            Some(hook) => evaluate_hooked(hook, frame, throw, || next(thread, frame, throw)),
        }
    }
}

unsafe extern "C-unwind" fn evaluate_3_8(frame: Frame, throw: c_int) -> *mut PyObject {
    // SAFETY: as in `evaluate`.
    unsafe {
        match find(layout::code(frame) as usize) {
            None => next_3_8(frame, throw),
            Some(hook) => evaluate_hooked(hook, frame, throw, || next_3_8(frame, throw)),
        }
    }
}

#[inline(always)]
unsafe fn next(thread: *mut c_void, frame: Frame, throw: c_int) -> *mut PyObject {
    // SAFETY: it was the interpreter's pointer, which has this signature from 3.9 on.
    unsafe { std::mem::transmute::<*mut c_void, Evaluate>(*NEXT.0.get())(thread, frame, throw) }
}

#[inline(always)]
unsafe fn next_3_8(frame: Frame, throw: c_int) -> *mut PyObject {
    // SAFETY: it was the interpreter's pointer, which has this signature in 3.8.
    unsafe { std::mem::transmute::<*mut c_void, Evaluate38>(*NEXT.0.get())(frame, throw) }
}

#[inline(always)]
unsafe fn evaluate_hooked(
    hook: &'static Hook,
    frame: Frame,
    throw: c_int,
    go_on: impl FnOnce() -> *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the state is there since before the pointer was set; references to it aren't held
    // over `go_on`.
    unsafe {
        let minor = match &*HOOKED.0.get() {
            Some(hooked) => hooked.minor,
            None => return go_on(),
        };
        if hook.resumable() {
            return evaluate_run(hook, frame, throw, go_on);
        }
        let token = token::take(std::ptr::null_mut());
        let begun = detail::begin(token, hook);
        let result = go_on();
        if begun {
            if was_refused(result, frame, minor) {
                detail::withdraw(token);
            } else {
                detail::end(token, result.is_null());
            }
        }
        token::give(token);
        result
    }
}

#[inline(never)]
unsafe fn evaluate_run(
    hook: &'static Hook,
    frame: Frame,
    throw: c_int,
    go_on: impl FnOnce() -> *mut PyObject,
) -> *mut PyObject {
    // SAFETY: as in `evaluate_hooked`.
    unsafe {
        let Some(Hooked { runs, minor, .. }) = &mut *HOOKED.0.get() else {
            return go_on();
        };
        let minor = *minor;
        let key = frame as usize;
        let token = if layout::is_fresh(frame, minor) {
            if let Some(old) = runs.remove(&key) {
                token::give(old); // of an interpreter's end, or a frame's that never ended
            }
            if throw != 0 {
                return go_on(); // thrown into before its first step: it never begins
            }
            let token = token::take(std::ptr::null_mut());
            if !detail::begin_run(token, hook) {
                token::give(token);
                return go_on();
            }
            runs.insert(key, token);
            token
        } else {
            match runs.get(&key) {
                Some(&token) => {
                    detail::resume(token);
                    token
                }
                None => return go_on(), // it was hooked while it was suspended
            }
        };
        let result = go_on();
        if !result.is_null() && layout::is_suspended(frame, minor) {
            detail::pause(token);
            return result;
        }
        let now = clock::now();
        if was_refused(result, frame, minor) {
            detail::withdraw(token);
        } else {
            let failed = result.is_null()
                && !ffi::PyErr_Occurred().is_null()
                && ffi::PyErr_ExceptionMatches(ffi::PyExc_GeneratorExit) == 0;
            detail::end_run(token, now, failed);
        }
        if let Some(hooked) = &mut *HOOKED.0.get() {
            hooked.runs.remove(&key);
        }
        token::give(token);
        result
    }
}

/// Whether the interpreter refused to run the frame (RecursionError): no call began.
#[inline(always)]
unsafe fn was_refused(result: *mut PyObject, frame: Frame, minor: u32) -> bool {
    // SAFETY: the interpreter holds the frame until we return.
    unsafe { result.is_null() && layout::is_fresh(frame, minor) }
}
