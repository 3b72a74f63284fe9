//! The report of a trained network: how its spiking form stands to its non-spiking twin, as text, JSON and a page.

mod answers;
mod closing;
mod figures;
mod html;
mod json;
mod picture;
mod score;
mod text;

pub(crate) use closing::{Closing, ClosingRow, NetworkOperations, closing_text};
pub(crate) use figures::{Mistake, TrainingEpoch, TrainingReport};
pub(crate) use html::training_html;
pub(crate) use json::{TRAINING_SCHEMA, training_json};
pub(crate) use text::training_text;
