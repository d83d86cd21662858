//! Which signals reach us while the child runs, and which of them the child must get from us.
//!
//! The child stays in our process group, so that job control and pipelines see one job. What
//! the terminal sends (Ctrl-C, Ctrl-\, a hang-up) goes to the whole group: the child has it
//! already and must not get it twice. What a process sent to us alone is passed on. A process
//! that signals our whole group by itself can't be told from that: there the child hears of
//! it twice.
//!
//! SIGTSTP and SIGCONT aren't caught. Ctrl-Z and `fg` reach the group as they should; and had
//! we caught SIGTSTP, we would have to stop ourselves where the system knows better (it stops
//! nobody in a group that no shell could ever continue).

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

/// What we listen to, beside the child's end.
const HEARD: [i32; 6] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2];

/// The signals to catch, given those that were ignored when we were started: a child of
/// `nohup` or of a shell's background job must go on ignoring them, and would not, had we
/// caught them (exec resets what is caught and keeps what is ignored).
pub(super) fn to_catch(ignored: u64) -> Vec<i32> {
    HEARD
        .into_iter()
        .filter(|signal| ignored & (1 << (signal - 1)) == 0)
        .chain([SIGCHLD])
        .collect()
}

/// The signals that this process ignores, as a set of bits from signal 1 on; none where the
/// system doesn't tell (`SigIgn` of Linux's /proc/self/status).
pub(super) fn ignored() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| ignored_in(&status))
        .unwrap_or(0)
}

fn ignored_in(status: &str) -> Option<u64> {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

/// A signal that we got, and what is known of its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heard {
    /// Its number.
    pub(super) signal: i32,
    /// It came from the kernel, so from the terminal.
    pub(super) from_terminal: bool,
    /// The child is in our process group.
    pub(super) child_in_group: bool,
    /// We lead the session: a hang-up then comes to us alone.
    pub(super) leads_session: bool,
}

impl Heard {
    /// True where the child has to get the signal from us.
    pub(super) fn is_for_child(self) -> bool {
        let reached_child = self.from_terminal
            && self.child_in_group
            && !(self.signal == SIGHUP && self.leads_session);
        self.signal != SIGCHLD && !reached_child
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(signal: i32, from_terminal: bool, child_in_group: bool) -> Heard {
        Heard {
            signal,
            from_terminal,
            child_in_group,
            leads_session: false,
        }
    }

    #[test]
    fn what_the_terminal_sent_is_not_sent_again() {
        assert!(!heard(SIGINT, true, true).is_for_child());
        assert!(!heard(SIGQUIT, true, true).is_for_child());
        // Another process sent it to us alone, or the child has left our group.
        assert!(heard(SIGINT, false, true).is_for_child());
        assert!(heard(SIGTERM, false, true).is_for_child());
        assert!(heard(SIGINT, true, false).is_for_child());
        assert!(!heard(SIGCHLD, false, true).is_for_child());
    }

    #[test]
    fn a_session_leader_passes_the_hang_up_on() {
        let mut leader = heard(SIGHUP, true, true);
        assert!(!leader.is_for_child());
        leader.leads_session = true;
        assert!(leader.is_for_child());
    }

    #[test]
    fn ignored_signals_stay_ignored() {
        let status = "Name:\tx\nSigIgn:\t0000000000000001\nSigCgt:\t00000000ffffffff\n";
        assert_eq!(ignored_in(status), Some(1));
        assert_eq!(ignored_in("Name:\tx\n"), None);
        let caught = to_catch(1 << (SIGHUP - 1));
        assert!(!caught.contains(&SIGHUP));
        assert!(caught.contains(&SIGINT) && caught.contains(&SIGCHLD));
    }
}
