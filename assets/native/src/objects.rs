//! The two kinds of Python object that the injected instructions work on.
//!
//! A *probe* is a constant of a hooked function's code: its unary minus begins a call and gives
//! the *token*, which lies at the bottom of the value stack until the frame ends; the token's
//! destruction ends the call. On a token of a generator or coroutine unary minus resumes and `~`
//! suspends. Each detail has types of its own, so that no call asks for it.

use std::ffi::{CStr, c_void};
use std::ptr;

use crate::clock;
use crate::engine::hook::Hook;
use crate::engine::token::{self, Token};
use crate::engine::{count, time, tree};
use crate::ffi::{self, PyMethodDef, PyObject, PyType_Slot, PyType_Spec, PyTypeObject};
use crate::symbols;

/// A constant in a hooked function's code.
#[repr(C)]
struct Probe {
    head: PyObject,
    hook: &'static Hook,
    token_type: *mut PyTypeObject,
}

/// What a detail does at each event of a call that can't be suspended, or can.
trait Events {
    unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool;
    unsafe fn end(token: *mut Token, now: u64, failed: bool);
    /// The clock, where the detail reads it.
    fn now() -> u64;
    unsafe fn pause(_token: *mut Token) {}
    unsafe fn resume(_token: *mut Token) {}
    const RESUMABLE: bool;
}

macro_rules! events {
    ($plain:ident, $run:ident, $detail:ident, $now:expr, $pause:expr, $resume:expr, $end_run:ident) => {
        struct $plain;
        struct $run;
        impl Events for $plain {
            #[inline(always)]
            unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool {
                // SAFETY: the same promise.
                unsafe { $detail::begin(token, hook) }
            }
            #[inline(always)]
            unsafe fn end(token: *mut Token, now: u64, failed: bool) {
                // SAFETY: the same promise.
                unsafe { $detail::end(token, now, failed) }
            }
            #[inline(always)]
            fn now() -> u64 {
                $now
            }
            const RESUMABLE: bool = false;
        }
        impl Events for $run {
            #[inline(always)]
            unsafe fn begin(token: *mut Token, hook: &'static Hook) -> bool {
                // SAFETY: the same promise.
                unsafe { $detail::begin_run(token, hook) }
            }
            #[inline(always)]
            unsafe fn end(token: *mut Token, now: u64, failed: bool) {
                // SAFETY: the same promise.
                unsafe { $detail::$end_run(token, now, failed) }
            }
            #[inline(always)]
            fn now() -> u64 {
                $now
            }
            #[inline(always)]
            unsafe fn pause(token: *mut Token) {
                // SAFETY: the same promise.
                unsafe { $pause(token) }
            }
            #[inline(always)]
            unsafe fn resume(token: *mut Token) {
                // SAFETY: the same promise.
                unsafe { $resume(token) }
            }
            const RESUMABLE: bool = true;
        }
    };
}

events!(
    CountPlain,
    CountRun,
    count,
    0,
    |it| count::set_paused(it, true),
    |it| count::set_paused(it, false),
    end
);
events!(
    TimePlain,
    TimeRun,
    time,
    clock::now(),
    time::pause,
    time::resume,
    end_run
);
events!(
    TreePlain,
    TreeRun,
    tree,
    clock::now(),
    tree::pause,
    tree::resume,
    end_run
);

unsafe extern "C" fn begin<E: Events>(probe: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls this on a probe, which lives as long as the process.
    unsafe {
        let Probe {
            hook, token_type, ..
        } = *probe.cast::<Probe>();
        let token = token::take(token_type);
        if !E::begin(token, hook) {
            (*token).generation = token::OF_NO_PROCESS;
        }
        token.cast()
    }
}

unsafe extern "C" fn end<E: Events>(token: *mut PyObject) {
    let token = token.cast::<Token>();
    // SAFETY: the interpreter calls this on a token whose last reference went.
    unsafe {
        let now = E::now();
        E::end(token, now, failed::<E>(token));
        token::give(token);
    }
}

unsafe extern "C" fn pause<E: Events>(token: *mut PyObject) -> *mut PyObject {
    let token = token.cast::<Token>();
    // SAFETY: the interpreter calls this on a token that it holds.
    unsafe {
        E::pause(token);
        token::again(token)
    }
}

unsafe extern "C" fn resume<E: Events>(token: *mut PyObject) -> *mut PyObject {
    let token = token.cast::<Token>();
    // SAFETY: the interpreter calls this on a token that it holds.
    unsafe {
        E::resume(token);
        token::again(token)
    }
}

/// Whether a call ends by an exception: one is set while the interpreter empties the value stack.
#[inline(always)]
unsafe fn failed<E: Events>(token: *mut Token) -> bool {
    // SAFETY: the GIL is held.
    if unsafe { ffi::PyErr_Occurred() }.is_null() {
        return false;
    }
    // SAFETY: the token is alive.
    !E::RESUMABLE || unsafe { run_failed(token) }
}

#[cold]
unsafe fn run_failed(token: *mut Token) -> bool {
    // From 3.12 all of a generator's code is in the reach of a handler, which resumes it: one that
    // ends suspended was closed or collected, and the exception is somebody else's.
    // SAFETY: the token is alive, an exception is set.
    unsafe {
        let closed = (*token).run.paused && symbols::version() >= (3, 12);
        !closed && ffi::PyErr_ExceptionMatches(ffi::PyExc_GeneratorExit) == 0
    }
}

