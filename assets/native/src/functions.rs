//! The functions of the module `_native`, which the payload calls.
//!
//! A function answers NULL with an error set, as CPython asks; the payload catches it.

use std::cell::Cell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::arguments::Arguments;
use crate::builtins;
use crate::constants;
use crate::engine::hook::Hook;
use crate::engine::{State, forget_parent, with_state};
use crate::errors::{Class, answer, guarded, raise};
use crate::ffi::{self, PyObject};
use crate::frames;
use crate::objects::Types;
use crate::recording::{Facts, Limits, Places};

/// The types of the configured detail; under the GIL, and null before.
struct Made(Cell<Option<&'static Types>>);

// SAFETY: only the holder of the GIL comes here; other interpreters can't load the module.
unsafe impl Sync for Made {}

static TYPES: Made = Made(Cell::new(None));

pub(crate) unsafe extern "C" fn configure(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        if TYPES.0.get().is_some() {
            raise(Class::Runtime, "the native engine is set up already");
            return None;
        }
        let detail = given.number(0)?.clamp(1, 3) as u8;
        let limits = Limits {
            functions: u32::try_from(given.number(3)?).unwrap_or(u32::MAX),
            nodes: u32::try_from(given.number(4)?).unwrap_or(u32::MAX),
            bytes: given.number(5)?,
        };
        let facts = Facts {
            places: Places::default(),
            detail,
            python: given.number(1)?,
            interpreter_bits: given.number(2)?,
            limits,
        };
        let types = Types::new(detail)?;
        crate::clock::start();
        State::install(facts);
        // SAFETY: the handler only touches memory of this module, which is never unloaded.
        unsafe { libc::pthread_atfork(None, None, Some(forget_parent)) };
        TYPES.0.set(Some(Box::leak(Box::new(types))));
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn record_in(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let text = |index| given.bytes(index).map(OsStr::from_bytes);
        let places = Places {
            chosen: text(0)?.into(),
            user: given.number(1)? as u32,
            first: text(2)?.into(),
            name: text(3)?.into(),
            venv: given.bytes(4)?.into(),
            shared: given.number(5)? != 0,
            alone: given.number(6)? != 0,
            installer: given.number(7)? as u32,
        };
        with_state(|state| state.record_in(places))?;
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn trial(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let shape = unsafe { Arguments::new(arguments) }.number(0)? as u32;
        let types = TYPES.0.get()?;
        let hook = with_state(|state| state.trial(shape))?;
        let probe = types.probe(hook);
        (!probe.is_null()).then_some(probe)
    })
}

pub(crate) unsafe extern "C" fn sums(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let hook = TYPES.0.get()?.hook_of(given.object(0)?)?;
        let record = hook.record.get();
        if hook.number.get() >= 0 || record.is_none() {
            return None; // not a trial's
        }
        // SAFETY: a trial's record has a histogram; the tuple takes the references.
        unsafe {
            let (ended, failed) = record.sums();
            let pair = ffi::PyTuple_New(2);
            if pair.is_null() {
                return None;
            }
            ffi::PyTuple_SetItem(pair, 0, ffi::PyLong_FromUnsignedLongLong(ended));
            ffi::PyTuple_SetItem(pair, 1, ffi::PyLong_FromUnsignedLongLong(failed));
            Some(pair)
        }
    })
}

pub(crate) unsafe extern "C" fn finish_trial(
    _module: *mut PyObject,
    _arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        with_state(State::finish_trial)?;
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn hook(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let types = TYPES.0.get()?;
        let hook = Hook::new(
            given.bytes(0)?,
            given.number(1)? as u32,
            given.number(2)? as u32,
            given.number(3)? as u32,
        );
        let hook = with_state(|state| state.hook(hook))?;
        let probe = types.probe(hook);
        (!probe.is_null()).then_some(probe)
    })
}

pub(crate) unsafe extern "C" fn announce(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let (name, why) = (given.bytes(0)?, given.bytes(4)?);
        let (shape, target, mechanism) = (given.number(1)?, given.number(2)?, given.number(3)?);
        with_state(|state| {
            state.announce(name, shape as u32, target as u32, mechanism as u32, why)
        })?;
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn place(
    _module: *mut PyObject,
    _arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        let (path, why) = with_state(|state| {
            let (path, why) = state.place();
            (
                path.map(|path| path.as_os_str().as_bytes().to_vec()),
                why.map(|why| why.as_bytes().to_vec()),
            )
        })?;
        // SAFETY: the GIL is held; the tuple takes the references.
        unsafe {
            let pair = ffi::PyTuple_New(2);
            if pair.is_null() {
                return None;
            }
            for (index, text) in [(0, path), (1, why)] {
                let object = match text {
                    Some(text) => {
                        ffi::PyBytes_FromStringAndSize(text.as_ptr().cast(), text.len() as isize)
                    }
                    None => ffi::none(),
                };
                ffi::PyTuple_SetItem(pair, index, object);
            }
            Some(pair)
        }
    })
}

pub(crate) unsafe extern "C" fn set_own_cost(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let cost = unsafe { Arguments::new(arguments) }.number(0)?;
        with_state(|state| state.set_own_cost(cost))?;
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn end(
    _module: *mut PyObject,
    _arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        with_state(State::end)?;
        Some(ffi::none())
    })
}

pub(crate) unsafe extern "C" fn watch_frames(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let (code, probe) = (given.object(0)?, given.object(1)?);
        let hook = TYPES.0.get()?.hook_of(probe)?;
        answer(frames::watch(code, hook))
    })
}

pub(crate) unsafe extern "C" fn twin(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let (function, name, target) = (given.object(0)?, given.bytes(1)?, given.number(2)?);
        match builtins::twin(function, name, target as u32) {
            Ok(twin) => Some(twin),
            Err(Some(why)) => answer(Err(why)),
            Err(None) => None,
        }
    })
}

pub(crate) unsafe extern "C" fn wait_for_main(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        answer(frames::main_module::wait(
            given.object(0)?,
            given.object(1)?,
        ))
    })
}

pub(crate) unsafe extern "C" fn replace_constant(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let (tuple, old, new) = (given.object(0)?, given.object(1)?, given.object(2)?);
        // SAFETY: the caller's references are alive; a length is known of tuples only.
        unsafe {
            if ffi::PyTuple_Size(tuple) < 0 {
                return None;
            }
            let replaced = constants::replace(tuple, old, new)?;
            Some(ffi::PyLong_FromLong(replaced as _))
        }
    })
}
