//! The report of a network on chip alone: figures of a rate or of many, as text, JSON, CSV and a page.

mod csv;
mod curve;
mod figures;
mod film;
mod heat;
mod html;
mod json;
mod text;

pub use csv::noc_csv;
pub use curve::{CurvePoint, NOC_SCHEMA, NocCurve};
pub use figures::{LinkLoad, NocReport, Saturation};
pub use html::noc_html;
pub use json::noc_json;
pub use text::noc_text;

pub(super) use heat::size_of;