/// Makes code with a probe in its constants portable: elsewhere it finds a zero, on which all of
/// the operators do nothing.
unsafe extern "C" fn reduce(_probe: *mut PyObject, _no: *mut PyObject) -> *mut PyObject {
    // SAFETY: the GIL is held; both calls answer NULL with an error set where there is no memory.
    unsafe {
        let (pair, empty) = (ffi::PyTuple_New(2), ffi::PyTuple_New(0));
        if pair.is_null() || empty.is_null() {
            return ptr::null_mut();
        }
        let int = (&raw mut ffi::PyLong_Type).cast();
        ffi::Py_IncRef(int);
        ffi::PyTuple_SetItem(pair, 0, int);
        ffi::PyTuple_SetItem(pair, 1, empty);
        pair
    }
}

unsafe extern "C" fn refuse(
    _type: *mut PyObject,
    _args: *mut PyObject,
    _kw: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: the GIL is held.
    unsafe { ffi::PyErr_SetString(ffi::PyExc_TypeError, c"the probe makes these".as_ptr()) };
    ptr::null_mut()
}

/// The types for the detail that the process records.
pub(crate) struct Types {
    plain: Pair,
    run: Pair,
}

#[derive(Clone, Copy)]
struct Pair {
    probe: *mut PyTypeObject,
    token: *mut PyTypeObject,
}

impl Types {
    /// Makes the types for a detail (1 count, 2 time, 3 tree); `None` with an error set where
    /// Python can't.
    pub(crate) fn new(detail: u8) -> Option<Self> {
        let (plain, run) = match detail {
            1 => (pair::<CountPlain>()?, pair::<CountRun>()?),
            2 => (pair::<TimePlain>()?, pair::<TimeRun>()?),
            _ => (pair::<TreePlain>()?, pair::<TreeRun>()?),
        };
        Some(Self { plain, run })
    }

    /// The hook of a probe; `None` for other objects.
    pub(crate) fn hook_of(&self, object: *mut PyObject) -> Option<&'static Hook> {
        // SAFETY: the object is alive; one of these types is a probe.
        unsafe {
            let of = (*object).ob_type;
            (of == self.plain.probe || of == self.run.probe).then(|| (*object.cast::<Probe>()).hook)
        }
    }

    /// Makes the probe of a hook; NULL with an error set where there is no memory. It is never
    /// freed: code that was copied may still hold it.
    pub(crate) fn probe(&self, hook: &'static Hook) -> *mut PyObject {
        let pair = if hook.resumable() {
            self.run
        } else {
            self.plain
        };
        // SAFETY: the type's instances have the size of a Probe.
        unsafe {
            let object = ffi::PyType_GenericAlloc(pair.probe, 0);
            if !object.is_null() {
                let probe = object.cast::<Probe>();
                (&raw mut (*probe).hook).write(hook);
                (&raw mut (*probe).token_type).write(pair.token);
                ffi::Py_IncRef(object);
            }
            object
        }
    }
}

fn pair<E: Events>() -> Option<Pair> {
    // CPython keeps the pointer to the methods.
    let methods = Box::leak(Box::new([
        PyMethodDef {
            name: c"__reduce__".as_ptr(),
            function: Some(reduce),
            flags: ffi::METH_NOARGS,
            doc: ptr::null(),
        },
        PyMethodDef {
            name: ptr::null(),
            function: None,
            flags: 0,
            doc: ptr::null(),
        },
    ]));
    let probe = new_type(
        c"_probe.Probe",
        size_of::<Probe>(),
        &mut [
            slot(ffi::Py_nb_negative, begin::<E> as *mut c_void),
            slot(ffi::Py_tp_new, refuse as *mut c_void),
            slot(ffi::Py_tp_methods, methods.as_mut_ptr().cast()),
            slot(0, ptr::null_mut()),
        ],
    )?;
    let mut slots = vec![
        slot(ffi::Py_tp_dealloc, end::<E> as *mut c_void),
        slot(ffi::Py_tp_new, refuse as *mut c_void),
    ];
    if E::RESUMABLE {
        slots.push(slot(ffi::Py_nb_negative, resume::<E> as *mut c_void));
        slots.push(slot(ffi::Py_nb_invert, pause::<E> as *mut c_void));
    }
    slots.push(slot(0, ptr::null_mut()));
    let token = new_type(c"_probe.Token", size_of::<Token>(), &mut slots)?;
    Some(Pair { probe, token })
}

fn slot(slot: i32, value: *mut c_void) -> PyType_Slot {
    PyType_Slot { slot, value }
}

fn new_type(
    name: &'static CStr,
    size: usize,
    slots: &mut [PyType_Slot],
) -> Option<*mut PyTypeObject> {
    let mut spec = PyType_Spec {
        name: name.as_ptr(),
        basic_size: size as i32,
        item_size: 0,
        flags: ffi::Py_TPFLAGS_DEFAULT,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: the spec is complete, and CPython copies what it needs of it but the name and the
    // methods, which are static or leaked.
    let made = unsafe { ffi::PyType_FromSpec(&raw mut spec) };
    (!made.is_null()).then_some(made.cast())
}
