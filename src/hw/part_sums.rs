//! What the parts of operations take, for costs that are sums of parts.

use crate::stats::Op;

/// What the parts of an operation take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OpSum {
    /// Energy (pJ).
    pub(super) pj: f64,
    /// Time (ns), where parts have one.
    pub(super) ns: Option<f64>,
}

/// The sums of all operations of a composition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PartSums(pub(super) Vec<(Op, OpSum)>);

impl PartSums {
    /// What the parts of an operation take together; `None` if none are given.
    pub(super) fn of(&self, op: Op) -> Option<OpSum> {
        self.0.iter().find(|(known, _)| *known == op).map(|(_, sum)| *sum)
    }
}
