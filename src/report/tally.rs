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
    /// Where cores differ: which of these counts are of cores of each kind.
    pub kinds: Vec<KindTally>,
}

/// Counts of the cores of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindTally {
    /// The kind.
    pub name: String,
    /// Of each inference.
    pub inferences: Vec<Counts>,
    /// Of each layer, over all inferences.
    pub layers: Vec<Counts>,
}

/// Counts, and those among them of the cores of each kind, where cores differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CountsByKind {
    /// All of them.
    pub all: Counts,
    /// By kind, in the order of the chip's kinds.
    pub kinds: Vec<(String, Counts)>,
}

impl CountsByKind {
    /// Counts of cores that are all alike.
    pub(super) fn alike(all: Counts) -> Self {
        Self { all, kinds: Vec::new() }
    }

    /// Counts that are of no kind of cores: those of the host.
    pub(super) fn rest(&self) -> Counts {
        let mut rest = self.all;
        self.kinds.iter().for_each(|(_, counts)| rest.take_off(counts));
        rest
    }
}

impl Tally {
    /// Counts of all inferences.
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        self.inferences.iter().for_each(|(counts, _)| total.merge(counts));
        total
    }

    /// Counts of all inferences, by kind of core.
    pub(super) fn counted(&self) -> CountsByKind {
        let sum = |all: &[Counts]| {
            let mut total = Counts::default();
            all.iter().for_each(|counts| total.merge(counts));
            total
        };
        let kinds = self.kinds.iter().map(|kind| (kind.name.clone(), sum(&kind.inferences)));
        CountsByKind { all: self.total(), kinds: kinds.collect() }
    }

    /// Counts of an inference, by kind of core.
    pub(super) fn inference(&self, at: usize) -> CountsByKind {
        let kinds = self.kinds.iter().map(|kind| (kind.name.clone(), kind.inferences[at]));
        CountsByKind { all: self.inferences[at].0, kinds: kinds.collect() }
    }

    /// Counts of each layer, by kind of core.
    pub(super) fn by_layer(&self) -> impl Iterator<Item = CountsByKind> + '_ {
        self.layers.iter().enumerate().map(|(at, all)| {
            let kinds = self.kinds.iter().map(|kind| (kind.name.clone(), kind.layers[at]));
            CountsByKind { all: *all, kinds: kinds.collect() }
        })
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

    /// The same of counts by kind of core.
    pub(super) fn distribution_by_kind(&self, value: impl Fn(&CountsByKind, Tick) -> u64) -> Distribution {
        let mut distribution = Distribution::default();
        let all = self.inferences.iter().enumerate();
        all.for_each(|(at, (_, ticks))| distribution.record(value(&self.inference(at), *ticks)));
        distribution
    }
}
