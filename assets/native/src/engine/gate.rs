//! What each call looks at first: whether to record, and for which process.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// The engine's switches.
pub(crate) struct Gate {
    /// The control word of the recording's header, or the word below where there is none.
    control: AtomicPtr<u64>,
    /// One higher in each forked child: calls that began in the parent process are its own.
    pub(crate) generation: AtomicU32,
}

static NO_CONTROL: AtomicU64 = AtomicU64::new(0);
static SHUT: AtomicU64 = AtomicU64::new(1);

/// The engine's switches.
pub(crate) static GATE: Gate = Gate {
    control: AtomicPtr::new(NO_CONTROL.as_ptr()),
    generation: AtomicU32::new(1),
};

impl Gate {
    /// Whether somebody has switched recording off.
    #[inline(always)]
    pub(crate) fn is_shut(&self) -> bool {
        // SAFETY: the pointer is to a static word or to a header that stays mapped.
        let control = unsafe { AtomicU64::from_ptr(self.control.load(Ordering::Relaxed)) };
        control.load(Ordering::Relaxed) != 0
    }

    /// The process that calls belong to now.
    #[inline(always)]
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Relaxed)
    }

    /// Listens to this control word from now on; null: to none. What was shut stays so, in forked
    /// children too.
    pub(crate) fn listen(&self, control: *mut u64) {
        if ptr::eq(self.control.load(Ordering::Relaxed), SHUT.as_ptr()) {
            return;
        }
        let word = if control.is_null() {
            NO_CONTROL.as_ptr()
        } else {
            control
        };
        self.control.store(word, Ordering::Relaxed);
    }

    /// Records nothing more in this process.
    pub(crate) fn shut(&self) {
        self.control.store(SHUT.as_ptr(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shut_stays_shut() {
        let gate = Gate {
            control: AtomicPtr::new(NO_CONTROL.as_ptr()),
            generation: AtomicU32::new(1),
        };
        let mut control = 0;
        gate.listen(&raw mut control);
        assert!(!gate.is_shut());
        gate.shut();
        gate.listen(ptr::null_mut());
        gate.listen(&raw mut control);
        assert!(gate.is_shut());
    }
}
