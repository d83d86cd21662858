//! Programs of several processes, and of several interpreters in one process.

use super::only_cpython;
use crate::matrix::scenario::{Fires, Scenario, with};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    Scenario {
        fires: Fires::In(3),
        ..with(
            "multiprocessing, spawn",
            r#""$PYTHON" "$APP/children.py" multiprocessing-spawn"#,
        )
    },
    Scenario {
        fires: Fires::In(3),
        ..with(
            "multiprocessing, forkserver",
            r#""$PYTHON" "$APP/children.py" multiprocessing-forkserver"#,
        )
    },
    Scenario {
        fires: Fires::In(3),
        ..with(
            "multiprocessing, fork",
            r#""$PYTHON" "$APP/children.py" multiprocessing-fork"#,
        )
    },
    Scenario {
        fires: Fires::In(2),
        ..with("subprocess", r#""$PYTHON" "$APP/children.py" subprocess"#)
    },
    Scenario {
        fires: Fires::In(2),
        ..with("a shell between", r#""$PYTHON" "$APP/children.py" shell"#)
    },
    Scenario {
        fires: Fires::In(2),
        ..with("os.exec", r#""$PYTHON" "$APP/children.py" exec"#)
    },
    Scenario {
        fires: Fires::In(4),
        ..with(
            "preforked workers",
            r#""$PYTHON" "$APP/children.py" prefork"#,
        )
    },
    Scenario {
        fires: Fires::In(2),
        ..with("a daemon", r#""$PYTHON" "$APP/children.py" double_fork"#)
    },
    Scenario {
        fires: Fires::In(1),
        ..with(
            "a venv made inside",
            r#"rm -rf inner; "$PYTHON" "$APP/children.py" venv"#,
        )
    },
    Scenario {
        fires: Fires::Works {
            recordings: 2,
            works: 2,
        },
        unfit: only_cpython,
        ..with(
            "a subinterpreter",
            r#""$PYTHON" "$APP/children.py" interpreters"#,
        )
    },
];
