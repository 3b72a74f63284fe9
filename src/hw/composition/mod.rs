//! Compositions: of which parts the operations of a core consist, and how their costs move with its sizes.
//!
//! ```text
//! E(sizes) = E(published) + sum of n (E of a part(sizes) - E of it(published sizes))     time and area likewise
//! ```
//!
//! The constants stay anchored at what was published; the models give differences alone. Where the sizes are the
//! published ones, no constant is touched. What has no anchor is a sum of parts, of kind "model".

mod amount;
mod area;
mod file;
mod part;
mod scale;

#[cfg(test)]
mod tests;

pub use area::ChipArea;
pub(super) use file::{CompositionOfFile, OfComposition};
pub(super) use scale::finer_tick;

use super::calibration::Calibration;
use super::chip::Chip;
use super::cost::ConstantKind;
use super::parts::{PartModel, PartUse};
use super::provenance::is_within;
use crate::stats::Op;
use area::CoreArea;
use std::collections::BTreeSet;

/// A part with its sizes.
#[derive(Clone, Debug, PartialEq)]
struct ComposedPart {
    name: String,
    model: PartModel,
    /// How many of it a core has.
    count: f64,
    /// The same with the published sizes.
    published: Option<(PartModel, f64)>,
}

/// How often an operation uses a part.
#[derive(Clone, Debug, PartialEq)]
struct ComposedUse {
    part: usize,
    action: PartUse,
    count: f64,
    /// With the published sizes.
    published: Option<f64>,
}

/// The uses of an operation.
#[derive(Clone, Debug, PartialEq)]
struct ComposedOp {
    op: Op,
    uses: Vec<ComposedUse>,
}

/// The leakage of a memory.
#[derive(Clone, Debug, PartialEq)]
struct Leakage {
    part: String,
    /// What static power becomes, relative to the published one.
    factor: f64,
    /// Where its share comes from.
    source: String,
}

/// Of which parts the operations of a core consist.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Composition {
    parts: Vec<ComposedPart>,
    operations: Vec<ComposedOp>,
    /// All paths that sizes and counts follow from.
    paths: BTreeSet<String>,
    /// Values that differ from the published ones: path, published, present.
    changed: Vec<(String, f64, f64)>,
    is_anchored: bool,
    /// In which ways models are extrapolated.
    beyond: Vec<String>,
    area: Option<CoreArea>,
    leakage: Option<Leakage>,
    /// What was scaled, by calibration.
    scaled: Vec<(String, String)>,
}

/// What the parts of an operation take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OpSum {
    /// Energy (pJ).
    pub(super) pj: f64,
    /// Time (ns), where parts have one.
    pub(super) ns: Option<f64>,
}

impl ComposedPart {
    /// Leakage relative to that of the published size, of a memory.
    fn leakage_ratio(&self) -> Option<f64> {
        match (&self.model, &self.published) {
            (PartModel::Sram(now), Some((PartModel::Sram(then), _))) => Some(now.leakage_ratio(then.bits())),
            _ => None,
        }
    }
}

