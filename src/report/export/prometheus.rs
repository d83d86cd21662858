//! The metric families in the text format of Prometheus, version 0.0.4
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>). Has everything of a report but
//! the call tree, least and most.

use prometheus_client::encoding::prometheus_text::encode;

use super::{ExportError, registry};
use crate::report::Model;
use crate::report::metrics::families;

/// The text.
///
/// # Errors
/// The encoder refuses.
pub fn text(model: &Model) -> Result<String, ExportError> {
    let mut text = String::new();
    let registry = registry::of(families(model, env!("CARGO_PKG_VERSION")));
    encode(&mut text, &registry).map_err(ExportError::format)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{model_of, shop};

    #[test]
    fn families_with_their_names_and_units() {
        let text = text(&model_of(&shop())).unwrap();
        // One function's buckets show what all look like.
        let kept = |line: &&str| !line.contains("_bucket") || line.contains("shop.cart:");
        let lines: Vec<&str> = text.lines().filter(kept).collect();
        let text = lines.join("\n");
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(text.replace(&version, "version=\"[VERSION]\""));
    }

    #[test]
    fn no_name_ends_its_label() {
        let mut model = model_of(&shop());
        model.functions.truncate(1);
        "a:\"} 1\nevil 2\\".clone_into(&mut model.functions[0].name);
        let text = text(&model).unwrap();
        let label = r#"probe_calls_total{function="a:\"} 1\\nevil 2\\\\",module="a"} "#;
        assert!(text.contains(label), "{text}");
        assert!(!text.lines().any(|line| line.starts_with("evil")));
    }
}
