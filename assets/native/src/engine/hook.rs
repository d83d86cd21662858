//! One hooked function: its name and shape, and where its calls are recorded at the moment.

use std::cell::Cell;
use std::ptr;

use super::node::Node;
use super::record::Record;

/// One hooked function. Hooks are made when a module is hooked and live as long as the process:
/// code objects point to them.
pub(crate) struct Hook {
    pub(crate) name: Box<[u8]>,
    /// 0 function, 1 generator, 2 coroutine, 3 async generator.
    pub(crate) shape: u32,
    /// Index of the plan's target that chose it.
    pub(crate) target: u32,
    /// The way it is timed, as numbered in docs/recording.md.
    pub(crate) mechanism: u32,
    /// Its record block; `NONE` until its first call in this process.
    pub(crate) record: Cell<Record>,
    /// Its number in the recording; -1 where it has none.
    pub(crate) number: Cell<i64>,
    /// The node of the last call, and that node's parent.
    pub(crate) last: Cell<(*mut Node, *mut Node)>,
    /// The node that stands for those there was no room for.
    pub(crate) orphan: Cell<*mut Node>,
}

impl Hook {
    pub(crate) fn new(name: &[u8], shape: u32, target: u32, mechanism: u32) -> Self {
        Self {
            name: name.into(),
            shape,
            target,
            mechanism,
            record: Cell::new(Record::NONE),
            number: Cell::new(-1),
            last: Cell::new((ptr::null_mut(), ptr::null_mut())),
            orphan: Cell::new(ptr::null_mut()),
        }
    }

    /// Whether its calls can be suspended.
    pub(crate) fn resumable(&self) -> bool {
        self.shape != 0
    }

    /// Starts anew, in no recording: after a fork.
    pub(crate) fn forget(&self) {
        self.record.set(Record::NONE);
        self.number.set(-1);
        self.last.set((ptr::null_mut(), ptr::null_mut()));
        self.orphan.set(ptr::null_mut());
    }
}
