//! Service users: what one user installs and others run is recorded where these can write, and
//! both they and root find it. Real users, so only root can run these tests; on the oldest and
//! the newest Python, with both engines.

// Clippy's setting for tests doesn't reach the helpers of an integration test.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod common;
#[path = "users/place.rs"]
mod place;

use std::fs;
use std::io::BufReader;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use common::{Engine, Run, Server, is_root, pythons, wait_for_line};
use place::Place;
use rustix::process::Signal;

/// A service's user, with a home that isn't there or isn't theirs, as Debian makes it.
const SERVICE: u32 = 33;
/// Users whom /etc/passwd doesn't know.
const ALICE: u32 = 54_321;
const BOB: u32 = 54_322;

const CALL: &str = "import app; app.f()";

/// Runs a test on the oldest and the newest Python, with both engines.
fn everywhere(test: impl Fn(Place)) {
    with(&[Engine::Native, Engine::Python], test);
}

/// The same with one engine, where the other does nothing else.
fn on_each_python(test: impl Fn(Place)) {
    with(&[Engine::Python], test);
}

fn with(engines: &[Engine], test: impl Fn(Place)) {
    if !is_root() {
        println!("skipped: only root can play other users");
        return;
    }
    let found = pythons();
    for python in [found.first().unwrap(), found.last().unwrap()] {
        for &engine in engines {
            println!("Python {}, the {} engine", python.version(), engine.name());
            test(Place::new(python, engine));
        }
    }
}

/// The recordings in a folder, checked: it is its owner's alone, and so are they.
#[track_caller]
fn recordings(store: &Path, owner: u32) -> usize {
    let seen = |path: &Path| {
        let metadata = fs::symlink_metadata(path).unwrap();
        (metadata.uid(), metadata.mode() & 0o777)
    };
    assert_eq!(seen(store), (owner, 0o700), "{}", store.display());
    let paths = fs::read_dir(store).unwrap().map(|it| it.unwrap().path());
    let paths: Vec<PathBuf> = paths.collect();
    for path in &paths {
        assert_eq!(seen(path), (owner, 0o600), "{}", path.display());
    }
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rec"))
        .count()
}

#[test]
fn root_installs_and_a_service_runs() {
    everywhere(|mut place| {
        place.install(0, &[]);
        let store = place.without_home(SERVICE);
        for home in [None, Some(Path::new("/nonexistent"))] {
            place.python(SERVICE, home, CALL);
        }
        assert_eq!(recordings(&store, SERVICE), 2);
        let (calls, ran) = place.report(SERVICE, None, "app:f");
        assert_eq!(calls, 2, "{}", ran.text());
        // Root finds them wherever root's home is, and its own beside them.
        let home = place.home(0);
        assert_eq!(place.report(0, Some(&home), "app:f").0, 2);
        place.python(0, Some(&home), CALL);
        let (calls, ran) = place.report(0, Some(&home), "app:f");
        assert_eq!(calls, 3);
        assert!(
            ran.stderr.contains("recordings of 2 users: root in `"),
            "{}",
            ran.text()
        );
        // And takes them away.
        place
            .probe(0, Some(&home), &["uninstall", "--purge"])
            .succeeds();
        assert!(!store.exists());
    });
}

#[test]
fn one_user_installs_and_others_run() {
    everywhere(|mut place| {
        place.give_project(ALICE);
        place.install(ALICE, &[]);
        let alice = place.home(ALICE);
        let root_home = place.home(0);
        let of_root = Path::new("/root/.local/state/probe").join(place.store_name());
        place.homeless.push(of_root.clone());
        let of_bob = place.without_home(BOB);
        // Root first: were it to make alice's folder, she couldn't record.
        place.python(0, Some(&root_home), CALL);
        place.python(ALICE, Some(&alice), CALL);
        place.python(BOB, Some(&place.home(BOB)), CALL);
        // Root put nothing into alice's home, and nobody anything into a home that isn't theirs.
        let of_alice = alice.join(".local/state/probe").join(place.store_name());
        assert_eq!(recordings(&of_alice, ALICE), 1);
        assert_eq!(recordings(&of_root, 0), 1);
        assert_eq!(recordings(&of_bob, BOB), 1);
        // Alice's `.venv` is another user's: root names it.
        let venv = place.context.venv();
        let venv = venv.to_str().unwrap();
        let report = ["report", "--json", "--run", "all", "--venv", venv];
        let ran = place.probe(0, Some(&root_home), &report).succeeds();
        assert_eq!(ran.json()["functions"][0]["calls"], 3, "{}", ran.text());
        assert!(
            ran.stderr.contains("recordings of 3 users: root in `"),
            "{}",
            ran.text()
        );
        for user in [ALICE, BOB] {
            let ran = place
                .probe(user, Some(&place.home(user)), &report)
                .succeeds();
            assert_eq!(ran.json()["functions"][0]["calls"], 1, "{}", ran.text());
        }
    });
}

