//! Tells when the code of `__main__` starts, before it defines anything: CPython 3.8 to 3.11.
//!
//! The frame evaluation hook is set for that moment only: until the main module runs, which is
//! a few dozen frames after the start.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

use crate::ffi::{self, PyObject};
use crate::symbols;

use super::hooked;
use super::layout::{self, Frame};
use super::pointer::{self, Evaluate, Evaluate38, Place};

struct Waiting {
    callback: *mut PyObject,
    main: *mut PyObject,
    place: Place,
    next: *mut c_void,
    minor: u32,
    /// Frames that may still be looked at: where no main module comes (the interpreter is part of
    /// another program), the wait ends.
    patience: Cell<u32>,
}

/// Frames that are looked at; `site` and `runpy` need a few dozen.
const PATIENCE: u32 = 20_000;

struct Slot(Cell<Option<&'static Waiting>>);

// SAFETY: only the holder of the GIL comes here.
unsafe impl Sync for Slot {}

static WAITING: Slot = Slot(Cell::new(None));

/// Calls `callback(code, globals)` for each frame whose globals are `main` (the dict of
/// `__main__`) or those of `__mp_main__`, until it answers something true.
pub(crate) fn wait(callback: *mut PyObject, main: *mut PyObject) -> Result<(), String> {
    let minor = symbols::version().1;
    if minor > 11 {
        return Err("from 3.12 on sys.monitoring tells it".into());
    }
    if minor < 11 {
        layout::check()?;
    }
    if WAITING.0.get().is_some() {
        return Err("it is waited for already".into());
    }
    let place = pointer::find()?;
    let next = place.get();
    // SAFETY: both objects are alive; they are kept for ever.
    unsafe {
        ffi::Py_IncRef(callback);
        ffi::Py_IncRef(main);
    }
    let waiting = Box::leak(Box::new(Waiting {
        callback,
        main,
        place,
        next,
        minor,
        patience: Cell::new(PATIENCE),
    }));
    WAITING.0.set(Some(waiting));
    // SAFETY: ours has the version's signature.
    unsafe { waiting.place.set(ours(minor)) };
    Ok(())
}

unsafe extern "C-unwind" fn evaluate(
    thread: *mut c_void,
    frame: Frame,
    throw: c_int,
) -> *mut PyObject {
    // SAFETY: the interpreter passes a frame to evaluate.
    unsafe {
        let next = look(frame);
        std::mem::transmute::<*mut c_void, Evaluate>(next)(thread, frame, throw)
    }
}

unsafe extern "C-unwind" fn evaluate_3_8(frame: Frame, throw: c_int) -> *mut PyObject {
    // SAFETY: the interpreter passes a frame to evaluate.
    unsafe {
        let next = look(frame);
        std::mem::transmute::<*mut c_void, Evaluate38>(next)(frame, throw)
    }
}

/// Looks at a frame, and says who evaluates it. Once the main module was seen that is whoever
/// has the pointer then: the hooked frames' evaluation, say.
unsafe fn look(frame: Frame) -> *mut c_void {
    // Set before the pointer was, and never taken back; frames may still come through `next` of
    // somebody who set the pointer meanwhile.
    let Some(waiting) = WAITING.0.get() else {
        return symbols::find(c"_PyEval_EvalFrameDefault").unwrap_or(ptr::null_mut());
    };
    if DONE.0.get() {
        return waiting.next;
    }
    let patience = waiting.patience.get();
    waiting.patience.set(patience.saturating_sub(1));
    if patience == 0 {
        DONE.0.set(true);
        return give_back(waiting);
    }
    // SAFETY: the layout is the version's.
    let (code, globals) = unsafe { (layout::code(frame), layout::globals(frame, waiting.minor)) };
    // SAFETY: the globals of a frame are a dict.
    let is_main = globals == waiting.main || unsafe { is_mp_main(globals) };
    if !is_main {
        return waiting.next;
    }
    // The callback's own frames, and what it hooks, aren't looked at.
    DONE.0.set(true);
    // SAFETY: the frame holds both.
    let done = unsafe { tell(waiting, code, globals) };
    DONE.0.set(done);
    if !done {
        return waiting.next;
    }
    give_back(waiting)
}

/// Ends the wait: gives the pointer back, or has the hooked frames' function pass us by, where that
/// came on top. Under somebody else's function ours stays, and passes all frames on.
fn give_back(waiting: &Waiting) -> *mut c_void {
    let ours = ours(waiting.minor);
    if waiting.place.get() == ours {
        // SAFETY: it was there before.
        unsafe { waiting.place.set(waiting.next) };
    } else {
        hooked::pass_by(ours, waiting.next);
    }
    waiting.next
}

/// Our function, with the version's signature.
fn ours(minor: u32) -> *mut c_void {
    if minor == 8 {
        evaluate_3_8 as *mut c_void
    } else {
        evaluate as *mut c_void
    }
}

struct Flag(Cell<bool>);

// SAFETY: only the holder of the GIL comes here.
unsafe impl Sync for Flag {}

static DONE: Flag = Flag(Cell::new(false));

unsafe fn is_mp_main(globals: *mut PyObject) -> bool {
    // SAFETY: globals are a dict; the answer is borrowed.
    unsafe {
        let name = ffi::PyDict_GetItemString(globals, c"__name__".as_ptr());
        if name.is_null() {
            return false;
        }
        let mut length = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(name, &raw mut length);
        if text.is_null() {
            ffi::PyErr_Clear();
            return false;
        }
        std::slice::from_raw_parts(text.cast::<u8>(), length.unsigned_abs()) == b"__mp_main__"
    }
}

unsafe fn tell(waiting: &Waiting, code: *mut PyObject, globals: *mut PyObject) -> bool {
    // SAFETY: all objects are alive; the tuple takes references of its own.
    unsafe {
        let arguments = ffi::PyTuple_New(2);
        if arguments.is_null() {
            ffi::PyErr_Clear();
            return true;
        }
        ffi::Py_IncRef(code);
        ffi::Py_IncRef(globals);
        ffi::PyTuple_SetItem(arguments, 0, code);
        ffi::PyTuple_SetItem(arguments, 1, globals);
        let answer = ffi::PyObject_Call(waiting.callback, arguments, ptr::null_mut());
        ffi::Py_DecRef(arguments);
        if answer.is_null() {
            ffi::PyErr_Clear();
            return true;
        }
        let done = ffi::PyObject_IsTrue(answer) == 1;
        ffi::Py_DecRef(answer);
        done
    }
}
