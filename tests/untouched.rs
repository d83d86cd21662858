//! What isn't the probe's stays as it was through install, starts of Python, an upgrade and
//! uninstall: a user's own sitecustomize, what symlinks at the probe's names lead to, and files
//! that share their bytes with uv's cache.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use common::{Context, Run, Tree, snapshot, usual_python, uv, wheel};

/// Some files by all that can be told of them: number, mode, owner, second and nanosecond of
/// the last change, and content.
type Identities = BTreeMap<PathBuf, (u64, u32, u32, (i64, i64), Vec<u8>)>;

fn identities(paths: &[PathBuf]) -> Identities {
    let files = paths.iter().flat_map(walkdir::WalkDir::new);
    files
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let metadata = entry.path().symlink_metadata().unwrap();
            let content = if metadata.is_file() {
                fs::read(entry.path()).unwrap()
            } else {
                Vec::new()
            };
            let changed = (metadata.mtime(), metadata.mtime_nsec());
            let what = (
                metadata.ino(),
                metadata.mode(),
                metadata.uid(),
                changed,
                content,
            );
            (entry.into_path(), what)
        })
        .collect()
}

/// Installs, starts, upgrades, starts and uninstalls; these paths keep all that is told of them.
fn through_its_life(context: &Context, own: &[PathBuf]) {
    let before = identities(own);
    let check = |when: &str| assert_eq!(identities(own), before, "after {when}");
    let start = || {
        let ran = context.python(&["-c", "print(own)"]).succeeds();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("ran\n", ""));
    };
    context.install(&["app:f"]);
    check("install");
    start();
    check("a start");
    context.install(&["app:g"]);
    check("an upgrade");
    start();
    context.probe(&["status"]).succeeds();
    context.probe(&["uninstall"]).succeeds();
    check("uninstall");
    start();
}

const OWN: &str = "import builtins\nbuiltins.own = 'ran'\n";

#[test]
fn a_sitecustomize_that_is_a_file_keeps_all_of_it() {
    let context = Context::new();
    let own = context.site_packages().join("sitecustomize.py");
    fs::write(&own, OWN).unwrap();
    fs::set_permissions(&own, PermissionsExt::from_mode(0o640)).unwrap();
    through_its_life(&context, &[own]);
}

#[test]
fn a_sitecustomize_with_its_bytecode_keeps_all_of_it() {
    let context = Context::new();
    let own = context.site_packages().join("sitecustomize.py");
    fs::write(&own, OWN).unwrap();
    context.python(&["-c", ""]).succeeds();
    let bytecode = context.site_packages().join("__pycache__");
    assert_eq!(fs::read_dir(&bytecode).unwrap().count(), 1);
    through_its_life(&context, &[own, bytecode]);
}

#[test]
fn a_sitecustomize_that_is_a_package_keeps_all_of_it() {
    let context = Context::new();
    let own = context.site_packages().join("sitecustomize");
    fs::create_dir(&own).unwrap();
    fs::write(own.join("__init__.py"), OWN).unwrap();
    fs::write(own.join("more.py"), "").unwrap();
    context.python(&["-c", ""]).succeeds();
    through_its_life(&context, &[own]);
}

#[test]
fn a_sitecustomize_without_its_source_keeps_all_of_it() {
    let context = Context::new();
    let source = context.write("sitecustomize.py", OWN);
    let own = context.site_packages().join("sitecustomize.pyc");
    let mut compile = context.python(&["-I", "-c"]);
    compile
        .arg("import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)")
        .args([&source, &own]);
    compile.succeeds();
    fs::remove_file(source).unwrap();
    through_its_life(&context, &[own]);
}

/// What a planted symlink leads to.
const VICTIMS: [&str; 4] = ["file", "folder", "full", "nowhere"];

/// Makes the victims: a file that Python reads as nothing, an empty folder, a folder with files
/// that have names of ours, and nothing.
fn victims(context: &Context) -> PathBuf {
    let victims = context.root().join("victims");
    let full = victims.join("full");
    fs::create_dir_all(victims.join("folder")).unwrap();
    fs::create_dir_all(&full).unwrap();
    fs::write(victims.join("file"), "# precious\n").unwrap();
    let tag = format!("cpython-3{}", context.python.minor);
    for name in [
        format!("sitecustomize.{tag}.pyc"),
        format!("plan.{tag}.pyc"),
        "__init__.py".to_owned(),
        "install.json".to_owned(),
        "probe.pth".to_owned(),
    ] {
        fs::write(full.join(name), "# precious\n").unwrap();
    }
    victims
}

/// Plants a symlink at this name of site-packages to each victim in turn, installs, starts,
/// uninstalls; gives how `install` answered each time.
fn plant(context: &Context, name: &str) -> Vec<(Option<i32>, String)> {
    let victims = victims(context);
    let before = Tree::of(&victims);
    let link = context.site_packages().join(name);
    let plant_one = |victim| {
        symlink(victims.join(victim), &link).unwrap();
        let install = context.probe(&["install", "-t", "app:f"]).ran();
        before.assert_same_as_now(&victims);
        // Python itself writes bytecode wherever `__pycache__` leads.
        let start = context.python(&["-B", "-c", ""]).succeeds();
        assert_eq!(start.stderr, "", "{name} to {victim}");
        let uninstall = context.probe(&["uninstall"]).ran();
        let wanted = if install.code == Some(0) { 0 } else { 3 };
        assert_eq!(uninstall.code, Some(wanted), "{}", uninstall.text());
        before.assert_same_as_now(&victims);
        assert_eq!(fs::read_link(&link).unwrap(), victims.join(victim));
        fs::remove_file(&link).unwrap();
        (install.code, install.stderr.replace(name, "[NAME]"))
    };
    VICTIMS.into_iter().map(plant_one).collect()
}

