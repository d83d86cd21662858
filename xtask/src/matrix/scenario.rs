//! A scenario as a value: what is prepared, what is run, and what must come of it. Its shell lines
//! see these variables:
//!
//! | variable | what it is |
//! |---|---|
//! | `CELL`, `WORK` | the cell's own folder, and the one in it where its lines run |
//! | `VENV`, `SITE`, `PYTHON` | the virtualenv, its site-packages, its interpreter |
//! | `BASE`, `BASE_PREFIX`, `VERSION` | the interpreter that the venv was made of, its prefix, and its version, like `3.12` |
//! | `APP` | the folder of the programs, a copy of `tests/matrix` |
//! | `PROBE` | the program `probe` |
//! | `TOOLS` | the `bin` folder with `uv`, `virtualenv` and `pip` |
//! | `PROBED` | `1` once the probe is installed, else empty |

use super::columns::Column;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scenario {
    /// Its name in the table and for `--scenario`.
    pub(crate) name: &'static str,
    /// Shell lines before all else.
    pub(crate) prepare: &'static str,
    /// Shell lines that run the program; the same with the probe and without.
    pub(crate) run: &'static str,
    /// Shell lines between installing and the program.
    pub(crate) meddle: &'static str,
    /// Shell lines that take back what `meddle` did, before the probe is uninstalled.
    pub(crate) mend: &'static str,
    /// Whether the probe is installed.
    pub(crate) installed: bool,
    /// What must have been recorded.
    pub(crate) fires: Fires,
    /// Which start-up file must have been first, where it isn't the usual one.
    pub(crate) how: Option<&'static str>,
    /// A text that `probe status` must print, and its exit code.
    pub(crate) status: Option<(i32, &'static str)>,
    /// Why an interpreter can't play it.
    pub(crate) unfit: fn(&Column) -> Option<&'static str>,
}

impl Scenario {
    /// A name for its folder that a shebang line can carry.
    pub(crate) fn folder(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        self.name.chars().map(plain).collect()
    }
}

/// How often the probe fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fires {
    /// In so many processes, each of which does the work once.
    In(usize),
    /// In so many processes, which do the work so often in all.
    Works {
        /// Processes with a recording.
        recordings: usize,
        /// How often the work is done, each time in an interpreter that the probe fired in.
        works: usize,
    },
    /// In one process that can record nothing.
    Unrecorded,
    /// Never, however often the work is done.
    Never,
}

impl Fires {
    /// The number of recordings.
    pub(crate) fn recordings(self) -> usize {
        match self {
            Self::In(count) => count,
            Self::Works { recordings, .. } => recordings,
            Self::Unrecorded | Self::Never => 0,
        }
    }

    /// How often the work is done beside a probe that fired.
    pub(crate) fn witnesses(self) -> usize {
        if self == Self::Unrecorded {
            1
        } else {
            self.works()
        }
    }

    /// How often the work is recorded.
    pub(crate) fn works(self) -> usize {
        match self {
            Self::In(count) => count,
            Self::Works { works, .. } => works,
            Self::Unrecorded | Self::Never => 0,
        }
    }
}

/// The usual program in the usual venv; every scenario differs from it in a thing or two.
pub(crate) const PLAIN: Scenario = Scenario {
    name: "plain",
    prepare: "",
    run: r#""$PYTHON" "$APP/program.py" one two"#,
    meddle: "",
    mend: "",
    installed: true,
    fires: Fires::In(1),
    how: None,
    status: None,
    unfit: |_| None,
};

/// The same with another name and command.
pub(crate) const fn with(name: &'static str, run: &'static str) -> Scenario {
    Scenario { name, run, ..PLAIN }
}
