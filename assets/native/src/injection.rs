//! Rewrites a code object of this interpreter by the assembler: reads its attributes, and makes
//! another by its own `replace`.

use std::cell::UnsafeCell;
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_void};
use std::ptr;

use crate::assembler::opcodes::{self, Opcodes};
use crate::assembler::{self, CodeParts, Effect};
use crate::ffi::{self, PyObject};
use crate::owned::{Owned, take_error};
use crate::symbols;

/// `PyCompile_OpcodeStackEffectWithJump`, which no header promises: it is looked up.
type StackEffect = unsafe extern "C" fn(opcode: c_int, argument: c_int, jump: c_int) -> c_int;

/// What CPython answers where it doesn't know an effect.
const INVALID_EFFECT: c_int = c_int::MAX;

/// What is the same for all codes; the objects live as long as the interpreter.
struct Injector {
    opcodes: &'static Opcodes,
    stack_effect: StackEffect,
    names: Names,
    /// `types.CodeType.replace`, taken from the first code.
    replace: *mut PyObject,
}

/// The attributes of a code, and the arguments of `replace`; interned.
struct Names {
    code: *mut PyObject,
    constants: *mut PyObject,
    stack_size: *mut PyObject,
    exception_table: *mut PyObject,
    line_table: *mut PyObject,
    flags: *mut PyObject,
}

/// The injector of the process, made at its first use.
struct Shared(UnsafeCell<Option<Injector>>);

// SAFETY: it is only touched with the GIL held.
unsafe impl Sync for Shared {}

static INJECTOR: Shared = Shared(UnsafeCell::new(None));

/// Returns a copy of the code in which the probe is called, as a new reference.
///
/// The probe answers `-probe` with a token; the token answers `~token` where the code pauses and
/// `-token` where it resumes, and goes where it ends.
///
/// # Errors
/// The code can't be rewritten, or not in this interpreter; no Python error is left set.
///
/// # Safety
/// Both are objects; the GIL is held, and no Python error is set.
pub(crate) unsafe fn inject_code(
    code: *mut PyObject,
    probe: *mut PyObject,
) -> Result<*mut PyObject, String> {
    // SAFETY: the GIL is held, and nothing below comes back here but through Python code, which
    // is run only by `replace`, when the injector is no longer looked at.
    unsafe {
        let shared = &mut *INJECTOR.0.get();
        let injector = match shared {
            Some(injector) => injector,
            None => shared.insert(Injector::new(code)?),
        };
        let (arguments, keywords) = injector.arguments_of_replace(code, probe)?;
        let replace = injector.replace;
        let new = ffi::PyObject_Call(replace, arguments.0, keywords.0);
        Ok(Owned::new(new)?.into_raw())
    }
}

impl Injector {
    /// Finds what this interpreter has.
    unsafe fn new(code: *mut PyObject) -> Result<Self, String> {
        // SAFETY: the GIL is held.
        unsafe {
            let (major, minor) = symbols::version();
            let magic = ffi::PyImport_GetMagicNumber();
            if magic == -1 {
                return Err(take_error());
            }
            Ok(Self {
                opcodes: opcodes::opcodes_for(major, minor, magic as u32)?,
                stack_effect: stack_effect()?,
                names: Names {
                    code: intern(c"co_code")?,
                    constants: intern(c"co_consts")?,
                    stack_size: intern(c"co_stacksize")?,
                    exception_table: intern(c"co_exceptiontable")?,
                    line_table: intern(c"co_linetable")?,
                    flags: intern(c"co_flags")?,
                },
                replace: attribute((*code).ob_type.cast(), intern(c"replace")?)?.into_raw(),
            })
        }
    }

    /// Rewrites the code; returns what `replace` is to be called with.
    unsafe fn arguments_of_replace(
        &self,
        code: *mut PyObject,
        probe: *mut PyObject,
    ) -> Result<(Owned, Owned), String> {
        let names = &self.names;
        // SAFETY: the caller holds the GIL, and the attributes are alive while they are looked at.
        unsafe {
            let old_code = attribute(code, names.code)?;
            let exception_table = attribute(code, names.exception_table)?;
            let line_table = attribute(code, names.line_table)?;
            let constants = attribute(code, names.constants)?;
            let parts = CodeParts {
                code: bytes(&old_code)?,
                exception_table: bytes(&exception_table)?,
                line_table: bytes(&line_table)?,
                stack_size: number(&attribute(code, names.stack_size)?)?,
                flags: number(&attribute(code, names.flags)?)?,
            };
            let count = ffi::PyTuple_Size(constants.0);
            let constant = u32::try_from(count).map_err(|_| take_error())?;
            let stack_effect = self.stack_effect;
            let effect: Effect<'_> = &|opcode, argument, jumps| {
                let argument = c_int::try_from(argument).ok()?;
                let effect = stack_effect(c_int::from(opcode), argument, c_int::from(jumps));
                (effect != INVALID_EFFECT).then_some(effect)
            };
            let new = assembler::inject(self.opcodes, &parts, constant, effect)
                .map_err(|unsupported| unsupported.0.to_owned())?;

            let arguments = Owned::new(ffi::PyTuple_New(1))?;
            ffi::Py_IncRef(code);
            ffi::PyTuple_SetItem(arguments.0, 0, code);
            let keywords = Owned::new(ffi::PyDict_New())?;
            let set = |name, value: Owned| match ffi::PyDict_SetItem(keywords.0, name, value.0) {
                0 => Ok(()),
                _ => Err(take_error()),
            };
            set(names.code, from_bytes(&new.code)?)?;
            set(names.exception_table, from_bytes(&new.exception_table)?)?;
            set(names.line_table, from_bytes(&new.line_table)?)?;
            let stack_size = ffi::PyLong_FromLong(c_long::from(new.stack_size));
            set(names.stack_size, Owned::new(stack_size)?)?;
            set(names.constants, with_one_more(&constants, count, probe)?)?;
            Ok((arguments, keywords))
        }
    }
}