const IN_THE_WAY: &str = "error: `[NAME]` is in the way: it isn't the probe's\n\
    hint: move it away and try again; nothing was changed\n";

/// The name that the package will have, as a dry run says it.
fn package_to_be(context: &Context) -> String {
    let mut dry = context.probe(&["install", "-t", "app:f", "--dry-run", "--json"]);
    dry.succeeds().json()["package"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn symlinks_at_names_that_it_needs_are_in_the_way() {
    let context = Context::new();
    for name in ["probe.pth", "probe.start", &package_to_be(&context)] {
        for (code, stderr) in plant(&context, name) {
            assert_eq!(code, Some(3), "{stderr}");
            assert!(stderr.ends_with(IN_THE_WAY), "{stderr}");
        }
    }
}

#[test]
fn symlinks_at_names_that_it_can_do_without_are_left_alone() {
    let context = Context::new();
    for name in ["sitecustomize.py", "__pycache__", ".probe-new-abcdef"] {
        for (code, stderr) in plant(&context, name) {
            assert_eq!(code, Some(0), "{stderr}");
        }
    }
}

#[test]
fn a_folder_of_somebody_else_at_the_packages_name_is_in_the_way() {
    let context = Context::new();
    let folder = context.site_packages().join(package_to_be(&context));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("thesis.txt"), "precious").unwrap();
    let before = Tree::of(&context.venv());
    snapshot!(context, context.probe(&["install", "-t", "app:f"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: `_probe_[HASH]` is in the way: it isn't the probe's
    hint: move it away and try again; nothing was changed
    ");
    before.assert_same_as_now(&context.venv());
}

#[test]
fn symlinks_inside_of_the_package_are_not_followed() {
    let context = Context::new();
    let victims = victims(&context);
    let before = Tree::of(&victims);
    for name in ["__pycache__", "plan.py", "install.json"] {
        for victim in VICTIMS {
            context.install(&["app:f"]);
            let package = context.site_packages().join(context.package());
            let path = package.join(name);
            if path.is_dir() {
                fs::remove_dir_all(&path).unwrap();
            } else {
                fs::remove_file(&path).unwrap();
            }
            symlink(victims.join(victim), &path).unwrap();
            for arguments in [
                &["install", "-t", "app:f"][..],
                &["install", "-t", "app:g"],
                &["uninstall"],
            ] {
                context.probe(arguments).ran();
                before.assert_same_as_now(&victims);
            }
            if package.exists() {
                fs::remove_dir_all(package).unwrap();
            }
        }
    }
}

#[test]
fn what_shares_its_bytes_with_another_place_is_never_written() {
    let context = Context::new();
    context.install(&["app:f"]);
    let cache = context.root().join("cache");
    let site_packages = context.site_packages();
    // As `cp -al` does, and uv from its cache.
    for entry in walkdir::WalkDir::new(&site_packages) {
        let entry = entry.unwrap();
        let copy = cache.join(entry.path().strip_prefix(&site_packages).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(copy).unwrap();
        } else {
            fs::hard_link(entry.path(), copy).unwrap();
        }
    }
    let before = Tree::of(&cache);
    let damaged = site_packages.join(context.package()).join("finder.py");
    fs::remove_file(&damaged).unwrap();
    fs::write(&damaged, "").unwrap();
    for arguments in [
        &["install", "-t", "app:f"][..],
        &["install", "-t", "app:g"],
        &["uninstall"],
    ] {
        context.probe(arguments).succeeds();
        context.python(&["-c", ""]).succeeds();
        before.assert_same_as_now(&cache);
    }
}

#[test]
fn the_cache_of_uv_is_never_written() {
    let Some(uv) = uv() else { return };
    let context = Context::of(usual_python());
    let theirs = [("sitecustomize.py", OWN), ("tiny.py", "def f(): pass\n")];
    let wheel = wheel(&context, "tiny", "1.0", &theirs);
    let cache = context.root().join("uv-cache");
    let pip = |verb: &[&str], packages: &[&Path]| {
        let mut pip = context.command(&uv);
        pip.env("UV_CACHE_DIR", &cache)
            .env("UV_LINK_MODE", "hardlink")
            .args(["pip", verb[0], "--offline", "--quiet", "--python"])
            .arg(context.venv())
            .args(&verb[1..])
            .args(packages);
        pip.succeeds();
    };
    // uv finds ours in its way, and puts its own there.
    context.install(&["tiny:f"]);
    pip(&["install", "--reinstall"], &[&wheel]);
    let own = context.site_packages().join("sitecustomize.py");
    assert_eq!(fs::read_to_string(&own).unwrap(), OWN);
    assert_eq!(
        fs::metadata(&own).unwrap().nlink(),
        2,
        "uv made no hardlinks"
    );
    let before = Tree::of(&cache);
    let kept = identities(&[own]);
    for arguments in [
        &["install", "-t", "tiny:f"][..],
        &["install", "-t", "tiny:g"],
        &["uninstall"],
    ] {
        context.probe(arguments).succeeds();
        context.python(&["-c", "import tiny; tiny.f()"]).succeeds();
        before.assert_same_as_now(&cache);
    }
    let own = context.site_packages().join("sitecustomize.py");
    assert_eq!(identities(&[own]), kept);
}
