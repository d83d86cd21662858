//! What the user who runs this may rely on.

use std::path::Path;

use super::trust::{self, Distrust};

/// Checks that no other user but root could have put what lies at an absolute path there, or
/// could exchange it. Who called `sudo` is another user.
///
/// # Errors
/// Who could, and where.
pub fn check_trusted(path: &Path) -> Result<(), Distrust> {
    trust::check(path, &[rustix::process::geteuid().as_raw()])
}