fn stack_effect() -> Result<StackEffect, String> {
    let function = symbols::find(c"PyCompile_OpcodeStackEffectWithJump")
        .ok_or("this Python doesn't tell the effect of an instruction")?;
    // SAFETY: its type is the one in CPython's `compile.h`, the same from 3.8 to 3.15.
    Ok(unsafe { std::mem::transmute::<*mut c_void, StackEffect>(function) })
}

/// A copy of the tuple with another item at its end.
unsafe fn with_one_more(tuple: &Owned, count: isize, item: *mut PyObject) -> Result<Owned, String> {
    // SAFETY: the caller holds the GIL; the tuple has that many items, and the new one is not
    // shared yet.
    unsafe {
        let new = Owned::new(ffi::PyTuple_New(count + 1))?;
        for index in 0..=count {
            let item = if index < count {
                ffi::PyTuple_GetItem(tuple.0, index)
            } else {
                item
            };
            ffi::Py_IncRef(item);
            ffi::PyTuple_SetItem(new.0, index, item);
        }
        Ok(new)
    }
}

unsafe fn intern(name: &CStr) -> Result<*mut PyObject, String> {
    // SAFETY: the caller holds the GIL.
    unsafe { Ok(Owned::new(ffi::PyUnicode_InternFromString(name.as_ptr()))?.into_raw()) }
}

unsafe fn attribute(object: *mut PyObject, name: *mut PyObject) -> Result<Owned, String> {
    // SAFETY: the caller holds the GIL, and both are objects.
    unsafe { Owned::new(ffi::PyObject_GetAttr(object, name)) }
}

/// The content of a bytes object.
unsafe fn bytes(object: &Owned) -> Result<&[u8], String> {
    let (mut text, mut length): (*mut c_char, isize) = (ptr::null_mut(), 0);
    // SAFETY: the caller holds the GIL; bytes never change, and live while the reference does.
    unsafe {
        if ffi::PyBytes_AsStringAndSize(object.0, &raw mut text, &raw mut length) != 0 {
            return Err(take_error());
        }
        Ok(std::slice::from_raw_parts(text.cast(), length as usize))
    }
}

unsafe fn from_bytes(bytes: &[u8]) -> Result<Owned, String> {
    // SAFETY: the caller holds the GIL.
    unsafe {
        Owned::new(ffi::PyBytes_FromStringAndSize(
            bytes.as_ptr().cast(),
            bytes.len() as isize,
        ))
    }
}

unsafe fn number(object: &Owned) -> Result<i32, String> {
    // SAFETY: the caller holds the GIL, and it is an object.
    unsafe {
        let number = ffi::PyLong_AsLong(object.0);
        if number == -1 && !ffi::PyErr_Occurred().is_null() {
            return Err(take_error());
        }
        i32::try_from(number).map_err(|_| "a number of it is too large".to_owned())
    }
}

/// `inject(code, probe)`, also with any other probe: `cargo xtask stdlib` proves the assembler so.
/// Raises a ValueError that says why a code can't be rewritten.
pub(crate) unsafe extern "C" fn inject(
    _module: *mut PyObject,
    arguments: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: CPython gives a tuple; items are borrowed from it, and it outlives the call.
    unsafe {
        let code = ffi::PyTuple_GetItem(arguments, 0);
        let probe = ffi::PyTuple_GetItem(arguments, 1);
        if code.is_null() || probe.is_null() {
            return ptr::null_mut();
        }
        inject_code(code, probe).unwrap_or_else(|text| {
            let text = CString::new(text).unwrap_or_default();
            ffi::PyErr_SetString(ffi::PyExc_ValueError, text.as_ptr());
            ptr::null_mut()
        })
    }
}
