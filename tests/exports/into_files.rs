//! Where an export goes: a file that is replaced, and nothing else; no terminal, where it is binary.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Stdio;

use crate::common::{Context, Run, refused, snapshot};
use crate::found::exported;

#[test]
fn binary_formats_are_kept_from_a_terminal() {
    const TERMINAL: &str =
        "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let context = Context::used();
    for format in ["pstats", "pprof"] {
        let mut python = context.command(&context.python.path);
        python
            .args(["-I", "-c", TERMINAL, env!("CARGO_BIN_EXE_probe")])
            .args(["export", format]);
        let ran = python.ran().with_code(2);
        assert!(
            ran.stdout
                .contains(&format!("probe export {format} -o FILE")),
            "{}",
            ran.text()
        );
        let mut into_pipe = context.probe(&["export", format, "-o", "-"]);
        let output = into_pipe.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, fs::read(exported(&context, format)).unwrap());
    }
}

#[test]
fn a_file_is_replaced_and_nothing_else() {
    let context = Context::used();
    let old = context.write("old.csv", "old");
    fs::set_permissions(&old, PermissionsExt::from_mode(0o640)).unwrap();
    snapshot!(context, context.probe(&["export", "csv", "-o", "old.csv"]), @"
    exit code: 0
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    wrote csv into `old.csv`
    ");
    assert!(fs::read_to_string(&old).unwrap().contains("app:f,1,0"));
    assert_eq!(
        fs::metadata(&old).unwrap().permissions().mode() & 0o777,
        0o640
    );
    symlink(&old, context.project().join("link.csv")).unwrap();
    refused!(context, context.probe(&["export", "csv", "-o", "link.csv"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `link.csv` is a symlink, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "."]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `.` is a folder, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "/dev/null"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: `/dev/null` is a device, pipe or socket, and only a file is replaced
    hint: name another file
    ");
    refused!(context, context.probe(&["export", "csv", "-o", "nowhere/file"]), @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    error: can't write `nowhere/file`
      caused by: No such file or directory (os error 2)
    ");
}

#[test]
fn a_full_disk_is_told() {
    let context = Context::used();
    let mut shell = context.command("sh");
    let script = format!(
        "exec {:?} export csv > /dev/full",
        env!("CARGO_BIN_EXE_probe")
    );
    shell.args(["-c", &script]);
    snapshot!(context, shell, @"
    exit code: 3
    ----- stdout -----

    ----- stderr -----
    using the virtualenv `[PROJECT]/.venv` (the nearest `.venv`)
    error: stdout can't be written: No space left on device (os error 28)
    ");
}
