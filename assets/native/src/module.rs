//! The extension module `_native`: its functions, and what is checked before it is had.
//!
//! A function answers NULL with an error set, as CPython asks; the payload catches it. A panic
//! ends here: it switches the engine off for the process.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{CStr, CString, OsStr, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::ptr;

use crate::arguments::Arguments;
use crate::builtins;
use crate::constants;
use crate::engine::hook::Hook;
use crate::engine::{GATE, Settings, State, forget_parent, with_state};
use crate::ffi::{self, PyCFunction, PyMethodDef, PyModuleDef, PyModuleDef_Slot, PyObject};
use crate::frames;
use crate::injection;
use crate::objects::Types;
use crate::recording::{Facts, Limits};
use crate::symbols;

/// A table that CPython keeps a pointer to, and may write to, for as long as it runs.
struct Table<T>(UnsafeCell<T>);

// SAFETY: only CPython reads and writes the tables, under its import lock and GIL.
unsafe impl<T> Sync for Table<T> {}

const fn method(name: &'static CStr, function: PyCFunction, doc: &'static CStr) -> PyMethodDef {
    PyMethodDef {
        name: name.as_ptr(),
        function: Some(function),
        flags: ffi::METH_VARARGS,
        doc: doc.as_ptr(),
    }
}

const END: PyMethodDef = PyMethodDef {
    name: ptr::null(),
    function: None,
    flags: 0,
    doc: ptr::null(),
};

static METHODS: Table<[PyMethodDef; 12]> = Table(UnsafeCell::new([
    method(
        c"configure",
        configure,
        c"configure(detail, folder, python, interpreter_bits, max_functions, max_nodes, max_bytes)\n\nSet the engine up, once a process.",
    ),
    method(
        c"hook",
        hook,
        c"hook(name, shape, target, mechanism)\n\nReturn the constant that begins the calls of a function of this name (bytes).",
    ),
    method(
        c"announce",
        announce,
        c"announce(name, shape, target, mechanism, why)\n\nWrite that a function can't be hooked, and why (bytes).",
    ),
    method(
        c"inject",
        injection::inject,
        c"inject(code, probe)\n\nReturn the code with the probe in it (CPython 3.11 to 3.15).",
    ),
    method(
        c"watch_frames",
        watch_frames,
        c"watch_frames(code, probe)\n\nBegin and end a call with each frame of this code (CPython 3.8 to 3.10).",
    ),
    method(
        c"twin",
        twin,
        c"twin(function, name, target)\n\nReturn a C function or method like this one whose calls are recorded (name: bytes).",
    ),
    method(
        c"wait_for_main",
        wait_for_main,
        c"wait_for_main(callback, globals)\n\nCall callback(code, globals) when code runs in these globals or as __mp_main__,\nuntil it returns something true (CPython 3.8 to 3.11).",
    ),
    method(
        c"replace_constant",
        replace_constant,
        c"replace_constant(constants, old, new)\n\nExchange items of a code's constants in place; return how many.",
    ),
    method(c"place", place, c"place()\n\nReturn the recording's path (bytes) and why there is none; each may be None."),
    method(c"set_own_cost", set_own_cost, c"set_own_cost(cost)\n\nKeep what a call costs, in 1/1000 ns."),
    method(c"end", end, c"end()\n\nMark the process as ended by itself."),
    END,
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
    doc: c"The native engine of probe.".as_ptr(),
    size: 0,
    methods: METHODS.0.get().cast(),
    slots: SLOTS.0.get().cast(),
    traverse: ptr::null_mut(),
    clear: ptr::null_mut(),
    free: ptr::null_mut(),
}));

