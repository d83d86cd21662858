//! What `install` and `run` write, as a value: the runtime package with its plan and the native
//! engine, and the start-up files that name it. Writes nothing; `docs/payload.md` describes the layout.

mod embedded;
mod name;

pub use name::{PackageName, package_in};

/// The package's file that carries the plan.
pub const PLAN: &str = "plan.py";
/// The package's file that is the native engine; a module `_native` for every Python that has
/// the stable ABI's suffix, which are all on Linux and macOS. It needs no permission to be
/// executed: the loader maps it.
pub const NATIVE: &str = "_native.abi3.so";
/// The package's file that tells an installer what was installed; not part of the hash.
pub const MANIFEST: &str = "install.json";
/// Python's own hook, which `site` imports last.
pub const SITECUSTOMIZE: &str = "sitecustomize.py";
/// The hook that `site` executes a line of.
pub const PTH: &str = "probe.pth";
/// The hook of PEP 829, for Python 3.15 and later.
pub const START: &str = "probe.start";

/// A file of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadFile {
    /// Its name in its folder.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// All files that make one plan work.
#[derive(Debug, Clone)]
pub struct Payload {
    /// The package's name, which carries the hash of its files.
    pub package: PackageName,
    /// The package's files without the manifest, in the order of their names.
    pub files: Vec<PayloadFile>,
}

impl Payload {
    /// The embedded runtime with this plan, the text of `plan.py`.
    #[must_use]
    pub fn build(plan_py: &str) -> Self {
        let native = embedded::NATIVE.map(|bytes| (NATIVE, bytes));
        let mut files: Vec<PayloadFile> = embedded::RUNTIME
            .iter()
            .copied()
            .chain(native)
            .map(|(name, bytes)| PayloadFile {
                name,
                bytes: bytes.to_vec(),
            })
            .collect();
        files.push(PayloadFile {
            name: PLAN,
            bytes: plan_py.as_bytes().to_vec(),
        });
        files.sort_by_key(|file| file.name);
        let package = PackageName::of(files.iter().map(|file| (file.name, file.bytes.as_slice())));
        Self { package, files }
    }

    /// Whether a process that records is expected to load this module of the package: those of
    /// the Python engine only where the plan asks for it, or there is no other; and none that is
    /// for special cases.
    #[must_use]
    pub fn will_load(&self, name: &str) -> bool {
        let asked_for = |file: &PayloadFile| {
            let mut lines = file.bytes.split(|byte| *byte == b'\n');
            file.name == PLAN && lines.any(|line| line == b"ENGINE = \"python\"")
        };
        let has_native = self.files.iter().any(|file| file.name == NATIVE);
        !SELDOM_LOADED.contains(&name)
            && (!OF_THE_PYTHON_ENGINE.contains(&name)
                || !has_native
                || self.files.iter().any(asked_for))
    }

    /// The files that go beside the package, which start it.
    #[must_use]
    pub fn start_up_files(&self) -> [PayloadFile; 3] {
        [SITECUSTOMIZE, PTH, START].map(|name| PayloadFile {
            name,
            bytes: start_up_file(name, &self.package),
        })
    }
}

/// Modules for `status`, for `probe run`, for a sitecustomize that ours hides, for functions of
/// `__main__`, for functions written in C, and for exceptions that strike in the probe.
const SELDOM_LOADED: [&str; 7] = [
    "ahead.py",
    "builtin_loader.py",
    "chain.py",
    "describing.py",
    "main_module.py",
    "struck.py",
    "twins.py",
];

/// Modules that only the Python engine loads, which is seldom at work.
const OF_THE_PYTHON_ENGINE: [&str; 15] = [
    "assembler.py",
    "counting.py",
    "forwarding.py",
    "identity.py",
    "injection.py",
    "leftovers.py",
    "mapped_file.py",
    "monitoring.py",
    "python_engine.py",
    "recorder.py",
    "recording.py",
    "recursion.py",
    "resumable.py",
    "timing.py",
    "tree.py",
];

/// True for a name that a file of the package may have, whatever version wrote it: a module in
/// Python or the native engine.
#[must_use]
pub fn may_be_of_a_package(name: &str) -> bool {
    name.ends_with(".py") || name == NATIVE
}

/// The content that the start-up file of this name has for a package.
#[must_use]
pub fn start_up_file(name: &str, package: &PackageName) -> Vec<u8> {
    let template = match name {
        SITECUSTOMIZE => embedded::SITECUSTOMIZE,
        PTH => embedded::PTH,
        _ => embedded::START,
    };
    template.replace("@PACKAGE@", package.as_str()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_plan_is_another_package() {
        let one = Payload::build("SCHEMA = 1\n");
        assert_eq!(one.package, Payload::build("SCHEMA = 1\n").package);
        assert_ne!(one.package, Payload::build("SCHEMA = 2\n").package);
        let names: Vec<_> = one.files.iter().map(|file| file.name).collect();
        assert!(names.is_sorted());
        assert!(names.contains(&PLAN) && names.contains(&"__init__.py"));
        assert!(names.into_iter().all(may_be_of_a_package));
    }

    #[test]
    #[cfg(not(target_env = "musl"))]
    fn the_python_engine_is_loaded_where_the_plan_asks_for_it() {
        let native = Payload::build("ENGINE = \"auto\"\n");
        let python = Payload::build("ENGINE = \"python\"\n");
        for name in OF_THE_PYTHON_ENGINE {
            assert!(native.files.iter().any(|file| file.name == name), "{name}");
            assert!(!native.will_load(name) && python.will_load(name), "{name}");
        }
        assert!(native.will_load("native.py") && python.will_load("native.py"));
        for name in SELDOM_LOADED {
            assert!(native.files.iter().any(|file| file.name == name), "{name}");
            assert!(!native.will_load(name) && !python.will_load(name), "{name}");
        }
    }

    #[test]
    #[cfg(not(target_env = "musl"))]
    fn the_native_engine_is_a_shared_library_for_this_machine() {
        let payload = Payload::build("SCHEMA = 1\n");
        let file = payload.files.iter().find(|file| file.name == NATIVE);
        let magic: &[u8] = if cfg!(target_vendor = "apple") {
            b"\xcf\xfa\xed\xfe"
        } else {
            b"\x7fELF"
        };
        let bytes = &file.unwrap().bytes;
        assert!(bytes.starts_with(magic));
        // What Python looks for in it.
        let entry = b"PyInit__native";
        assert!(bytes.windows(entry.len()).any(|window| window == entry));
    }

    #[test]
    fn start_up_files_name_the_package_and_are_plain_ascii() {
        let payload = Payload::build("SCHEMA = 1\n");
        for file in payload.start_up_files() {
            let text = String::from_utf8(file.bytes).unwrap();
            assert!(text.is_ascii() && !text.contains("@PACKAGE@"), "{text}");
            assert!(text.contains(payload.package.as_str()));
        }
        let pth = start_up_file(PTH, &payload.package);
        let name = payload.package.as_str();
        let text = String::from_utf8(pth).unwrap();
        // Python runs a line that begins so, and only that.
        assert!(text.starts_with("import ") && text.lines().count() == 1);
        assert!(text.ends_with(&format!("__import__(\"{name}\").start(\"pth\")\n")));
    }
}
