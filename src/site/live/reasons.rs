//! Why the probe doesn't fire, or fires and can't record: one sentence each, with what to do.
//! Pure but for looking at the interpreter's file.

use super::facts::{Described, Facts, Kind, bring_back, kind};
use crate::payload::{PTH, SITECUSTOMIZE, START};
use crate::python::{SUPPORTED, Venv};
use crate::site::{Found, Hiding, Inspection};

/// Why the probe isn't at work in a Python that was started. The first cause that holds explains
/// the others away.
pub(super) fn of_silence(
    facts: &Facts,
    described: &Described,
    venv: &Venv,
    inspection: &Inspection,
    hidden_by: &Option<Hiding>,
) -> Vec<String> {
    let python = venv.interpreter.display();
    let root = venv.root.display();
    let kind = kind(&venv.interpreter);
    if facts.no_site {
        let what = match kind {
            Kind::Script | Kind::Archive => "is a script that starts Python with `-S`",
            Kind::Program => "starts without its `site` module, as with `-S`",
        };
        return vec![format!(
            "`{python}` {what}, so it reads no start-up file; let it start without `-S`"
        )];
    }
    if !facts.is_of(venv) {
        let prefix = facts.prefix.display();
        let what = match kind {
            Kind::Archive => {
                format!(
                    "is a pex or zipapp, which brings its own packages (its prefix is `{prefix}`)"
                )
            }
            Kind::Script => format!("is a script that starts the Python of `{prefix}`"),
            Kind::Program => format!("is the Python of `{prefix}`"),
        };
        return vec![format!(
            "`{python}` {what} and doesn't use this virtualenv; {}",
            bring_back(venv)
        )];
    }
    if let (Some(now), Some(then)) = (facts.version, venv.version)
        && now != then
    {
        let (major, minor) = now;
        return vec![format!(
            "`{python}` is Python {major}.{minor} now and doesn't look into the site-packages of \
             Python {}.{}; run `python{major}.{minor} -m venv --upgrade {root}`, then `probe status \
             --fix`",
            then.0, then.1
        )];
    }
    if let Some(reason) = unsupported(facts) {
        return vec![reason];
    }
    if !described.why.is_empty() {
        return described.why.clone();
    }
    vec![not_started(facts, venv, inspection, hidden_by)]
}

fn unsupported(facts: &Facts) -> Option<String> {
    let ((_, oldest), (_, newest)) = SUPPORTED;
    if facts.free_threaded {
        return Some(
            "this Python is a free-threaded build, in which the probe stays out; make the \
             virtualenv with an ordinary build"
                .to_owned(),
        );
    }
    let (major, minor) = facts.version?;
    if (major, minor) < SUPPORTED.0 || (major, minor) > SUPPORTED.1 {
        return Some(format!(
            "this is Python {major}.{minor}, and the probe works in 3.{oldest} to 3.{newest}; make \
             the virtualenv with one of those"
        ));
    }
    None
}

/// A supported Python of this venv, in which no start-up file of ours did anything.
fn not_started(
    facts: &Facts,
    venv: &Venv,
    inspection: &Inspection,
    hidden_by: &Option<Hiding>,
) -> String {
    let has = |name: &str| {
        matches!(
            inspection.found(name),
            Found::Ours { .. } | Found::Modified { .. }
        )
    };
    let python = venv.interpreter.display();
    let site_packages = venv.site_packages.display();
    let reads_start = facts.version.is_some_and(|version| version >= (3, 15));
    let lines = has(PTH) || (reads_start && has(START));
    if !facts.looks_into(venv) {
        format!("`{python}` doesn't look into `{site_packages}`; its `sys.path` says where it does")
    } else if inspection.packages.is_empty() {
        "the virtualenv's Python starts without the probe, whose package is gone".to_owned()
    } else if !lines && !has(SITECUSTOMIZE) {
        "the virtualenv's Python starts without the probe, since none of its start-up files is left"
            .to_owned()
    } else if lines {
        format!(
            "`{python}` looks into `{site_packages}` and runs none of the start-up files there: \
             something keeps it from reading `.pth` files; `{python} -v -c ''` shows what it reads"
        )
    } else if let Some(hiding) = hidden_by {
        format!(
            "only `{SITECUSTOMIZE}` is left of the start-up files, and `{}` comes before it",
            hiding.path
        )
    } else {
        format!(
            "`{SITECUSTOMIZE}` is there and doesn't start the probe; `{python} -v -c ''` shows what \
             it does"
        )
    }
}

/// Why a probe that fires records nothing.
pub(super) fn of_not_recording(reason: &str) -> String {
    format!(
        "nothing can be recorded: {reason}; put that right, or install it with another `--data-dir`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_in_which_the_probe_stays_out_are_named() {
        let facts = |version, free_threaded| Facts {
            version: Some(version),
            free_threaded,
            ..Facts::default()
        };
        let reason = |facts: Facts| unsupported(&facts).unwrap_or_default();
        assert!(reason(facts((3, 13), true)).contains("free-threaded"));
        assert!(reason(facts((3, 7), false)).contains("Python 3.7"));
        assert!(reason(facts((3, 16), false)).contains("3.8 to 3.15"));
        assert_eq!(reason(facts((3, 8), false)), "");
        assert_eq!(reason(facts((3, 15), false)), "");
    }
}
