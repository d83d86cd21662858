//! The project's own tasks; each lives in a file of its name.
fn main() {}
