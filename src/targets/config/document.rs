//! From a configuration's text to its values, each checked with its place. Pure but for the
//! home folder that a `~` stands for.

use std::borrow::Cow;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, ConfigError, Fault, Place};
use crate::quantity::Amount;
use crate::recording::keep::Keep;
use crate::targets::similar::most_similar;
use crate::targets::{Detail, Engine, Pattern};

/// The keys, in the order of the documentation.
pub(super) const KEYS: [&str; 8] = [
    "targets",
    "exclude",
    "detail",
    "engine",
    "data-dir",
    "keep-for",
    "keep-size",
    "budgets",
];

type Entry<'a, 'i> = (&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// Reads the text of a file: its table `[tool.probe]`, or else (where `whole_file`) its
/// top-level keys. None where neither speaks to us.
pub(super) fn parse(
    path: &Path,
    text: &str,
    whole_file: bool,
) -> Result<Option<Config>, ConfigError> {
    let reader = Reader { path, text };
    let document = DeTable::parse(text).map_err(|error| {
        let message = error.message().trim().replace('\n', ", ");
        reader.fault(error.span().unwrap_or(0..0), Fault::Syntax(message))
    })?;
    let document = document.get_ref();
    let table = match tool_probe(document) {
        Some(value) => match value.get_ref().as_table() {
            Some(table) => table,
            None => return Err(reader.wrong_type("tool.probe", "a table", value)),
        },
        None if whole_file => document,
        None => return Ok(None),
    };
    reader.config(table).map(Some)
}

fn tool_probe<'a, 'i>(document: &'a DeTable<'i>) -> Option<&'a Spanned<DeValue<'i>>> {
    document.get("tool")?.get_ref().as_table()?.get("probe")
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn config(&self, table: &DeTable<'_>) -> Result<Config, ConfigError> {
        let mut config = Config {
            path: self.path.to_owned(),
            targets: Vec::new(),
            exclude: Vec::new(),
            detail: None,
            engine: None,
            data_dir: None,
            keep: Keep::default(),
            budgets: Vec::new(),
        };
        // The table is sorted by key; the first mistake to tell of is the file's first.
        let mut entries: Vec<Entry<'_, '_>> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in entries {
            match key.get_ref().as_ref() {
                "targets" => config.targets = self.patterns("targets", "", value)?,
                "exclude" => config.exclude = self.patterns("exclude", "!", value)?,
                "detail" => {
                    config.detail = Some(self.word::<Detail>("detail", &Detail::NAMES, value)?)
                }
                "engine" => {
                    config.engine = Some(self.word::<Engine>("engine", &Engine::NAMES, value)?)
                }
                "budgets" => config.budgets = self.texts("budgets", value)?,
                "keep-for" => {
                    config.keep.age = Some(self.amount("keep-for", Amount::age, value)?)
                }
                "keep-size" => {
                    config.keep.size = Some(self.amount("keep-size", Amount::size, value)?)
                }
                "data-dir" => config.data_dir = Some(self.folder(value)?),
                unknown => {
                    let fault = Fault::UnknownKey {
                        key: unknown.to_owned(),
                        suggestion: most_similar(unknown, KEYS).map(str::to_owned),
                    };
                    return Err(self.fault(key.span(), fault));
                }
            }
        }
        Ok(config)
    }

    fn patterns(
        &self,
        key: &'static str,
        mark: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<Pattern>, ConfigError> {
        const EXPECTED: &str = "an array of strings";
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.wrong_type(key, EXPECTED, value));
        };
        items
            .iter()
            .map(|item| {
                let Some(text) = item.get_ref().as_str() else {
                    return Err(self.wrong_type(key, EXPECTED, item));
                };
                format!("{mark}{text}")
                    .parse()
                    .map_err(|error| self.fault(item.span(), Fault::Target(error)))
            })
            .collect()
    }

    fn texts(
        &self,
        key: &'static str,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<(String, Place)>, ConfigError> {
        const EXPECTED: &str = "an array of strings";
        let Some(items) = value.get_ref().as_array() else {
            return Err(self.wrong_type(key, EXPECTED, value));
        };
        let text = |item: &Spanned<DeValue<'_>>| match item.get_ref().as_str() {
            Some(text) => Ok((text.to_owned(), self.place(item.span()))),
            None => Err(self.wrong_type(key, EXPECTED, item)),
        };
        items.iter().map(text).collect()
    }

    fn string<'v>(
        &self,
        key: &'static str,
        value: &'v Spanned<DeValue<'_>>,
    ) -> Result<&'v str, ConfigError> {
        value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong_type(key, "a string", value))
    }

    fn word<T: FromStr>(
        &self,
        key: &'static str,
        allowed: &[&str],
        value: &Spanned<DeValue<'_>>,
    ) -> Result<T, ConfigError> {
        let text = self.string(key, value)?;
        text.parse().map_err(|_| {
            let fault = Fault::UnknownValue {
                key,
                value: text.to_owned(),
                suggestion: most_similar(text, allowed.iter().copied()).map(str::to_owned),
                allowed: allowed.join(", "),
            };
            self.fault(value.span(), fault)
        })
    }

    fn amount(
        &self,
        key: &'static str,
        read: fn(&str) -> Result<Amount, String>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Amount, ConfigError> {
        let text = self.string(key, value)?;
        read(text).map_err(|expected| {
            let fault = Fault::Amount {
                key,
                value: text.to_owned(),
                expected,
            };
            self.fault(value.span(), fault)
        })
    }

    fn folder(&self, value: &Spanned<DeValue<'_>>) -> Result<PathBuf, ConfigError> {
        let text = self.string("data-dir", value)?;
        let home_error = || self.fault(value.span(), Fault::Home(text.to_owned()));
        if let Some(rest) = text.strip_prefix('~') {
            if !rest.is_empty() && !rest.starts_with('/') {
                return Err(home_error());
            }
            let dirs = directories::BaseDirs::new().ok_or_else(home_error)?;
            return Ok(dirs.home_dir().join(rest.trim_start_matches('/')));
        }
        let base = self.path.parent().unwrap_or(Path::new(""));
        let folder = base.join(text);
        Ok(std::path::absolute(&folder).unwrap_or(folder))
    }

    fn wrong_type(
        &self,
        key: &str,
        expected: &'static str,
        value: &Spanned<DeValue<'_>>,
    ) -> ConfigError {
        let fault = Fault::WrongType {
            key: key.to_owned(),
            expected,
            found: type_name(value.get_ref()).to_owned(),
        };
        self.fault(value.span(), fault)
    }

    fn fault(&self, span: Range<usize>, fault: Fault) -> ConfigError {
        ConfigError::At {
            place: self.place(span),
            fault: Box::new(fault),
        }
    }

    fn place(&self, span: Range<usize>) -> Place {
        let mut start = span.start.min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            path: self.path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
