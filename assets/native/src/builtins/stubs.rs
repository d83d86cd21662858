//! The functions behind the twins: a fixed number for each calling convention, since a C function
//! isn't told which object it was called through.
//!
//! CPython calls a C function with 2 to 5 words, depending on its flags
//! (<https://docs.python.org/3/c-api/structures.html#c.PyMethodDef>). A stub adds its number and
//! goes on to the common code, which begins a call, passes the words on, and ends it.
//!
//! All of these are `C-unwind`, and hold nothing that wants to be dropped: before 3.14 a daemon
//! thread that wakes up at the interpreter's end is ended by `pthread_exit`, which unwinds.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use super::has;
use crate::engine::hook::Hook;
use crate::engine::{detail, token};
use crate::ffi::{self, PyCFunction, PyObject};

/// A C function of any convention, as a `PyMethodDef` holds it.
pub(super) type Stub = PyCFunction;
/// Twins of a convention: each stub adds some 80 bytes to the file, most of it not code. Three
/// octal digits number them.
pub(super) const MOST: usize = 4 * 8 * 8;

/// How many words a C function takes.
#[derive(Clone, Copy)]
pub(super) enum Convention {
    /// `METH_NOARGS`, `METH_O`, `METH_VARARGS`.
    Two,
    /// `METH_VARARGS | METH_KEYWORDS`, `METH_FASTCALL`.
    Three,
    /// `METH_FASTCALL | METH_KEYWORDS`.
    Four,
    /// `METH_METHOD | METH_FASTCALL | METH_KEYWORDS`.
    Five,
}

impl Convention {
    /// The convention by a definition's flags; `None` for those that no CPython knows.
    pub(super) fn of(flags: c_int) -> Option<Self> {
        let about_the_object =
            ffi::METH_CLASS | ffi::METH_STATIC | ffi::METH_COEXIST | ffi::METH_STACKLESS;
        let flags = flags & !about_the_object;
        let with_keywords = has(flags, ffi::METH_KEYWORDS);
        match flags & !ffi::METH_KEYWORDS {
            ffi::METH_NOARGS | ffi::METH_O if !with_keywords => Some(Self::Two),
            ffi::METH_VARARGS if !with_keywords => Some(Self::Two),
            ffi::METH_VARARGS => Some(Self::Three),
            ffi::METH_FASTCALL if !with_keywords => Some(Self::Three),
            ffi::METH_FASTCALL => Some(Self::Four),
            it if it == ffi::METH_FASTCALL | ffi::METH_METHOD && with_keywords => Some(Self::Five),
            _ => None,
        }
    }
}

/// What a stub finds under its number.
struct Entry {
    hook: Cell<Option<&'static Hook>>,
    function: Cell<Option<Stub>>,
}

struct Entries([Entry; MOST]);

// SAFETY: only the holder of the GIL comes here.
unsafe impl Sync for Entries {}

impl Entries {
    const fn new() -> Self {
        Self(
            [const {
                Entry {
                    hook: Cell::new(None),
                    function: Cell::new(None),
                }
            }; MOST],
        )
    }
}

/// The stubs of a convention, and what those that are taken stand for.
pub(super) struct Pool {
    stubs: [[[Stub; 8]; 8]; 4],
    entries: &'static Entries,
    taken: Cell<usize>,
}

// SAFETY: as for `Entries`.
unsafe impl Sync for Pool {}

impl Pool {
    /// The next stub and its number; `None` where all are taken.
    pub(super) fn free(&self) -> Option<(usize, Stub)> {
        let place = self.taken.get();
        let rows = self.stubs.get(place / 64)?;
        Some((place, *rows.get(place / 8 % 8)?.get(place % 8)?))
    }

    /// Takes the stub of this number, which `free` gave.
    pub(super) fn fill(&self, place: usize, hook: &'static Hook, function: Stub) {
        if let Some(entry) = self.entries.0.get(place) {
            entry.hook.set(Some(hook));
            entry.function.set(Some(function));
            self.taken.set(place + 1);
        }
    }
}

/// Records a call round `go_on`.
#[inline(always)]
unsafe fn record(hook: &'static Hook, go_on: impl FnOnce() -> *mut PyObject) -> *mut PyObject {
    // SAFETY: the GIL is held, though not all through `go_on`, over which nothing is borrowed.
    unsafe {
        let token = token::take(std::ptr::null_mut());
        let begun = detail::begin(token, hook);
        let result = go_on();
        if begun {
            detail::end(token, result.is_null());
        }
        token::give(token);
        result
    }
}

