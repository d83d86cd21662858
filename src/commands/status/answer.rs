//! What `status` finds out about one venv, as the contract fixes it.

use std::ffi::OsStr;
use std::path::Path;

use serde::Serialize;

use crate::commands::install::StepAnswer;
use crate::commands::venv;
use crate::exit::Failure;
use crate::python::Venv;
use crate::quantity::Amount;
use crate::recording::keep::Keep;
use crate::site::{
    self, FileReport, Hiding, Inspection, Live, Repair, State, Verdict,
    agents::{self, Agent},
    hiding,
    scripts::{self, Scripts},
};

/// One venv, in `--json`.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Answer {
    pub(super) schema: u32,
    pub(super) venv: String,
    pub(super) installed: bool,
    pub(super) state: State,
    pub(super) files: Vec<FileReport>,
    pub(super) fires: Option<bool>,
    pub(super) how: Option<String>,
    pub(super) engine: Option<String>,
    pub(super) why: Vec<String>,
    // Beside the first version of the contract:
    /// Whether it can record where it fires.
    pub(super) records: Option<bool>,
    /// Others that work by the same means.
    pub(super) agents: Vec<Agent>,
    /// What comes before our `sitecustomize.py`, or has its name.
    pub(super) hidden_by: Vec<Hiding>,
    /// Scripts of the venv in which it can't be.
    pub(super) scripts: Vec<Scripts>,
    /// How much of its recordings is kept; none where all are.
    pub(super) keep: Option<KeepAnswer>,
    /// What makes it whole again, one sentence each.
    pub(super) todo: Vec<String>,
    /// The venv's Python.
    pub(super) python: Option<String>,
    /// With `--fix`: what was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fixed: Option<Vec<StepAnswer>>,
    /// With `--fix`: whether it would only be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dry_run: Option<bool>,
}

/// The settings `keep-for` and `keep-size`, as they were written and as numbers.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KeepAnswer {
    r#for: Option<String>,
    for_ns: Option<u64>,
    size: Option<String>,
    size_bytes: Option<u64>,
    /// The same for people.
    #[serde(skip)]
    pub(super) text: String,
}

impl KeepAnswer {
    fn new(keep: &Keep) -> Option<Self> {
        let text = |it: &Option<Amount>| it.as_ref().map(ToString::to_string);
        let limits = keep.limits();
        (!keep.is_all()).then(|| Self {
            r#for: text(&keep.age),
            for_ns: limits.age_ns,
            size: text(&keep.size),
            size_bytes: limits.bytes,
            text: keep.to_string(),
        })
    }
}

impl Answer {
    /// A venv in which there is nothing to look at.
    pub(super) fn of_nothing(root: &Path, why: String) -> Self {
        Self {
            schema: 1,
            venv: root.display().to_string(),
            installed: false,
            state: State::Absent,
            files: Vec::new(),
            fires: None,
            how: None,
            engine: None,
            why: vec![why],
            records: None,
            agents: Vec::new(),
            hidden_by: Vec::new(),
            scripts: Vec::new(),
            keep: None,
            todo: Vec::new(),
            python: None,
            fixed: None,
            dry_run: None,
        }
    }

    /// Whether all is as it should be; without a start of Python as far as the files tell.
    pub(super) fn is_yes(&self, no_start: bool) -> bool {
        let fires = no_start || (self.fires == Some(true) && self.records != Some(false));
        self.state == State::Intact && fires
    }
}

/// The answer, and what it was made of.
pub(super) struct Examined {
    pub(super) answer: Answer,
    pub(super) repair: Repair,
    /// Other site-packages of the venv in which something of the probe is.
    pub(super) elsewhere: Vec<Venv>,
}

