//! Where a frame keeps what the hook needs, for CPython 3.8 to 3.11; checked on a living frame.
//!
//! From `Include/cpython/frameobject.h` of 3.8 to 3.10 and `Include/internal/pycore_frame.h` of
//! 3.11 (<https://github.com/python/cpython/tree/3.11/Include>).

use std::ffi::{CStr, c_int};

use crate::ffi::{self, PyObject};
use crate::symbols;

/// A frame of the interpreter: `PyFrameObject` to 3.10, `_PyInterpreterFrame` in 3.11.
pub(super) type Frame = *mut u8;

/// The code, in bytes from the frame's start; the same in all four versions.
const CODE: usize = 32;
const GLOBALS_TO_3_10: usize = 48;
const GLOBALS_3_11: usize = 8;
/// 3.8 and 3.9: not NULL while the frame is suspended.
const STACK_TOP: usize = 72;
/// 3.10: the frame's state, a byte.
const STATE_3_10: usize = 108;
const SUSPENDED_3_10: i8 = -1;
const LAST_INSTRUCTION_TO_3_9: usize = 104;
const LAST_INSTRUCTION_3_10: usize = 96;

/// # Safety
/// The frame is one that the interpreter evaluates; the same goes for the functions below.
#[inline(always)]
pub(super) unsafe fn code(frame: Frame) -> *mut PyObject {
    // SAFETY: the layout was checked.
    unsafe { frame.add(CODE).cast::<*mut PyObject>().read() }
}

pub(super) unsafe fn globals(frame: Frame, minor: u32) -> *mut PyObject {
    let at = if minor == 11 {
        GLOBALS_3_11
    } else {
        GLOBALS_TO_3_10
    };
    // SAFETY: the layout was checked.
    unsafe { frame.add(at).cast::<*mut PyObject>().read() }
}

/// Whether a generator's frame hasn't begun.
pub(super) unsafe fn is_fresh(frame: Frame, minor: u32) -> bool {
    // SAFETY: the layout was checked.
    unsafe { frame.add(last_instruction(minor)).cast::<c_int>().read() == -1 }
}

/// Whether a generator's frame is suspended.
pub(super) unsafe fn is_suspended(frame: Frame, minor: u32) -> bool {
    // SAFETY: the layout was checked.
    unsafe {
        if minor == 10 {
            frame.add(STATE_3_10).cast::<i8>().read() == SUSPENDED_3_10
        } else {
            !frame.add(STACK_TOP).cast::<*mut u8>().read().is_null()
        }
    }
}

fn last_instruction(minor: u32) -> usize {
    if minor == 10 {
        LAST_INSTRUCTION_3_10
    } else {
        LAST_INSTRUCTION_TO_3_9
    }
}

/// Compares the layout with what the running frame says of itself; 3.8 to 3.10.
pub(super) fn check() -> Result<(), String> {
    type GetFrame = unsafe extern "C" fn() -> *mut PyObject;
    let minor = symbols::version().1;
    let get = symbols::find(c"PyEval_GetFrame").ok_or("PyEval_GetFrame isn't there")?;
    // SAFETY: it takes nothing and answers a borrowed reference; the GIL is held.
    let frame = unsafe { std::mem::transmute::<*mut std::ffi::c_void, GetFrame>(get)() };
    if frame.is_null() {
        return Err("no Python frame runs".into());
    }
    let attribute = |name: &CStr| {
        // SAFETY: the frame is alive.
        let object = unsafe { ffi::PyObject_GetAttrString(frame, name.as_ptr()) };
        if object.is_null() {
            // SAFETY: the GIL is held.
            unsafe { ffi::PyErr_Clear() };
            return Err(format!("a frame has no {}", name.to_string_lossy()));
        }
        Ok(object)
    };
    let (its_code, its_globals) = (attribute(c"f_code")?, attribute(c"f_globals")?);
    let its_last = attribute(c"f_lasti")?;
    // SAFETY: a PyFrameObject is larger than all of the offsets; the references are ours.
    unsafe {
        let raw = frame.cast::<u8>();
        let last = raw.add(last_instruction(minor)).cast::<c_int>().read();
        let unit = if minor == 10 { 2 } else { 1 };
        let same = code(raw) == its_code
            && globals(raw, minor) == its_globals
            && i64::from(last) * unit == ffi::PyLong_AsLong(its_last)
            && !is_suspended(raw, minor);
        ffi::Py_DecRef(its_code);
        ffi::Py_DecRef(its_globals);
        ffi::Py_DecRef(its_last);
        if same {
            Ok(())
        } else {
            Err("a frame isn't laid out as expected".into())
        }
    }
}
