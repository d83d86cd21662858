//! The plan: what the payload loads at start-up, as a value. [`resolve`] makes it from the
//! command line and the configuration file; `python` writes it as `plan.py`. Nothing is
//! created here, and presets aren't known yet: they would be unfolded where the targets of
//! the file and of the command line come together.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::config::{Config, ConfigError};
use super::pattern::PatternError;
use super::{Detail, Engine, Pattern};
use crate::exit::{Diagnose, Exit};
use crate::recording::keep::Keep;
use crate::recording::place;

/// What the command line says of a plan; what it leaves out comes from the file.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// Targets; where there is one, the file's targets don't count.
    pub targets: Vec<String>,
    /// The configuration file, where one is named.
    pub config: Option<PathBuf>,
    /// What does the timing.
    pub engine: Option<Engine>,
    /// How much is recorded.
    pub detail: Option<Detail>,
    /// The data root.
    pub data_dir: Option<PathBuf>,
    /// How much is kept.
    pub keep: Keep,
    /// Where the configuration is looked for, upwards, and where relative paths start.
    pub folder: PathBuf,
}

/// All that the payload has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The targets, in order; later ones win.
    pub targets: Vec<Pattern>,
    /// How much is recorded.
    pub detail: Detail,
    /// What does the timing.
    pub engine: Engine,
    /// The folder of the venv's recordings.
    pub store: PathBuf,
    /// Whether somebody named the data root: then other users may record below it, too.
    pub root_given: bool,
    /// That folder's name below a data root.
    pub folder: String,
    /// The venv, or for a run without one, the folder it was started in.
    pub venv: PathBuf,
    /// When to stop recording.
    pub limits: Limits,
}

/// The bounds of one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Functions.
    pub functions: u64,
    /// Nodes of the call tree.
    pub nodes: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            functions: 10_000,
            nodes: 20_000,
            bytes: 256 << 20,
        }
    }
}

/// A plan and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The plan.
    pub plan: Plan,
    /// The configuration file that was read.
    pub config: Option<PathBuf>,
    /// The data root where the command line, the environment or the file gave one; absolute.
    pub data_root: Option<PathBuf>,
    /// How much of what is recorded an installation wants kept. No process needs to know, so it is
    /// no part of the plan.
    pub keep: Keep,
    /// What the user might not expect, one sentence each.
    pub notes: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A target of the command line doesn't parse.
    #[error(transparent)]
    Target(#[from] PatternError),
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Nothing says what to time.
    #[error("no target is given, and no configuration file is found from `{}` upwards", folder.display())]
    NoTargets {
        /// Where the search started.
        folder: PathBuf,
    },
    /// There is a file, and it chooses nothing.
    #[error("no target is given, and `{}` has none", config.display())]
    NoTargetsInFile {
        /// The file.
        config: PathBuf,
    },
    /// All targets take away.
    #[error("all targets start with `!`, so that no function is chosen")]
    OnlyExclusions,
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Target(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::NoTargets { .. } | Self::NoTargetsInFile { .. } => Some(
                "say what to time, such as `-t 'shop.**:*'` for all functions of the package \
                 `shop`, or write `targets = [\"shop.**:*\"]` into `probe.toml`"
                    .to_owned(),
            ),
            Self::OnlyExclusions => Some(
                "put what to time before what to leave out, such as \
                 `-t 'shop.**:*' -t '!shop.tests.**'`"
                    .to_owned(),
            ),
        }
    }
}

/// Joins the command line with the configuration file for the venv at `venv_root`.
///
/// Targets of the command line replace the file's; its other keys hold where the command line
/// says nothing. Exclusions of the file come last, so they hold for both.
///
/// # Errors
/// A target doesn't parse, the configuration can't be used, or nothing is chosen.
pub fn resolve(request: &PlanRequest, venv_root: &Path) -> Result<Resolved, Error> {
    let given = request
        .targets
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<Pattern>, _>>()?;
    let config = Config::find(request.config.as_deref(), &request.folder)?;
    let mut notes = Vec::new();
    let (config_path, targets) = match &config {
        None => (None, given),
        Some(file) => {
            let mut targets = if given.is_empty() {
                file.targets.clone()
            } else {
                notes.extend(replaced(file));
                given
            };
            if !targets.is_empty() {
                targets.extend(file.exclude.iter().cloned());
            }
            (Some(file.path.clone()), targets)
        }
    };
    if targets.is_empty() {
        return Err(match config_path {
            Some(config) => Error::NoTargetsInFile { config },
            None => Error::NoTargets {
                folder: request.folder.clone(),
            },
        });
    }
    if targets.iter().all(Pattern::excludes) {
        return Err(Error::OnlyExclusions);
    }
    let file = config.as_ref();
    let data_root = match &request.data_dir {
        Some(root) => Some(request.folder.join(root)),
        None => file.and_then(|file| file.data_dir.clone()),
    };
    let folder = place::folder_name(venv_root);
    let plan = Plan {
        targets,
        detail: request
            .detail
            .or(file.and_then(|file| file.detail))
            .unwrap_or_default(),
        engine: request
            .engine
            .or(file.and_then(|file| file.engine))
            .unwrap_or_default(),
        store: place::data_root(data_root.as_deref()).join(&folder),
        root_given: data_root.is_some(),
        folder,
        venv: venv_root.to_owned(),
        limits: Limits::default(),
    };
    Ok(Resolved {
        plan,
        config: config_path,
        data_root: data_root.map(|root| place::data_root(Some(&root))),
        keep: file.map_or_else(
            || request.keep.clone(),
            |file| request.keep.clone().or(&file.keep),
        ),
        notes,
    })
}

