//! The times with which a run was made: its latencies stay those, whatever its energy is priced with.

use super::energy::{counted_costs, op_on};
use super::saved::{LeftOut, record};
use super::tally::CountsByKind;
use crate::hw::{Calibration, ConstantKind, Cost};
use crate::stats::Op;
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
        /// The kind of the cores that it is counted on, where these have times of their own.
        pub core: Option<String> = LeftOut,
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

impl OpTime {
    /// The name of the operation, with the kind of the cores, where that matters.
    pub(super) fn name(&self) -> String {
        op_on(self.op, self.core.as_deref())
    }
}

impl Times {
    /// Times of the counted operations in a calibration.
    pub(super) fn of(calibration: &Calibration, counted: &CountsByKind, tiles: u32) -> Self {
        let time = |(core, op, cost): (Option<&str>, Op, &Cost)| {
            let (ticks, kind) = (cost.latency?, cost.latency_kind.or(cost.kind)?);
            Some(OpTime { op, core: core.map(str::to_owned), ticks, kind, source: cost.source.clone()? })
        };
        Self {
            calibration: calibration.name.clone(),
            operations: counted_costs(counted, calibration).into_iter().filter_map(time).collect(),
            barrier: calibration.barrier.as_ref().map(|barrier| BarrierTime {
                ticks: barrier.ticks(tiles),
                kind: barrier.kind,
                source: barrier.source.clone(),
            }),
        }
    }

    /// The time of an operation on cores of a kind.
    pub(super) fn of_op(&self, op: Op, core: Option<&str>) -> Option<&OpTime> {
        let own = |time: &&OpTime| time.op == op && time.core.as_deref() == core;
        // Where a kind has no time of its own, that of all holds.
        self.operations
            .iter()
            .find(own)
            .or_else(|| self.operations.iter().find(|time| time.op == op && time.core.is_none()))
    }

    /// Operations whose time differs.
    pub(super) fn differing(&self, other: &Self) -> Vec<String> {
        let ticks = |times: &Self, op, core: Option<&str>| times.of_op(op, core).map_or(0, |time| time.ticks);
        let mut all: Vec<(Op, Option<&str>)> = Vec::new();
        for time in self.operations.iter().chain(&other.operations) {
            let one = (time.op, time.core.as_deref());
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all.sort_by_key(|(op, _)| *op);
        all.retain(|(op, core)| ticks(self, *op, *core) != ticks(other, *op, *core));
        let barrier = |times: &Self| times.barrier.as_ref().map(|barrier| barrier.ticks);
        let barrier = (barrier(self) != barrier(other)).then(|| "barrier".to_owned());
        all.into_iter().map(|(op, core)| op_on(op, core)).chain(barrier).collect()
    }
}
