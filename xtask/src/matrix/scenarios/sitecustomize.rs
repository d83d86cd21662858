//! Other people's sitecustomize and usercustomize: in site-packages, on PYTHONPATH, in the user's
//! site, in the standard library.

use super::unless_survived;
use crate::matrix::scenario::{Fires, PLAIN, Scenario};

/// What a sitecustomize does that runs: one line on stderr.
macro_rules! speaks {
    () => {
        "import sys; sys.stderr.write('customized as %s\\n' % __name__)"
    };
}

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    in_site(
        "sitecustomize: the user's own",
        concat!(
            "echo \"",
            speaks!(),
            "\" >\"$SITE/sitecustomize.py\"; chmod 640 \"$SITE/sitecustomize.py\"; touch -d '2001-02-03 04:05:06' \"$SITE/sitecustomize.py\""
        ),
    ),
    in_site(
        "sitecustomize: a package",
        concat!(
            "mkdir \"$SITE/sitecustomize\"; echo \"",
            speaks!(),
            "\" >\"$SITE/sitecustomize/__init__.py\""
        ),
    ),
    in_site(
        "sitecustomize: an extension",
        "echo nonsense >\"$SITE/sitecustomize.so\"",
    ),
    in_site(
        "sitecustomize: bytecode only",
        concat!(
            "echo \"",
            speaks!(),
            "\" >user.py; \"$BASE\" -c \"import py_compile; py_compile.compile('user.py', cfile='$SITE/sitecustomize.pyc')\""
        ),
    ),
    in_site(
        "sitecustomize: a symlink",
        concat!(
            "echo \"",
            speaks!(),
            "\" >user.py; ln -s \"$WORK/user.py\" \"$SITE/sitecustomize.py\""
        ),
    ),
    in_site(
        "sitecustomize: it raises",
        "echo '1/0' >\"$SITE/sitecustomize.py\"",
    ),
    in_site(
        "sitecustomize: ImportError",
        "echo 'import not_there' >\"$SITE/sitecustomize.py\"",
    ),
    in_site(
        "sitecustomize: it prints",
        "echo 'print(\"hello\")' >\"$SITE/sitecustomize.py\"",
    ),
    Scenario {
        fires: Fires::Never,
        unfit: unless_survived,
        ..in_site(
            "sitecustomize: sys.exit",
            "echo 'import sys; sys.exit(5)' >\"$SITE/sitecustomize.py\"",
        )
    },
    in_site(
        "sitecustomize: not Python",
        "echo 'def' >\"$SITE/sitecustomize.py\"",
    ),
    on_path(
        "PYTHONPATH: sitecustomize",
        concat!(
            "mkdir front; echo \"",
            speaks!(),
            "\" >front/sitecustomize.py"
        ),
    ),
    on_path(
        "PYTHONPATH: a package",
        concat!(
            "mkdir -p front/sitecustomize; echo \"",
            speaks!(),
            "\" >front/sitecustomize/__init__.py"
        ),
    ),
    on_path(
        "PYTHONPATH: it chains",
        concat!(
            "mkdir front; cat >front/sitecustomize.py <<'.'\n",
            "import importlib.machinery, os, sys\n",
            "sys.stderr.write('front\\n')\n",
            "_rest = [part for part in sys.path if part != os.path.dirname(__file__)]\n",
            "_spec = importlib.machinery.PathFinder.find_spec('sitecustomize', _rest)\n",
            "if _spec is not None:\n",
            "    _spec.loader.load_module('sitecustomize')\n",
            ".\n",
            "echo \"",
            speaks!(),
            "\" >\"$SITE/sitecustomize.py\""
        ),
    ),
    on_path(
        "PYTHONPATH: it chains to ours",
        concat!(
            "mkdir front; cat >front/sitecustomize.py <<'.'\n",
            "import os, sys\n",
            "sys.stderr.write('front\\n')\n",
            "_mine = os.path.dirname(__file__)\n",
            "sys.path.remove(_mine)\n",
            "_module = sys.modules.pop('sitecustomize')\n",
            "try:\n",
            "    import sitecustomize\n",
            "except ImportError:\n",
            "    sys.modules['sitecustomize'] = _module\n",
            "sys.path.insert(0, _mine)\n",
            ".\n",
        ),
    ),
    on_path(
        "PYTHONPATH: it raises",
        "mkdir front; echo '1/0' >front/sitecustomize.py",
    ),
    Scenario {
        fires: Fires::Never,
        unfit: unless_survived,
        ..on_path(
            "PYTHONPATH: sys.exit",
            "mkdir front; echo 'import sys; sys.exit(6)' >front/sitecustomize.py",
        )
    },
    Scenario {
        name: "PYTHONPATH: an empty part",
        prepare: concat!("echo \"", speaks!(), "\" >sitecustomize.py"),
        run: r#"PYTHONPATH="/nowhere:" "$PYTHON" "$APP/program.py""#,
        ..PLAIN
    },
    Scenario {
        name: "PYTHONPATH: site-packages",
        run: r#"PYTHONPATH="$SITE" "$PYTHON" "$APP/program.py""#,
        ..PLAIN
    },
    in_site(
        "a sitecustomize behind ours",
        concat!(
            "mkdir back; echo \"",
            speaks!(),
            "\" >back/sitecustomize.py; echo \"$WORK/back\" >\"$SITE/back.pth\""
        ),
    ),
    in_site(
        "one behind ours, it raises",
        "mkdir back; echo '1/0' >back/sitecustomize.py; echo \"$WORK/back\" >\"$SITE/back.pth\"",
    ),
    Scenario {
        fires: Fires::Never,
        unfit: unless_survived,
        // Python prints a traceback then, and in it are frames of ours.
        run: r#""$PYTHON" "$APP/program.py" 2>messages || code=$?; tail -1 messages >&2; exit $code"#,
        ..in_site(
            "one behind ours, sys.exit",
            "mkdir back; echo 'import sys; sys.exit(7)' >back/sitecustomize.py; echo \"$WORK/back\" >\"$SITE/back.pth\"",
        )
    },
    in_site(
        "a package behind ours",
        concat!(
            "mkdir -p back/sitecustomize; echo \"",
            speaks!(),
            "\" >back/sitecustomize/__init__.py; echo \"$WORK/back\" >\"$SITE/back.pth\""
        ),
    ),
    with_user_site(
        "usercustomize",
        concat!(
            "sed -i 's/= false/= true/' \"$VENV/pyvenv.cfg\"; user=$(PYTHONUSERBASE=$CELL/user \"$BASE\" -m site --user-site) || true; mkdir -p \"$user\"; echo \"",
            speaks!(),
            "\" >\"$user/usercustomize.py\""
        ),
    ),
    with_user_site(
        "usercustomize: it raises",
        "sed -i 's/= false/= true/' \"$VENV/pyvenv.cfg\"; user=$(PYTHONUSERBASE=$CELL/user \"$BASE\" -m site --user-site) || true; mkdir -p \"$user\"; echo '1/0' >\"$user/usercustomize.py\"",
    ),
    with_user_site(
        "usercustomize, no system site",
        concat!(
            "user=$(PYTHONUSERBASE=$CELL/user \"$BASE\" -m site --user-site) || true; mkdir -p \"$user\"; echo \"",
            speaks!(),
            "\" >\"$user/usercustomize.py\""
        ),
    ),
];

/// Something in site-packages, or after it on the path.
const fn in_site(name: &'static str, prepare: &'static str) -> Scenario {
    Scenario {
        name,
        prepare,
        ..PLAIN
    }
}

/// A folder `front` on PYTHONPATH.
const fn on_path(name: &'static str, prepare: &'static str) -> Scenario {
    Scenario {
        name,
        prepare,
        run: r#"PYTHONPATH="$WORK/front" "$PYTHON" "$APP/program.py""#,
        ..PLAIN
    }
}

/// A user's site of its own, filled by `prepare`.
const fn with_user_site(name: &'static str, prepare: &'static str) -> Scenario {
    Scenario {
        name,
        prepare,
        run: r#"PYTHONUSERBASE=$CELL/user "$PYTHON" "$APP/program.py""#,
        ..PLAIN
    }
}