#[test]
fn a_data_root_for_all_has_a_folder_for_each() {
    everywhere(|place| {
        let data = place.context.data();
        fs::create_dir(&data).unwrap();
        fs::set_permissions(&data, PermissionsExt::from_mode(0o1777)).unwrap();
        place.install(0, &["--data-dir", data.to_str().unwrap()]);
        let store = data.join(place.store_name());
        for user in [SERVICE, 0, BOB, SERVICE] {
            place.python(user, None, CALL);
        }
        let of = |user: u32| data.join(format!("{}.u{user}", place.store_name()));
        assert_eq!(recordings(&store, SERVICE), 2);
        assert_eq!(recordings(&of(0), 0), 1);
        assert_eq!(recordings(&of(BOB), BOB), 1);
        for (user, calls) in [(0, 4), (SERVICE, 2), (BOB, 1)] {
            let (seen, ran) = place.report(user, None, "app:f");
            assert_eq!(seen, calls, "{}", ran.text());
        }
        // Of all venvs below the root, too.
        let all = [
            "report",
            "--json",
            "--run",
            "all",
            "--data-dir",
            data.to_str().unwrap(),
        ];
        let mut all = place.probe(0, None, &all);
        assert_eq!(
            all.current_dir("/").succeeds().json()["functions"][0]["calls"],
            4
        );
        place.probe(0, None, &["uninstall", "--purge"]).succeeds();
        assert_eq!(fs::read_dir(&data).unwrap().count(), 0);
    });
}

