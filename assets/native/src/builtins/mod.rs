//! C functions and methods: their *twins*, which record a call round the original.
//!
//! A twin is an object of the same type, made by CPython over a `PyMethodDef` of ours: the name,
//! documentation, flags and owner are the original's, so it prints, pickles and checks its
//! arguments alike. Only the function behind it is one of the `stubs`, which passes what it is
//! given to the original's, word for word. Where the twin lies is the payload's business.

mod original;
mod stubs;

use std::ffi::c_int;
use std::ptr;

use crate::engine::hook::Hook;
use crate::engine::with_state;
use crate::ffi::{self, PyMethodDef, PyObject};
use original::{Kind, Original};

/// The way these are timed, as numbered in docs/recording.md.
const MECHANISM: u32 = 5;

/// Makes the twin of a C function or method, and the hook that its calls are recorded by;
/// `Err` says why it can't have one, `Err(None)` that Python has set an error.
pub(crate) fn twin(
    object: *mut PyObject,
    name: &[u8],
    target: u32,
) -> Result<*mut PyObject, Option<String>> {
    // SAFETY: the caller holds the object, and the GIL.
    let original = unsafe { Original::read(object) }?;
    let pool = stubs::pool(original.convention());
    let (place, stub) = pool.free().ok_or_else(|| {
        let most = stubs::MOST;
        Some(format!("{most} C functions of its kind are timed already"))
    })?;
    // CPython keeps a pointer to the definition for as long as the twin lives.
    let definition = Box::leak(Box::new(PyMethodDef {
        name: original.name,
        function: Some(stub),
        flags: original.flags,
        doc: original.doc,
    }));
    // SAFETY: the definition is complete, and says what the stub takes.
    let twin = unsafe { make(&original, definition) };
    if twin.is_null() {
        return Err(None);
    }
    let hooked = with_state(|state| {
        let hook = state.hook(Hook::new(name, 0, target, MECHANISM));
        pool.fill(place, hook, original.function);
    });
    if hooked.is_none() {
        return Err(Some("the native engine isn't set up".into()));
    }
    // The original is kept for ever: it holds what its function works on.
    // SAFETY: the caller holds the object.
    unsafe { ffi::Py_IncRef(object) };
    Ok(twin)
}

unsafe fn make(original: &Original, definition: &'static mut PyMethodDef) -> *mut PyObject {
    type New = unsafe extern "C" fn(
        *mut PyMethodDef,
        *mut PyObject,
        *mut PyObject,
        *mut PyObject,
    ) -> *mut PyObject;
    let definition = ptr::from_mut(definition);
    // SAFETY: the caller's promise; what the original holds is alive.
    unsafe {
        match original.kind {
            Kind::Function { owner, class } => {
                let module = ffi::PyObject_GetAttrString(original.object, c"__module__".as_ptr());
                if module.is_null() {
                    return ptr::null_mut();
                }
                // The attribute is None where the function names no module.
                let named = module != &raw mut ffi::_Py_NoneStruct;
                let module_or_null = if named { module } else { ptr::null_mut() };
                let twin = match crate::symbols::find(c"PyCMethod_New") {
                    Some(new) if !class.is_null() => {
                        let new = std::mem::transmute::<*mut std::ffi::c_void, New>(new);
                        new(definition, owner, module_or_null, class)
                    }
                    _ => ffi::PyCFunction_NewEx(definition, owner, module_or_null),
                };
                ffi::Py_DecRef(module);
                twin
            }
            Kind::Method { class } => ffi::PyDescr_NewMethod(class, definition),
        }
    }
}

/// Whether all of some flags are set.
const fn has(flags: c_int, wanted: c_int) -> bool {
    flags & wanted == wanted
}
