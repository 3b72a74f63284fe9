//! What a chip says of its composition: areas, and which constants move.

use super::ChipArea;
use crate::hw::chip::Chip;
use crate::hw::provenance::is_within;

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
            format!(
                "{} is a model, not a chip: costs are sums of parts, which rank sizes and predict no chip (validate parts)",
                self.name
            )
        });
        let used = composition.is_changed() || model.is_some();
        let beyond = composition.beyond.iter().filter(|_| used).cloned();
        model.into_iter().chain(scaled).chain(beyond).collect()
    }
}
