//! The files of `assets/` that the program carries. `build.rs` lists the runtime's, and builds
//! the native engine.

/// Name and content of each file of `assets/runtime`, in the order of the names.
pub(super) const RUNTIME: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/runtime.rs"));

/// The native engine, the shared library that `assets/native` is; none where the target can't
/// make one.
pub(super) const NATIVE: Option<&[u8]> = include!(concat!(env!("OUT_DIR"), "/native.rs"));

/// Templates: `@PACKAGE@` stands for the package's name.
pub(super) const SITECUSTOMIZE: &str = include_str!("../../assets/sitecustomize.py");
pub(super) const PTH: &str = include_str!("../../assets/probe.pth");
pub(super) const START: &str = include_str!("../../assets/probe.start");
