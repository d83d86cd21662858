//! What became of each target: the functions that recordings know of it, and those that only
//! the sources know. Pure; the JSON form is the contract's of `probe targets --json`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::pattern::{Pattern, choose};

/// A function that recordings know: it was hooked, or could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `module:qualname`.
    pub name: String,
    /// The index of the target that chose it, where the recording's plan is the one listed.
    pub target: Option<usize>,
    /// Why it can't be instrumented.
    pub why_impossible: Option<String>,
    /// Its calls, finished ones.
    pub calls: u64,
}

/// The answer of `probe targets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// The version of this form.
    pub schema: u32,
    /// One entry a target, in the plan's order.
    pub targets: Vec<Target>,
}

/// One target and its functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// As it was written.
    pub pattern: String,
    /// Why it has no functions; none where it has.
    pub why: Option<String>,
    /// Its functions by name.
    pub functions: Vec<Function>,
}

/// One function of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Function {
    /// `module:qualname`.
    pub name: String,
    /// What became of it.
    pub state: State,
    /// Why, where the state alone doesn't say it.
    pub why: Option<String>,
    /// Its calls in all recordings.
    pub calls: u64,
}

/// What became of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// It is instrumented and was called.
    #[serde(rename = "hooked")]
    Hooked,
    /// No recorded process imported its module.
    #[serde(rename = "never imported")]
    NeverImported,
    /// Its module was imported, and no call was recorded.
    #[serde(rename = "never called")]
    NeverCalled,
    /// It can't be instrumented.
    #[serde(rename = "impossible")]
    Impossible,
}

impl State {
    /// The state as it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hooked => "hooked",
            Self::NeverImported => "never imported",
            Self::NeverCalled => "never called",
            Self::Impossible => "impossible",
        }
    }
}

/// Joins what is known: the targets of a plan, the functions seen in recordings, those in the
/// sources as (module, qualname), and for some targets (by index) why they may name nothing.
#[must_use]
pub fn listing(
    patterns: &[Pattern],
    seen: &[Seen],
    in_sources: &[(String, String)],
    doubts: &BTreeMap<usize, String>,
) -> Listing {
    let mut targets: Vec<BTreeMap<String, Function>> = vec![BTreeMap::new(); patterns.len()];
    let mut imported = BTreeSet::new();
    let mut known = BTreeSet::new();
    for function in seen {
        let (module, qualname) = split(&function.name);
        imported.insert(module);
        known.insert((module, qualname));
        // A name that no target matches was chosen under another one, that of an import, which only
        // a target without stars does.
        let is_name = |index: &usize| patterns.get(*index).is_some_and(Pattern::is_one_name);
        let index = choose(patterns, module, qualname).or(function.target.filter(is_name));
        if let Some(target) = index.and_then(|index| targets.get_mut(index)) {
            target
                .entry(function.name.clone())
                .and_modify(|listed| listed.join(function))
                .or_insert_with(|| Function::of(function));
        }
    }
    for (module, qualname) in in_sources {
        if known.contains(&(module.as_str(), qualname.as_str())) {
            continue;
        }
        if let Some(index) = choose(patterns, module, qualname) {
            let name = format!("{module}:{qualname}");
            let was_imported = imported.contains(module.as_str());
            let function = Function::unseen(name.clone(), was_imported);
            targets[index].insert(name, function);
        }
    }
    Listing {
        schema: 1,
        targets: patterns
            .iter()
            .zip(targets)
            .enumerate()
            .map(|(index, (pattern, functions))| Target {
                pattern: pattern.text().to_owned(),
                why: functions
                    .is_empty()
                    .then(|| why_empty(pattern, doubts.get(&index))),
                functions: functions.into_values().collect(),
            })
            .collect(),
    }
}

impl Function {
    fn of(seen: &Seen) -> Self {
        let state = match (&seen.why_impossible, seen.calls) {
            (Some(_), 0) => State::Impossible,
            (None, 0) => State::NeverCalled,
            _ => State::Hooked,
        };
        Self {
            name: seen.name.clone(),
            state,
            why: seen.why_impossible.clone().filter(|_| seen.calls == 0),
            calls: seen.calls,
        }
    }

    /// The same function in another recording: what worked anywhere counts.
    fn join(&mut self, seen: &Seen) {
        let other = Self::of(seen);
        let rank = |state| match state {
            State::NeverImported => 0,
            State::Impossible => 1,
            State::NeverCalled => 2,
            State::Hooked => 3,
        };
        if rank(other.state) > rank(self.state) {
            self.state = other.state;
            self.why = other.why;
        }
        self.calls = self.calls.saturating_add(other.calls);
    }

