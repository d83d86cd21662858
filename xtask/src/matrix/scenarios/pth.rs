//! Other people's `.pth` files beside ours, ours under odd conditions, and late folders.

use crate::matrix::scenario::{Fires, PLAIN, Scenario};

/// All of this theme.
pub(super) const ALL: &[Scenario] = &[
    beside(
        ".pth: a broken one before",
        r#"echo 'import not_there' >"$SITE/a.pth""#,
    ),
    beside(
        ".pth: a broken one after",
        r#"echo 'import not_there' >"$SITE/z.pth""#,
    ),
    beside(
        ".pth: one that prints",
        r#"echo 'import sys; sys.stderr.write("hello\n")' >"$SITE/a.pth""#,
    ),
    beside(
        ".pth: one imports the target first",
        r#"echo "import sys; sys.path.append('$APP'); import visited" >"$SITE/a.pth""#,
    ),
    beside(
        ".pth: one imports the target after",
        r#"echo "import sys; sys.path.append('$APP'); import visited" >"$SITE/z.pth""#,
    ),
    beside(
        ".pth: one adds a folder",
        r#"mkdir added; echo "$WORK/added" >"$SITE/a.pth""#,
    ),
    beside(
        ".pth: one with a BOM",
        r#"printf '\357\273\277import sys\n' >"$SITE/a.pth""#,
    ),
    Scenario {
        fires: Fires::Never,
        ..beside(
            ".pth: one ends the start",
            r#"echo 'import sys; sys.exit(8)' >"$SITE/a.pth""#,
        )
    },
    Scenario {
        run: r#""$PYTHON" -c "import site; site.addsitedir('$SITE'); import sys; sys.path.append('$APP'); import working; working.work()""#,
        ..beside("site-packages once more, late", "")
    },
    Scenario {
        run: r#""$PYTHON" -c "import site; site.addsitedir('$WORK/late'); import sys; sys.path.append('$APP'); import working; working.work()""#,
        ..beside(
            "another folder, late",
            "mkdir late; echo 'import sys' >late/late.pth",
        )
    },
    Scenario {
        run: r#""$PYTHON" -c "import site; site.main(); import sys; sys.path.append('$APP'); import working; working.work()""#,
        ..beside("site.main() once more", "")
    },
    Scenario {
        run: r#""$PYTHON" -c "import importlib, site; importlib.reload(site); import sys; sys.path.append('$APP'); import working; working.work()""#,
        ..beside("site loaded again", "")
    },
    Scenario {
        meddle: r#"cp "$SITE/probe.pth" "$CELL/saved"; cat "$CELL/saved" >>"$SITE/probe.pth""#,
        mend: r#"cp "$CELL/saved" "$SITE/probe.pth""#,
        ..beside("our line twice in probe.pth", "")
    },
    Scenario {
        meddle: r#"cp "$SITE/probe.pth" "$SITE/other.pth""#,
        mend: r#"rm "$SITE/other.pth""#,
        // Its name comes first, and no `.start` of the same stem disables it.
        how: Some("pth"),
        ..beside("probe.pth copied to another name", "")
    },
    Scenario {
        meddle: r#"mkdir saved; mv "$SITE"/_probe_* saved"#,
        mend: r#"mv saved/* "$SITE""#,
        fires: Fires::Never,
        unfit: |column| (!column.before(15)).then_some("`.start` can't look before it imports"),
        ..beside("the package deleted by hand", "")
    },
    Scenario {
        // Python says which entry it was, and the program goes on.
        run: r#""$PYTHON" "$APP/program.py" 2>"$CELL/messages""#,
        meddle: r#"mkdir saved; mv "$SITE"/_probe_* saved"#,
        mend: r#"mv saved/* "$SITE"; grep -q '/site-packages/probe[.]' "$CELL/messages""#,
        fires: Fires::Never,
        unfit: |column| {
            column
                .before(15)
                .then_some("`.start` came with Python 3.15")
        },
        ..beside("the package of a .start deleted by hand", "")
    },
    Scenario {
        meddle: r#"mkdir saved; mv "$SITE/probe.pth" "$SITE/probe.start" saved"#,
        mend: r#"mv saved/* "$SITE""#,
        how: Some("sitecustomize"),
        unfit: super::unless_hidden,
        ..beside("sitecustomize.py alone", "")
    },
    Scenario {
        meddle: r#"mkdir saved; mv "$SITE/probe.pth" "$SITE/sitecustomize.py" saved"#,
        mend: r#"mv saved/* "$SITE""#,
        unfit: |column| {
            column
                .before(15)
                .then_some("`.start` came with Python 3.15")
        },
        ..beside("probe.start alone", "")
    },
    Scenario {
        meddle: r#"mkdir saved; mv "$SITE/probe.start" "$SITE/sitecustomize.py" saved"#,
        mend: r#"mv saved/* "$SITE""#,
        how: Some("pth"),
        ..beside("probe.pth alone", "")
    },
];

const fn beside(name: &'static str, prepare: &'static str) -> Scenario {
    Scenario {
        name,
        prepare,
        ..PLAIN
    }
}
