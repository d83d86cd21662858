//! The document of `probe report --json`, by `report::json`: the keys of the command line's
//! contract.

use std::path::Path;

use super::ExportError;
use crate::harmless;
use crate::report::Model;
use crate::report::json::Report;
use crate::report::order::{Order, arrange};

/// The document; the venv is none where recordings of several were read.
///
/// # Errors
/// It can't be written as JSON.
pub fn text(model: &Model, venv: Option<&Path>) -> Result<String, ExportError> {
    let (functions, _) = arrange(&model.functions, Order::default(), 0);
    let report = Report::new(model, venv, &functions);
    let text = serde_json::to_string_pretty(&report).map_err(ExportError::format)?;
    Ok(harmless::json(&text) + "\n")
}
