//! An owned reference to a Python object, and what Python says where it gave none.

use std::ptr;

use crate::ffi::{self, PyObject};

/// An owned reference.
pub(crate) struct Owned(pub(crate) *mut PyObject);

impl Owned {
    /// Takes what a function of CPython gave; null is its way to say that it raised.
    pub(crate) unsafe fn new(object: *mut PyObject) -> Result<Self, String> {
        if object.is_null() {
            // SAFETY: the caller holds the GIL.
            return Err(unsafe { take_error() });
        }
        Ok(Self(object))
    }

    pub(crate) fn into_raw(self) -> *mut PyObject {
        let object = self.0;
        std::mem::forget(self);
        object
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the reference is ours, and all of this module runs with the GIL held.
        unsafe { ffi::Py_DecRef(self.0) };
    }
}

/// Takes the Python error that is set, and returns what it says.
pub(crate) unsafe fn take_error() -> String {
    let (mut class, mut value, mut traceback) = (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller holds the GIL; what is fetched are references of ours, or null.
    unsafe {
        ffi::PyErr_Fetch(&raw mut class, &raw mut value, &raw mut traceback);
        let mut text = "Python raised an error".to_owned();
        let shown = ffi::PyObject_Str(if value.is_null() { class } else { value });
        let mut length = 0;
        let start = if shown.is_null() {
            ptr::null()
        } else {
            ffi::PyUnicode_AsUTF8AndSize(shown, &raw mut length)
        };
        if start.is_null() {
            ffi::PyErr_Clear();
        } else {
            let bytes = std::slice::from_raw_parts(start.cast(), length as usize);
            text = String::from_utf8_lossy(bytes).into_owned();
        }
        for object in [class, value, traceback, shown] {
            if !object.is_null() {
                ffi::Py_DecRef(object);
            }
        }
        text
    }
}
