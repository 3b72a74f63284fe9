//! A comparison as text, CSV, JSON and a page.

pub(in crate::explore) mod csv;
pub(in crate::explore) mod findings;
pub(in crate::explore) mod html;
mod json;
pub(in crate::explore) mod remarks;
mod table;
pub(in crate::explore) mod text;
mod unchanged;
pub(in crate::explore) mod values;

pub use csv::compare_csv;
pub use html::compare_html;
pub use json::{COMPARE_SCHEMA, compare_json};
pub use table::{compare_columns, front_columns};
pub use text::compare_text;
