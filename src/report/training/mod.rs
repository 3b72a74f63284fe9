//! The report of a trained network: how its spiking form stands to its non-spiking twin, as text, JSON and a page.

mod closing;
mod figures;
mod html;
mod json;
mod picture;
mod plot;
mod score;
mod text;

pub use closing::{Closing, ClosingRow, NetworkOperations, closing_json, closing_text};
pub use figures::TrainingReport;
pub use html::training_html;
pub use json::{TRAINING_SCHEMA, training_json};
pub use text::training_text;
