//! The whole life of an installation in real venvs: every state that a killed command can
//! leave behind, foreign files, modified files, and a Python that runs in between.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::*;
use crate::files::{Sha256Hex, digest_tree};
use crate::payload::{MANIFEST, PTH, SITECUSTOMIZE, START};
use crate::python::{Surroundings, find_in};

/// A venv made by the `python3` on PATH.
struct Sandbox {
    folder: TempDir,
}

fn plan_text(number: u32) -> String {
    format!("SCHEMA = 1\nTARGETS = ()\nNUMBER = {number}\n")
}

fn payload(number: u32) -> Payload {
    Payload::build(&plan_text(number))
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("python3")
            .args(["-m", "venv", "--without-pip"])
            .arg(folder.path().join("venv"))
            .status()
            .unwrap();
        assert!(made.success());
        Self { folder }
    }

    fn venv(&self) -> Venv {
        find_in(
            Some(&self.folder.path().join("venv")),
            &Surroundings::default(),
        )
        .unwrap()
    }

    fn site(&self, name: &str) -> std::path::PathBuf {
        self.venv().site_packages.join(name)
    }

    fn digest(&self) -> Sha256Hex {
        digest_tree(self.folder.path()).unwrap()
    }

    fn install(&self, number: u32) -> Done {
        self.try_install(number).unwrap()
    }

    fn try_install(&self, number: u32) -> Result<Done, SiteError> {
        install(&self.venv(), &payload(number), Value::Null, Mode::Perform)
    }

    fn uninstall(&self) -> Done {
        uninstall(&self.venv(), Mode::Perform).unwrap()
    }

    fn inspect(&self) -> Inspection {
        inspect(&self.venv().site_packages).unwrap()
    }

    fn verdict(&self) -> Verdict {
        verdict(&self.inspect(), &self.venv())
    }

    fn state(&self) -> State {
        self.verdict().state
    }

    /// Starts the venv's Python and gives what it says about the probe.
    fn python(&self) -> String {
        let output = Command::new(self.venv().interpreter)
            .args(["-c", "import sys; print([m for m in sys.modules if m.startswith('_probe_') and '.' not in m])"])
            .env_remove("PYTHONPATH")
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        String::from_utf8(output.stdout).unwrap()
    }

    fn perform_first(&self, plan: &Plan, count: usize) {
        let part = Plan {
            steps: plan.steps[..count].to_vec(),
            ..Plan::default()
        };
        let lock = FolderLock::acquire(&self.venv().site_packages).unwrap();
        perform(&part, &lock).unwrap();
    }
}

#[test]
fn uninstall_leaves_the_venv_as_it_was() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    sandbox.install(1);
    assert_eq!(sandbox.state(), State::Intact);
    let name = payload(1).package;
    assert_eq!(sandbox.python().trim(), format!("['{name}']"));
    assert!(sandbox.site(name.as_str()).join("__pycache__").exists());
    assert_eq!(sandbox.state(), State::Intact);
    let done = sandbox.uninstall();
    assert_eq!(done.kept, []);
    assert_eq!(sandbox.digest(), before);
    assert_eq!(sandbox.python().trim(), "[]");
    assert!(matches!(
        uninstall(&sandbox.venv(), Mode::Perform),
        Err(SiteError::NothingInstalled { .. })
    ));
}

#[test]
fn a_pycache_that_was_there_stays() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.site("__pycache__")).unwrap();
    let before = sandbox.digest();
    sandbox.install(1);
    sandbox.python();
    sandbox.install(2);
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn installing_again_changes_nothing_and_another_plan_replaces_the_first() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    sandbox.install(1);
    let installed = sandbox.digest();
    assert_eq!(sandbox.install(1).plan.steps, []);
    assert_eq!(sandbox.digest(), installed);
    for number in 2..6 {
        // Runs in the same second as the installation: no stale bytecode may run.
        sandbox.install(number);
        let name = payload(number).package;
        assert_eq!(sandbox.python().trim(), format!("['{name}']"));
        assert_eq!(sandbox.state(), State::Intact);
        assert_eq!(sandbox.inspect().packages.len(), 1);
    }
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    let planned = install(&sandbox.venv(), &payload(1), Value::Null, Mode::DryRun).unwrap();
    assert_eq!(sandbox.digest(), before);
    let paths = |done: &Done| -> Vec<String> { done.plan.steps.iter().map(Step::path).collect() };
    assert_eq!(paths(&planned), paths(&sandbox.install(1)));
    let installed = sandbox.digest();
    let planned = uninstall(&sandbox.venv(), Mode::DryRun).unwrap();
    assert_eq!(sandbox.digest(), installed);
    assert_eq!(paths(&planned), paths(&sandbox.uninstall()));
}

