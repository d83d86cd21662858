//! Other tools around the program: uv, pip, `probe run`.

use crate::matrix::scenario::{Fires, Scenario, with};

/// A wheel made by hand: no build tool, no network.
macro_rules! wheel {
    () => {
        r#"mkdir -p small-1.0.dist-info; echo 'name = "small"' >small.py
printf 'Metadata-Version: 2.1\nName: small\nVersion: 1.0\n' >small-1.0.dist-info/METADATA
printf 'Wheel-Version: 1.0\nGenerator: matrix\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >small-1.0.dist-info/WHEEL
printf 'small.py,,\nsmall-1.0.dist-info/METADATA,,\nsmall-1.0.dist-info/WHEEL,,\nsmall-1.0.dist-info/RECORD,,\n' >small-1.0.dist-info/RECORD
"$BASE" -m zipfile -c small-1.0-py3-none-any.whl small.py small-1.0.dist-info
"#
    };
}

/// uv asks nobody.
macro_rules! uv {
    () => {
        r#"export UV_OFFLINE=1 UV_PYTHON_DOWNLOADS=never UV_CACHE_DIR="$CELL/uv" VIRTUAL_ENV="$VENV"; "#
    };
}

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    with(
        "uv run",
        concat!(
            uv!(),
            r#""$TOOLS/uv" run -q --no-project "$APP/program.py" one"#
        ),
    ),
    with(
        "uv run python",
        concat!(
            uv!(),
            r#""$TOOLS/uv" run -q --no-project python "$APP/program.py""#
        ),
    ),
    Scenario {
        prepare: wheel!(),
        ..with(
            "uv run --with",
            concat!(
                uv!(),
                r#"MATRIX_NO_PATH=1 "$TOOLS/uv" run -q --no-project --with ./small-1.0-py3-none-any.whl python "$APP/program.py""#
            ),
        )
    },
    Scenario {
        // The last pip that runs on 3.8 is the one here.
        unfit: |column| {
            (!column.before(15)).then_some("the pip that serves Python 3.8 doesn't run on 3.15")
        },
        // pip removes a site-packages that it made empty.
        prepare: concat!(wheel!(), r#"echo 'name = "kept"' >"$SITE/kept.py""#),
        ..with(
            "pip install and uninstall",
            r#"pip="$(dirname "$TOOLS")"/lib/python3*/site-packages/pip
"$PYTHON" $pip install -q --no-cache-dir --no-index --disable-pip-version-check --root-user-action ignore ./small-1.0-py3-none-any.whl
"$PYTHON" $pip list --disable-pip-version-check
"$PYTHON" $pip freeze
"$PYTHON" $pip check
"$PYTHON" $pip uninstall -q -y --root-user-action ignore small
"$PYTHON" "$APP/program.py""#,
        )
    },
    Scenario {
        prepare: wheel!(),
        ..with(
            "uv pip install and sync",
            concat!(
                uv!(),
                r#""$TOOLS/uv" pip install -q ./small-1.0-py3-none-any.whl; "$TOOLS/uv" pip list -q; "$TOOLS/uv" pip freeze -q
touch none.txt; "$TOOLS/uv" pip sync -q --allow-empty-requirements none.txt; "$PYTHON" "$APP/program.py""#
            ),
        )
    },
    Scenario {
        installed: false,
        how: Some("sitecustomize"),
        ..with("probe run, nothing installed", RUN)
    },
    Scenario {
        how: Some("sitecustomize"),
        ..with("probe run, installed too", RUN)
    },
    Scenario {
        installed: false,
        how: Some("sitecustomize"),
        fires: Fires::In(3),
        ..with(
            "probe run, spawned children",
            r#"export MATRIX_NO_PATH=1
${PROBED:+"$PROBE" run -t visited:** --data-dir "$CELL/data" --} "$PYTHON" "$APP/children.py" multiprocessing-spawn"#,
        )
    },
    Scenario {
        how: Some("sitecustomize"),
        fires: Fires::In(3),
        ..with(
            "probe run, installed too, spawned",
            r#"export MATRIX_NO_PATH=1
${PROBED:+"$PROBE" run -t visited:** --data-dir "$CELL/data" --} "$PYTHON" "$APP/children.py" multiprocessing-spawn"#,
        )
    },
    with(
        "python -m unittest",
        r#"cat >test_it.py <<.
import sys, unittest
sys.path.append("$APP")
import working
class Test(unittest.TestCase):
    def test(self):
        working.work()
.
"$PYTHON" -m unittest -q test_it 2>&1 | grep -v '^Ran'"#,
    ),
    with(
        "python -m cProfile",
        r#""$PYTHON" -m cProfile -o profile "$APP/program.py""#,
    ),
    with(
        "python -m trace",
        r#""$PYTHON" -m trace --count --coverdir covered "$APP/program.py" >/dev/null"#,
    ),
    with(
        "python -m pdb",
        r#"echo continue >commands; echo quit >>commands; "$PYTHON" -m pdb "$APP/program.py" <commands >/dev/null"#,
    ),
];

/// The usual program, the second time under `probe run`.
const RUN: &str = r#"export MATRIX_NO_PATH=1
${PROBED:+"$PROBE" run -t visited:** --data-dir "$CELL/data" --} "$PYTHON" "$APP/program.py" one"#;
