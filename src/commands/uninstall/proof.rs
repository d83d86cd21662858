//! The proof of a removal: the venv's Python was started, and this is what was seen.

use crate::harmless;
use crate::printer::Printer;
use crate::python::Venv;
use crate::site;

/// What was seen; nothing where nobody asked.
#[derive(Debug, Default)]
pub(super) struct Proof {
    pub(super) fires: Option<bool>,
    pub(super) through: Vec<String>,
    /// Why it can't be told.
    trouble: Option<String>,
}

/// Waits for the venv's Python.
pub(super) fn prove(venv: &Venv, proof: site::Proof) -> Proof {
    match proof.firing(venv) {
        Ok(firing) => Proof {
            fires: Some(!firing.is_empty()),
            through: firing.into_iter().map(|it| it.through).collect(),
            trouble: None,
        },
        Err(trouble) => Proof {
            trouble: Some(trouble),
            ..Proof::default()
        },
    }
}

impl Proof {
    /// The good news, for people.
    pub(super) fn line(&self, venv: &Venv) -> String {
        match self.fires {
            Some(false) => {
                let python = harmless::line(&venv.interpreter.display().to_string());
                format!("{python} starts without the probe\n")
            }
            _ => String::new(),
        }
    }

    /// The bad news.
    pub(super) fn warn(&self, venv: &Venv, printer: Printer) {
        let python = venv.interpreter.display();
        for through in &self.through {
            printer.warning(&format!(
                "`{python}` still starts the probe, through {through}"
            ));
        }
        if let Some(trouble) = &self.trouble {
            printer.warning(&format!("it isn't proved that nothing fires: {trouble}"));
        }
    }
}
