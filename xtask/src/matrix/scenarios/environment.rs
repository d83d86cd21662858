//! Environment variables, the locale, and the folder that a program starts in.

use super::{only_cpython, since_3_11};
use crate::matrix::scenario::{Fires, Scenario, with};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    with(
        "PYTHONNOUSERSITE",
        r#"PYTHONNOUSERSITE=1 "$PYTHON" "$APP/program.py""#,
    ),
    Scenario {
        unfit: since_3_11,
        ..with(
            "PYTHONSAFEPATH",
            r#"PYTHONSAFEPATH=1 "$PYTHON" "$APP/program.py""#,
        )
    },
    with(
        "PYTHONOPTIMIZE",
        r#"PYTHONOPTIMIZE=2 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONPYCACHEPREFIX",
        r#"PYTHONPYCACHEPREFIX=$CELL/bytecode "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONDONTWRITEBYTECODE",
        r#"PYTHONDONTWRITEBYTECODE=1 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONWARNINGS=error",
        r#"PYTHONWARNINGS=error "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONDEVMODE",
        r#"PYTHONDEVMODE=1 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONUTF8=0",
        r#"PYTHONUTF8=0 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONHASHSEED=0",
        r#"PYTHONHASHSEED=0 "$PYTHON" "$APP/program.py""#,
    ),
    Scenario {
        unfit: only_cpython,
        ..with(
            "PYTHONMALLOC=debug",
            r#"PYTHONMALLOC=debug "$PYTHON" "$APP/program.py""#,
        )
    },
    Scenario {
        unfit: |column| {
            column
                .is_pypy()
                .then_some("PyPy finds its library beside its program, and reads no PYTHONHOME")
        },
        ..with(
            "PYTHONHOME=base",
            r#"PYTHONHOME=$BASE_PREFIX "$PYTHON" "$APP/program.py""#,
        )
    },
    with(
        "PYTHONSTARTUP, interactive",
        r#"echo 'print("started")' >startup.py
printf 'import sys; sys.path.append("%s"); import working; working.work()\n' "$APP" | PYTHONSTARTUP=startup.py "$PYTHON" -i"#,
    ),
    with("LC_ALL=C", r#"LC_ALL=C "$PYTHON" "$APP/program.py""#),
    with(
        "LC_ALL=C, PYTHONCOERCECLOCALE=0",
        r#"LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PYTHONIOENCODING=ascii",
        r#"PYTHONIOENCODING=ascii "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "an empty environment",
        r#"env -i ${MATRIX_WITNESSES+MATRIX_WITNESSES=$MATRIX_WITNESSES} "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "a read-only folder",
        r#"mkdir -p closed; chmod 500 closed; cd closed; "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "a deleted folder",
        r#"mkdir -p gone; cd gone; rmdir "$WORK/gone"; "$PYTHON" "$APP/program.py""#,
    ),
    Scenario {
        fires: Fires::Never,
        ..with(
            "PROBE_DISABLE=1",
            r#"PROBE_DISABLE=1 "$PYTHON" "$APP/program.py""#,
        )
    },
    with(
        "PROBE_DISABLE=0",
        r#"PROBE_DISABLE=0 "$PYTHON" "$APP/program.py""#,
    ),
    with(
        "PROBE_RUN_DIR of a run that is over",
        r#"PROBE_RUN_DIR=/nowhere "$PYTHON" "$APP/program.py""#,
    ),
    Scenario {
        // Root without the right to read everything, or any other user.
        run: r#"if [ "$(id -u)" = 0 ]
then setpriv --bounding-set=-dac_override,-dac_read_search "$PYTHON" "$APP/program.py"
else "$PYTHON" "$APP/program.py"
fi"#,
        meddle: r#"rm -rf "$SITE"/_probe_*/__pycache__; chmod 000 "$SITE"/_probe_*/plan.py"#,
        mend: r#"chmod 644 "$SITE"/_probe_*/plan.py"#,
        fires: Fires::Never,
        ..with("a plan that can't be read", "")
    },
    Scenario {
        run: r#"if [ "$(id -u)" = 0 ]
then setpriv --bounding-set=-dac_override,-dac_read_search "$PYTHON" "$APP/program.py"
else "$PYTHON" "$APP/program.py"
fi"#,
        prepare: r#"mkdir -p "$CELL/data""#,
        meddle: r#"chmod 500 "$CELL/data""#,
        mend: r#"chmod 700 "$CELL/data""#,
        fires: Fires::Unrecorded,
        ..with("a store that can't be written", "")
    },
];
