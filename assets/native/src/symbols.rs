//! What differs between versions of CPython: found by name when the module is loaded.

use std::ffi::{CStr, c_void};
use std::sync::OnceLock;

/// The interpreter's version: major and minor.
pub(crate) fn version() -> (u32, u32) {
    static VERSION: OnceLock<(u32, u32)> = OnceLock::new();
    *VERSION.get_or_init(|| {
        // SAFETY: a static text of the interpreter's, such as `3.12.1 (main, ...)`.
        let text = unsafe { CStr::from_ptr(crate::ffi::Py_GetVersion()) };
        parse(text.to_str().unwrap_or_default()).unwrap_or_default()
    })
}

fn parse(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.split(|c: char| !c.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The address of a symbol that not every version has.
pub(crate) fn find(name: &CStr) -> Option<*mut c_void> {
    // SAFETY: the name ends with a NUL.
    let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    (!address.is_null()).then_some(address)
}

/// The calling interpreter's state.
pub(crate) fn interpreter() -> Option<*mut c_void> {
    type Get = unsafe extern "C" fn() -> *mut c_void;
    // 3.8 has it under its private name only.
    let names = [c"PyInterpreterState_Get", c"_PyInterpreterState_Get"];
    let get = names.into_iter().find_map(find)?;
    // SAFETY: it takes nothing and answers a pointer; the GIL is held.
    Some(unsafe { std::mem::transmute::<*mut c_void, Get>(get)() })
}

/// Whether the calling interpreter is the process's first.
pub(crate) fn is_main_interpreter() -> bool {
    type Main = unsafe extern "C" fn() -> *mut c_void;
    let Some(main) = find(c"PyInterpreterState_Main") else {
        return false;
    };
    // SAFETY: it takes nothing and answers a pointer.
    let main = unsafe { std::mem::transmute::<*mut c_void, Main>(main)() };
    interpreter() == Some(main)
}

/// Words of this process's memory, up to where it ends; `None` where the system doesn't let it be
/// read so. Unlike a plain read it can't fault.
pub(crate) fn read_memory(from: *const c_void, bytes: usize) -> Option<Vec<usize>> {
    #[cfg(target_os = "linux")]
    {
        let mut words = vec![0usize; bytes / size_of::<usize>()];
        let local = libc::iovec {
            iov_base: words.as_mut_ptr().cast(),
            iov_len: bytes,
        };
        let remote = libc::iovec {
            iov_base: from.cast_mut(),
            iov_len: bytes,
        };
        // SAFETY: the local part is ours and large enough; the remote one is only read.
        let read = unsafe {
            libc::process_vm_readv(libc::getpid(), &raw const local, 1, &raw const remote, 1, 0)
        };
        let read = usize::try_from(read).ok()?;
        words.truncate(read / size_of::<usize>());
        Some(words)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (from, bytes);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn versions_are_read() {
        assert_eq!(parse("3.12.1 (main, Nov 24 2026)"), Some((3, 12)));
        assert_eq!(parse("3.15.0rc1+ (heads/main)"), Some((3, 15)));
        assert_eq!(parse("3"), None);
    }
}
