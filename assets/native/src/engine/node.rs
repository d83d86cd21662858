//! The call tree: a node is a function below a parent node; all threads share them.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr;

use super::hook::Hook;
use super::record::add;
use crate::recording::layout::nodes::{CALLS, SELF, TOTAL};
use crate::recording::layout::record;

/// A node: the id that the recording knows it by, and its words there.
pub(crate) struct Node {
    /// What a shown stack holds: the id + 1; 0 for the root and where there was no room, which
    /// ends what is shown.
    pub(crate) shown: u64,
    /// Its id, -1 for the root, -2 where there was no room.
    pub(crate) id: i64,
    words: *mut u64,
    /// The child that was called last, and its hook.
    pub(crate) last_child: Cell<(*const Hook, *mut Node)>,
}

impl Node {
    /// The parent of what nothing hooked has called.
    pub(crate) const fn root() -> Self {
        Self {
            shown: 0,
            id: -1,
            words: ptr::null_mut(),
            last_child: Cell::new((ptr::null(), ptr::null_mut())),
        }
    }

    /// A node with these four words in the recording.
    ///
    /// # Safety
    /// The words stay mapped and writable until `forget` of all nodes.
    pub(crate) unsafe fn new(id: i64, words: *mut u64) -> Self {
        let shown = if id >= 0 { id.unsigned_abs() + 1 } else { 0 };
        Self {
            shown,
            id,
            words,
            last_child: Cell::new((ptr::null(), ptr::null_mut())),
        }
    }

    /// A node for the calls of a function that there was no room for. Their times go to the words
    /// of its record that are kept for that; their number is the histogram's.
    ///
    /// # Safety
    /// As for `new`.
    pub(crate) unsafe fn orphan(block: *mut u64) -> Self {
        // SAFETY: the words before those stay within the block.
        unsafe { Self::new(-2, block.add(record::TOTAL - TOTAL)) }
    }

    /// Counts an ended call; returns how many there were.
    ///
    /// # Safety
    /// This isn't the root.
    #[inline(always)]
    pub(crate) unsafe fn end(&self, total: u64, own: u64) -> u64 {
        // SAFETY: the node has these words.
        unsafe {
            add(self.words.add(TOTAL), total);
            add(self.words.add(SELF), own);
            if self.id >= 0 {
                add(self.words.add(CALLS), 1)
            } else {
                1
            }
        }
    }
}

/// Finds the node of a function below a parent.
pub(crate) type Children = HashMap<(usize, usize), *mut Node, BuildHasherDefault<Mix>>;

/// Mixes two addresses by multiplication (Fibonacci hashing: Knuth, The Art of Computer
/// Programming, volume 3, 6.4): they are the engine's own, so nobody can make them collide.
#[derive(Default)]
pub(crate) struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(byte.into());
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (self.0.rotate_left(32) ^ value as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}
