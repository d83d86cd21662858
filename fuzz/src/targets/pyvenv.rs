//! `pyvenv.cfg` of any bytes: the venv is found with the version that its folders tell, or it
//! is said why not. There is no interpreter to ask.

use std::fs;

use probe::python::{Chosen, open};

use crate::mutation::Mutation;
use crate::{Target, files};

pub(super) static TARGET: Target = Target {
    name: "pyvenv",
    about: "a virtualenv's pyvenv.cfg",
    run,
    seeds,
    mutation: Mutation::Text(&[
        "version",
        "version_info",
        "VERSION",
        "=",
        " ",
        "\n",
        "3.12",
        "3",
        ".",
        "256.1",
        "3.12.1",
        "home",
        "-1",
        "+3.+12",
    ]),
    longest: 4096,
};

thread_local! {
    static FOLDER: tempfile::TempDir = {
        let folder = files::folder();
        let library = folder.path().join("lib/python3.12/site-packages");
        fs::create_dir_all(library).expect("a temporary folder can be made");
        folder
    };
}

fn run(input: &[u8]) {
    let root = FOLDER.with(|folder| folder.path().to_owned());
    files::write(&root, "pyvenv.cfg", input);
    match open(&root, Chosen::Given) {
        Ok(venv) => {
            assert_eq!(venv.version, Some((3, 12)));
            assert!(venv.site_packages.ends_with("lib/python3.12/site-packages"));
        }
        // The file says that it is another version's.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    [
        "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n",
        "home = /usr\nimplementation = CPython\nuv = 0.9.0\nversion_info = 3.12.1\n",
        "VERSION_INFO = 3.13.2.final.0\nversion=3.12.2",
        "",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}
