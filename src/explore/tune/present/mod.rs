//! The result of a search as text, CSV, JSON and a page.

mod csv;
mod html;
mod json;
mod text;

pub use csv::tune_csv;
pub use html::tune_html;
pub use json::{TUNE_SCHEMA, tune_json};
pub use text::tune_text;

/// A part of a whole, for people.
fn percent(part: f64) -> String {
    format!("{:.0} %", 100.0 * part)
}
