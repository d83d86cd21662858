//! What was recorded, as `report --json` tells it, and the truth that it is compared with.

use std::collections::BTreeMap;

use serde_json::Value;

/// Calls and errors of functions by name.
pub type Truth = BTreeMap<String, (u64, u64)>;

/// The answer of `probe report --json`.
#[derive(Debug, Clone)]
pub struct Recorded(pub Value);

impl Recorded {
    /// Calls and errors of everything that was called.
    pub fn functions(&self) -> Truth {
        functions(self.0["functions"].as_array().unwrap().iter())
    }

    /// The calls of one function; 0 where nothing is known of it.
    pub fn calls(&self, name: &str) -> u64 {
        self.functions().get(name).map_or(0, |counts| counts.0)
    }

    /// The recorded processes.
    pub fn processes(&self) -> &[Value] {
        self.0["processes"].as_array().unwrap()
    }

    /// Fails where a function of `truth` was recorded otherwise.
    #[track_caller]
    pub fn assert_agrees(&self, truth: &Truth) {
        let recorded = self.functions();
        let wrong: Vec<String> = truth
            .iter()
            .filter(|(name, counts)| recorded.get(*name) != Some(counts))
            .map(|(name, counts)| format!("{name}: {:?}, truly {counts:?}", recorded.get(name)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}\n{:#}", self.0);
        assert!(!truth.is_empty(), "there is nothing to compare with");
    }
}

/// The truth that a program printed: `{"functions": {name: {"calls": n, "errors": n}}}`.
pub fn truth(printed: &str) -> Truth {
    let last = printed.lines().next_back().unwrap_or_default();
    let printed: Value = serde_json::from_str(last).unwrap();
    let named = printed["functions"].as_object().unwrap().iter();
    named
        .map(|(name, counts)| (name.clone(), counts_of(counts)))
        .collect()
}

fn functions<'a>(entries: impl Iterator<Item = &'a Value>) -> Truth {
    entries
        .map(|entry| (entry["name"].as_str().unwrap().to_owned(), counts_of(entry)))
        .collect()
}

fn counts_of(entry: &Value) -> (u64, u64) {
    let count = |key: &str| entry[key].as_u64().unwrap();
    (count("calls"), count("errors"))
}

/// Fails where an object lacks one of the keys that the command line's contract names. More
/// keys are allowed.
#[track_caller]
pub fn check_keys(object: &Value, keys: &[&str]) {
    for key in keys {
        assert!(
            object.get(key).is_some(),
            "`{key}` is missing in {object:#}"
        );
    }
}
