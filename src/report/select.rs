//! Which recordings belong to the run that was asked for, from their headers alone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::exit::{Diagnose, Exit};
use crate::recording::Reader;
use crate::recording::header::Header;

/// What `--run` chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// All recordings.
    All,
    /// Those of the process tree that started last.
    Last,
    /// Those of the processes with this id.
    Process(u32),
}

/// A text that chooses no run.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a run")]
pub struct UnknownRun(String);

impl Diagnose for UnknownRun {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        Some("use `--run last`, `--run all`, or a process id".to_owned())
    }
}

impl FromStr for Run {
    type Err = UnknownRun;

    fn from_str(text: &str) -> Result<Self, UnknownRun> {
        match text {
            "all" => Ok(Self::All),
            "last" => Ok(Self::Last),
            _ => match text.parse() {
                Ok(pid) if pid > 0 => Ok(Self::Process(pid)),
                _ => Err(UnknownRun(text.to_owned())),
            },
        }
    }
}

/// Where a recording comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    process: Identity,
    parent: u32,
    started_wall: u64,
}

/// A process, told apart from others that had its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    boot_id: [u8; 16],
    pid: u32,
    start: u64,
}

impl Origin {
    fn of(header: &Header) -> Self {
        Self {
            process: Identity {
                boot_id: header.boot_id,
                pid: header.pid,
                start: header.process_start,
            },
            parent: header.parent,
            started_wall: header.started_wall,
        }
    }
}

/// Chooses among these recordings. One whose header can't be read stays in: nobody knows
/// that it isn't meant, and reading it tells what is wrong.
#[must_use]
pub fn select(run: Run, paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut reader = Reader::default();
    let mut origin = |path: &Path| reader.peek(path).ok().map(|it| Origin::of(&it));
    let chosen = match run {
        Run::All => return paths,
        Run::Process(pid) => paths
            .iter()
            .map(|path| origin(path).is_none_or(|it| it.process.pid == pid))
            .collect(),
        Run::Last => last(&paths.iter().map(|it| origin(it)).collect::<Vec<_>>()),
    };
    let with_choice = paths.into_iter().zip(chosen);
    with_choice.filter(|it| it.1).map(|it| it.0).collect()
}

/// For each origin, whether it belongs to the process tree that started last.
fn last(origins: &[Option<Origin>]) -> Vec<bool> {
    let known: Vec<&Origin> = origins.iter().flatten().collect();
    let roots = roots(&parents(&known));
    let latest = (0..known.len()).max_by_key(|index| known[*index].started_wall);
    let latest = latest.map(|index| known[roots[index]].process);
    let mut roots = roots.into_iter();
    let is_chosen = |it: &Option<Origin>| match it {
        Some(_) => roots.next().map(|root| known[root].process) == latest,
        None => true,
    };
    origins.iter().map(is_chosen).collect()
}

/// The parent of each, where it is among them.
fn parents(known: &[&Origin]) -> Vec<Option<usize>> {
    let mut by_pid: HashMap<([u8; 16], u32), Vec<usize>> = HashMap::new();
    for (index, it) in known.iter().enumerate() {
        let key = (it.process.boot_id, it.process.pid);
        by_pid.entry(key).or_default().push(index);
    }
    let parent = |of: &&Origin| {
        let candidates = by_pid.get(&(of.process.boot_id, of.parent))?;
        // An id may have been used again: the parent is the latest that is older.
        let older = candidates.iter().copied().filter(|index| {
            let it = known[*index];
            it.process != of.process
                && it.process.start <= of.process.start
                && it.started_wall <= of.started_wall
        });
        older.max_by_key(|index| known[*index].started_wall)
    };
    known.iter().map(parent).collect()
}

/// Where each one's parents begin. Each way upwards is walked once, however many go it, and
/// ends also where hostile files claim to be each other's parents.
fn roots(parents: &[Option<usize>]) -> Vec<usize> {
    let mut roots: Vec<Option<usize>> = vec![None; parents.len()];
    for start in 0..parents.len() {
        let (mut way, mut at) = (Vec::new(), start);
        let root = loop {
            if let Some(root) = roots[at] {
                break root;
            }
            way.push(at);
            // Until it is known better, the way ends here: so it does in a circle.
            roots[at] = Some(at);
            match parents[at] {
                Some(parent) => at = parent,
                None => break at,
            }
        };
        for it in way {
            roots[it] = Some(root);
        }
    }
    roots.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(pid: u32, parent: u32, start: u64) -> Option<Origin> {
        Some(Origin {
            process: Identity {
                boot_id: [1; 16],
                pid,
                start,
            },
            parent,
            started_wall: start * 1000,
        })
    }

    #[test]
    fn words_and_numbers_choose_a_run() {
        assert_eq!("all".parse::<Run>().unwrap(), Run::All);
        assert_eq!("last".parse::<Run>().unwrap(), Run::Last);
        assert_eq!("12".parse::<Run>().unwrap(), Run::Process(12));
        for wrong in ["", "-1", "0", "first", "99999999999"] {
            let error = wrong.parse::<Run>().unwrap_err();
            assert_eq!(error.exit(), Exit::Usage, "{wrong}");
        }
    }

    #[test]
    fn the_last_run_is_a_whole_tree() {
        let origins = [
            origin(10, 1, 100),
            origin(11, 10, 110),
            origin(20, 1, 200),
            origin(21, 20, 210),
            origin(22, 21, 220),
            origin(23, 20, 230),
        ];
        assert_eq!(last(&origins), [false, false, true, true, true, true]);
        assert_eq!(last(&origins[..2]), [true, true]);
        assert_eq!(last(&[]), Vec::<bool>::new());
    }

    #[test]
    fn an_id_used_again_is_another_process() {
        let origins = [origin(20, 1, 100), origin(20, 1, 200), origin(21, 20, 210)];
        assert_eq!(last(&origins), [false, true, true]);
        // The child is older than the process that now has its parent's id.
        let origins = [origin(21, 20, 150), origin(20, 1, 200)];
        assert_eq!(last(&origins), [false, true]);
    }

    #[test]
    fn another_boot_is_another_run_and_a_program_replaced_by_exec_the_same() {
        let mut other = origin(20, 1, 100);
        other.as_mut().unwrap().process.boot_id = [2; 16];
        let mut replaced = origin(20, 1, 200);
        replaced.as_mut().unwrap().started_wall += 5;
        assert_eq!(
            last(&[other, origin(20, 1, 200), replaced, None]),
            [false, true, true, true]
        );
    }

    #[test]
    fn parents_of_each_other_end() {
        let origins = [origin(20, 21, 100), origin(21, 20, 100)];
        assert_eq!(last(&origins), [true, true]);
        assert_eq!(
            roots(&[Some(1), Some(2), Some(1), Some(0), None]),
            [1, 1, 1, 1, 4]
        );
    }

    /// Each walking to the root on its own, and looking at all others at each step, they would
    /// take hours.
    #[test]
    fn thousands_that_claim_one_process_id_are_chosen_among() {
        let origins: Vec<Option<Origin>> = (1..3000).map(|start| origin(20, 20, start)).collect();
        assert_eq!(last(&origins), vec![true; origins.len()]);
    }
}
