//! The ways in which a program is given to Python, and the ways in which it ends.

use crate::matrix::scenario::{Fires, PLAIN, Scenario, with};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    PLAIN,
    with(
        "-c",
        r#""$PYTHON" -c "import sys; sys.path.append('$APP'); import working; working.work()""#,
    ),
    with(
        "a script on stdin",
        r#""$PYTHON" - one <<.
import sys
sys.path.append('$APP')
import working
working.work()
."#,
    ),
    with("-m module", r#"cd "$APP"; "$PYTHON" -m program one"#),
    Scenario {
        prepare: r#"mkdir package; cp "$APP"/*.py package; cp package/program.py package/__main__.py; touch package/__init__.py"#,
        ..with("-m package", r#""$PYTHON" -m package one"#)
    },
    Scenario {
        prepare: r#"mkdir folder; cp "$APP"/*.py folder; cp folder/program.py folder/__main__.py"#,
        ..with("a folder", r#""$PYTHON" folder one"#)
    },
    Scenario {
        prepare: ZIPAPP,
        ..with("a zipapp", r#""$PYTHON" app.pyz one"#)
    },
    Scenario {
        prepare: ZIPAPP,
        fires: Fires::Never,
        ..with("a zipapp with the base's shebang", r#""$BASE" app.pyz one"#)
    },
    Scenario {
        fires: Fires::Never,
        ..with("the base's Python", r#""$BASE" "$APP/program.py""#)
    },
    Scenario {
        prepare: r#"printf '#!%s\nimport sys\nsys.path.append("%s")\nimport working\nworking.work()\n' "$PYTHON" "$APP" >"$VENV/bin/app"; chmod +x "$VENV/bin/app""#,
        ..with(
            "a script's shebang, as pipx has it",
            r#"cd /; "$VENV/bin/app" one"#,
        )
    },
    with("-m runpy", r#"cd "$APP"; "$PYTHON" -m runpy program"#),
    with(
        "it exits with 3",
        r#""$PYTHON" -c "import sys; sys.path.append('$APP'); import working; working.work(); sys.exit(3)""#,
    ),
    with(
        "it raises",
        r#""$PYTHON" -c "import sys; sys.path.append('$APP'); import working; working.work(); 1/0""#,
    ),
    with(
        "os._exit",
        r#""$PYTHON" -c "import os, sys; sys.path.append('$APP'); import working; working.work(); os._exit(4)""#,
    ),
    with(
        "it kills itself",
        r#""$PYTHON" -c "import os, sys; sys.path.append('$APP'); import working; working.work(); os.kill(os.getpid(), 9)""#,
    ),
    Scenario {
        fires: Fires::Works {
            recordings: 1,
            works: 3,
        },
        ..with("threads", r#""$PYTHON" "$APP/children.py" pool"#)
    },
];

/// A zipapp by hand: Debian's Pythons may lack `ensurepip`, never `zipapp`.
const ZIPAPP: &str = r#"mkdir content; cp "$APP"/*.py content; cp content/program.py content/__main__.py
sed -i 's/^sys.path.append.*//' content/__main__.py
"$BASE" -m zipapp content -o app.pyz"#;
