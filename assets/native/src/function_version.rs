//! The version of a function's code, which CPython from 3.13 on specialises calls by. Assigning
//! `__code__` takes it away for good, and calls stay unspecialised: it is put back here.
//!
//! A function made from a code has the code's version, until its code, defaults or vectorcall
//! change. Neither field has a place that any header promises: both are found by what they hold,
//! and where that is in doubt nothing is done. See `_PyFunction_SetVersion` in
//! <https://github.com/python/cpython/blob/3.13/Objects/funcobject.c>.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use crate::ffi::{self, PyObject};
use crate::owned::Owned;
use crate::symbols;

/// Functions and codes are no larger than this; where they say they are, nothing is looked for.
const LARGEST: usize = 1024;

/// Up to here a code has no gaps between its fields, which nobody writes: its numbers are in the
/// first hundred bytes, and references follow.
const NO_GAPS_IN_CODE: usize = 144;

/// No object's fields begin before this: its count of references and its type.
const HEAD: usize = size_of::<PyObject>();

/// A function's version where it has none, or has lost it (1, from 3.14 on); others are larger.
const LOST: u32 = 1;

type VectorcallOf = unsafe extern "C" fn(callable: *mut PyObject) -> *mut c_void;

/// How many functions are asked where the versions are; the first ones may have lost theirs.
const ATTEMPTS: u32 = 8;

/// What was found in this process so far, under the GIL.
struct Found {
    versions: Cell<Option<FunctionVersions>>,
    attempts: Cell<u32>,
}

// SAFETY: only the holder of the GIL comes here; other interpreters can't load the module.
unsafe impl Sync for Found {}

static FOUND: Found = Found {
    versions: Cell::new(None),
    attempts: Cell::new(0),
};

/// `set_code(function, code)`: assigns `__code__`, and keeps calls of the function specialised.
pub(crate) unsafe extern "C" fn set_code(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython gives a tuple; items are borrowed from it, and it outlives the call.
    unsafe {
        let function = ffi::PyTuple_GetItem(arguments, 0);
        let code = ffi::PyTuple_GetItem(arguments, 1);
        if function.is_null() || code.is_null() {
            return ptr::null_mut();
        }
        if (*function).ob_type != &raw mut ffi::PyFunction_Type {
            ffi::PyErr_SetString(ffi::PyExc_TypeError, c"it isn't a function".as_ptr());
            return ptr::null_mut();
        }
        let kept = versions_of(function);
        if ffi::PyObject_SetAttrString(function, c"__code__".as_ptr(), code) != 0 {
            return ptr::null_mut();
        }
        if let Some(versions) = kept {
            versions.keep(function, code);
        }
        ffi::none()
    }
}

/// Where the versions are, if this function still has its code's.
unsafe fn versions_of(function: *mut PyObject) -> Option<FunctionVersions> {
    // SAFETY: the caller has a Python function, whose `__code__` always is a code.
    unsafe {
        let code = Owned::new(ffi::PyObject_GetAttrString(function, c"__code__".as_ptr())).ok()?;
        if FOUND.versions.get().is_none() && FOUND.attempts.get() < ATTEMPTS {
            FOUND.attempts.set(FOUND.attempts.get() + 1);
            let (_, minor) = symbols::version();
            FOUND.versions.set(FunctionVersions::find(function, minor));
        }
        let versions = FOUND.versions.get()?;
        versions.is_kept(function, code.0).then_some(versions)
    }
}

/// Where the versions are, in bytes from the object's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FunctionVersions {
    in_function: usize,
    in_code: usize,
}

impl FunctionVersions {
    /// Finds the places by a function whose `__code__` was never assigned; `None` before 3.13,
    /// where versions are given anew, and where a place isn't found or isn't the only one.
    ///
    /// # Safety
    /// It is a Python function; the GIL is held, and no Python error is set.
    unsafe fn find(function: *mut PyObject, minor: u32) -> Option<Self> {
        if minor < 13 {
            return None;
        }
        // SAFETY: as the caller promises; all that is read lies within the objects, as their types
        // tell their sizes.
        unsafe {
            let in_function = version_in_function(function)?;
            let code =
                Owned::new(ffi::PyObject_GetAttrString(function, c"__code__".as_ptr())).ok()?;
            let in_code = version_in_code(code.0)?;
            let versions = Self {
                in_function,
                in_code,
            };
            let version = versions.of_function(function);
            (version > LOST && version == versions.of_code(code.0)).then_some(versions)
        }
    }

