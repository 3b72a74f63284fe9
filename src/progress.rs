//! Following work that takes long, and ending it early.

use std::convert::Infallible;

/// Follows a run, a training, a comparison or a simulation of a network on chip, and may end it. `E` are events that work
/// of some kind tells beside its progress, as [`crate::train::TrainEvent`]s are; most work has none.
pub trait Watch<E = Infallible>: Sync {
    /// So much more is done: samples, time steps of a sparse network, or cycles of a network on chip.
    fn done(&self, _count: u64) {}

    /// Something happened.
    fn event(&self, _event: &E) {}

    /// Whether the work should end early.
    fn cancelled(&self) -> bool {
        false
    }

    /// Messages and signals after which a simulation ends. A network on chip ends at the next multiple of 1,024 cycles,
    /// so that it ends at the same one for any number of shards; all rates of a sweep share them.
    fn most_events(&self) -> u64 {
        u64::MAX
    }
}

/// Follows nothing, and ends nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl<E> Watch<E> for Unwatched {}
