//! All scenarios, a file for each theme, in the order of the table.

mod descriptors;
mod environment;
mod options;
mod processes;
mod programs;
mod pth;
mod sitecustomize;
mod tools;
mod venvs;

use super::columns::Column;
use super::scenario::Scenario;

/// All of them.
pub(super) fn all() -> Vec<Scenario> {
    [
        programs::ALL,
        options::ALL,
        environment::ALL,
        descriptors::ALL,
        processes::ALL,
        sitecustomize::ALL,
        pth::ALL,
        venvs::ALL,
        tools::ALL,
    ]
    .concat()
}

/// What came with 3.11.
fn since_3_11(column: &Column) -> Option<&'static str> {
    column.before(11).then_some("came with Python 3.11")
}

/// What PyPy doesn't have.
fn only_cpython(column: &Column) -> Option<&'static str> {
    column.is_pypy().then_some("PyPy doesn't have it")
}

/// What a sitecustomize in the standard library's folder hides.
fn unless_hidden(column: &Column) -> Option<&'static str> {
    column
        .has_own_sitecustomize()
        .then_some("the sitecustomize of its standard library hides all others")
}

/// What ends a start of Python, where that is seen at all.
fn unless_survived(column: &Column) -> Option<&'static str> {
    if column.is_pypy() {
        Some("PyPy starts on after a sys.exit in a sitecustomize")
    } else {
        unless_hidden(column)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_enough_and_each_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<String> = all.iter().map(Scenario::folder).collect();
        assert!(all.len() >= 60);
        assert_eq!(names.len(), all.len());
    }
}
