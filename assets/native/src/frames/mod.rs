//! Times functions by the interpreter's frame evaluation hook: CPython 3.8 to 3.10.
//!
//! There each call of a Python function, and each resumption of a generator, evaluates a frame
//! through one function pointer (<https://peps.python.org/pep-0523/>). Ours looks for the frame's
//! code among the hooked ones and passes all others on. Function objects, code and the depth of
//! recursion stay what they were. From 3.11 the interpreter doesn't evaluate inlined calls through
//! the pointer, and injection takes its place.

mod hooked;
mod layout;
pub(crate) mod main_module;
mod pointer;

pub(crate) use hooked::watch;
