//! What the engine uses of CPython's C API, declared by itself: nothing here differs between
//! 3.8 and 3.15 but what is looked up by name in `symbols`.
//!
//! The names are CPython's own: <https://docs.python.org/3/c-api/>.

#![allow(non_camel_case_types, non_snake_case, non_upper_case_globals)]

use std::ffi::{c_char, c_int, c_long, c_uint, c_ulonglong, c_void};

/// The head of every object. The reference count is a whole word for whoever adds to it or sets
/// it on an object of its own: <https://peps.python.org/pep-0683/> uses the upper half for flags.
#[repr(C)]
pub(crate) struct PyObject {
    pub(crate) refcount: isize,
    pub(crate) ob_type: *mut PyTypeObject,
}

/// A type; only its address matters here.
#[repr(C)]
pub(crate) struct PyTypeObject {
    head: PyObject,
    size: isize,
}

/// `PyCFunction` with `METH_VARARGS` or `METH_NOARGS`.
pub(crate) type PyCFunction =
    unsafe extern "C" fn(module: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject;

#[repr(C)]
pub(crate) struct PyMethodDef {
    pub(crate) name: *const c_char,
    pub(crate) function: Option<PyCFunction>,
    pub(crate) flags: c_int,
    pub(crate) doc: *const c_char,
}

#[repr(C)]
pub(crate) struct PyModuleDef {
    pub(crate) head: PyObject,
    pub(crate) init: *mut c_void,
    pub(crate) index: isize,
    pub(crate) copy: *mut PyObject,
    pub(crate) name: *const c_char,
    pub(crate) doc: *const c_char,
    pub(crate) size: isize,
    pub(crate) methods: *mut PyMethodDef,
    pub(crate) slots: *mut PyModuleDef_Slot,
    pub(crate) traverse: *mut c_void,
    pub(crate) clear: *mut c_void,
    pub(crate) free: *mut c_void,
}

#[repr(C)]
pub(crate) struct PyModuleDef_Slot {
    pub(crate) slot: c_int,
    pub(crate) value: *mut c_void,
}

#[repr(C)]
pub(crate) struct PyType_Slot {
    pub(crate) slot: c_int,
    pub(crate) value: *mut c_void,
}

#[repr(C)]
pub(crate) struct PyType_Spec {
    pub(crate) name: *const c_char,
    pub(crate) basic_size: c_int,
    pub(crate) item_size: c_int,
    pub(crate) flags: c_uint,
    pub(crate) slots: *mut PyType_Slot,
}

pub(crate) const METH_VARARGS: c_int = 1;
pub(crate) const METH_KEYWORDS: c_int = 2;
pub(crate) const METH_NOARGS: c_int = 4;
pub(crate) const METH_O: c_int = 8;
pub(crate) const METH_CLASS: c_int = 0x10;
pub(crate) const METH_STATIC: c_int = 0x20;
pub(crate) const METH_COEXIST: c_int = 0x40;
pub(crate) const METH_FASTCALL: c_int = 0x80;
pub(crate) const METH_STACKLESS: c_int = 0x100;
pub(crate) const METH_METHOD: c_int = 0x200;
pub(crate) const Py_mod_exec: c_int = 2;
pub(crate) const Py_TPFLAGS_DEFAULT: c_uint = 1 << 18;
pub(crate) const Py_nb_invert: c_int = 27;
pub(crate) const Py_nb_negative: c_int = 30;
pub(crate) const Py_tp_dealloc: c_int = 52;
pub(crate) const Py_tp_methods: c_int = 64;
pub(crate) const Py_tp_new: c_int = 65;

unsafe extern "C" {
    pub(crate) fn Py_IncRef(object: *mut PyObject);
    pub(crate) fn Py_DecRef(object: *mut PyObject);
    pub(crate) fn Py_GetVersion() -> *const c_char;

    pub(crate) fn PyErr_Occurred() -> *mut PyObject;
    pub(crate) fn PyErr_Clear();
    pub(crate) fn PyErr_ExceptionMatches(class: *mut PyObject) -> c_int;
    pub(crate) fn PyErr_SetString(class: *mut PyObject, text: *const c_char);

    pub(crate) fn PyModuleDef_Init(definition: *mut PyModuleDef) -> *mut PyObject;
    pub(crate) fn PyType_FromSpec(spec: *mut PyType_Spec) -> *mut PyObject;
    pub(crate) fn PyObject_GetAttrString(
        object: *mut PyObject,
        name: *const c_char,
    ) -> *mut PyObject;
    pub(crate) fn PyObject_SetAttrString(
        object: *mut PyObject,
        name: *const c_char,
        value: *mut PyObject,
    ) -> c_int;
    pub(crate) fn PyObject_Call(
        callable: *mut PyObject,
        arguments: *mut PyObject,
        keywords: *mut PyObject,
    ) -> *mut PyObject;

    pub(crate) fn PyTuple_New(length: isize) -> *mut PyObject;
    pub(crate) fn PyTuple_Size(tuple: *mut PyObject) -> isize;
    pub(crate) fn PyTuple_GetItem(tuple: *mut PyObject, index: isize) -> *mut PyObject;
    pub(crate) fn PyTuple_SetItem(tuple: *mut PyObject, index: isize, item: *mut PyObject)
    -> c_int;
    pub(crate) fn PyObject_IsTrue(object: *mut PyObject) -> c_int;
    pub(crate) fn PyDict_GetItemString(dict: *mut PyObject, key: *const c_char) -> *mut PyObject;
    pub(crate) fn PyDict_New() -> *mut PyObject;
    pub(crate) fn PyBytes_AsStringAndSize(
        bytes: *mut PyObject,
        text: *mut *mut c_char,
        length: *mut isize,
    ) -> c_int;
    pub(crate) fn PyBytes_FromStringAndSize(text: *const c_char, length: isize) -> *mut PyObject;
    pub(crate) fn PyUnicode_AsUTF8AndSize(text: *mut PyObject, length: *mut isize)
    -> *const c_char;
    pub(crate) fn PyLong_AsLong(number: *mut PyObject) -> c_long;
    pub(crate) fn PyLong_FromLong(number: c_long) -> *mut PyObject;
    pub(crate) fn PyLong_FromUnsignedLongLong(number: c_ulonglong) -> *mut PyObject;
    pub(crate) fn PyImport_GetMagicNumber() -> c_long;

    pub(crate) fn PyType_GenericAlloc(of: *mut PyTypeObject, items: isize) -> *mut PyObject;

    pub(crate) static mut PyLong_Type: PyTypeObject;
    pub(crate) static mut _Py_NoneStruct: PyObject;
    pub(crate) static mut PyFunction_Type: PyTypeObject;
    pub(crate) static mut PyExc_GeneratorExit: *mut PyObject;
    pub(crate) static mut PyExc_ImportError: *mut PyObject;
    pub(crate) static mut PyExc_RuntimeError: *mut PyObject;
    pub(crate) static mut PyExc_TypeError: *mut PyObject;
    pub(crate) static mut PyExc_ValueError: *mut PyObject;
}

/// A new reference to None.
pub(crate) fn none() -> *mut PyObject {
    // SAFETY: None lives as long as the interpreter, and the GIL is held wherever Python calls us.
    unsafe {
        let none = &raw mut _Py_NoneStruct;
        Py_IncRef(none);
        none
    }
}

// What `injection` uses.
unsafe extern "C" {
    pub(crate) fn PyErr_Fetch(
        class: *mut *mut PyObject,
        value: *mut *mut PyObject,
        traceback: *mut *mut PyObject,
    );
    pub(crate) fn PyDict_SetItem(
        dict: *mut PyObject,
        key: *mut PyObject,
        value: *mut PyObject,
    ) -> c_int;
    pub(crate) fn PyObject_GetAttr(object: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    pub(crate) fn PyObject_Str(object: *mut PyObject) -> *mut PyObject;
    pub(crate) fn PyUnicode_InternFromString(text: *const c_char) -> *mut PyObject;
}

// What `builtins` uses.
unsafe extern "C" {
    pub(crate) fn PyCFunction_NewEx(
        definition: *mut PyMethodDef,
        owner: *mut PyObject,
        module: *mut PyObject,
    ) -> *mut PyObject;
    pub(crate) fn PyCFunction_GetFunction(function: *mut PyObject) -> Option<PyCFunction>;
    pub(crate) fn PyCFunction_GetSelf(function: *mut PyObject) -> *mut PyObject;
    pub(crate) fn PyCFunction_GetFlags(function: *mut PyObject) -> c_int;
    pub(crate) fn PyDescr_NewMethod(
        class: *mut PyTypeObject,
        definition: *mut PyMethodDef,
    ) -> *mut PyObject;

    pub(crate) static mut PyCFunction_Type: PyTypeObject;
    pub(crate) static mut PyMethodDescr_Type: PyTypeObject;
}