/// Looks at a venv, and starts its Python unless `no_start`.
pub(super) fn examine(venv: &Venv, no_start: bool) -> Result<Examined, Failure> {
    let inspection = site::inspect(&venv.site_packages)?;
    let elsewhere = site::elsewhere(venv)?;
    let mut verdict = site::verdict(&inspection, venv);
    judge_elsewhere(venv, &elsewhere, &mut verdict);
    let others = elsewhere
        .iter()
        .map(|other| site::inspect(&other.site_packages))
        .collect::<Result<Vec<Inspection>, _>>()?;
    let repair = site::plan_repair(&inspection, verdict.state, venv, &others);
    let installed = verdict.state != State::Absent;
    let live = match (installed, no_start) {
        (false, _) => Live::default(),
        (true, false) => site::live(venv, &inspection),
        (true, true) => Live {
            why: site::interpreter_trouble(venv).into_iter().collect(),
            ..Live::default()
        },
    };
    let mut why = verdict.why;
    if !installed {
        why.push("the probe isn't installed here".to_owned());
    }
    let current = inspection.current().map(|package| package.name.as_str());
    if let Some(loaded) = &live.package
        && Some(loaded.as_str()) != current
    {
        why.push(format!(
            "`{loaded}` is loaded, which isn't what is installed"
        ));
    }
    let python_path = std::env::var_os("PYTHONPATH").unwrap_or_default();
    let mut seen = agents::in_site_packages(&venv.site_packages);
    seen.extend(agents::on_python_path(&python_path));
    seen.extend(live.agents);
    let mut hidden_by = hiding::on_python_path(&python_path);
    hidden_by.extend(hiding::in_site_packages(&venv.site_packages, &inspection));
    let known = live.hidden_by.filter(|it| it.place != "site-packages");
    hidden_by.extend(known);
    why.extend(live.why);
    if installed {
        why.extend(of_this_shell());
    }
    let answer = Answer {
        schema: 1,
        venv: venv.root.display().to_string(),
        installed,
        state: verdict.state,
        files: verdict.files,
        fires: if installed { live.fires } else { Some(false) },
        how: live.how,
        engine: live.engine,
        why,
        records: live.records,
        agents: seen,
        hidden_by,
        scripts: if installed {
            scripts::astray(venv)
        } else {
            Vec::new()
        },
        keep: KeepAnswer::new(&venv::keep(&inspection)),
        todo: todo(&repair),
        python: venv.version_text(),
        fixed: None,
        dry_run: None,
    };
    Ok(Examined {
        answer,
        repair,
        elsewhere,
    })
}

fn todo(repair: &Repair) -> Vec<String> {
    match repair {
        Repair::Nothing | Repair::Absent => Vec::new(),
        Repair::InstallAgain(_) => {
            vec!["`probe status --fix` installs it again, with the same targets".to_owned()]
        }
        Repair::TakeAway => vec!["`probe status --fix` takes that away".to_owned()],
        Repair::ByHand(sentences) => sentences.clone(),
    }
}

/// An installation that the venv's Python doesn't look at any more.
fn judge_elsewhere(venv: &Venv, elsewhere: &[Venv], verdict: &mut Verdict) {
    for other in elsewhere {
        let place = other.site_packages.strip_prefix(&venv.root);
        let place = place.unwrap_or(&other.site_packages).display();
        if verdict.state == State::Absent || verdict.state == State::Stale {
            verdict.state = State::Stale;
            let version = other.version_text().unwrap_or_default();
            verdict.why.push(format!(
                "it was installed for Python {version}, in `{place}`, where the virtualenv's \
                 Python doesn't look any more"
            ));
        } else {
            verdict.why.push(format!(
                "`{place}` has an installation for another Python; `probe status --fix` removes it"
            ));
        }
    }
}

/// What keeps programs that are started from this shell from being recorded by what is installed.
fn of_this_shell() -> Vec<String> {
    let set = |name: &str| std::env::var_os(name).filter(|value| turns_on(value));
    let mut why = Vec::new();
    if set("PROBE_DISABLE").is_some() {
        why.push(
            "`PROBE_DISABLE` is set here: what is started from this shell isn't recorded, until \
             `unset PROBE_DISABLE`"
                .to_owned(),
        );
    }
    if set("PROBE_RUN_DIR").is_some() {
        why.push(
            "this shell was started by `probe run`: what is started from it is recorded as that \
             run says"
                .to_owned(),
        );
    }
    why
}

/// As the payload reads it.
fn turns_on(value: &OsStr) -> bool {
    !value.is_empty() && value != "0"
}
