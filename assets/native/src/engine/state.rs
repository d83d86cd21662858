//! What the engine knows of this process: its recording, made when it is first needed, its hooks
//! and the call tree. All of it is slow path: a call comes here once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use super::detail;
use super::gate::GATE;
use super::hook::Hook;
use super::node::{Children, Node};
use super::record::Record;
use super::thread::{self, BLOCK_WORDS, Thread};
use crate::recording::layout::{RECORD_WORDS, head};
use crate::recording::{Facts, Full, Places, Recording};

/// The engine's state; `None` until `configure`.
struct Place(RefCell<Option<State>>);

// SAFETY: only the holder of the GIL comes here; subinterpreters with a GIL of their own can't
// load the module.
unsafe impl Sync for Place {}

static STATE: Place = Place(RefCell::new(None));

/// The engine of this process.
pub(crate) struct State {
    /// What recordings are made with; without a folder none is.
    facts: Facts,
    recording: Option<Recording>,
    /// Why there is no recording.
    refused: Option<String>,
    /// All hooks, which live as long as the process.
    hooks: Vec<&'static Hook>,
    /// Name -> its number in the recording, -1 where there was no room.
    numbers: HashMap<Box<[u8]>, i64>,
    written: i64,
    root: &'static Node,
    children: Children,
    own_cost: u64,
}

/// Does something with the state; `None` before it is configured, and where it fails: a panic ends
/// here, before it reaches the interpreter, and switches the engine off.
pub(crate) fn with_state<T>(act: impl FnOnce(&mut State) -> T) -> Option<T> {
    let mut place = STATE.0.try_borrow_mut().ok()?;
    let state = place.as_mut()?;
    match catch_unwind(AssertUnwindSafe(|| act(state))) {
        Ok(answer) => Some(answer),
        Err(_) => {
            GATE.shut();
            None
        }
    }
}

impl State {
    /// Sets the engine up; once a process.
    pub(crate) fn install(facts: Facts) {
        detail::set(facts.detail);
        *STATE.0.borrow_mut() = Some(Self {
            facts,
            recording: None,
            refused: None,
            hooks: Vec::new(),
            numbers: HashMap::new(),
            written: 0,
            root: Box::leak(Box::new(Node::root())),
            children: Children::default(),
            own_cost: 0,
        });
    }

    /// Records in the chosen one of these places from now on; before, nothing is recorded.
    pub(crate) fn record_in(&mut self, places: Places) {
        self.facts.places = places;
        self.refused = None;
    }

