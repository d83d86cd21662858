//! How the child's environment differs from ours. Pure: reads the present values through a
//! function, and gives the changes as values.
//!
//! The user's PYTHONPATH stays as it is, byte for byte, behind our folder: an empty part in
//! it means the current folder and is the user's to keep, while a separator that we added to
//! nothing would put the current folder on every Python's path.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::error::Error;

/// Where Python looks for modules first.
const PYTHONPATH: &str = "PYTHONPATH";
/// Tells installed payloads that a run's payload takes their place.
const RUN_FOLDER: &str = "PROBE_RUN_DIR";
/// The data root, for the payload.
const DATA_FOLDER: &str = "PROBE_DATA_DIR";

/// One variable that will be another in the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The variable.
    pub name: &'static str,
    /// Its value now.
    pub before: Option<OsString>,
    /// Its value in the child.
    pub after: OsString,
}

/// The changes for a child whose payload is in `folder`.
pub(super) fn changes(
    present: &dyn Fn(&str) -> Option<OsString>,
    folder: &Path,
    data_root: Option<&Path>,
) -> Result<Vec<Change>, Error> {
    if folder.as_os_str().as_bytes().contains(&b':') {
        return Err(Error::Colon {
            path: folder.to_owned(),
        });
    }
    let mut wanted = vec![
        (
            PYTHONPATH,
            python_path(folder, present(PYTHONPATH), present(RUN_FOLDER)),
        ),
        (RUN_FOLDER, folder.as_os_str().to_owned()),
    ];
    if let Some(root) = data_root {
        wanted.push((DATA_FOLDER, root.as_os_str().to_owned()));
    }
    Ok(wanted
        .into_iter()
        .map(|(name, after)| Change {
            name,
            before: present(name),
            after,
        })
        .filter(|change| change.before.as_ref() != Some(&change.after))
        .collect())
}

fn python_path(folder: &Path, users: Option<OsString>, outer_run: Option<OsString>) -> OsString {
    let users = users.unwrap_or_default();
    let users = match &outer_run {
        Some(outer) => without_outer(&users, outer),
        None => users.as_bytes(),
    };
    let mut value = folder.as_os_str().as_bytes().to_vec();
    if !users.is_empty() {
        value.push(b':');
        value.extend_from_slice(users);
    }
    OsString::from_vec(value)
}

/// A run within a run: the outer one's folder is no part of the user's value.
fn without_outer<'a>(users: &'a OsStr, outer: &OsStr) -> &'a [u8] {
    let users = users.as_bytes();
    match users.strip_prefix(outer.as_bytes()) {
        Some([]) if !outer.is_empty() => &[],
        Some([b':', rest @ ..]) if !outer.is_empty() => rest,
        _ => users,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(present: &[(&str, &str)], data_root: Option<&str>) -> Vec<(String, String)> {
        let look = |name: &str| {
            present
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| OsString::from(value))
        };
        changes(&look, Path::new("/run/p"), data_root.map(Path::new))
            .unwrap()
            .into_iter()
            .map(|change| (change.name.to_owned(), change.after.into_string().unwrap()))
            .collect()
    }

    fn python_path(present: &[(&str, &str)]) -> String {
        after(present, None)
            .into_iter()
            .find(|(name, _)| name == PYTHONPATH)
            .unwrap()
            .1
    }

    #[test]
    fn no_empty_part_is_made_and_the_users_are_kept() {
        assert_eq!(python_path(&[]), "/run/p");
        assert_eq!(python_path(&[(PYTHONPATH, "")]), "/run/p");
        assert_eq!(python_path(&[(PYTHONPATH, "/a:/b")]), "/run/p:/a:/b");
        assert_eq!(python_path(&[(PYTHONPATH, "/a:")]), "/run/p:/a:");
        assert_eq!(python_path(&[(PYTHONPATH, ":/a")]), "/run/p::/a");
        assert_eq!(python_path(&[(PYTHONPATH, ":")]), "/run/p::");
    }

    #[test]
    fn a_run_within_a_run_takes_the_outers_place() {
        let with = |value| python_path(&[(PYTHONPATH, value), (RUN_FOLDER, "/run/outer")]);
        assert_eq!(with("/run/outer"), "/run/p");
        assert_eq!(with("/run/outer:/a:"), "/run/p:/a:");
        assert_eq!(with("/run/outer::/a"), "/run/p::/a");
        assert_eq!(with("/run/outer2:/a"), "/run/p:/run/outer2:/a");
        assert_eq!(with("/a:/run/outer"), "/run/p:/a:/run/outer");
        assert_eq!(
            python_path(&[(PYTHONPATH, ":/a"), (RUN_FOLDER, "")]),
            "/run/p::/a"
        );
    }

    #[test]
    fn the_data_folder_is_set_only_where_one_is_given() {
        assert_eq!(after(&[], None).len(), 2);
        assert_eq!(
            after(&[], Some("/data")).last().unwrap(),
            &(DATA_FOLDER.to_owned(), "/data".to_owned())
        );
        // What is right already is no change.
        assert_eq!(after(&[(DATA_FOLDER, "/data")], Some("/data")).len(), 2);
    }

    #[test]
    fn bytes_that_are_not_utf8_pass() {
        let users = OsString::from_vec(b"/\xff:\xfe".to_vec());
        let changes = changes(
            &|name| (name == PYTHONPATH).then(|| users.clone()),
            Path::new("/run/p"),
            None,
        )
        .unwrap();
        assert_eq!(changes[0].after.as_bytes(), b"/run/p:/\xff:\xfe");
        assert_eq!(changes[0].before, Some(users));
    }

    #[test]
    fn a_folder_with_a_colon_is_refused() {
        let error = changes(&|_| None, Path::new("/a:b"), None).unwrap_err();
        assert!(matches!(error, Error::Colon { .. }));
    }
}
