//! Who hears what a session does before it runs.

use crate::progress::Unwatched;
use crate::train::TrainWatch;

/// Who hears what a session does before it runs: notes, and trainings.
pub trait Follow {
    /// Hears a note.
    fn note(&self, text: &str);

    /// Follows a training that begins, and may end it.
    fn training(&self) -> Box<TrainWatch<'_>> {
        Box::new(Unwatched)
    }
}

/// Hears nothing.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Unheard;

impl Follow for Unheard {
    fn note(&self, _text: &str) {}
}