impl Composition {
    /// Whether sizes differ from the published ones.
    fn is_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// The changed sizes, in words.
    fn changes(&self) -> String {
        let one = |(path, then, now): &(String, f64, f64)| format!("{path} {now} instead of {then}");
        self.changed.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// The uses of an operation; a kind of an operation has those of it, unless it has its own.
    fn uses(&self, op: Op) -> Option<&[ComposedUse]> {
        let of = |op: Op| self.operations.iter().find(|of| of.op == op).map(|of| of.uses.as_slice());
        of(op).or_else(|| of(op.general()?))
    }

    /// What the parts of an operation take together; `None` if none are given.
    pub(super) fn sum(&self, op: Op) -> Option<OpSum> {
        let uses = self.uses(op)?;
        let part = |of: &ComposedUse| (&self.parts[of.part].model, of.action);
        let pj = uses.iter().map(|of| of.count * part(of).0.energy_pj(of.action)).sum();
        let times = uses.iter().filter_map(|of| Some(of.count * part(of).0.time_ns(of.action)?));
        Some(OpSum { pj, ns: times.reduce(|all, one| all + one) })
    }

    /// What its parts take more than with the published sizes.
    fn more(&self, op: Op) -> Option<OpSum> {
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

    /// The area of all parts of a core (mm2).
    fn area_of_parts(&self) -> f64 {
        self.parts.iter().filter_map(|part| Some(part.count * part.model.area_mm2()?)).sum()
    }

    /// Whether a table has costs that are sums of parts.
    fn is_sum_of(&self, table: &Calibration) -> bool {
        let is_model = |of: &ComposedOp| table.cost(of.op).kind == Some(ConstantKind::Model);
        !self.is_anchored && self.operations.iter().any(is_model)
    }

    /// How much more area the parts of a core take than with the published sizes (mm2).
    fn more_area(&self) -> f64 {
        let more = |part: &ComposedPart| {
            let (before, count) = part.published.as_ref()?;
            Some(part.count * part.model.area_mm2()? - count * before.area_mm2()?)
        };
        self.parts.iter().filter_map(more).sum()
    }
}

/// Sizes of the hardware, on which costs plainly depend.
const SIZES: &[&str] = &[
    "composition.node_nm",
    "composition.vdd",
    "core.synapses",
    "core.max_neurons",
    "core.max_axons_in",
    "core.max_axons_out",
    "core.weight_bits",
    "core.membrane_bits",
    "core.receive_queue",
    "core.synapse_lanes",
    "core.soma_lanes",
    "mesh.buffer_flits",
    "mesh.virtual_channels",
    "mesh.packet_flits",
    "mesh.cores_per_tile",
];

/// Values within these that are no sizes.
const NO_SIZES: &[&str] =
    &["core.synapses.kind", "core.synapses.shared_kernels", "core.synapses.devices", "core.synapses.row_overhead_bits"];

impl Chip {
    /// The area of a core and of the chip; `None` where the file has no composition with an area.
    pub fn area(&self) -> Option<ChipArea> {
        let area = self.composition.as_ref()?.area.as_ref()?;
        Some(area.of_chip(self.noc.cores() / self.chips()))
    }

    /// A statement that no constant moves with the value at a path of the file, if it is a size of the hardware.
    pub fn unmoved(&self, path: &str) -> Option<String> {
        let general = match path.strip_prefix("cores.").and_then(|rest| rest.split_once('.')) {
            Some((_, rest)) => format!("core.{rest}"),
            None => path.to_owned(),
        };
        let is_one_of = |all: &[&str]| all.iter().any(|size| is_within(&general, size));
        if !is_one_of(SIZES) || is_one_of(NO_SIZES) {
            return None;
        }
        let why = match &self.composition {
            None => "the chip's file has no composition",
            Some(composition) if composition.paths.contains(path) => return None,
            Some(composition) if !composition.is_anchored && general.starts_with("composition.") => return None,
            Some(_) if general.starts_with("composition.") => "it is that of the published figures",
            Some(_) => "no part of the chip's composition follows from it",
        };
        Some(format!("constants do not move with {path}: {why}"))
    }

    /// What was scaled in a calibration because sizes differ from the published ones, and what the models leave open.
    pub fn scaling_notes(&self, calibration: &str) -> Vec<String> {
        let Some(composition) = &self.composition else { return Vec::new() };
        let scaled = composition.scaled.iter().filter(|(name, _)| name == calibration).map(|(_, note)| note.clone());
        let model = self.calibration(Some(calibration)).filter(|table| composition.is_sum_of(table));
        let model = model.map(|_| {
            "this is a model, not a chip: its costs are sums of parts, which rank sizes and predict no chip (validate parts)"
                .to_owned()
        });
        let used = composition.is_changed() || model.is_some();
        let beyond = composition.beyond.iter().filter(|_| used).cloned();
        model.into_iter().chain(scaled).chain(beyond).collect()
    }
}
