//! What a run counted, as far as its energy depends on it: saved with a report, so that another table of
//! constants needs no other simulation.

use crate::stats::{Counts, Distribution};
use crate::units::{Femtoseconds, Tick};

/// Integer counts of a run; energies follow from them for any calibration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Length of a tick.
    pub tick: Femtoseconds,
    /// Counts and time (ticks) of each inference, in the order of samples; a sparse run is one inference.
    pub inferences: Vec<(Counts, Tick)>,
    /// Counts of each layer's cores, over all inferences.
    pub layers: Vec<Counts>,
}

impl Tally {
    /// Counts of all inferences.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.inferences.iter().for_each(|(counts, _)| total.merge(counts));
        total
    }

    /// Time of all inferences, one after the other (ticks).
    pub fn ticks(&self) -> Tick {
        self.inferences.iter().map(|(_, ticks)| ticks).sum()
    }

    /// Femtoseconds of a number of ticks.
    pub fn fs(&self, ticks: Tick) -> u128 {
        u128::from(ticks) * u128::from(self.tick.0)
    }

    pub(super) fn samples(&self) -> f64 {
        self.inferences.len() as f64
    }

    /// Mean time of an inference (ns).
    pub(super) fn latency_ns(&self) -> f64 {
        self.fs(self.ticks()) as f64 / 1e6 / self.samples()
    }

    pub(super) fn distribution(&self, value: impl Fn(&Counts, Tick) -> u64) -> Distribution {
        let mut distribution = Distribution::default();
        self.inferences.iter().for_each(|(counts, ticks)| distribution.record(value(counts, *ticks)));
        distribution
    }
}
