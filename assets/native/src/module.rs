//! The extension module: its functions, and what is checked before it is had.

use std::cell::UnsafeCell;
use std::ffi::{c_int, c_void};
use std::ptr;

use crate::ffi::{self, PyMethodDef, PyModuleDef, PyModuleDef_Slot, PyObject};
use crate::injection;

/// A table that CPython keeps a pointer to, and may write to, for as long as it runs.
struct Table<T>(UnsafeCell<T>);

// SAFETY: only CPython reads and writes the tables, under its import lock and GIL.
unsafe impl<T> Sync for Table<T> {}

static METHODS: Table<[PyMethodDef; 2]> = Table(UnsafeCell::new([
    PyMethodDef {
        name: c"_inject".as_ptr(),
        function: Some(injection::inject_for_tests),
        flags: ffi::METH_VARARGS,
        doc: ptr::null(),
    },
    PyMethodDef {
        name: ptr::null(),
        function: None,
        flags: 0,
        doc: ptr::null(),
    },
]));

static SLOTS: Table<[PyModuleDef_Slot; 2]> = Table(UnsafeCell::new([
    PyModuleDef_Slot {
        slot: ffi::Py_mod_exec,
        value: execute as *mut c_void,
    },
    PyModuleDef_Slot {
        slot: 0,
        value: ptr::null_mut(),
    },
]));

static DEFINITION: Table<PyModuleDef> = Table(UnsafeCell::new(PyModuleDef {
    head: PyObject {
        refcount: 1,
        ob_type: ptr::null_mut(),
    },
    init: ptr::null_mut(),
    index: 0,
    copy: ptr::null_mut(),
    name: c"_native".as_ptr(),
    doc: ptr::null(),
    size: 0,
    methods: METHODS.0.get().cast(),
    slots: SLOTS.0.get().cast(),
    traverse: ptr::null_mut(),
    clear: ptr::null_mut(),
    free: ptr::null_mut(),
}));

/// Called by CPython's import of `_native`.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__native() -> *mut PyObject {
    // SAFETY: the definition is static, and laid out as CPython declares it.
    unsafe { ffi::PyModuleDef_Init(DEFINITION.0.get()) }
}

unsafe extern "C" fn execute(_module: *mut PyObject) -> c_int {
    0
}