    /// Tells whether the function still has the version of that code; to be asked before another
    /// is assigned.
    ///
    /// # Safety
    /// They are a Python function and its code; the GIL is held.
    unsafe fn is_kept(&self, function: *mut PyObject, code: *mut PyObject) -> bool {
        // SAFETY: as the caller promises; the places were found in objects of the same types.
        unsafe {
            let version = self.of_function(function);
            version > LOST && version == self.of_code(code)
        }
    }

    /// Gives the function the version of the code that was assigned to it.
    ///
    /// # Safety
    /// They are a Python function and its code; the GIL is held.
    unsafe fn keep(&self, function: *mut PyObject, code: *mut PyObject) {
        // SAFETY: as the caller promises; the places were found in objects of the same types.
        unsafe {
            if self.of_function(function) <= LOST {
                let version = self.of_code(code);
                ptr::write(function.byte_add(self.in_function).cast(), version);
            }
        }
    }

    unsafe fn of_function(&self, function: *mut PyObject) -> u32 {
        // SAFETY: the place is within a function.
        unsafe { word(function, self.in_function) }
    }

    unsafe fn of_code(&self, code: *mut PyObject) -> u32 {
        // SAFETY: the place is within a code.
        unsafe { word(code, self.in_code) }
    }
}

/// The version comes right after the function's vectorcall.
unsafe fn version_in_function(function: *mut PyObject) -> Option<usize> {
    let vectorcall_of = symbols::find(c"PyVectorcall_Function")?;
    // SAFETY: the function's type is the one of CPython's documentation; what is read lies within
    // the object.
    unsafe {
        let vectorcall_of = std::mem::transmute::<*mut c_void, VectorcallOf>(vectorcall_of);
        let vectorcall = vectorcall_of(function);
        let size = size_of_instances(function)?;
        // The first will do: nothing else in a function is the address of a C function. What comes
        // after it has gaps, which nobody has written.
        let place = (HEAD..size.saturating_sub(12)).step_by(8).find(|&place| {
            !vectorcall.is_null()
                && ptr::read(function.byte_add(place).cast::<*mut c_void>()) == vectorcall
        })?;
        Some(place + 8)
    }
}

/// Each new code gets the next version: of two copies made one after the other, it is the only
/// field that counts up.
unsafe fn version_in_code(code: *mut PyObject) -> Option<usize> {
    // SAFETY: the caller holds the GIL; what is read lies within the copies.
    unsafe {
        let replace = Owned::new(ffi::PyObject_GetAttrString(code, c"replace".as_ptr())).ok()?;
        let nothing = Owned::new(ffi::PyTuple_New(0)).ok()?;
        let copy = || Owned::new(ffi::PyObject_Call(replace.0, nothing.0, ptr::null_mut())).ok();
        let (first, second, third) = (copy()?, copy()?, copy()?);
        let end = size_of_instances(code)?.min(NO_GAPS_IN_CODE);
        only((HEAD..end.saturating_sub(3)).step_by(4), |&place| {
            let version = word(first.0, place);
            version != 0
                && word(second.0, place) == version.wrapping_add(1)
                && word(third.0, place) == version.wrapping_add(2)
        })
    }
}

/// The only one that fits.
fn only<T>(mut all: impl Iterator<Item = T>, fits: impl Fn(&T) -> bool) -> Option<T> {
    let found = all.find(&fits)?;
    all.all(|other| !fits(&other)).then_some(found)
}

/// `type(object).__basicsize__`.
unsafe fn size_of_instances(object: *mut PyObject) -> Option<usize> {
    // SAFETY: the caller holds the GIL.
    unsafe {
        let class = (*object).ob_type.cast();
        let size = Owned::new(ffi::PyObject_GetAttrString(
            class,
            c"__basicsize__".as_ptr(),
        ))
        .ok()?;
        let size = ffi::PyLong_AsLong(size.0);
        usize::try_from(size).ok().filter(|size| *size <= LARGEST)
    }
}

unsafe fn word(object: *mut PyObject, place: usize) -> u32 {
    // SAFETY: the caller knows the place to be within the object, and it is a multiple of four.
    unsafe { ptr::read(object.byte_add(place).cast()) }
}

#[cfg(test)]
mod tests {
    use super::only;

    #[test]
    fn two_that_fit_are_no_answer() {
        assert_eq!(only(1..9, |it| it % 5 == 0), Some(5));
        assert_eq!(only(1..9, |it| it % 4 == 0), None);
        assert_eq!(only(1..9, |it| it % 9 == 0), None);
    }
}
