//! Exchanges a constant of a code object in place: the code of a nested function, before the
//! function is made of it.
//!
//! A tuple that Python holds can't be changed through its interface, and the enclosing code may be
//! running at this moment (a module's, a function's): exchanging the tuple itself would miss that.

use crate::ffi::{self, PyObject};

/// Words of a tuple before its items: 3, and 4 where it keeps its hash (from 3.14).
const PLAIN_ITEMS: usize = 3;
const ITEMS_AFTER_HASH: usize = 4;
const NO_HASH: isize = -1;

/// Puts `new` in the place of each item that is `old`; how many there were, `None` where tuples
/// aren't laid out as expected.
///
/// # Safety
/// All three are alive, `tuple` is a tuple, and the GIL is held.
pub(crate) unsafe fn replace(
    tuple: *mut PyObject,
    old: *mut PyObject,
    new: *mut PyObject,
) -> Option<usize> {
    // SAFETY: the caller's promise; the items' place was found on a tuple like it.
    unsafe {
        let first = first_item()?;
        let words = tuple.cast::<*mut PyObject>();
        let length = usize::try_from(ffi::PyTuple_Size(tuple)).ok()?;
        let mut replaced = 0;
        for index in 0..length {
            let item = words.add(first + index);
            if item.read() == old {
                ffi::Py_IncRef(new);
                item.write(new);
                ffi::Py_DecRef(old);
                replaced += 1;
            }
        }
        if replaced > 0 && first == ITEMS_AFTER_HASH {
            words.add(PLAIN_ITEMS).cast::<isize>().write(NO_HASH);
        }
        Some(replaced)
    }
}

/// The word of a tuple's first item, found in a new tuple.
fn first_item() -> Option<usize> {
    // SAFETY: the GIL is held; a tuple of two items has the words that are looked at.
    unsafe {
        let sample = ffi::PyTuple_New(2);
        if sample.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let none = ffi::none();
        ffi::Py_IncRef(none);
        ffi::PyTuple_SetItem(sample, 0, none);
        ffi::PyTuple_SetItem(sample, 1, none);
        let words = sample.cast::<*mut PyObject>();
        let found = [PLAIN_ITEMS, ITEMS_AFTER_HASH]
            .into_iter()
            .find(|&first| words.add(first).read() == none && words.add(first + 1).read() == none);
        ffi::Py_DecRef(sample);
        found
    }
}
