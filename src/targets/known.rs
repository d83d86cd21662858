//! A target that names nothing: compares a target with the sources that its module would be
//! read from, without importing them. Names may be made at run time, so what comes out is a
//! warning, never a refusal.

mod bindings;
mod lines;
mod names;
mod roots;
mod search;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::pattern::Pattern;
use super::similar::most_similar;

pub use names::Names;
pub use search::{Found, SearchPath};

/// A target that seems to name nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The target, as it was written.
    pub target: String,
    /// Why it seems so.
    pub reason: Reason,
    /// A target that may be meant instead.
    pub suggestion: Option<String>,
}

/// Why a target seems to name nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No module of that name is found.
    NoModule(String),
    /// The module's source has no such name.
    NoName {
        /// The source.
        source: PathBuf,
        /// The name.
        qualname: String,
    },
}

impl Warning {
    /// The warning without the target it is about.
    #[must_use]
    pub fn explanation(&self) -> String {
        let reason = &self.reason;
        match &self.suggestion {
            Some(target) => format!("{reason}; did you mean `{target}`?"),
            None => reason.to_string(),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let explanation = self.explanation();
        write!(
            f,
            "the target `{}` may name nothing: {explanation}",
            self.target
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoModule(module) => write!(f, "no module `{module}` is found"),
            Self::NoName { source, qualname } => {
                write!(f, "`{}` defines no `{qualname}`", source.display())
            }
        }
    }
}

/// Compares one target with the sources. Of a target with wildcards, the parts before the
/// first one are looked at.
#[must_use]
pub fn check(pattern: &Pattern, search: &SearchPath) -> Option<Warning> {
    let module = search::leading_exact(pattern.module()).join(".");
    if module.is_empty() {
        return None;
    }
    let (reason, suggestion) = match search.find(&module) {
        Found::Opaque => return None,
        Found::Absent if is_attribute(&module, search) => return None,
        Found::Absent => {
            let suggestion = similar_module(pattern, &module, search);
            if suggestion.is_none() && !search.is_complete() {
                return None;
            }
            (Reason::NoModule(module), suggestion)
        }
        Found::Source(_) if pattern.exact_module().is_none() => return None,
        Found::Source(source) => {
            let qualname = search::leading_exact(pattern.qualname()).join(".");
            let names = read(&source)?;
            if qualname.is_empty() || names.may_have(&qualname) {
                return None;
            }
            let suggestion =
                similar_name(&qualname, &names).map(|name| rewritten(pattern, &module, &name));
            (Reason::NoName { source, qualname }, suggestion)
        }
    };
    Some(Warning {
        target: pattern.text().to_owned(),
        reason,
        suggestion,
    })
}

/// The functions that the sources define and the target matches, as (module, qualname).
#[must_use]
pub fn functions(pattern: &Pattern, search: &SearchPath) -> Vec<(String, String)> {
    search
        .matching(pattern)
        .into_iter()
        .filter_map(|(module, source)| Some((module, read(&source)?)))
        .flat_map(|(module, names)| {
            names
                .functions
                .into_iter()
                .map(move |qualname| (module.clone(), qualname))
        })
        .filter(|(module, qualname)| pattern.matches(module, qualname))
        .collect()
}

fn read(source: &Path) -> Option<Names> {
    fs::read(source).ok().map(|bytes| Names::of(&bytes))
}

/// `os.path`, `six.moves`: a module that is another one's attribute and has no file of its own.
fn is_attribute(module: &str, search: &SearchPath) -> bool {
    let Some((parent, name)) = module.rsplit_once('.') else {
        return false;
    };
    match search.find(parent) {
        Found::Source(source) => read(&source).is_none_or(|names| names.binds(name)),
        Found::Opaque => false,
        Found::Absent => is_attribute(parent, search),
    }
}

/// A name of the parent module where a dot stands for the colon, else a module beside it.
fn similar_module(pattern: &Pattern, module: &str, search: &SearchPath) -> Option<String> {
    if let Some((parent, name)) = module.rsplit_once('.')
        && let Found::Source(source) = search.find(parent)
        && read(&source)?.defined().any(|defined| defined == name)
    {
        // `hello.sleep` for `hello:sleep`, `shop.Cart:total` for `shop:Cart.total`.
        let colon = pattern.text().contains(':');
        let rest = if colon { pattern.qualname() } else { &[] };
        let mut qualname = vec![name.to_owned()];
        qualname.extend_from_slice(rest);
        return Some(marked(pattern, parent, &qualname.join(".")));
    }
    let beside = search.beside(module);
    let near = most_similar(module, beside.iter().map(String::as_str))?;
    // What follows the parts that were looked at stays as it is.
    let written = pattern.text().strip_prefix('!').unwrap_or(pattern.text());
    let mark = if pattern.excludes() { "!" } else { "" };
    Some(format!("{mark}{near}{}", &written[module.len()..]))
}

/// The same name elsewhere in the module (`commit` for `Session.commit`), else one like it.
fn similar_name(qualname: &str, names: &Names) -> Option<String> {
    let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
    let wanted = last(qualname);
    let moved = names.defined().find(|name| last(name) == wanted);
    moved
        .or_else(|| most_similar(qualname, names.defined()))
        .map(str::to_owned)
}

/// The target with another beginning of its qualname.
fn rewritten(pattern: &Pattern, module: &str, name: &str) -> String {
    let rest = pattern
        .qualname()
        .iter()
        .skip_while(|part| !part.contains('*'));
    let mut qualname = vec![name.to_owned()];
    qualname.extend(rest.cloned());
    marked(pattern, module, &qualname.join("."))
}

fn marked(pattern: &Pattern, module: &str, qualname: &str) -> String {
    let mark = if pattern.excludes() { "!" } else { "" };
    format!("{mark}{module}:{qualname}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DB: &str = "import json\nclass Session:\n    def commit(self): ...\n    \
                      def close(self): ...\ndef connect(): ...\n";

    fn project() -> (tempfile::TempDir, SearchPath) {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("shop")).unwrap();
        fs::write(root.path().join("shop/__init__.py"), "from .db import *\n").unwrap();
        fs::write(root.path().join("shop/db.py"), DB).unwrap();
        fs::write(root.path().join("hello.py"), "def sleep(): ...\n").unwrap();
        let search = SearchPath::new(root.path(), &[]);
        (root, search)
    }

    #[test]
    fn a_slip_gets_the_target_that_was_meant() {
        let (_root, search) = project();
        let suggestion = |text: &str| {
            let pattern: Pattern = text.parse().unwrap();
            check(&pattern, &search).map(|warning| warning.suggestion)
        };
        let meant = |target: &str| Some(Some(target.to_owned()));
        assert_eq!(
            suggestion("shop.db:Session.comit"),
            meant("shop.db:Session.commit")
        );
        assert_eq!(
            suggestion("shop.db:commit"),
            meant("shop.db:Session.commit")
        );
        assert_eq!(suggestion("!shop.db:Sesion.*"), meant("!shop.db:Session.*"));
        assert_eq!(suggestion("hello.sleep"), meant("hello:sleep"));
        assert_eq!(
            suggestion("shop.db.Session:commit"),
            meant("shop.db:Session.commit")
        );
        assert_eq!(suggestion("shop.bd:connect"), meant("shop.db:connect"));
        assert_eq!(suggestion("hallo:sleep"), meant("hello:sleep"));
        assert_eq!(suggestion("!shoop.**:*"), meant("!shop.**:*"));
        assert_eq!(suggestion("shop.db:zzz"), Some(None));
    }

    #[test]
    fn what_may_be_right_gets_no_warning() {
        let (_root, search) = project();
        for text in [
            "shop.db:Session.commit",
            "shop.db:Session.*",
            "shop.db:*",
            "shop.db",
            "shop.**:*",
            "shop:anything",
            "shop.db:json.loads",
            "**:main",
            "__main__:main",
            "time:sleep",
            // An attribute that is a module, such as `os.path`.
            "shop.db.json:loads",
            // Not found, but where installed modules are isn't known here.
            "numpy.linalg:solve",
        ] {
            assert_eq!(check(&text.parse().unwrap(), &search), None, "{text}");
        }
    }

    #[test]
    fn the_warning_says_what_was_looked_at() {
        let (root, search) = project();
        let warning = check(&"shop.db:Session.comit".parse().unwrap(), &search).unwrap();
        assert_eq!(
            warning.to_string(),
            format!(
                "the target `shop.db:Session.comit` may name nothing: `{}` defines no \
                 `Session.comit`; did you mean `shop.db:Session.commit`?",
                root.path().join("shop/db.py").display()
            )
        );
    }

    #[test]
    fn functions_are_listed_from_the_sources() {
        let (_root, search) = project();
        let listed = |text: &str| -> Vec<String> {
            functions(&text.parse().unwrap(), &search)
                .into_iter()
                .map(|(module, qualname)| format!("{module}:{qualname}"))
                .collect()
        };
        assert_eq!(
            listed("shop.**:**"),
            [
                "shop.db:Session.commit",
                "shop.db:Session.close",
                "shop.db:connect"
            ]
        );
        assert_eq!(listed("shop.**:*"), ["shop.db:connect"]);
        assert_eq!(listed("hello:sleep"), ["hello:sleep"]);
    }
}
