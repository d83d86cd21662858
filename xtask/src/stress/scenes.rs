//! Which scenes there are in tests/stress/scenes, and which an engine can't play. Pure.

use anyhow::{Result, bail};

use crate::engine::Engine;

/// Every scene.
const SCENES: [&str; 10] = [
    "shapes",
    "failing",
    "recursion",
    "threads",
    "forks",
    "signals",
    "suspended",
    "greenlets",
    "references",
    "switched",
];

/// What the Python engine can't play, and why.
const NOT_IN_PYTHON: [(&str, &str); 2] = [
    (
        "recursion",
        "a RecursionError also strikes within the engine's own functions, which are Python's",
    ),
    (
        "signals",
        "an exception that a handler raises also strikes within the engine's own functions",
    ),
];

/// Those that were asked for, or all.
///
/// # Errors
/// One isn't a scene.
pub(super) fn chosen(wanted: &[String]) -> Result<Vec<&'static str>> {
    if let Some(unknown) = wanted.iter().find(|name| !SCENES.contains(&name.as_str())) {
        bail!("`{unknown}` is no scene; there are {}", SCENES.join(", "));
    }
    Ok(SCENES
        .into_iter()
        .filter(|scene| wanted.is_empty() || wanted.iter().any(|name| name == scene))
        .collect())
}

/// Why an engine can't play a scene; `None` where it can.
pub(super) fn left_out(engine: Engine, scene: &str) -> Option<&'static str> {
    match engine {
        Engine::Native => None,
        Engine::Python => NOT_IN_PYTHON
            .iter()
            .find(|(name, _)| *name == scene)
            .map(|(_, why)| *why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_are_chosen_by_name_and_others_refused() {
        assert_eq!(chosen(&[]).unwrap(), SCENES);
        assert_eq!(chosen(&["forks".to_owned()]).unwrap(), ["forks"]);
        let error = chosen(&["spoons".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("no scene"), "{error}");
    }

    #[test]
    fn each_scene_is_a_file_and_each_file_a_scene() {
        let folder = crate::workspace::root().join("tests/stress/scenes");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".py").map(str::to_owned))
            .filter(|name| name != "__init__")
            .collect();
        files.sort();
        let mut scenes = SCENES;
        scenes.sort_unstable();
        assert_eq!(files, scenes);
    }

    #[test]
    fn the_native_engine_plays_every_scene() {
        for scene in SCENES {
            assert_eq!(left_out(Engine::Native, scene), None);
        }
        for (scene, _) in NOT_IN_PYTHON {
            assert!(SCENES.contains(&scene));
        }
    }
}
