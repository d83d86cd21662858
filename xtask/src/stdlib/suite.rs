//! Which modules of CPython's tests run. They were chosen because they exercise Python code, and
//! much of it: closures, recursion, exceptions, descriptors, threads, tracing, introspection.
//! Left out are those that need a network or a screen, or test nothing but C.

/// A dozen that together take seconds.
const QUICK: [&str; 12] = [
    "test_json",
    "test_functools",
    "test_inspect",
    "test_descr",
    "test_super",
    "test_exceptions",
    "test_traceback",
    "test_contextlib",
    "test_collections",
    "test_dataclasses",
    "test_re",
    "test_argparse",
];

/// The others.
const LONG: [&str; 48] = [
    "test_property",
    "test_threading",
    "test_ast",
    "test_csv",
    "test_datetime",
    "test_decimal",
    "test_enum",
    "test_fractions",
    "test_copy",
    "test_typing",
    "test_configparser",
    "test_difflib",
    "test_email",
    "test_tempfile",
    "test_textwrap",
    "test_statistics",
    "test_random",
    "test_pickle",
    "test_logging",
    "test_pathlib",
    "test_shlex",
    "test_string",
    "test_tokenize",
    "test_tomllib",
    "test_unittest",
    "test_urlparse",
    "test_weakref",
    "test_zipfile",
    "test_io",
    "test_generators",
    "test_coroutines",
    "test_asyncgen",
    "test_heapq",
    "test_queue",
    "test_htmlparser",
    "test_ipaddress",
    "test_optparse",
    "test_pprint",
    "test_subprocess",
    "test_shutil",
    "test_xml_etree",
    "test_minidom",
    "test_warnings",
    "test_zoneinfo",
    "test_dis",
    "test_sys_settrace",
    "test_bdb",
    "test_pdb",
];

/// Those that run with the probe on modules that they use: the subjects, and how functions,
/// generators, exceptions and threads look from outside.
pub(super) const PROBED: [&str; 12] = [
    "test_generators",
    "test_coroutines",
    "test_asyncgen",
    "test_functools",
    "test_inspect",
    "test_descr",
    "test_super",
    "test_property",
    "test_exceptions",
    "test_traceback",
    "test_json",
    "test_threading",
];

/// The modules of one run, without the package `test` before each name.
pub(super) fn modules(quick: bool) -> Vec<&'static str> {
    let long: &[&str] = if quick { &[] } else { &LONG };
    QUICK.iter().chain(long).copied().collect()
}
