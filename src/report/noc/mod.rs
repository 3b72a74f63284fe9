//! The report of a network on chip alone: figures of a rate or of many, as text, JSON, CSV and a page.

pub(crate) mod colours;
mod csv;
mod figures;
pub(super) mod heat;
mod html;
mod json;
mod plot;
mod text;

pub use csv::noc_csv;
pub use figures::{Link, NocReport, Saturation};
pub use html::noc_html;
pub use json::{NOC_SCHEMA, noc_json};
pub use text::noc_text;
