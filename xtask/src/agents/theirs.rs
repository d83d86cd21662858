//! Whether an agent's data arrived: what it found out, against what it found out without the probe.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

use super::known::Agent;
use crate::process;
use crate::stage::Stage;

/// Reading an agent's data takes no longer.
const LIMIT: Duration = Duration::from_secs(120);

/// What an agent found out, each thing with how often it saw it.
pub(super) type Evidence = BTreeMap<String, u64>;

/// Reads the data that an agent left in `folder`; an error where it left none.
pub(super) fn read(
    stage: &Stage,
    agent: &Agent,
    python: &Path,
    program: &Path,
    folder: &Path,
) -> Result<Evidence> {
    let mut command = stage.command(python);
    command
        .arg(program.join("evidence.py"))
        .arg(agent.evidence)
        .arg(folder)
        // Where it is installed, the probe has no part in this.
        .env("PROBE_DISABLE", "1");
    let output = process::run_quietly(&mut command, LIMIT)?;
    serde_json::from_slice(&output.stdout).context("`evidence.py` can't be understood")
}

/// In words, what an agent found out otherwise than on its own.
pub(super) fn differences(alone: &Evidence, with: &Evidence) -> Vec<String> {
    let names = alone
        .keys()
        .chain(with.keys().filter(|name| !alone.contains_key(*name)));
    let count = |evidence: &Evidence, name| evidence.get(name).copied().unwrap_or(0);
    names
        .map(|name| (name, count(alone, name), count(with, name)))
        .filter(|(_, alone, with)| alone != with)
        .map(|(name, alone, with)| {
            format!("it saw `{name}` {with} times, and {alone} times on its own")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_must_see_what_it_sees_on_its_own() {
        let evidence = |named: &[(&str, u64)]| -> Evidence {
            named
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect()
        };
        let alone = evidence(&[("a", 1), ("b", 2)]);
        assert!(differences(&alone, &alone).is_empty());
        assert_eq!(
            differences(&alone, &evidence(&[("b", 3), ("c", 1)])),
            [
                "it saw `a` 0 times, and 1 times on its own",
                "it saw `b` 3 times, and 2 times on its own",
                "it saw `c` 1 times, and 0 times on its own",
            ]
        );
    }
}
