//! Options of the interpreter.

use super::{only_cpython, since_3_11};
use crate::matrix::scenario::{Fires, Scenario, with};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    with("-I", r#""$PYTHON" -I "$APP/program.py" one"#),
    with("-E", r#""$PYTHON" -E "$APP/program.py""#),
    with("-s", r#""$PYTHON" -s "$APP/program.py""#),
    Scenario {
        unfit: since_3_11,
        ..with("-P", r#""$PYTHON" -P "$APP/program.py""#)
    },
    with("-O", r#""$PYTHON" -O "$APP/program.py""#),
    with("-OO", r#""$PYTHON" -OO "$APP/program.py""#),
    with("-B", r#""$PYTHON" -B "$APP/program.py""#),
    with("-u", r#""$PYTHON" -u "$APP/program.py""#),
    with("-q", r#""$PYTHON" -q "$APP/program.py""#),
    with("-bb", r#""$PYTHON" -bb "$APP/program.py""#),
    Scenario {
        unfit: only_cpython,
        ..with("-x", r#""$PYTHON" -x "$APP/program.py""#)
    },
    with(
        "-i",
        r#"echo 'print(len("after"))' | "$PYTHON" -i "$APP/program.py""#,
    ),
    with("-v", r#""$PYTHON" -v "$APP/program.py" 2>/dev/null"#),
    with("-W error", r#""$PYTHON" -W error "$APP/program.py""#),
    with(
        "-W error -X dev",
        r#""$PYTHON" -W error -X dev "$APP/program.py""#,
    ),
    with("-X dev", r#""$PYTHON" -X dev "$APP/program.py""#),
    with("-X utf8", r#""$PYTHON" -X utf8 "$APP/program.py""#),
    with(
        "-X faulthandler",
        r#""$PYTHON" -X faulthandler "$APP/program.py""#,
    ),
    Scenario {
        unfit: only_cpython,
        ..with(
            "-X tracemalloc",
            r#""$PYTHON" -X tracemalloc "$APP/program.py""#,
        )
    },
    with(
        "-X importtime",
        r#""$PYTHON" -X importtime "$APP/program.py" 2>/dev/null"#,
    ),
    Scenario {
        unfit: since_3_11,
        ..with(
            "-X frozen_modules=off",
            r#""$PYTHON" -X frozen_modules=off "$APP/program.py""#,
        )
    },
    Scenario {
        unfit: since_3_11,
        ..with(
            "-X no_debug_ranges",
            r#""$PYTHON" -X no_debug_ranges "$APP/program.py""#,
        )
    },
    Scenario {
        fires: Fires::Never,
        ..with("-S", r#""$PYTHON" -S "$APP/program.py""#)
    },
    Scenario {
        fires: Fires::Never,
        ..with("-I -S", r#""$PYTHON" -I -S "$APP/program.py""#)
    },
    with(
        "-S, then site.main()",
        r#""$PYTHON" -S -c "import site, sys; site.main(); sys.path.append('$APP'); import working; working.work()""#,
    ),
    Scenario {
        meddle: r#"mv "$PYTHON" "$CELL/saved"; ln -s "$BASE" "$VENV/bin/real"
printf '#!/bin/sh\nexec "%s/bin/real" -S "$@"\n' "$VENV" >"$PYTHON"; chmod +x "$PYTHON""#,
        mend: r#"mv "$CELL/saved" "$PYTHON""#,
        fires: Fires::Never,
        status: Some((1, "so it reads no start-up file; let it start without `-S`")),
        ..with(
            "a wrapper with -S, and its status",
            r#""$PYTHON" -S "$APP/program.py""#,
        )
    },
];
