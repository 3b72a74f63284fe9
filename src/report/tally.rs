//! What a run counted, as far as its energy depends on it: saved with a report, so that another table of
//! constants needs no other simulation.

use crate::hw::{Calibration, Kind};
use crate::stats::{Counts, Distribution, Op};
use crate::units::{Femtoseconds, Tick};

/// Integer counts of a run; energies follow from them for any calibration.
#[derive(Clone, Debug, PartialEq, Eq)]
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

    /// Number of inferences.
    pub(super) fn samples(&self) -> f64 {
        self.inferences.len() as f64
    }

    /// Mean time of an inference (ns).
    pub(super) fn latency_ns(&self) -> f64 {
        self.fs(self.ticks()) as f64 / 1e6 / self.samples()
    }

    /// A value of every inference.
    pub(super) fn distribution(&self, value: impl Fn(&Counts, Tick) -> u64) -> Distribution {
        let mut distribution = Distribution::default();
        self.inferences.iter().for_each(|(counts, ticks)| distribution.record(value(counts, *ticks)));
        distribution
    }
}

/// The time of an operation, and where the figure is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpTime {
    /// The operation.
    pub op: Op,
    /// Its time (ticks).
    pub ticks: u32,
    /// How the figure came to be.
    pub kind: Kind,
    /// Its source, written out.
    pub source: String,
}

/// The times with which a run was made: its latencies stay those, whatever its energy is priced with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Name of the calibration.
    pub calibration: String,
    /// Times of the operations that the run counted, in their order.
    pub operations: Vec<OpTime>,
    /// The barrier; `None` of a chip that has none.
    pub barrier: Option<BarrierTime>,
}

/// The time of a barrier, and where the figure is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarrierTime {
    /// Its time over the tiles in use (ticks).
    pub ticks: Tick,
    /// How the figure came to be.
    pub kind: Kind,
    /// Its source, written out.
    pub source: String,
}

impl Times {
    /// What a calibration says of the operations that were counted.
    pub(super) fn of(calibration: &Calibration, counted: &Counts, tiles: u32) -> Self {
        let time = |op: &Op| {
            let cost = calibration.cost(*op);
            let (ticks, kind) = (cost.latency?, cost.latency_kind.or(cost.kind)?);
            Some(OpTime { op: *op, ticks, kind, source: cost.source.clone()? })
        };
        Self {
            calibration: calibration.name.clone(),
            operations: Op::ALL.iter().filter(|op| counted.of(**op) > 0).filter_map(time).collect(),
            barrier: calibration.barrier.as_ref().map(|barrier| BarrierTime {
                ticks: barrier.ticks(tiles),
                kind: barrier.kind,
                source: barrier.source.clone(),
            }),
        }
    }

    fn ticks(&self, op: Op) -> u32 {
        self.operations.iter().find(|time| time.op == op).map_or(0, |time| time.ticks)
    }

    /// What takes another time than in other times.
    pub(super) fn differing(&self, other: &Self) -> Vec<&'static str> {
        let differs = |op: &&Op| self.ticks(**op) != other.ticks(**op);
        let barrier = |times: &Self| times.barrier.as_ref().map(|barrier| barrier.ticks);
        let barrier = (barrier(self) != barrier(other)).then_some("barrier");
        Op::ALL.iter().filter(differs).map(|op| op.name()).chain(barrier).collect()
    }
}
