//! A place for one test: a temporary folder with a project, a home, a data folder, and a real
//! virtualenv; programs that run in it see nothing else of this machine's user.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::recorded::{Recorded, Truth, truth};
use super::users::{can_be_run_by_others, copy_of};
use super::{AUTO, Engine, Python, Run, usual_python};

/// The place; gone when dropped.
pub struct Context {
    folder: tempfile::TempDir,
    /// The same without symlinks.
    root: PathBuf,
    /// What the virtualenv is made by.
    pub python: Python,
    /// What programs in it ask for by PROBE_ENGINE, if they do.
    engine: Option<Engine>,
    /// Where the libraries of a copied Python are.
    libraries: Option<PathBuf>,
}

impl Context {
    /// A place with a virtualenv of the usual Python.
    pub fn new() -> Self {
        let context = Self::without_venv(usual_python());
        context.make_venv();
        context
    }

    /// A place where the probe is installed for `app:f`.
    pub fn installed() -> Self {
        let context = Self::new();
        context.install(&["app:f"]);
        context
    }

    /// The same, with the app in it, of which a call was recorded.
    pub fn used() -> Self {
        let context = Self::new();
        context.write("app.py", "def f(): pass\n");
        context.install(&["app:f"]);
        context.run_app();
        context
    }

    /// Calls `app:f` once.
    pub fn run_app(&self) {
        self.python(&["-c", "import app; app.f()"]).succeeds();
    }

    /// A place with a virtualenv of another Python.
    pub fn of(python: &Python) -> Self {
        let context = Self::without_venv(python);
        context.make_venv();
        context
    }

    /// The same, with this engine asked for.
    pub fn with_engine(python: &Python, engine: Engine) -> Self {
        let mut context = Self::of(python);
        context.engine = Some(engine);
        context
    }

    /// The same, that other users can reach too: of a copy, where the Python is out of theirs.
    pub fn for_other_users(python: &Python, engine: Engine) -> Self {
        let mut context = Self::without_venv(python);
        context.engine = Some(engine);
        if !can_be_run_by_others(python) {
            let copy = context.root.join("python");
            context.python = copy_of(python, &copy);
            context.libraries = Some(copy.join("lib"));
        }
        context.make_venv();
        context
    }

    /// A place with an empty project.
    pub fn without_venv(python: &Python) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Other users must be able to look around in it, where a test plays one.
        fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("project")).unwrap();
        fs::create_dir(root.join("home")).unwrap();
        Self {
            folder,
            root,
            python: python.clone(),
            engine: None,
            libraries: None,
        }
    }

    fn make_venv(&self) {
        let mut venv = self.command(&self.python.path);
        venv.args(["-m", "venv", "--without-pip"]).arg(self.venv());
        venv.succeeds();
    }

    /// All of it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The current folder of what runs here.
    pub fn project(&self) -> PathBuf {
        self.root.join("project")
    }

    /// Its virtualenv, which commands find by themselves.
    pub fn venv(&self) -> PathBuf {
        self.project().join(".venv")
    }

    /// The folder that packages of the virtualenv are in.
    pub fn site_packages(&self) -> PathBuf {
        let library = format!("lib/python{}", self.python.version());
        self.venv().join(library).join("site-packages")
    }

    /// The folder of the installed payload, relative to site-packages.
    #[track_caller]
    pub fn package(&self) -> String {
        let names = fs::read_dir(self.site_packages()).unwrap();
        let mut names: Vec<String> = names
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("_probe_"))
            .collect();
        assert_eq!(names.len(), 1, "{names:?}");
        names.remove(0)
    }

    /// The root of the recordings.
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// The one folder of recordings below it.
    #[track_caller]
    pub fn store(&self) -> PathBuf {
        let entries = fs::read_dir(self.data()).unwrap();
        let mut folders: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .collect();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders.remove(0)
    }

    /// The recordings in it.
    pub fn recordings(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.store()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|it| it == "rec"))
            .collect()
    }

    /// Writes a file of the project.
    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.project().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Copies a program of `tests/programs` into the project: a file, a package, or what a
    /// folder holds.
    pub fn copy_program(&self, name: &str) {
        let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs");
        let source = programs.join(name);
        let is_package = source.join("__init__.py").is_file();
        let base = if source.is_file() || is_package {
            programs
        } else {
            source.clone()
        };
        for entry in walkdir::WalkDir::new(&source) {
            let entry = entry.unwrap();
            let target = self
                .project()
                .join(entry.path().strip_prefix(&base).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).unwrap();
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// A command that runs in the project, as a user with nothing but this place.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let home = self.root.join("home");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &home)
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_DATA_HOME", home.join("share"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("PROBE_DATA_DIR", self.data())
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir(self.project());
        if let Some(libraries) = &self.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        if let Some(engine) = self.engine {
            command.env("PROBE_ENGINE", engine.name());
        }
        command
    }

    /// `probe` with these arguments.
    pub fn probe<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut probe = self.command(env!("CARGO_BIN_EXE_probe"));
        probe.args(arguments);
        probe
    }

    /// `probe install` with these targets; done.
    #[track_caller]
    pub fn install(&self, targets: &[&str]) {
        let mut install = self.probe(&["install"]);
        for target in targets {
            install.args(["-t", target]);
        }
        install.succeeds();
    }

    /// The virtualenv's Python with these arguments.
    pub fn python<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut python = self.command(self.venv().join("bin/python"));
        python.args(arguments);
        python
    }

    /// The engine that is at work in it.
    pub fn engine(&self) -> Engine {
        self.engine.unwrap_or(AUTO)
    }

    /// What `report` says of all that was recorded here, by the engine that is meant.
    #[track_caller]
    pub fn recorded(&self) -> Recorded {
        let report = self.probe(&["report", "--json"]).succeeds();
        let recorded = Recorded(report.json());
        for process in recorded.processes() {
            assert_eq!(process["engine"], self.engine().name(), "{process}");
        }
        recorded
    }

    /// Runs a program that tells the truth about its calls.
    #[track_caller]
    pub fn truth(&self, arguments: &[&str]) -> Truth {
        truth(&self.python(arguments).succeeds().stdout)
    }

    /// How snapshots hide what differs from one machine, day or build to another.
    pub fn settings(&self) -> insta::Settings {
        let mut settings = insta::Settings::clone_current();
        let version = format!(r"3\.{}", self.python.minor);
        let root = self.root.to_str().unwrap().replace('.', r"\.");
        for (pattern, replacement) in [
            (format!("{root}/project"), "[PROJECT]"),
            (root, "[ROOT]"),
            (format!(r"python{version}\b"), "python3.[X]"),
            (format!(r"\bPython {version}(\.\d+\w*)?"), "Python 3.[X]"),
            (
                format!(r"virtualenv has {version}\b"),
                "virtualenv has 3.[X]",
            ),
            (format!(r"cpython-3{}\b", self.python.minor), "cpython-3[X]"),
            (r"_probe_[0-9a-f]{12}\b".into(), "_probe_[HASH]"),
            (r"-[0-9a-f]{12}\b".into(), "-[HASH]"),
            (
                format!("(?m)^  engine   {}$", self.engine().name()),
                "  engine   [ENGINE]",
            ),
            (r"intact, \d+ files".into(), "intact, [N] files"),
            (r"\(\d+ files\)".into(), "([N] files)"),
            // Which one is first is the interpreter's matter.
            (r"through probe\.(pth|start)".into(), "through probe.[FILE]"),
            (r"by version \d+\.\d+\.\d+".into(), "by version [VERSION]"),
        ] {
            settings.add_filter(&pattern, replacement);
        }
        settings
    }
}