/// What each kind of command plans in a venv, and how it is brought into that state.
fn killed_at_each_step(prepare: &dyn Fn(&Sandbox), plan_of: &dyn Fn(&Sandbox) -> Plan) {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    prepare(&sandbox);
    let steps = plan_of(&sandbox).steps.len();
    sandbox.uninstall();
    assert!(steps > 3);
    for count in 0..=steps {
        for heal_by_install in [false, true] {
            prepare(&sandbox);
            sandbox.perform_first(&plan_of(&sandbox), count);
            // Whatever is half done, Python starts without a word (checked in `python`).
            sandbox.python();
            if heal_by_install {
                sandbox.install(3);
                assert_eq!(sandbox.state(), State::Intact, "after {count} steps");
                assert!(sandbox.python().contains(payload(3).package.as_str()));
            }
            if !sandbox.inspect().is_absent() {
                assert_eq!(sandbox.uninstall().kept, [], "after {count} steps");
            }
            assert_eq!(sandbox.digest(), before, "after {count} steps");
        }
    }
}

fn install_plan(sandbox: &Sandbox, number: u32) -> Plan {
    let manifest = Manifest::new(&sandbox.venv(), Value::Null);
    super::install::plan(&sandbox.inspect(), &payload(number), manifest).unwrap()
}

#[test]
fn an_install_that_is_killed_heals() {
    let prepare = |sandbox: &Sandbox| {
        // What is left when it is killed while it writes the package.
        let half = sandbox.site(".probe-new-aB3xYz");
        std::fs::create_dir(&half).unwrap();
        std::fs::write(half.join("__init__.py"), "half a li").unwrap();
        std::fs::write(sandbox.site(".probe-new-Zz9yYx"), "half a li").unwrap();
    };
    killed_at_each_step(&prepare, &|sandbox| install_plan(sandbox, 1));
}

#[test]
fn a_re_install_that_is_killed_heals() {
    let prepare = |sandbox: &Sandbox| {
        sandbox.install(1);
        sandbox.python();
    };
    killed_at_each_step(&prepare, &|sandbox| install_plan(sandbox, 2));
}

#[test]
fn a_removal_that_is_killed_heals() {
    let prepare = |sandbox: &Sandbox| {
        sandbox.install(1);
        sandbox.python();
    };
    killed_at_each_step(&prepare, &|sandbox| {
        super::removal::plan(&sandbox.inspect())
    });
}

#[test]
fn a_user_s_sitecustomize_is_left_alone_in_each_of_its_forms() {
    for name in [
        "sitecustomize.py",
        "sitecustomize/__init__.py",
        "sitecustomize.cpython-312-x86_64-linux-gnu.so",
        "__pycache__/sitecustomize.cpython-312.pyc",
    ] {
        let sandbox = Sandbox::new();
        let path = sandbox.site(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "# mine\n").unwrap();
        let before = sandbox.digest();
        sandbox.install(1);
        assert_eq!(std::fs::read(&path).unwrap(), b"# mine\n");
        let ours = sandbox.site(SITECUSTOMIZE);
        assert!(name == SITECUSTOMIZE || !ours.exists(), "{name}");
        assert_eq!(sandbox.state(), State::Intact, "{name}");
        assert_eq!(sandbox.uninstall().kept, [], "{name}");
        assert_eq!(sandbox.digest(), before, "{name}");
    }
}

#[test]
fn a_foreign_start_up_file_is_refused_by_name() {
    for name in [PTH, START] {
        let sandbox = Sandbox::new();
        std::fs::write(sandbox.site(name), "import sys\n").unwrap();
        let before = sandbox.digest();
        let error = sandbox.try_install(1).unwrap_err();
        assert!(matches!(error, SiteError::InTheWay { .. }), "{error}");
        assert!(error.to_string().contains(name));
        assert_eq!(sandbox.digest(), before);
    }
}

#[test]
fn a_modified_file_stays_and_the_rest_goes() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let name = payload(1).package;
    let plan = sandbox.site(name.as_str()).join("plan.py");
    std::fs::write(&plan, "# mine\n").unwrap();
    std::fs::write(sandbox.site(name.as_str()).join("notes.txt"), "mine").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    let done = sandbox.uninstall();
    let kept: Vec<&str> = done.kept.iter().map(|kept| kept.path.as_str()).collect();
    assert_eq!(
        kept,
        [format!("{name}/notes.txt"), format!("{name}/plan.py")]
    );
    assert_eq!(std::fs::read_dir(sandbox.site("")).unwrap().count(), 1);
    assert_eq!(
        std::fs::read_dir(plan.parent().unwrap()).unwrap().count(),
        2
    );
}

#[test]
fn a_modified_start_up_file_keeps_the_package_that_it_names() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let pth = sandbox.site(PTH);
    let mut text = std::fs::read_to_string(&pth).unwrap();
    text.push_str("import sys\n");
    std::fs::write(&pth, &text).unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    assert!(matches!(
        sandbox.try_install(2),
        Err(SiteError::Modified { .. })
    ));
    assert_eq!(sandbox.uninstall().kept.len(), 2);
    assert_eq!(std::fs::read_to_string(&pth).unwrap(), text);
    assert!(sandbox.python().contains(payload(1).package.as_str()));
    std::fs::remove_file(&pth).unwrap();
    assert_eq!(sandbox.uninstall().kept, []);
}

