//! Lists the payload's Python files for `src/payload/embedded.rs`: `assets/runtime/*.py`, and
//! nothing else of that folder (a `__pycache__`, say). Writes a Rust array into OUT_DIR.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Written by the CLI for each install, so it can't be one of the embedded files.
const RESERVED: &str = "plan.py";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let runtime = root.join("assets/runtime");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", runtime.display());
    let code = embedding(&runtime)?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?).join("runtime.rs");
    std::fs::write(out, code)?;
    Ok(())
}

/// `&[(name, include_bytes!(path)), ...]`, in the order of the names.
fn embedding(runtime: &Path) -> Result<String, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(runtime)? {
        let name = entry?.file_name().into_string().map_err(|name| {
            format!("the name of assets/runtime/{} is not UTF-8", name.display())
        })?;
        if name.ends_with(".py") {
            names.push(name);
        }
    }
    names.sort();
    if names.iter().any(|name| name == RESERVED) {
        return Err(format!("assets/runtime/{RESERVED} would be overwritten by the plan").into());
    }
    let mut code = String::from("&[\n");
    for name in names {
        let path = runtime.join(&name);
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path)?;
    }
    code.push(']');
    Ok(code)
}