fn replaced(file: &Config) -> Option<String> {
    (!file.targets.is_empty()).then(|| {
        format!(
            "the targets of the command line replace those of `{}`",
            file.path.display()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Amount;

    fn request(folder: &Path, targets: &[&str]) -> PlanRequest {
        PlanRequest {
            targets: targets.iter().map(|text| (*text).to_owned()).collect(),
            folder: folder.to_owned(),
            ..PlanRequest::default()
        }
    }

    fn texts(resolved: &Resolved) -> Vec<&str> {
        resolved.plan.targets.iter().map(Pattern::text).collect()
    }

    #[test]
    fn the_command_line_replaces_the_files_targets_and_keeps_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("probe.toml");
        std::fs::write(
            &file,
            "targets = ['shop']\nexclude = ['**.tests.**']\ndetail = 'time'\n\
             engine = 'python'\ndata-dir = 'data'\n\
             keep-for = '30d'\nkeep-size = '1GB'\n",
        )
        .unwrap();
        let venv = Path::new("/srv/shop/.venv");

        let resolved = resolve(&request(folder.path(), &[]), venv).unwrap();
        assert_eq!(texts(&resolved), ["shop", "!**.tests.**"]);
        assert!(resolved.notes.is_empty());
        assert_eq!(resolved.config.as_deref(), Some(file.as_path()));
        assert_eq!(resolved.data_root, Some(folder.path().join("data")));
        assert_eq!(resolved.plan.detail, Detail::Time);
        assert_eq!(resolved.keep.to_string(), "keep-for 30d, keep-size 1GB");
        assert_eq!(resolved.plan.engine, Engine::Python);
        assert_eq!(
            resolved.plan.store,
            folder.path().join("data").join(place::folder_name(venv))
        );

        let mut flags = request(folder.path(), &["hello:sleep"]);
        flags.detail = Some(Detail::Count);
        flags.data_dir = Some("elsewhere".into());
        flags.keep.age = Some(Amount::age("1w").unwrap());
        let resolved = resolve(&flags, venv).unwrap();
        assert_eq!(texts(&resolved), ["hello:sleep", "!**.tests.**"]);
        assert_eq!(resolved.notes.len(), 1);
        assert_eq!(resolved.plan.detail, Detail::Count);
        assert_eq!(resolved.plan.engine, Engine::Python);
        assert_eq!(resolved.data_root, Some(folder.path().join("elsewhere")));
        assert_eq!(resolved.keep.to_string(), "keep-for 1w, keep-size 1GB");
    }

    #[test]
    fn nothing_to_time_is_an_error_with_an_example() {
        let folder = tempfile::tempdir().unwrap();
        let venv = Path::new("/v");
        let error = resolve(&request(folder.path(), &[]), venv).unwrap_err();
        assert!(matches!(error, Error::NoTargets { .. }));
        assert_eq!(error.exit(), Exit::Usage);
        assert!(error.hint().unwrap().contains("-t 'shop.**:*'"));

        let error = resolve(&request(folder.path(), &["!shop"]), venv).unwrap_err();
        assert!(matches!(error, Error::OnlyExclusions));

        std::fs::write(folder.path().join("probe.toml"), "exclude = ['x']").unwrap();
        let error = resolve(&request(folder.path(), &[]), venv).unwrap_err();
        assert!(matches!(error, Error::NoTargetsInFile { .. }));
    }

    #[test]
    fn without_a_data_folder_the_users_own_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let resolved = resolve(&request(folder.path(), &["a:f"]), Path::new("/v")).unwrap();
        assert_eq!(resolved.data_root, None);
        assert!(resolved.keep.is_all());
        assert_eq!(
            resolved.plan.store,
            place::data_root(None).join(&resolved.plan.folder)
        );
    }
}
