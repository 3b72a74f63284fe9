//! Operations of which there are kinds: synapses by their format in memory, hops by their direction, and what a soma does
//! by the unit that does it.
//!
//! A calibration that gives a kind no cost of its own prices it like its operation. A chip counts kinds apart where one
//! of its calibrations tells them apart, and only there.

use super::core::SynapseArray;
use super::cost::Cost;
use super::given::ConstantContext;
use super::kinds::CoreKind;
use crate::json::Object;
use crate::stats::Op;
use serde_json::{Value, json};

/// Why a chip has no such kind.
pub(super) fn refused(op: Op, given: ConstantContext<'_>) -> Option<&'static str> {
    let is_list = |kind: &CoreKind| matches!(kind.core.synapses, SynapseArray::Sram(_));
    let has_lists = given.cores.is_none_or(|cores| cores.all().iter().any(is_list));
    match op.general()? {
        Op::Synapse if !has_lists => Some("only synapses of kind \"sram\" are stored in more than one format"),
        Op::SomaAccess | Op::SomaUpdate | Op::SomaSpike
            if given.cores.is_some_and(|cores| cores.all().iter().all(has_one_soma)) =>
        {
            Some("a core without soma_units has only one")
        }
        Op::HopEw | Op::HopNs if given.directed == Some(false) => {
            Some("only links of a mesh or a torus have directions")
        }
        _ => None,
    }
}

fn has_one_soma(kind: &CoreKind) -> bool {
    kind.core.soma_units.is_empty()
}

/// Whether a file need not give this operation, whatever else it gives.
pub(super) fn is_optional(op: Op) -> bool {
    op.general().is_some() || matches!(op, Op::HopEw | Op::HopNs | Op::CoreBusy)
}

/// Whether a file need not give this operation with what else it gives: one that has all its kinds instead, or one that is
/// a term of few tables.
pub(super) fn may_be_left_out(op: Op, costs: &Object<'_>) -> bool {
    op.general().is_some()
        || op == Op::CoreBusy
        || is_optional(op) && !op.kinds().is_empty() && op.kinds().iter().all(|kind| costs.get(kind.name()).is_some())
}

/// An operation is given, or all its kinds.
pub(super) fn rules() -> Value {
    let of = |(op, kinds): &(Op, &[Op])| {
        let all: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        json!({"anyOf": [{"required": [op.name()]}, {"required": all}]})
    };
    Op::KINDS.iter().filter(|(op, _)| is_optional(*op)).map(of).collect()
}

/// Fills in what was left out: a kind has the cost of its operation, and an operation that of its first kind.
pub(super) fn fill_in(costs: &mut [Cost], given: &Object<'_>) {
    let is_given = |op: Op| given.get(op.name()).is_some();
    for (op, kinds) in Op::KINDS {
        if !is_given(op) {
            costs[op as usize] = costs[kinds[0] as usize].clone();
        }
        for kind in kinds.iter().filter(|kind| !is_given(**kind)) {
            costs[*kind as usize] = costs[op as usize].clone();
        }
    }
}
