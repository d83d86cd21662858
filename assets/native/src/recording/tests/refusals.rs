//! What can't be had: limits, full disks, folders of others, and files that aren't ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::layout::{WORD_BYTES, kind, stopped};
use super::super::*;
use super::{facts, folder, in_child, kinds, words_of};

#[test]
fn there_are_64_segments_and_no_more() {
    let folder = folder();
    let mut recording = Recording::create(&facts(folder.path())).unwrap();
    for number in 0..63 {
        recording.grow().unwrap();
        recording.function(number, b"m:f", 0, 0, 3, b"").unwrap();
    }
    assert_eq!(recording.grow(), Err(Full));
    let bytes = fs::metadata(recording.path()).unwrap().len();
    assert_eq!(bytes, (127 << 16) + (57 << 22));
    // SAFETY: the header's words.
    let header = unsafe { std::slice::from_raw_parts(recording.header(), HEADER_WORDS) };
    assert_eq!(header[head::SEGMENTS], 64);
    assert_eq!(header[head::STOPPED], stopped::LIMIT);
    assert_eq!(header[head::HOST - 2], 1 << 22, "the last length");
}

#[test]
fn a_limit_on_bytes_is_told() {
    let folder = folder();
    let mut facts = facts(folder.path());
    facts.limits.bytes = 200_000;
    let mut recording = Recording::create(&facts).unwrap();
    let made = (0..100)
        .filter(|number| {
            recording.function(*number, b"m:f", 0, 0, 3, b"").is_ok()
                && recording.record(*number).is_ok()
        })
        .count();
    assert_eq!(made, 9 + 21);
    let words = words_of(&recording);
    assert_eq!(words.len() * WORD_BYTES, 196_608);
    assert_eq!(words[head::STOPPED], stopped::LIMIT);
    assert_eq!(words[head::STOPPED_ERRNO], 0);
    // Names still have room where records don't.
    let kinds = kinds(&words);
    let of = |kind| kinds.iter().filter(|it| **it == kind).count();
    assert_eq!(of(kind::RECORD), made);
    assert!(of(kind::FUNCTION) > made + 1);
}

#[test]
fn limits_on_functions_and_nodes_are_kept() {
    let folder = folder();
    let mut facts = facts(folder.path());
    facts.limits.functions = 1;
    facts.limits.nodes = 65;
    let mut recording = Recording::create(&facts).unwrap();
    recording.function(0, b"m:f", 0, 0, 3, b"").unwrap();
    assert_eq!(recording.function(1, b"m:g", 0, 0, 3, b""), Err(Full));
    assert_eq!(recording.node(0, 0), Err(Full), "a parent that isn't there");
    for id in 0..65 {
        let (node, block) = recording.node(i64::from(id) - 1, 0).unwrap();
        assert_eq!(node, id);
        // SAFETY: a node has four words.
        let first = unsafe { *block };
        assert_eq!(first, 1 << 63 | u64::from(id) << 32);
    }
    assert_eq!(recording.node(-1, 0), Err(Full));
    let words = words_of(&recording);
    assert_eq!(words[head::STOPPED], 0);
    assert_eq!(kinds(&words), [1, 3, 3]);
}

