//! Sparse networks on samples: how a sample enters a network, and how its outputs name a class.
//!
//! ```text
//! sample ─ Encode ─► spikes of the input, or constant currents behind it ─► network ─ outputs ─► class
//! ```
//!
//! A sample is spike trains, or values of which the largest stands for 1.0. Spike trains enter as they are. Of values there
//! are three forms, [`Encode`].

mod classifier;
mod encode;
mod error;
mod form;

pub use classifier::{Classifier, ClassifierOptions, OutputValues, SampleKind};
pub use encode::Encode;
pub use error::ClassifierError;
#[cfg(feature = "nir")]
pub(super) use form::MAX_CURRENT_STEP;
pub(super) use form::SampleFields;
pub use form::{InputForm, SampleForm};
