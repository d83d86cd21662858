//! From the first install to the last trace, and every state that a killed command leaves.

use serde_json::Value;

use super::super::*;
use super::{Sandbox, payload};
use crate::payload::{PTH, SITECUSTOMIZE, START};

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

/// Of a long row of removals in one folder, the first, the last and some between are enough.
fn is_telling(steps: &[Step], count: usize) -> bool {
    let folder_of_removal = |step: Option<&Step>| match step {
        Some(Step::Remove { path, .. }) => Some(path.rsplit_once('/')?.0.to_owned()),
        _ => None,
    };
    let before = folder_of_removal(count.checked_sub(1).and_then(|last| steps.get(last)));
    before.is_none() || before != folder_of_removal(steps.get(count)) || count.is_multiple_of(5)
}

/// What each kind of command plans in a venv, and how it is brought into that state.
fn killed_at_each_step(prepare: &dyn Fn(&Sandbox), plan_of: &dyn Fn(&Sandbox) -> Plan) {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    prepare(&sandbox);
    let steps = plan_of(&sandbox).steps;
    sandbox.uninstall();
    assert!(steps.len() > 3);
    for count in (0..=steps.len()).filter(|count| is_telling(&steps, *count)) {
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
    super::super::install::plan(&sandbox.inspect(), &payload(number), manifest).unwrap()
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
        super::super::removal::plan(&sandbox.inspect())
    });
}

#[test]
fn bytecode_that_a_python_wrote_after_the_removal_goes_with_the_next_command() {
    let sandbox = Sandbox::new();
    let before = sandbox.digest();
    for heal_by_install in [false, true] {
        let pycache = sandbox.site(&format!("{}/__pycache__", payload(1).package));
        std::fs::create_dir_all(&pycache).unwrap();
        std::fs::write(pycache.join("finder.cpython-312.opt-1.pyc"), "").unwrap();
        std::fs::write(pycache.join("plan.cpython-312.pyc.140737"), "").unwrap();
        assert_eq!(sandbox.state(), State::Incomplete);
        if heal_by_install {
            sandbox.install(1);
            assert_eq!(sandbox.state(), State::Intact);
            assert!(sandbox.python().contains(payload(1).package.as_str()));
        }
        assert_eq!(sandbox.uninstall().kept, []);
        assert_eq!(sandbox.digest(), before);
    }
}

#[test]
fn the_probe_is_asked_whether_it_fires() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let before = sandbox.digest();
    let live = sandbox.live();
    assert_eq!(live.fires, Some(true), "{live:?}");
    assert_eq!(live.package.as_deref(), Some(payload(1).package.as_str()));
    assert!(live.how.is_some() && live.engine.is_some());
    assert_eq!(sandbox.digest(), before, "asking leaves no bytecode");
    for name in [PTH, START, SITECUSTOMIZE] {
        std::fs::remove_file(sandbox.site(name)).unwrap();
    }
    let live = sandbox.live();
    assert_eq!(live.fires, Some(false));
    assert!(
        live.why[0].contains("none of its start-up files is left"),
        "{live:?}"
    );
}

#[test]
fn each_start_up_file_fires_alone() {
    let sandbox = Sandbox::new();
    let never = sandbox.base_has_sitecustomize();
    for (name, how) in [(PTH, "pth"), (SITECUSTOMIZE, "sitecustomize")] {
        sandbox.install(1);
        for other in [PTH, START, SITECUSTOMIZE] {
            if other != name {
                std::fs::remove_file(sandbox.site(other)).unwrap();
            }
        }
        let live = sandbox.live();
        let fires = !(never && name == SITECUSTOMIZE);
        assert_eq!(live.fires, Some(fires), "{live:?}");
        assert_eq!(live.how.as_deref(), fires.then_some(how), "{live:?}");
    }
}

#[test]
fn a_python_that_does_not_start_is_said() {
    let sandbox = Sandbox::new();
    sandbox.install(1);
    let venv = sandbox.venv();
    std::fs::remove_file(&venv.interpreter).unwrap();
    std::os::unix::fs::symlink("/gone/python", &venv.interpreter).unwrap();
    let live = sandbox.live();
    assert_eq!(live.fires, None);
    assert!(live.why[0].contains("leads to `/gone/python`"), "{live:?}");
    sandbox.uninstall();
}
