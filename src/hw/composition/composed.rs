//! A composition with its sizes, and what its parts take.

use super::area::{AreaOfParts, CoreArea};
use crate::hw::calibration::Calibration;
use crate::hw::cost::ConstantKind;
use crate::hw::part_sums::{OpSum, PartSums};
use crate::hw::parts::{PartModel, PartUse};
use crate::stats::Op;
use std::collections::BTreeSet;

/// A part with its sizes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ComposedPart {
    pub(super) name: String,
    pub(super) model: PartModel,
    /// How many of it a core has.
    pub(super) count: f64,
    /// The same with the published sizes.
    pub(super) published: Option<(PartModel, f64)>,
}

/// How often an operation uses a part.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ComposedUse {
    pub(super) part: usize,
    pub(super) action: PartUse,
    pub(super) count: f64,
    /// With the published sizes.
    pub(super) published: Option<f64>,
}

/// The uses of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ComposedOp {
    pub(super) op: Op,
    pub(super) uses: Vec<ComposedUse>,
}

/// The leakage of a memory.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leakage {
    pub(super) part: String,
    /// What static power becomes, relative to the published one.
    pub(super) factor: f64,
    /// Where its share comes from.
    pub(super) source: String,
}

/// Of which parts the operations of a core consist.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::hw) struct Composition {
    pub(super) parts: Vec<ComposedPart>,
    pub(super) operations: Vec<ComposedOp>,
    /// All paths that sizes and counts follow from.
    pub(super) paths: BTreeSet<String>,
    /// Values that differ from the published ones: path, published, present.
    pub(super) changed: Vec<(String, f64, f64)>,
    pub(super) is_anchored: bool,
    /// What the parts of each operation take together.
    pub(in crate::hw) sums: PartSums,
    /// In which ways models are extrapolated.
    pub(super) beyond: Vec<String>,
    pub(super) area: Option<CoreArea>,
    pub(super) leakage: Option<Leakage>,
    /// What was scaled, by calibration.
    pub(super) scaled: Vec<(String, String)>,
}

impl ComposedPart {
    /// Leakage relative to that of the published size, of a memory.
    pub(super) fn leakage_ratio(&self) -> Option<f64> {
        match (&self.model, &self.published) {
            (PartModel::Sram(now), Some((PartModel::Sram(then), _))) => Some(now.leakage_ratio(then.bits())),
            _ => None,
        }
    }
}

impl Composition {
    /// Whether sizes differ from the published ones.
    pub(super) fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The changed sizes, in words.
    pub(super) fn changes(&self) -> String {
        let one = |(path, then, now): &(String, f64, f64)| format!("{path} {now} instead of {then}");
        self.changed.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// The uses of an operation; a kind of an operation has those of it, unless it has its own.
    pub(super) fn uses(&self, op: Op) -> Option<&[ComposedUse]> {
        let of = |op: Op| self.operations.iter().find(|of| of.op == op).map(|of| of.uses.as_slice());
        of(op).or_else(|| of(op.general()?))
    }

    /// The sums of all operations.
    pub(super) fn all_sums(&self) -> PartSums {
        PartSums(Op::ALL.iter().filter_map(|op| Some((*op, self.sum(*op)?))).collect())
    }

    /// What the parts of an operation take together; `None` if none are given.
    fn sum(&self, op: Op) -> Option<OpSum> {
        let uses = self.uses(op)?;
        let part = |of: &ComposedUse| (&self.parts[of.part].model, of.action);
        let pj = uses.iter().map(|of| of.count * part(of).0.energy_pj(of.action)).sum();
        let times = uses.iter().filter_map(|of| Some(of.count * part(of).0.time_ns(of.action)?));
        Some(OpSum { pj, ns: times.reduce(|all, one| all + one) })
    }

    /// What its parts take more than with the published sizes.
    pub(super) fn more(&self, op: Op) -> Option<OpSum> {
        let mut more = OpSum { pj: 0.0, ns: None };
        for of in self.uses(op)? {
            let (part, then) = (&self.parts[of.part], of.published?);
            let (before, _) = part.published.as_ref()?;
            more.pj += of.count * part.model.energy_pj(of.action) - then * before.energy_pj(of.action);
            if let Some((now, before)) = part.model.time_ns(of.action).zip(before.time_ns(of.action)) {
                more.ns = Some(more.ns.unwrap_or(0.0) + of.count * now - then * before);
            }
        }
        Some(more)
    }

    /// Areas of its parts.
    pub(super) fn area_of(&self) -> AreaOfParts {
        let changes = self.is_changed().then(|| self.changes());
        AreaOfParts { all_mm2: self.area_of_parts(), more_mm2: self.more_area(), changes }
    }

    /// The area of all parts of a core (mm2).
    pub(super) fn area_of_parts(&self) -> f64 {
        self.parts.iter().filter_map(|part| Some(part.count * part.model.area_mm2()?)).sum()
    }

    /// Whether a table has costs that are sums of parts.
    pub(super) fn is_sum_of(&self, table: &Calibration) -> bool {
        let is_model = |of: &ComposedOp| table.cost(of.op).kind == Some(ConstantKind::Model);
        !self.is_anchored && self.operations.iter().any(is_model)
    }

    /// How much more area the parts of a core take than with the published sizes (mm2).
    pub(super) fn more_area(&self) -> f64 {
        let more = |part: &ComposedPart| {
            let (before, count) = part.published.as_ref()?;
            Some(part.count * part.model.area_mm2()? - count * before.area_mm2()?)
        };
        self.parts.iter().filter_map(more).sum()
    }
}
