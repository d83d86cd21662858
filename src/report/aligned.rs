//! Rows of cells as lines of text, in columns as wide as their widest cell: what the tables for
//! people have in common. What stands in them is theirs.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Spaces between two columns.
pub(crate) const GAP: usize = 2;

/// The rows as lines without spaces at their ends; columns for which `right` says so are flush
/// right. Colours take no room.
pub(crate) fn aligned<Row>(
    rows: impl IntoIterator<Item = Row>,
    right: impl Fn(usize) -> bool,
) -> Vec<String>
where
    Row: IntoIterator<Item = String>,
{
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(row);
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        let left = if index == 0 { 0 } else { GAP };
        column.set_padding((left as u16, 0));
        if right(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.lines().map(|it| it.trim_end().to_owned()).collect()
}
