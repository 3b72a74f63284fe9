//! The times with which a run was made: its latencies stay those, whatever its energy is priced with.

use super::saved::record;
use crate::hw::{Calibration, ConstantKind};
use crate::stats::{Counts, Op};
use crate::units::Tick;

record! {
    /// Times and where they are from.
    #[derive(Default, Eq)]
    pub struct Times {
        /// Name of the calibration.
        pub calibration: String as "name",
        /// Times of the operations that the run counted, in their order.
        pub operations: Vec<OpTime> as "times",
        /// The barrier; `None` of a chip that has none.
        pub barrier: Option<BarrierTime>,
    }
}

record! {
    /// The time of an operation, and where the figure is from.
    #[derive(Eq)]
    pub struct OpTime {
        /// The operation.
        pub op: Op as "operation",
        /// Its time (ticks).
        pub ticks: u32,
        /// How the figure came to be.
        pub kind: ConstantKind,
        /// Its source, written out.
        pub source: String,
    }
}

record! {
    /// The time of a barrier, and where the figure is from.
    #[derive(Eq)]
    pub struct BarrierTime {
        /// Its time over the tiles in use (ticks).
        pub ticks: Tick,
        /// How the figure came to be.
        pub kind: ConstantKind,
        /// Its source, written out.
        pub source: String,
    }
}

impl Times {
    /// Times of the counted operations in a calibration.
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

    /// Operations whose time differs.
    pub(super) fn differing(&self, other: &Self) -> Vec<&'static str> {
        let differs = |op: &&Op| self.ticks(**op) != other.ticks(**op);
        let barrier = |times: &Self| times.barrier.as_ref().map(|barrier| barrier.ticks);
        let barrier = (barrier(self) != barrier(other)).then_some("barrier");
        Op::ALL.iter().filter(differs).map(|op| op.name()).chain(barrier).collect()
    }
}
