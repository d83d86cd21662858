//! The extension module `_native`: the table of its functions, and what is checked before it is
//! had. The functions themselves are in `functions`.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};
use std::panic::catch_unwind;
use std::ptr;

use crate::errors::{Class, raise};
use crate::ffi::{self, PyCFunction, PyMethodDef, PyModuleDef, PyModuleDef_Slot, PyObject};
use crate::function_version;
use crate::functions;
use crate::injection;
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

static METHODS: Table<[PyMethodDef; 17]> = Table(UnsafeCell::new([
    method(
        c"configure",
        functions::configure,
        c"configure(detail, python, interpreter_bits, max_functions, max_nodes, max_bytes)\n\nSet the engine up, once a process.",
    ),
    method(
        c"record_in",
        functions::record_in,
        c"record_in(folder, user, first, name, venv, shared, alone, installer)\n\nRecord in this folder (bytes), which is made and chosen for this user; before, nothing is recorded. The rest is to choose another for a child that becomes another user.",
    ),
    method(
        c"trial",
        functions::trial,
        c"trial(shape)\n\nReturn a constant like hook's that writes nowhere, to try the engine with.",
    ),
    method(
        c"sums",
        functions::sums,
        c"sums(probe)\n\nReturn how many calls of a trial ended, and how many of them by an exception.",
    ),
    method(
        c"finish_trial",
        functions::finish_trial,
        c"finish_trial()\n\nForget what trials left.",
    ),
    method(
        c"hook",
        functions::hook,
        c"hook(name, shape, target, mechanism)\n\nReturn the constant that begins the calls of a function of this name (bytes).",
    ),
    method(
        c"announce",
        functions::announce,
        c"announce(name, shape, target, mechanism, why)\n\nWrite that a function can't be hooked, and why (bytes).",
    ),
    method(
        c"inject",
        injection::inject,
        c"inject(code, probe)\n\nReturn the code with the probe in it (CPython 3.11 to 3.15).",
    ),
    method(
        c"set_code",
        function_version::set_code,
        c"set_code(function, code)\n\nAssign a function's code, and keep its calls specialised.",
    ),
    method(
        c"watch_frames",
        functions::watch_frames,
        c"watch_frames(code, probe)\n\nBegin and end a call with each frame of this code (CPython 3.8 to 3.10).",
    ),
    method(
        c"twin",
        functions::twin,
        c"twin(function, name, target)\n\nReturn a C function or method like this one whose calls are recorded (name: bytes).",
    ),
    method(
        c"wait_for_main",
        functions::wait_for_main,
        c"wait_for_main(callback, globals)\n\nCall callback(code, globals) when code runs in these globals or as __mp_main__,\nuntil it returns something true (CPython 3.8 to 3.11).",
    ),
    method(
        c"replace_constant",
        functions::replace_constant,
        c"replace_constant(constants, old, new)\n\nExchange items of a code's constants in place; return how many.",
    ),
    method(c"place", functions::place, c"place()\n\nReturn the recording's path (bytes) and why there is none; each may be None."),
    method(c"set_own_cost", functions::set_own_cost, c"set_own_cost(cost)\n\nKeep what a call costs, in 1/1000 ns."),
    method(c"end", functions::end, c"end()\n\nMark the process as ended by itself."),
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

/// Called by CPython's import of `_native`.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn PyInit__native() -> *mut PyObject {
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
            raise(Class::Import, &why);
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
