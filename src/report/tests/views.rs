//! The table and the JSON of a model, as snapshots.

use std::path::Path;

use jiff::tz::TimeZone;

use super::{model_of, shop};
use crate::report::json::Report;
use crate::report::model::Model;
use crate::report::order::{Order, arrange};
use crate::report::table::{View, render};

/// The table without colours.
pub(super) fn plain(model: &Model, width: usize) -> String {
    let text = render(
        model,
        &View {
            heading: "/srv/shop/.venv",
            width,
            zone: TimeZone::UTC,
            order: Order::Total,
            limit: 2,
        },
    );
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn table_at_full_width() {
    insta::assert_snapshot!(plain(&model_of(&shop()), 120));
}

#[test]
fn table_in_a_narrow_terminal() {
    insta::assert_snapshot!(plain(&model_of(&shop()), 60));
}

#[test]
fn table_without_calls() {
    let mut idle = shop().remove(0);
    idle.records.clear();
    idle.nodes.clear();
    insta::assert_snapshot!(plain(&model_of(&[idle]), 80));
}

#[test]
fn json_has_the_keys_of_the_contract_in_its_order() {
    let model = model_of(&shop());
    let (functions, _) = arrange(&model.functions, Order::Total, 0);
    let report = Report::new(&model, Some(Path::new("/srv/shop/.venv")), &functions);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}