    /// A function that only the sources know.
    fn unseen(name: String, was_imported: bool) -> Self {
        let (state, why) = if was_imported {
            let why = "its module was imported, but no such function was found in it then";
            (State::NeverCalled, Some(why.to_owned()))
        } else {
            (State::NeverImported, None)
        };
        Self {
            name,
            state,
            why,
            calls: 0,
        }
    }
}

fn why_empty(pattern: &Pattern, doubt: Option<&String>) -> String {
    match doubt {
        Some(doubt) => doubt.clone(),
        None if pattern.excludes() => "it takes away from what earlier targets choose".to_owned(),
        None => "nothing that was recorded or is in the sources matches it, or later targets \
                 take it"
            .to_owned(),
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or((name, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(texts: &[&str]) -> Vec<Pattern> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn seen(name: &str, calls: u64) -> Seen {
        Seen {
            name: name.to_owned(),
            target: None,
            why_impossible: None,
            calls,
        }
    }

    fn source(module: &str, qualname: &str) -> (String, String) {
        (module.to_owned(), qualname.to_owned())
    }

    #[test]
    fn every_function_has_its_state() {
        let impossible = Seen {
            why_impossible: Some("an immutable type".to_owned()),
            ..seen("shop:Fast.run", 0)
        };
        let listing = listing(
            &patterns(&["shop.**:**", "!shop.tests.**", "other:f"]),
            &[
                seen("shop:sell", 3),
                seen("shop:idle", 0),
                impossible,
                seen("shop:sell", 4),
            ],
            &[
                source("shop", "sell"),
                source("shop", "made_otherwise"),
                source("shop.db", "connect"),
                source("shop.tests", "test_sell"),
            ],
            &BTreeMap::new(),
        );
        let rows: Vec<_> = listing.targets[0]
            .functions
            .iter()
            .map(|f| (f.name.as_str(), f.state.name(), f.calls, f.why.is_some()))
            .collect();
        assert_eq!(
            rows,
            [
                ("shop.db:connect", "never imported", 0, false),
                ("shop:Fast.run", "impossible", 0, true),
                ("shop:idle", "never called", 0, false),
                ("shop:made_otherwise", "never called", 0, true),
                ("shop:sell", "hooked", 7, false),
            ]
        );
        assert_eq!(listing.targets[0].why, None);
        assert!(
            listing.targets[1]
                .why
                .as_ref()
                .unwrap()
                .contains("takes away")
        );
        assert!(listing.targets[2].functions.is_empty());
        assert!(listing.targets[2].why.is_some());
    }

    #[test]
    fn later_targets_take_functions_from_earlier_ones() {
        let listing = listing(
            &patterns(&["shop:**", "shop:sell"]),
            &[seen("shop:sell", 1), seen("shop:buy", 1)],
            &[],
            &BTreeMap::new(),
        );
        assert_eq!(listing.targets[0].functions[0].name, "shop:buy");
        assert_eq!(listing.targets[1].functions[0].name, "shop:sell");
    }

    #[test]
    fn a_function_chosen_by_an_imported_name_stays_with_its_target() {
        let through_import = Seen {
            target: Some(0),
            ..seen("json:loads", 2)
        };
        let of_an_earlier_plan = Seen {
            target: Some(1),
            ..seen("shop:f", 2)
        };
        let listing = listing(
            &patterns(&["shop:loads", "other.**:**"]),
            &[through_import, of_an_earlier_plan, seen("another:f", 1)],
            &[],
            &BTreeMap::new(),
        );
        assert_eq!(listing.targets[0].functions.len(), 1);
        assert_eq!(listing.targets[0].functions[0].name, "json:loads");
        assert!(listing.targets[1].functions.is_empty());
    }

    #[test]
    fn a_doubt_is_the_reason_of_an_empty_target() {
        let doubts = BTreeMap::from([(0, "did you mean it?".to_owned())]);
        let listing = listing(&patterns(&["shop:f"]), &[], &[], &doubts);
        assert_eq!(
            serde_json::to_value(&listing).unwrap(),
            serde_json::json!({"schema": 1, "targets": [
                {"pattern": "shop:f", "why": "did you mean it?", "functions": []}
            ]})
        );
    }

    #[test]
    fn the_json_form_is_the_contracts() {
        let listing = listing(
            &patterns(&["shop:f"]),
            &[],
            &[source("shop", "f")],
            &BTreeMap::new(),
        );
        assert_eq!(
            serde_json::to_value(&listing.targets[0].functions).unwrap(),
            serde_json::json!([
                {"name": "shop:f", "state": "never imported", "why": null, "calls": 0}
            ])
        );
    }
}
