//! The metric families in the text format of OpenMetrics 1.0
//! (<https://prometheus.io/docs/specs/om/open_metrics_spec/>). Has what `prometheus` has, and units.

use prometheus_client::encoding::text::encode;

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
        let kept = |line: &&str| !line.contains("_bucket") || line.contains("shop.cart:");
        let lines: Vec<&str> = text.lines().filter(kept).collect();
        let text = lines.join("\n");
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        insta::assert_snapshot!(text.replace(&version, "version=\"[VERSION]\""));
    }
}
