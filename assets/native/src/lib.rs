//! The native engine: records calls for the price of two clock reads.
//!
//! One extension module for CPython 3.8 to 3.15, with declarations of its own (`ffi`) instead of
//! a binding crate: what differs between versions is found and checked when it is loaded.

mod arguments;
mod assembler;
mod builtins;
mod clock;
mod constants;
mod engine;
mod errors;
mod ffi;
mod frames;
mod function_version;
mod functions;
mod injection;
mod module;
mod objects;
mod owned;
mod recording;
mod symbols;
