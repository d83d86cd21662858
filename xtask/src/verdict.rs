//! How a task ends that has looked for problems.

use std::process::ExitCode;

/// Success where all was well.
pub(crate) fn exit(is_well: bool) -> ExitCode {
    if is_well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
