//! Makes what `src/payload/embedded.rs` embeds: the list of the payload's Python files,
//! `assets/runtime/*.py` and nothing else of that folder (a `__pycache__`, say); and the native
//! engine, the crate `assets/native`. Writes two Rust expressions into OUT_DIR.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Written by the CLI for each install, so it can't be one of the embedded files.
const RESERVED: &str = "plan.py";

/// What the native engine may weigh: it is read at every install and lies in every venv.
const MOST_BYTES: u64 = 600 << 10;

/// The profile in `Cargo.toml` that the native engine is built with, whatever ours is.
const PROFILE: &str = "native";

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-changed=build.rs");
    std::fs::write(
        out.join("runtime.rs"),
        runtime(&root.join("assets/runtime"))?,
    )?;
    std::fs::write(out.join("native.rs"), native(&root, &out.join("native"))?)?;
    Ok(())
}

/// `&[(name, include_bytes!(path)), ...]`, in the order of the names.
fn runtime(folder: &Path) -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
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
        let path = folder.join(&name);
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(code, "    ({name:?}, include_bytes!({:?})),", path)?;
    }
    code.push(']');
    Ok(code)
}

/// `Some(include_bytes!(path))`, or `None` for a target that has no native engine.
fn native(root: &Path, folder: &Path) -> Result<String, Box<dyn Error>> {
    for input in [
        "assets/native",
        "src/files/trust.rs",
        "src/recording/layout.rs",
        "Cargo.lock",
        "Cargo.toml",
    ] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let Some(rustflags) = rustflags_of_target() else {
        return Ok("None".to_owned());
    };
    let library = build_native(root, folder, rustflags)?;
    let bytes = std::fs::metadata(&library)
        .map_err(|error| format!("cargo built no {}: {error}", library.display()))?
        .len();
    if bytes > MOST_BYTES {
        return Err(format!(
            "the native engine has {bytes} bytes, which is more than {MOST_BYTES}: {}",
            library.display()
        )
        .into());
    }
    Ok(format!("Some(include_bytes!({library:?}))"))
}

/// The flags that the target needs to make a shared library, if it can make one.
fn rustflags_of_target() -> Option<&'static str> {
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    env::var_os("CARGO_CFG_UNIX")?;
    match target("ENV").as_str() {
        // A program that carries its own libc has no shared libraries, and serves Pythons of
        // another libc: https://doc.rust-lang.org/reference/linkage.html
        "musl" if target("FEATURE").split(',').any(|it| it == "crt-static") => None,
        "musl" => Some("-Ctarget-feature=-crt-static"),
        _ => Some(""),
    }
}

/// Runs the cargo that runs us, with a target folder of its own: ours is locked.
///
/// The library is the same whatever the outer build is for, so nothing of that build's flags,
/// wrappers (clippy is one) and folders is handed on. The jobserver is: this cargo works with
/// the one token that our script has, and takes more where they are free.
fn build_native(root: &Path, folder: &Path, rustflags: &str) -> Result<PathBuf, Box<dyn Error>> {
    let target = env::var("TARGET")?;
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(root)
        .args(["build", "--package", "probe-native", "--locked"])
        .args(["--profile", PROFILE, "--target", &target])
        .arg("--target-dir")
        .arg(folder)
        // Even where it is empty it goes before all other sources of flags:
        // https://doc.rust-lang.org/cargo/reference/config.html#buildrustflags
        .env("CARGO_ENCODED_RUSTFLAGS", rustflags)
        .env("CARGO_BUILD_BUILD_DIR", folder)
        // Can't be combined with link-time optimization.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        // Our own output is read by cargo.
        .stdout(std::process::Stdio::null());
    let status = command
        .status()
        .map_err(|error| format!("{} can't be run: {error}", command.get_program().display()))?;
    if !status.success() {
        return Err(format!("the native engine can't be built: cargo ended with {status}").into());
    }
    let extension = match env::var("CARGO_CFG_TARGET_VENDOR").as_deref() {
        Ok("apple") => "dylib",
        _ => "so",
    };
    Ok(folder
        .join(&target)
        .join(PROFILE)
        .join(format!("libprobe_native.{extension}")))
}
