//! Streams that are closed, full, or read by nobody.

use crate::matrix::scenario::{Scenario, with};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    with("stdin closed", r#""$PYTHON" "$APP/program.py" 0<&-"#),
    with("stdout closed", r#""$PYTHON" "$APP/program.py" 1>&-"#),
    with("stderr closed", r#""$PYTHON" "$APP/program.py" 2>&-"#),
    with(
        "0 to 2 closed",
        r#""$PYTHON" "$APP/program.py" 0<&- 1>&- 2>&-"#,
    ),
    with("stdout full", r#""$PYTHON" "$APP/program.py" >/dev/full"#),
    with("stderr full", r#""$PYTHON" "$APP/program.py" 2>/dev/full"#),
    with(
        "few descriptors",
        r#"ulimit -n 16; "$PYTHON" "$APP/program.py""#,
    ),
];