#[test]
fn a_service_sees_its_targets_and_switches_its_processes() {
    everywhere(|mut place| {
        place.install(0, &[]);
        place.without_home(SERVICE);
        let program =
            "import app, sys; app.f(); print('ready', flush=True); sys.stdin.read(1); app.f()";
        for user in [SERVICE, 0] {
            let python = place.context.python(&["-c", program]);
            let mut python = place.of(SERVICE, None, python);
            let python = python.stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = python.spawn().unwrap();
            wait_for_line(&mut BufReader::new(child.stdout.take().unwrap()), "ready");
            place.probe(user, None, &["off"]).succeeds();
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(place.report(SERVICE, None, "app:f").0, 2);
        let targets = place
            .probe(SERVICE, None, &["targets", "--json"])
            .succeeds();
        assert_eq!(targets.json()["targets"][0]["functions"][0]["calls"], 2);
    });
}

#[test]
fn who_watches_from_before_sees_what_a_service_records_later() {
    on_each_python(|mut place| {
        place.install(0, &[]);
        place.without_home(SERVICE);
        let home = place.home(0);
        let mut serve = place.probe(0, Some(&home), &["serve", "--listen", "127.0.0.1:0"]);
        let server = Server::of(&mut serve);
        let calls = || {
            let answer = server.gets("/metrics");
            assert_eq!(answer.status, 200, "{}", answer.head);
            let text = String::from_utf8(answer.body).unwrap();
            let mut lines = text.lines();
            let line = lines.find(|line| line.starts_with("probe_calls_total{"));
            line.map(str::to_owned)
        };
        assert_eq!(calls(), None);
        place.python(SERVICE, None, CALL);
        // It looks anew every few seconds.
        let seen = std::iter::repeat_with(calls)
            .inspect(|_| std::thread::sleep(Duration::from_millis(200)))
            .take(300)
            .find_map(|line| line);
        let expected = "probe_calls_total{function=\"app:f\",module=\"app\"} 1";
        assert_eq!(seen.as_deref(), Some(expected));
        server.signal(Signal::TERM);
        let (code, said) = server.ended();
        assert_eq!(code, Some(0), "{said}");
        // The virtualenv, and not a word about whose recordings came.
        assert_eq!(said.lines().count(), 1, "{said}");
    });
}

#[test]
fn a_server_that_root_starts_gives_up_its_rights() {
    let drop_rights = format!("os.setgid({SERVICE}); os.setuid({SERVICE})");
    let before_import = format!("import os; {drop_rights}; import app; app.f()");
    let after_fork = format!(
        "import os, app\n\
         for _ in range(2):\n    \
             if not os.fork():\n        {drop_rights}; app.f(); app.g(); os._exit(0)\n    \
             os.wait()\n\
         app.f()"
    );
    let meanwhile = format!("import os, app; app.f(); {drop_rights}; app.f()");
    everywhere(|mut place| {
        place.install(0, &[]);
        let home = place.home(0);
        let store = place.without_home(SERVICE);
        place.python(0, Some(&home), &before_import);
        assert_eq!(place.report(SERVICE, None, "app:f").0, 1);
        place.python(0, Some(&home), &after_fork);
        assert_eq!(recordings(&store, SERVICE), 3);
        assert_eq!(place.report(SERVICE, None, "app:f").0, 3);
        assert_eq!(place.report(SERVICE, None, "app:g").0, 2);
        assert_eq!(place.report(0, Some(&home), "app:f").0, 4);
        place.python(0, Some(&home), &meanwhile);
        assert_eq!(place.report(0, Some(&home), "app:f").0, 6);
    });
}

#[test]
fn a_folder_that_a_squatter_made_is_refused() {
    // One user for each run, since the folder is outside of the place.
    let user = std::cell::Cell::new(54_400);
    on_each_python(|place| {
        user.set(user.get() + 1);
        let (user, context) = (user.get(), &place.context);
        let root = PathBuf::from(format!("/var/tmp/probe-{user}"));
        let elsewhere = context.root().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        chown(&elsewhere, Some(user), Some(user)).unwrap();
        place.install(0, &[]);
        let squat = |squatted: &dyn Fn()| {
            squatted();
            place.python(user, None, CALL);
            let entries = |folder: &Path| walkdir::WalkDir::new(folder).into_iter().count();
            let inside = entries(&root) + entries(&elsewhere);
            fs::remove_file(&root)
                .or_else(|_| fs::remove_dir_all(&root))
                .unwrap();
            assert_eq!(inside, 2, "nothing may be in them");
        };
        squat(&|| {
            fs::create_dir(&root).unwrap();
            fs::set_permissions(&root, PermissionsExt::from_mode(0o777)).unwrap();
            chown(&root, Some(BOB), Some(BOB)).unwrap();
        });
        squat(&|| {
            symlink(&elsewhere, &root).unwrap();
            lchown(&root, Some(BOB), Some(BOB)).unwrap();
        });
        squat(&|| {
            fs::create_dir(&root).unwrap();
            fs::set_permissions(&root, PermissionsExt::from_mode(0o777)).unwrap();
            chown(&root, Some(user), Some(user)).unwrap();
        });
    });
}

#[test]
fn folders_and_recordings_are_their_owners_whatever_the_umask() {
    on_each_python(|mut place| {
        let store = place.context.root().join("home-0/.local/state/probe");
        for umask in ["000", "077", "177"] {
            let home = place.home(0);
            place.install(0, &[]);
            let script = format!("umask {umask}; exec \"$0\" -c '{CALL}'");
            let mut shell = place.context.command("sh");
            shell
                .args(["-c", &script])
                .arg(place.context.venv().join("bin/python"));
            place.of(0, Some(&home), shell).succeeds();
            assert_eq!(recordings(&store.join(place.store_name()), 0), 1);
            for folder in [".local", ".local/state", ".local/state/probe"] {
                let mode = fs::metadata(home.join(folder))
                    .unwrap()
                    .permissions()
                    .mode();
                assert_eq!(mode & 0o777, 0o700, "{folder}, umask {umask}");
            }
            place
                .probe(0, Some(&home), &["uninstall", "--purge"])
                .succeeds();
            fs::remove_dir_all(home.join(".local")).unwrap();
        }
        place.homeless.clear();
    });
}
