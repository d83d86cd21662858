//! What a C function's object holds: read by the public interface, and where there is none from
//! its memory, whose layout is checked first.
//!
//! <https://github.com/python/cpython/blob/main/Include/cpython/methodobject.h> and
//! `descrobject.h` beside it: the same since 3.8.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;

use super::has;
use super::stubs::{Convention, Stub};
use crate::ffi::{self, PyMethodDef, PyObject, PyTypeObject};
use crate::symbols;

/// `PyCFunctionObject`, and `PyCMethodObject` with its class.
#[repr(C)]
struct FunctionObject {
    head: PyObject,
    definition: *mut PyMethodDef,
    owner: *mut PyObject,
    module: *mut PyObject,
    weak_references: *mut PyObject,
    vectorcall: *mut c_void,
    /// From 3.9, where the flags have `METH_METHOD`.
    class: *mut PyObject,
}

/// `PyMethodDescrObject`.
#[repr(C)]
struct MethodObject {
    head: PyObject,
    class: *mut PyTypeObject,
    name: *mut PyObject,
    qualname: *mut PyObject,
    definition: *mut PyMethodDef,
    vectorcall: *mut c_void,
}

/// What an object is, and what it is bound to.
pub(super) enum Kind {
    /// A function: its `__self__`, and the defining class where it takes one; both may be null.
    Function {
        owner: *mut PyObject,
        class: *mut PyObject,
    },
    /// A method as its type's dict holds it.
    Method { class: *mut PyTypeObject },
}

/// A C function or method that may get a twin.
pub(super) struct Original {
    pub(super) object: *mut PyObject,
    pub(super) kind: Kind,
    pub(super) name: *const c_char,
    pub(super) doc: *const c_char,
    pub(super) flags: c_int,
    pub(super) function: Stub,
}

impl Original {
    /// Reads an object; `Err` says why it can't have a twin.
    ///
    /// # Safety
    /// The object is alive, the GIL is held.
    pub(super) unsafe fn read(object: *mut PyObject) -> Result<Self, Option<String>> {
        // SAFETY: the caller's promise; memory is read where its type's size is as declared.
        unsafe {
            let of = (*object).ob_type;
            let (kind, definition) = if of == &raw mut ffi::PyMethodDescr_Type {
                check(of, size_of::<MethodObject>())?;
                let method = &*object.cast::<MethodObject>();
                let class = method.class;
                (Kind::Method { class }, method.definition)
            } else {
                let plain = of == &raw mut ffi::PyCFunction_Type;
                let with_class = symbols::find(c"PyCMethod_Type") == Some(of.cast());
                if !plain && !with_class {
                    return Err(Some("it isn't a C function".into()));
                }
                let class_size = if with_class { 0 } else { size_of::<usize>() };
                check(of, size_of::<FunctionObject>() - class_size)?;
                let owner = ffi::PyCFunction_GetSelf(object);
                let function = object.cast::<FunctionObject>();
                let class = if with_class {
                    (*function).class
                } else {
                    ptr::null_mut()
                };
                (Kind::Function { owner, class }, (*function).definition)
            };
            Self::of(object, kind, &*definition)
        }
    }

    unsafe fn of(
        object: *mut PyObject,
        kind: Kind,
        definition: &PyMethodDef,
    ) -> Result<Self, Option<String>> {
        let PyMethodDef {
            name,
            function,
            flags,
            doc,
        } = *definition;
        let unusual = || Some("its definition isn't what this CPython declares".to_owned());
        let function = function.ok_or_else(unusual)?;
        // SAFETY: the object is alive, the definition one of CPython's or an extension's.
        unsafe {
            if let Kind::Function { .. } = kind
                && (ffi::PyCFunction_GetFlags(object) != flags
                    || ffi::PyCFunction_GetFunction(object).map(|it| it as usize)
                        != Some(function as usize))
            {
                return Err(unusual());
            }
            if !is_named(object, name)? {
                return Err(unusual());
            }
        }
        if let Kind::Method { .. } = kind
            && has(flags, ffi::METH_COEXIST)
        {
            return Err(Some(
                "it stands for a slot of its type, which the interpreter calls directly".into(),
            ));
        }
        if Convention::of(flags).is_none() {
            return Err(Some(format!(
                "it is called in a way that isn't known (flags {flags:#x})"
            )));
        }
        Ok(Self {
            object,
            kind,
            name,
            doc,
            flags,
            function,
        })
    }

    /// How the function takes its arguments.
    pub(super) fn convention(&self) -> Convention {
        // Those without one were refused.
        Convention::of(self.flags).unwrap_or(Convention::Two)
    }
}

/// Whether the objects of a type have the size that is declared here.
unsafe fn check(of: *mut PyTypeObject, size: usize) -> Result<(), Option<String>> {
    // SAFETY: a type is an object, alive as long as one of its own is.
    unsafe {
        let number = ffi::PyObject_GetAttrString(of.cast(), c"__basicsize__".as_ptr());
        if number.is_null() {
            return Err(None);
        }
        let found = ffi::PyLong_AsLong(number);
        ffi::Py_DecRef(number);
        if usize::try_from(found) != Ok(size) {
            return Err(Some(format!(
                "objects of its type take {found} bytes here, not {size}"
            )));
        }
    }
    Ok(())
}

/// Whether an object's `__name__` is the definition's.
unsafe fn is_named(object: *mut PyObject, name: *const c_char) -> Result<bool, Option<String>> {
    if name.is_null() {
        return Ok(false);
    }
    // SAFETY: the object is alive; the text lives as long as the attribute is held.
    unsafe {
        let attribute = ffi::PyObject_GetAttrString(object, c"__name__".as_ptr());
        if attribute.is_null() {
            return Err(None);
        }
        let mut length = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(attribute, &raw mut length);
        let same = !text.is_null()
            && std::slice::from_raw_parts(text.cast::<u8>(), length.unsigned_abs())
                == CStr::from_ptr(name).to_bytes();
        ffi::Py_DecRef(attribute);
        if text.is_null() { Err(None) } else { Ok(same) }
    }
}
