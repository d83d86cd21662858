//! What Python passes to the module's functions, read and checked; nothing here raises by itself.

use std::ffi::c_long;

use crate::ffi::{self, PyObject};

/// The positional arguments of a call.
pub(crate) struct Arguments(*mut PyObject);

impl Arguments {
    /// # Safety
    /// `tuple` is the argument tuple of the running call.
    pub(crate) unsafe fn new(tuple: *mut PyObject) -> Self {
        Self(tuple)
    }

    /// An argument, borrowed; `None` with an error set where it isn't there.
    pub(crate) fn object(&self, index: isize) -> Option<*mut PyObject> {
        // SAFETY: the tuple is alive while the call runs.
        let object = unsafe { ffi::PyTuple_GetItem(self.0, index) };
        (!object.is_null()).then_some(object)
    }

    /// A whole number that isn't negative; `None` with an error set.
    pub(crate) fn number(&self, index: isize) -> Option<u64> {
        let object = self.object(index)?;
        // SAFETY: the object is alive.
        let number: c_long = unsafe { ffi::PyLong_AsLong(object) };
        match u64::try_from(number) {
            Ok(number) => Some(number),
            Err(_) => {
                // SAFETY: the GIL is held.
                unsafe {
                    if ffi::PyErr_Occurred().is_null() {
                        ffi::PyErr_SetString(
                            ffi::PyExc_ValueError,
                            c"a number is negative".as_ptr(),
                        );
                    }
                }
                None
            }
        }
    }

    /// The content of a bytes object; `None` with an error set.
    pub(crate) fn bytes(&self, index: isize) -> Option<&[u8]> {
        bytes(self.object(index)?)
    }
}

/// The content of a bytes object that the caller keeps alive; `None` with an error set.
pub(crate) fn bytes<'a>(object: *mut PyObject) -> Option<&'a [u8]> {
    let mut text = std::ptr::null_mut();
    let mut length = 0;
    // SAFETY: the object is alive; the answer is valid for as long as it is.
    unsafe {
        if ffi::PyBytes_AsStringAndSize(object, &raw mut text, &raw mut length) != 0 {
            return None;
        }
        Some(std::slice::from_raw_parts(
            text.cast::<u8>(),
            length.unsigned_abs(),
        ))
    }
}
