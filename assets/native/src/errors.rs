//! Errors of the module's functions: how they are raised, and where a panic ends.

use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use crate::engine::GATE;
use crate::ffi::{self, PyObject};

/// Classes of exceptions that are raised here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// ImportError: the module can't be had.
    Import,
    /// RuntimeError: something can't be done.
    Runtime,
}

/// Sets an error of Python's; the payload catches it.
pub(crate) fn raise(class: Class, why: &str) {
    let text = CString::new(why).unwrap_or_default();
    // SAFETY: the GIL is held; the classes are Python's own.
    unsafe {
        let class = match class {
            Class::Import => ffi::PyExc_ImportError,
            Class::Runtime => ffi::PyExc_RuntimeError,
        };
        ffi::PyErr_SetString(class, text.as_ptr());
    }
}

/// Runs a function of the module; `None` stands for an error that is set.
pub(crate) fn guarded(act: impl FnOnce() -> Option<*mut PyObject>) -> *mut PyObject {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Some(object)) => object,
        Ok(None) => {
            // SAFETY: the GIL is held.
            if unsafe { ffi::PyErr_Occurred() }.is_null() {
                raise(Class::Runtime, "the native engine isn't set up");
            }
            ptr::null_mut()
        }
        Err(_) => {
            GATE.shut();
            raise(Class::Runtime, "the native engine failed and is off");
            ptr::null_mut()
        }
    }
}

/// None, or a RuntimeError with the text.
pub(crate) fn answer(result: Result<(), String>) -> Option<*mut PyObject> {
    match result {
        Ok(()) => Some(ffi::none()),
        Err(why) => {
            raise(Class::Runtime, &why);
            None
        }
    }
}
