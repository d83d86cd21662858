//! The interpreter's pointer to the function that evaluates frames: found, read, exchanged.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use crate::symbols;

use super::layout::Frame;

/// From 3.9.
pub(super) type Evaluate =
    unsafe extern "C-unwind" fn(*mut c_void, Frame, c_int) -> *mut crate::ffi::PyObject;
/// In 3.8.
pub(super) type Evaluate38 = unsafe extern "C-unwind" fn(Frame, c_int) -> *mut crate::ffi::PyObject;

/// Bytes of 3.8's interpreter state in which its pointer is looked for.
const STATE_BYTES: usize = 4096;

/// Where the pointer is had.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// By functions of the interpreter's: get and set.
    Functions(*mut c_void, *mut c_void),
    /// In the interpreter state itself.
    Field(*mut *mut c_void),
}

/// The place, once it was found.
struct Found(Cell<Option<Place>>);

// SAFETY: only the holder of the GIL comes here.
unsafe impl Sync for Found {}

static FOUND: Found = Found(Cell::new(None));

/// Finds the pointer. In 3.8 it is known by what it holds, so it is looked for only once, before
/// it holds anything of ours.
pub(super) fn find() -> Result<Place, String> {
    if let Some(place) = FOUND.0.get() {
        return Ok(place);
    }
    let place = look()?;
    FOUND.0.set(Some(place));
    Ok(place)
}

fn look() -> Result<Place, String> {
    let missing = "the interpreter's frame evaluation can't be had";
    let get = symbols::find(c"_PyInterpreterState_GetEvalFrameFunc");
    let set = symbols::find(c"_PyInterpreterState_SetEvalFrameFunc");
    match (get, set, symbols::version()) {
        (Some(get), Some(set), _) => Ok(Place::Functions(get, set)),
        (_, _, (3, 8)) => field_of_3_8().ok_or_else(|| missing.into()),
        _ => Err(missing.into()),
    }
}

/// 3.8 has no function for it: the field is the one word of the interpreter state that holds the
/// address of the default.
fn field_of_3_8() -> Option<Place> {
    let default = symbols::find(c"_PyEval_EvalFrameDefault")?;
    let state = symbols::interpreter()?;
    let words = symbols::read_memory(state.cast(), STATE_BYTES)?;
    let mut found = words
        .iter()
        .enumerate()
        .filter(|&(_, &word)| word == default as usize);
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Some(Place::Field(
            state.cast::<*mut c_void>().wrapping_add(index),
        )),
        _ => None,
    }
}

impl Place {
    /// The function that evaluates frames now.
    pub(super) fn get(&self) -> *mut c_void {
        type Get = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
        match *self {
            Self::Functions(get, _) => {
                let state = symbols::interpreter().unwrap_or(std::ptr::null_mut());
                // SAFETY: the function has this signature from 3.9 on; the GIL is held.
                unsafe { std::mem::transmute::<*mut c_void, Get>(get)(state) }
            }
            // SAFETY: the field lies in the living interpreter state.
            Self::Field(field) => unsafe { field.read() },
        }
    }

    /// Sets the function that evaluates frames from now on.
    ///
    /// # Safety
    /// It must have the signature that the version wants.
    pub(super) unsafe fn set(&self, function: *mut c_void) {
        type Set = unsafe extern "C" fn(*mut c_void, *mut c_void);
        match *self {
            Self::Functions(_, set) => {
                let state = symbols::interpreter().unwrap_or(std::ptr::null_mut());
                // SAFETY: as in `get`.
                unsafe { std::mem::transmute::<*mut c_void, Set>(set)(state, function) }
            }
            // SAFETY: as in `get`.
            Self::Field(field) => unsafe { field.write(function) },
        }
    }
}
