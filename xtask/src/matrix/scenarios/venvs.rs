//! How a venv was made, where it is, and through which name its Python is started.

use super::only_cpython;
use crate::matrix::scenario::{Fires, PLAIN, Scenario};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    Scenario {
        name: "moved",
        // The bytecode of a module is made anew at its new place, so nothing may look at paths.
        meddle: r#"mv "$VENV" "$CELL/moved""#,
        run: r#"v=$VENV; test -z "$PROBED" || v=$CELL/moved; MATRIX_NO_PATH=1 "$v/bin/python" "$APP/program.py""#,
        mend: r#"mv "$CELL/moved" "$VENV""#,
        ..PLAIN
    },
    Scenario {
        prepare: r#"ln -s "$VENV" linked"#,
        ..started(
            "a symlink to the venv",
            r#""$WORK/linked/bin/python" "$APP/program.py""#,
        )
    },
    started("bin/python3", r#""$VENV/bin/python3" "$APP/program.py""#),
    Scenario {
        prepare: r#"ln -s python "$VENV/bin/mine""#,
        ..started("a symlink in bin", r#""$VENV/bin/mine" "$APP/program.py""#)
    },
    Scenario {
        prepare: r#"ln -s "$PYTHON" elsewhere"#,
        fires: Fires::Never,
        ..started(
            "a symlink elsewhere",
            r#"MATRIX_NO_PATH=1 "$WORK/elsewhere" "$APP/program.py""#,
        )
    },
    started(
        "found on PATH",
        r#"PATH="$VENV/bin:$PATH" python "$APP/program.py""#,
    ),
    Scenario {
        // The script names the folder, and this venv is a copy.
        prepare: r#""$BASE" -m venv --without-pip "$VENV""#,
        ..started(
            "activated",
            r#"set +u; . "$VENV/bin/activate"; python "$APP/program.py""#,
        )
    },
    started(
        "a relative path",
        r#"cd "$VENV"; bin/python "$APP/program.py""#,
    ),
    Scenario {
        ..started(
            "argv[0] is something else",
            r#""$BASE" -c "import os; os.execve('$PYTHON', ['$PYTHON', '$APP/program.py'], dict(os.environ))""#,
        )
    },
    Scenario {
        unfit: only_cpython,
        ..made(
            "--copies",
            r#"rm -rf "$VENV"; "$BASE" -m venv --without-pip --copies "$VENV""#,
        )
    },
    made(
        "--system-site-packages",
        r#"rm -rf "$VENV"; "$BASE" -m venv --without-pip --system-site-packages "$VENV""#,
    ),
    made(
        "made from a venv",
        r#"mv "$VENV" outer; ./outer/bin/python -m venv --without-pip "$VENV""#,
    ),
    Scenario {
        meddle: r#""$BASE" -m venv --without-pip --upgrade "$VENV""#,
        ..made("upgraded in place", "")
    },
    Scenario {
        unfit: only_cpython,
        ..made(
            "made by virtualenv",
            r#"rm -rf "$VENV"; "$TOOLS/virtualenv" -q --no-seed --no-download --no-periodic-update -p "$BASE" "$VENV""#,
        )
    },
    made(
        "made by uv",
        r#"rm -rf "$VENV"; UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never "$TOOLS/uv" venv -q --no-project -p "$BASE" "$VENV""#,
    ),
    made(
        "uv --relocatable",
        r#"rm -rf "$VENV"; UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never "$TOOLS/uv" venv -q --no-project --relocatable -p "$BASE" "$VENV""#,
    ),
    Scenario {
        // The probe is installed through the symlink that stands where the venv was.
        prepare: r#"mkdir "$CELL/ä path with spaces"; rm -rf "$VENV"; "$BASE" -m venv --without-pip "$CELL/ä path with spaces/vénv"; ln -s "$CELL/ä path with spaces/vénv" "$VENV""#,
        ..started(
            "a path with spaces and ä",
            r#""$CELL/ä path with spaces/vénv/bin/python" "$APP/program.py""#,
        )
    },
    Scenario {
        // Names of folders are bytes; this one is no UTF-8.
        prepare: r#"d="$CELL/$(printf 'caf\351')"; mkdir "$d"; mv "$VENV" "$d/venv"; ln -s "$d/venv" "$VENV""#,
        ..started(
            "a path that isn't UTF-8",
            r#"MATRIX_NO_PATH=1 "$CELL/$(printf 'caf\351')/venv/bin/python" "$APP/program.py""#,
        )
    },
];

/// Another way to start the Python of the usual venv.
const fn started(name: &'static str, run: &'static str) -> Scenario {
    Scenario { name, run, ..PLAIN }
}

/// Another way to make the venv.
const fn made(name: &'static str, prepare: &'static str) -> Scenario {
    Scenario {
        name,
        prepare,
        ..PLAIN
    }
}
