//! A comparison as text, CSV, JSON and a page.

mod csv;
mod findings;
mod html;
mod json;
mod remarks;
mod text;
mod unchanged;
mod values;

pub use csv::compare_csv;
pub use html::compare_html;
pub use json::{COMPARE_SCHEMA, compare_json};
pub use text::compare_text;
