//! Which system calls count as points at which a program is killed.

use nix::libc;

/// Which calls count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Each.
    All,
    /// Those after which something else may be on the disk, or a lock be held.
    Changing,
}

/// Calls that may change what is on a disk, whatever their arguments say. Those that some
/// architectures don't have are listed where they are.
const CHANGING: &[libc::c_long] = &[
    libc::SYS_openat,
    libc::SYS_write,
    libc::SYS_pwrite64,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_exit_group,
];

#[cfg(target_arch = "x86_64")]
const CHANGING_TOO: &[libc::c_long] = &[
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_unlink,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_chmod,
    libc::SYS_chown,
];

#[cfg(not(target_arch = "x86_64"))]
const CHANGING_TOO: &[libc::c_long] = &[];

/// Whether the system call of this number may change what is on a disk, or hold a lock.
pub(super) fn may_change(number: i64) -> bool {
    CHANGING
        .iter()
        .chain(CHANGING_TOO)
        .any(|&changing| changing == number)
}
