//! Observers of a session before it runs.

use crate::progress::Unwatched;
use crate::train::TrainWatch;

/// An observer of a session before it runs: of notes and trainings.
pub trait Follow {
    /// Receives a note.
    fn note(&self, text: &str);

    /// Follows a training that begins, and may end it.
    fn training(&self) -> Box<TrainWatch<'_>> {
        Box::new(Unwatched)
    }
}

/// An observer that ignores everything.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Unheard;

impl Follow for Unheard {
    fn note(&self, _text: &str) {}
}
