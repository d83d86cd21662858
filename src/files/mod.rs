//! What every part needs of the file system and std doesn't give: replacing a file in one
//! go, removing, keeping others out of a folder, hashing, telling what others could have written.
//! Knows nothing of Python or of the probe\'s own layout.

mod atomic;
mod document;
mod error;
mod hash;
mod lock;
mod new_folder;
mod remove;
pub mod trust;
mod user;

pub use atomic::{
    TEMPORARY_PREFIX, is_temporary, remove_temporaries, replace, replace_for_its_owner,
    replace_from, replace_unflushed, sync_folder,
};
pub use document::{check_replaceable, replace_document};
pub use error::FilesError;
pub(crate) use hash::read_regular;
pub use hash::{Sha256Hex, digest, digest_file, digest_tree};
pub use lock::FolderLock;
pub use new_folder::NewFolder;
pub(crate) use remove::{Kind, remove_below};
pub use trust::Distrust;
pub use user::check_trusted;