/// The types of the configured detail; under the GIL, and null before.
struct Made(Cell<Option<&'static Types>>);

// SAFETY: only the holder of the GIL comes here; other interpreters can't load the module.
unsafe impl Sync for Made {}

static TYPES: Made = Made(Cell::new(None));

/// Called by CPython's import of `_native`.
#[unsafe(no_mangle)]
pub extern "C" fn PyInit__native() -> *mut PyObject {
    // SAFETY: the definition is static, and laid out as CPython declares it.
    unsafe { ffi::PyModuleDef_Init(DEFINITION.0.get()) }
}

unsafe extern "C" fn execute(_module: *mut PyObject) -> c_int {
    // A panic's message is for nobody; this copy of the standard library is ours alone.
    std::panic::set_hook(Box::new(|_| {}));
    let checked =
        catch_unwind(check).unwrap_or_else(|_| Err("a check of the native engine failed".into()));
    match checked {
        Ok(()) => 0,
        Err(why) => {
            raise(unsafe { ffi::PyExc_ImportError }, &why);
            -1
        }
    }
}

fn check() -> Result<(), String> {
    let (major, minor) = symbols::version();
    if major != 3 || !(8..16).contains(&minor) {
        return Err(format!(
            "the native engine is for CPython 3.8 to 3.15, and this is {major}.{minor}"
        ));
    }
    if !symbols::is_main_interpreter() {
        return Err("the native engine works in the main interpreter only".into());
    }
    Ok(())
}

fn raise(class: *mut PyObject, why: &str) {
    let text = CString::new(why).unwrap_or_default();
    // SAFETY: the GIL is held, the class is one of Python's own.
    unsafe { ffi::PyErr_SetString(class, text.as_ptr()) };
}

/// Runs a function of the module; `None` stands for an error that is set.
fn guarded(act: impl FnOnce() -> Option<*mut PyObject>) -> *mut PyObject {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Some(object)) => object,
        Ok(None) => {
            // SAFETY: the GIL is held.
            if unsafe { ffi::PyErr_Occurred() }.is_null() {
                raise(
                    unsafe { ffi::PyExc_RuntimeError },
                    "the native engine isn't set up",
                );
            }
            ptr::null_mut()
        }
        Err(_) => {
            GATE.shut();
            raise(
                unsafe { ffi::PyExc_RuntimeError },
                "the native engine failed and is off",
            );
            ptr::null_mut()
        }
    }
}

unsafe extern "C" fn configure(_module: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        if TYPES.0.get().is_some() {
            raise(
                unsafe { ffi::PyExc_RuntimeError },
                "the native engine is set up already",
            );
            return None;
        }
        let detail = given.number(0)?.clamp(1, 3) as u8;
        let limits = Limits {
            functions: u32::try_from(given.number(4)?).unwrap_or(u32::MAX),
            nodes: u32::try_from(given.number(5)?).unwrap_or(u32::MAX),
            bytes: given.number(6)?,
        };
        let settings = Settings {
            detail,
            max_functions: limits.functions.into(),
            max_nodes: limits.nodes,
            facts: Facts {
                folder: PathBuf::from(OsStr::from_bytes(given.bytes(1)?)),
                detail,
                python: given.number(2)?,
                interpreter_bits: given.number(3)?,
                limits,
            },
        };
        let types = Types::new(detail)?;
        crate::clock::start();
        State::install(settings);
        // SAFETY: the handler only touches memory of this module, which is never unloaded.
        unsafe { libc::pthread_atfork(None, None, Some(forget_parent)) };
        TYPES.0.set(Some(Box::leak(Box::new(types))));
        Some(ffi::none())
    })
}

unsafe extern "C" fn hook(_module: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject {
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

unsafe extern "C" fn announce(_module: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject {
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

unsafe extern "C" fn place(_module: *mut PyObject, _arguments: *mut PyObject) -> *mut PyObject {
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

unsafe extern "C" fn set_own_cost(
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

unsafe extern "C" fn end(_module: *mut PyObject, _arguments: *mut PyObject) -> *mut PyObject {
    guarded(|| {
        with_state(State::end)?;
        Some(ffi::none())
    })
}

unsafe extern "C" fn watch_frames(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    guarded(|| {
        // SAFETY: CPython passes the argument tuple.
        let given = unsafe { Arguments::new(arguments) };
        let (code, probe) = (given.object(0)?, given.object(1)?);
        let hook = TYPES.0.get()?.hook_of(probe)?;
        let detail = with_state(|state| state.detail())?;
        answer(frames::watch(code, hook, detail))
    })
}

unsafe extern "C" fn twin(_module: *mut PyObject, arguments: *mut PyObject) -> *mut PyObject {
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

unsafe extern "C" fn wait_for_main(
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

unsafe extern "C" fn replace_constant(
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

/// None, or a RuntimeError with the text.
fn answer(result: Result<(), String>) -> Option<*mut PyObject> {
    match result {
        Ok(()) => Some(ffi::none()),
        Err(why) => {
            raise(unsafe { ffi::PyExc_RuntimeError }, &why);
            None
        }
    }
}