#[test]
fn a_file_size_limit_stops_the_recording_and_not_the_program() {
    let folder = folder();
    in_child(|| {
        let limit = |bytes| {
            let limit = libc::rlimit {
                rlim_cur: bytes,
                rlim_max: libc::RLIM_INFINITY,
            };
            // SAFETY: reads the limit; SIGXFSZ isn't ignored here.
            assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) }, 0);
        };
        limit(1000);
        let error = Recording::create(&facts(folder.path())).unwrap_err();
        assert!(error.contains("File too large"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        limit(100_000);
        let mut recording = Recording::create(&facts(folder.path())).unwrap();
        assert_eq!(recording.grow(), Err(Full));
        let words = words_of(&recording);
        assert_eq!(words[head::STOPPED], stopped::NO_SPACE);
        assert_eq!(words[head::STOPPED_ERRNO], libc::EFBIG as u64);
        assert_eq!(words.len() * WORD_BYTES, 65536);
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_the_recording_and_not_the_program() {
    let folder = folder();
    in_child(|| {
        // A namespace of our own, so that the mount goes with the child. Needs root.
        let place = std::ffi::CString::new(folder.path().to_str().unwrap()).unwrap();
        let options = c"size=256k,mode=0700";
        // SAFETY: all texts end with a NUL and outlive the calls.
        let mounted = unsafe {
            libc::unshare(libc::CLONE_NEWNS) == 0
                && libc::mount(
                    std::ptr::null(),
                    c"/".as_ptr(),
                    std::ptr::null(),
                    libc::MS_REC | libc::MS_PRIVATE,
                    std::ptr::null(),
                ) == 0
                && libc::mount(
                    c"tmpfs".as_ptr(),
                    place.as_ptr(),
                    c"tmpfs".as_ptr(),
                    0,
                    options.as_ptr().cast(),
                ) == 0
        };
        if !mounted {
            return;
        }
        let mut recording = Recording::create(&facts(folder.path())).unwrap();
        let mut made = 0;
        while recording.function(made, b"m:f", 0, 0, 3, b"").is_ok()
            && let Ok(block) = recording.record(made)
        {
            // SAFETY: the block has 768 words. All of them are there.
            unsafe { std::slice::from_raw_parts_mut(block, 768)[16..].fill(1) };
            made += 1;
        }
        assert_eq!(made, 9 + 21);
        let words = words_of(&recording);
        assert_eq!(words[head::STOPPED], stopped::NO_SPACE);
        assert_eq!(words[head::STOPPED_ERRNO], libc::ENOSPC as u64);
        assert_eq!(
            words.len() * WORD_BYTES,
            65536 + 131_072,
            "the rest was given back"
        );
        // And none can be made any more.
        fs::write(folder.path().join("rest"), vec![1; 1 << 17]).unwrap_err();
        let error = Recording::create(&facts(folder.path())).unwrap_err();
        assert!(error.contains("No space left"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    });
}

#[test]
fn folders_that_cannot_be_used_are_named() {
    let folder = folder();
    let error = Recording::create(&facts(&folder.path().join("gone"))).unwrap_err();
    assert!(
        error.contains("gone can't be used: No such file"),
        "{error}"
    );

    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o770)).unwrap();
    let error = Recording::create(&facts(folder.path())).unwrap_err();
    assert!(error.contains("can be written by other users"), "{error}");

    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    in_child(|| {
        // SAFETY: changes nothing but the child's user.
        if unsafe { libc::setuid(4711) } != 0 {
            return;
        }
        let error = Recording::create(&facts(folder.path())).unwrap_err();
        assert!(error.ends_with("not to user 4711"), "{error}");
    });
}

#[test]
fn a_read_only_folder_is_named() {
    let folder = folder();
    let place = folder.path().join("read-only");
    fs::create_dir(&place).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    in_child(|| {
        let path = std::ffi::CString::new(place.to_str().unwrap()).unwrap();
        // Root may write anywhere; another user owns a folder and may not write there.
        // SAFETY: the text ends with a NUL; only the child's user changes.
        unsafe {
            libc::chown(path.as_ptr(), 4711, 4711);
            libc::chmod(path.as_ptr(), 0o500);
            libc::setuid(4711);
        }
        let error = Recording::create(&facts(&place)).unwrap_err();
        assert!(
            error.contains(".rec can't be made: Permission denied"),
            "{error}"
        );
    });
}

#[test]
fn another_file_with_the_name_is_left_alone() {
    let folder = folder();
    let mut recording = Recording::create(&facts(folder.path())).unwrap();
    let path = recording.path().to_owned();
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"mine").unwrap();
    assert_eq!(recording.grow(), Err(Full));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    fs::remove_file(&path).unwrap();
    // What failed once isn't tried again.
    assert_eq!(recording.grow(), Err(Full));
    // SAFETY: the header's words, still mapped.
    let header = unsafe { std::slice::from_raw_parts(recording.header(), HEADER_WORDS) };
    assert_eq!(header[head::STOPPED], stopped::ERROR);
    assert_eq!(header[head::STOPPED_ERRNO], libc::ESTALE as u64);
}

#[test]
fn links_are_not_followed() {
    let folder = folder();
    let mut recording = Recording::create(&facts(folder.path())).unwrap();
    let kept = folder.path().join("kept");
    fs::rename(recording.path(), &kept).unwrap();
    std::os::unix::fs::symlink(&kept, recording.path()).unwrap();
    assert_eq!(recording.grow(), Err(Full));
    assert_eq!(fs::metadata(&kept).unwrap().len(), 65536);
}