#[test]
fn a_file_that_took_our_place_is_kept_and_named() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    std::fs::write(sandbox.site(SITECUSTOMIZE), "# from a wheel\n").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    sandbox.install(1);
    assert_eq!(sandbox.state(), State::Intact);
    std::fs::write(sandbox.site(START), "# from a wheel\n").unwrap();
    let done = sandbox.uninstall();
    assert_eq!(done.kept.len(), 1);
    assert_eq!(done.kept[0].path, START);
    assert!(sandbox.site(SITECUSTOMIZE).exists());
}

#[test]
fn a_damaged_package_is_written_again() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    sandbox.python();
    let folder = sandbox.site(payload(1).package.as_str());
    let intact = std::fs::read(folder.join("__init__.py")).unwrap();
    std::fs::write(folder.join("__init__.py"), "raise SystemExit(3)\n").unwrap();
    std::fs::remove_file(folder.join("plan.py")).unwrap();
    std::fs::write(folder.join(MANIFEST), "{").unwrap();
    assert_eq!(sandbox.state(), State::Modified);
    assert_eq!(sandbox.install(1).plan.notes.len(), 1);
    assert_eq!(std::fs::read(folder.join("__init__.py")).unwrap(), intact);
    assert_eq!(sandbox.state(), State::Intact);
}

#[test]
fn a_change_is_found_though_the_manifest_agrees_with_it() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let name = payload(1).package;
    let folder = sandbox.site(name.as_str());
    // The plan too, or this program would know what the folder should contain.
    for file in ["__init__.py", "plan.py"] {
        std::fs::write(folder.join(file), "# mine\n").unwrap();
    }
    let mut manifest = Manifest::parse(&std::fs::read(folder.join(MANIFEST)).unwrap()).unwrap();
    for (path, sha256) in &mut manifest.files {
        *sha256 = crate::files::digest_file(&sandbox.site(path)).unwrap();
    }
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    assert_eq!(sandbox.state(), State::Modified);
}

#[test]
fn what_is_ours_is_known_without_the_manifest() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    sandbox.install(1);
    let folder = sandbox.site(payload(1).package.as_str());
    std::fs::remove_file(folder.join(MANIFEST)).unwrap();
    assert_eq!(sandbox.state(), State::Incomplete);
    assert_eq!(sandbox.uninstall().kept, []);
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn a_package_that_only_looks_like_ours_is_not() {
    let sandbox = Sandbox::new();
    let folder = sandbox.site("_probe_0123456789ab");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("__init__.py"), "# mine\n").unwrap();
    let before = sandbox.digest();
    assert_eq!(sandbox.state(), State::Absent);
    sandbox.install(1);
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}

#[test]
fn a_venv_that_moved_is_stale_and_another_install_makes_it_current() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let moved = sandbox.folder.path().join("moved");
    std::fs::rename(sandbox.folder.path().join("venv"), &moved).unwrap();
    let venv = find_in(Some(&moved), &Surroundings::default()).unwrap();
    let judge = |venv: &Venv| verdict(&inspect(&venv.site_packages).unwrap(), venv);
    assert_eq!(judge(&venv).state, State::Stale);
    assert_eq!(judge(&venv).why.len(), 1);
    install(&venv, &payload(1), Value::Null, Mode::Perform).unwrap();
    assert_eq!(judge(&venv).state, State::Intact);
}

#[test]
fn another_version_s_installation_is_stale_and_removed_whole() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    // As a version with another runtime and other templates would have installed it.
    let files = [("__init__.py", &b"def start(how): pass\n"[..])];
    let package = crate::payload::PackageName::of(files);
    let pth = format!("import {package} as p; p.start('pth')\n");
    let mut manifest = Manifest::new(&sandbox.venv(), Value::Null);
    manifest.version = "0.0.1".into();
    manifest.pycache_existed = false;
    manifest.files = [
        (format!("{package}/__init__.py"), files[0].1),
        (PTH.to_owned(), pth.as_bytes()),
    ]
    .map(|(path, bytes)| (path, crate::files::digest(bytes)))
    .into();
    let folder = sandbox.site(package.as_str());
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("__init__.py"), files[0].1).unwrap();
    std::fs::write(folder.join(MANIFEST), manifest.to_bytes()).unwrap();
    std::fs::write(sandbox.site(PTH), pth).unwrap();
    let verdict = sandbox.verdict();
    assert_eq!(verdict.state, State::Stale, "{verdict:?}");
    assert!(verdict.why[0].contains("0.0.1"));
    sandbox.install(1);
    assert_eq!(sandbox.state(), State::Intact);
    assert!(!Path::new(&folder).exists());
    sandbox.uninstall();
    assert_eq!(sandbox.digest(), before);
}
