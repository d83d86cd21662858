//! A place in which one user has installed the probe and others run programs. No test is here.

use std::fs;
use std::os::unix::fs::{chown, lchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Context, Engine, Python, Ran, Run, as_user, reachable_probe};

const APP: &str = "def f():\n    return 1\n\ndef g():\n    return 2\n";

/// A place with the probe installed by `installer`, without or with a data root of its own.
pub(crate) struct Place {
    pub(crate) context: Context,
    /// Their folders without a home, which are outside of the place.
    pub(crate) homeless: Vec<PathBuf>,
}

impl Place {
    pub(crate) fn new(python: &Python, engine: Engine) -> Self {
        let context = Context::for_other_users(python, engine);
        context.write("app.py", APP);
        Self {
            context,
            homeless: Vec::new(),
        }
    }

    /// A user's home.
    pub(crate) fn home(&self, user: u32) -> PathBuf {
        let home = self.context.root().join(format!("home-{user}"));
        if !home.exists() {
            fs::create_dir(&home).unwrap();
            chown(&home, Some(user), Some(user)).unwrap();
        }
        home
    }

    /// Gives the project with its virtualenv to a user.
    pub(crate) fn give_project(&self, user: u32) {
        for entry in walkdir::WalkDir::new(self.context.project()) {
            lchown(entry.unwrap().path(), Some(user), Some(user)).unwrap();
        }
    }

    /// A command of a user who has nothing but this home.
    pub(crate) fn of(&self, user: u32, home: Option<&Path>, mut command: Command) -> Command {
        for name in ["PROBE_DATA_DIR", "HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        if let Some(home) = home {
            command.env("HOME", home);
        }
        match user {
            0 => command,
            user => as_user(user, command),
        }
    }

    pub(crate) fn probe(&self, user: u32, home: Option<&Path>, arguments: &[&str]) -> Command {
        self.of(user, home, reachable_probe(&self.context, arguments))
    }

    /// `probe install`, of all functions of `app`.
    #[track_caller]
    pub(crate) fn install(&self, user: u32, arguments: &[&str]) {
        let home = self.home(user);
        let mut install = self.probe(user, Some(&home), &["install", "-t", "app:*"]);
        install.args(arguments).succeeds();
    }

    /// Runs a program, which must not hear of the probe.
    #[track_caller]
    pub(crate) fn python(&self, user: u32, home: Option<&Path>, program: &str) {
        let python = self.context.python(&["-c", program]);
        let ran = self.of(user, home, python).succeeds();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    }

    /// What this user's `report` says of the calls of a function, and the rest of its words.
    #[track_caller]
    pub(crate) fn report(&self, user: u32, home: Option<&Path>, function: &str) -> (u64, Ran) {
        let mut ran = self.probe(user, home, &["report", "--json", "--run", "all"]);
        let ran = ran.succeeds();
        let functions = ran.json()["functions"].clone();
        let functions = functions.as_array().unwrap();
        let found = functions.iter().find(|it| it["name"] == function);
        let calls = found.map_or(0, |it| it["calls"].as_u64().unwrap());
        (calls, ran)
    }

    /// The folder of the venv in `/var/tmp`, for a user without a home; removed at the end.
    pub(crate) fn without_home(&mut self, user: u32) -> PathBuf {
        let name = self.store_name();
        let store = Path::new("/var/tmp")
            .join(format!("probe-{user}"))
            .join(name);
        self.homeless.push(store.clone());
        store
    }

    /// The name of the venv's folder, as the plan has it.
    pub(crate) fn store_name(&self) -> String {
        let plan = self.context.site_packages().join(self.context.package());
        let plan = fs::read_to_string(plan.join("plan.py")).unwrap();
        let line = plan
            .lines()
            .find_map(|line| line.strip_prefix("FOLDER = \""));
        line.unwrap().trim_end_matches('"').to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for folder in &self.homeless {
            let _ = fs::remove_dir_all(folder);
            // With it, where that was all.
            let _ = fs::remove_dir(folder.parent().unwrap());
        }
    }
}
