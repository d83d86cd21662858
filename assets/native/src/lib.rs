//! The native engine: records calls of Python functions for the price of two clock reads.
//!
//! One extension module for CPython 3.8 to 3.15, with declarations of its own (`ffi`) instead of
//! a binding crate: what differs between versions is found and checked when it is loaded.

mod assembler;
mod ffi;
mod function_version;
mod injection;
mod module;
