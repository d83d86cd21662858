//! Budgets: what a function may take, how often it may be called or fail. `grammar` reads one,
//! `check` holds the recorded figures against them, `table` and `json` show what came of it.
//! Nothing here prints.

pub mod check;
pub mod grammar;
pub mod json;
mod metric;
pub mod table;

pub use check::{Finding, Found, State, check};
pub use grammar::{Budget, BudgetError};
pub use metric::Metric;
