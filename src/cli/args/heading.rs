//! Headings of options in help. An option has the same one in every command.

pub(super) const CHIP: &str = "Chip";
pub(super) const INPUT: &str = "Network and input";
pub(super) const MAPPING: &str = "Mapping";
pub(super) const SWEEP: &str = "Sweep";
pub(super) const TRAINING: &str = "Training";
pub(super) const HARDWARE: &str = "Hardware to train for";
pub(super) const LOAD: &str = "Load";
pub(super) const ROUTERS: &str = "Topology and routers";
#[cfg(feature = "nir")]
pub(super) const CONVERSION: &str = "Conversion";
pub(super) const OUTPUT: &str = "Output";
pub(super) const RESOURCES: &str = "Resources";
pub(super) const GLOBAL: &str = "Global options";