    /// Makes a hook that writes nowhere, to try the engine with, and forgets the calling thread's
    /// stack, which `finish_trial` does too: it was made without a recording.
    pub(crate) fn trial(&mut self, shape: u32) -> &'static Hook {
        let hook: &'static Hook = Box::leak(Box::new(Hook::new(b"", shape, 0, 0)));
        let words: &'static [AtomicU64; RECORD_WORDS] =
            Box::leak(Box::new([const { AtomicU64::new(0) }; RECORD_WORDS]));
        let block = words.as_ptr().cast::<u64>().cast_mut();
        // SAFETY: the words are leaked.
        let orphan = Box::into_raw(Box::new(unsafe {
            hook.record.set(Record::at(block));
            Node::orphan(block)
        }));
        hook.orphan.set(orphan);
        hook.last.set((std::ptr::null_mut(), orphan));
        hook
    }

    /// Forgets what trials left.
    pub(crate) fn finish_trial(&mut self) {
        thread::forget();
        self.children.clear();
    }

    /// Takes in a function to be hooked, and writes that it is.
    pub(crate) fn hook(&mut self, hook: Hook) -> &'static Hook {
        let hook: &'static Hook = Box::leak(Box::new(hook));
        self.announce(&hook.name, hook.shape, hook.target, hook.mechanism, b"");
        self.hooks.push(hook);
        hook
    }

    /// Writes a function's block, once a name; returns its number, -1 where there is no room.
    pub(crate) fn announce(
        &mut self,
        name: &[u8],
        shape: u32,
        target: u32,
        mechanism: u32,
        why: &[u8],
    ) -> i64 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.written;
        let Some(recording) = self.open() else {
            return -1;
        };
        let mechanism = if why.is_empty() { mechanism } else { 0 };
        let written = recording
            .function(number as u32, name, shape, target, mechanism, why)
            .is_ok();
        if written {
            self.written += 1;
        } else {
            self.count_in_header(head::DROPPED_FUNCTIONS);
        }
        let number = if written { number } else { -1 };
        self.numbers.insert(name.into(), number);
        number
    }

    /// This process's recording, made now if need be; `None` where it can't be had.
    fn open(&mut self) -> Option<&mut Recording> {
        let folder_is_known = !self.facts.places.chosen.as_os_str().is_empty();
        if folder_is_known && self.recording.is_none() && self.refused.is_none() {
            match Recording::create(&self.facts) {
                Ok(recording) => {
                    recording.set_own_cost(self.own_cost);
                    // SAFETY: the header has this word.
                    GATE.listen(unsafe { recording.header().add(head::CONTROL) });
                    self.recording = Some(recording);
                }
                Err(why) => self.refused = Some(why),
            }
        }
        self.recording.as_mut()
    }

    fn count_in_header(&mut self, at: usize) {
        if let Some(recording) = &self.recording {
            // SAFETY: the header has this word.
            unsafe { super::record::add(recording.header().add(at), 1) };
        }
    }

    /// Gives a hook the record that its calls go to, at its first call in this process.
    #[cold]
    pub(crate) fn make_ready(&mut self, hook: &Hook) {
        let number = self.announce(&hook.name, hook.shape, hook.target, hook.mechanism, b"");
        hook.number.set(number);
        let mut record = Record::sink();
        if number >= 0
            && let Some(recording) = self.open()
        {
            match recording.record(number as u32) {
                // SAFETY: segments stay mapped in this process; a forked child forgets them.
                Ok(block) => record = unsafe { Record::at(block) },
                Err(Full) => self.count_in_header(head::DROPPED_FUNCTIONS),
            }
        }
        hook.record.set(record);
    }

    /// The node of a hook's function below a parent (null: below none), made now if need be.
    #[cold]
    pub(crate) fn node(&mut self, parent: *const Node, hook: &Hook) -> *mut Node {
        let parent = if parent.is_null() {
            std::ptr::from_ref(self.root)
        } else {
            parent
        };
        let key = (parent as usize, std::ptr::from_ref(hook) as usize);
        if let Some(&node) = self.children.get(&key) {
            return node;
        }
        // SAFETY: nodes live as long as the process.
        let node = self.new_node(unsafe { &*parent }, hook);
        self.children.insert(key, node);
        node
    }

    fn new_node(&mut self, parent: &Node, hook: &Hook) -> *mut Node {
        if hook.number.get() >= 0
            && hook.orphan.get().is_null()
            && let Some(recording) = self.recording.as_mut()
            && let Ok((id, words)) = recording.node(parent.id, hook.number.get() as u32)
        {
            // SAFETY: segments stay mapped in this process; a forked child forgets them.
            return Box::into_raw(Box::new(unsafe { Node::new(id.into(), words) }));
        }
        self.count_in_header(head::DROPPED_NODES);
        if hook.orphan.get().is_null() {
            // SAFETY: the record is the hook's, or the sink.
            let orphan = unsafe { Node::orphan(hook.record.get().as_ptr()) };
            hook.orphan.set(Box::into_raw(Box::new(orphan)));
        }
        hook.orphan.get()
    }

    /// Gives the calling thread a stack.
    #[cold]
    pub(crate) fn enter_thread(&mut self) -> *mut Thread {
        thread::enter(GATE.generation(), || {
            if let Some(recording) = self.recording.as_mut()
                && let Ok(block) = recording.thread()
            {
                return block;
            }
            self.count_in_header(head::STACK_TROUBLES);
            let unseen: &'static [AtomicU64; BLOCK_WORDS] =
                Box::leak(Box::new([const { AtomicU64::new(0) }; BLOCK_WORDS]));
            unseen.as_ptr().cast::<u64>().cast_mut()
        })
    }

    /// Counts a stack in which a call ended out of order.
    #[cold]
    pub(crate) fn count_repair(&mut self) {
        self.count_in_header(head::STACK_TROUBLES);
    }

    /// Makes the conversion from ticks to ns more exact.
    #[cold]
    pub(crate) fn refine_clock(&mut self) {
        if let Some(recording) = self.recording.as_mut() {
            recording.refine_clock();
        }
    }

    /// Sets what a call costs, in 1/1000 ns.
    pub(crate) fn set_own_cost(&mut self, cost: u64) {
        self.own_cost = cost;
        if let Some(recording) = self.recording.as_mut() {
            recording.set_own_cost(cost);
        }
    }

    /// Marks the process as ended by itself.
    pub(crate) fn end(&mut self) {
        if let Some(recording) = self.recording.as_mut() {
            recording.refine_clock();
            recording.end();
        }
    }

    /// The recording's path, or why there is none.
    pub(crate) fn place(&self) -> (Option<&std::path::Path>, Option<&str>) {
        (
            self.recording.as_ref().map(Recording::path),
            self.refused.as_deref(),
        )
    }

    /// Forgets all that is the parent process's: in a forked child, before anything runs there.
    /// Only memory is touched: locks may be held by threads that don't exist here.
    fn forget(&mut self) {
        for hook in &self.hooks {
            hook.forget();
        }
        // The mapping stays, unused: to unmap it could take long.
        std::mem::forget(self.recording.take());
        self.refused = None;
        self.numbers.clear();
        self.written = 0;
        self.children.clear();
        self.root
            .last_child
            .set((std::ptr::null(), std::ptr::null_mut()));
    }
}

/// Registered with `pthread_atfork`: see `State::forget`.
pub(crate) extern "C" fn forget_parent() {
    GATE.generation.fetch_add(1, Ordering::Relaxed);
    GATE.listen(std::ptr::null_mut());
    thread::forget();
    if with_state(State::forget).is_none() {
        // A thread without the GIL forked while another was in here: what it left is half done.
        GATE.shut();
    }
}