macro_rules! row {
    ($a:literal, $b:literal) => {
        [
            number::<$a, $b, 0>(),
            number::<$a, $b, 1>(),
            number::<$a, $b, 2>(),
            number::<$a, $b, 3>(),
            number::<$a, $b, 4>(),
            number::<$a, $b, 5>(),
            number::<$a, $b, 6>(),
            number::<$a, $b, 7>(),
        ]
    };
}

macro_rules! rows {
    ($a:literal) => {
        [
            row!($a, 0),
            row!($a, 1),
            row!($a, 2),
            row!($a, 3),
            row!($a, 4),
            row!($a, 5),
            row!($a, 6),
            row!($a, 7),
        ]
    };
}

macro_rules! convention {
    ($name:ident, $($word:ident),+) => {
        mod $name {
            use super::*;

            type Function =
                unsafe extern "C-unwind" fn(*mut PyObject, $(convention!(@ $word)),+) -> *mut PyObject;

            pub(super) static POOL: Pool = Pool {
                stubs: [rows!(0), rows!(1), rows!(2), rows!(3)],
                entries: &ENTRIES,
                taken: Cell::new(0),
            };

            /// Apart from the pool: it takes no room in the file.
            static ENTRIES: Entries = Entries::new();

            const fn number<const A: usize, const B: usize, const C: usize>() -> Stub {
                // SAFETY: CPython calls it as the flags in its `PyMethodDef` say.
                unsafe { std::mem::transmute::<Function, Stub>(stub::<A, B, C>) }
            }

            unsafe extern "C-unwind" fn stub<const A: usize, const B: usize, const C: usize>(
                owner: *mut PyObject,
                $($word: *mut c_void),+
            ) -> *mut PyObject {
                // SAFETY: CPython's own arguments.
                unsafe { common(owner, $($word,)+ A * 64 + B * 8 + C) }
            }

            #[inline(never)]
            unsafe extern "C-unwind" fn common(
                owner: *mut PyObject,
                $($word: *mut c_void,)+
                place: usize,
            ) -> *mut PyObject {
                // SAFETY: a stub is called through a twin, which has its entry; the original has
                // the twin's flags.
                unsafe {
                    let Entry { hook, function } = ENTRIES.0.get_unchecked(place);
                    let function = function.get().unwrap_unchecked();
                    let function = std::mem::transmute::<Stub, Function>(function);
                    record(hook.get().unwrap_unchecked(), || function(owner, $($word),+))
                }
            }
        }
    };
    (@ $word:ident) => { *mut c_void };
}

convention!(two, a);
convention!(three, a, b);
convention!(four, a, b, c);
convention!(five, a, b, c, d);

/// The stubs of a convention.
pub(super) fn pool(convention: Convention) -> &'static Pool {
    match convention {
        Convention::Two => &two::POOL,
        Convention::Three => &three::POOL,
        Convention::Four => &four::POOL,
        Convention::Five => &five::POOL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conventions_are_told_by_the_flags() {
        let words = |flags| Convention::of(flags).map(|it| it as usize + 2);
        assert_eq!(words(ffi::METH_NOARGS), Some(2));
        assert_eq!(words(ffi::METH_VARARGS | ffi::METH_STATIC), Some(2));
        assert_eq!(words(ffi::METH_VARARGS | ffi::METH_KEYWORDS), Some(3));
        assert_eq!(words(ffi::METH_FASTCALL), Some(3));
        assert_eq!(words(ffi::METH_FASTCALL | ffi::METH_KEYWORDS), Some(4));
        assert_eq!(words(0x80 | 0x200 | 2), Some(5));
        assert_eq!(words(ffi::METH_FASTCALL | ffi::METH_METHOD), None);
        assert_eq!(words(ffi::METH_O | ffi::METH_KEYWORDS), None);
        assert_eq!(words(0), None);
    }

    #[test]
    fn every_stub_is_another() {
        for convention in [
            Convention::Two,
            Convention::Three,
            Convention::Four,
            Convention::Five,
        ] {
            let stubs = pool(convention).stubs.as_flattened().as_flattened();
            let distinct: std::collections::HashSet<usize> =
                stubs.iter().map(|&stub| stub as usize).collect();
            assert_eq!(distinct.len(), MOST);
        }
    }
}
