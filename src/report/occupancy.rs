//! How a network stands on a chip: what it takes of the limits, of chips and of silicon.

use super::area::Areas;

/// Limits whose use is reported.
pub(super) const USES: &[&str] = &[
    "neurons",
    "axons_in",
    "axons_out",
    "compartment_settings",
    "threshold_settings",
    "synapse_memory",
    "crosspoints",
];

/// Use of a limit over the cores in use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Use {
    /// Name of the limit.
    pub name: &'static str,
    /// Mean over the cores in use, as a share of the limit.
    pub mean: f64,
    /// The fullest core's, as a share of the limit.
    pub most: f64,
}

/// Use of a chip, and broken limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupancy {
    /// Placer name.
    pub placer: &'static str,
    /// Cores in use.
    pub cores_used: u32,
    /// Chips of the file.
    pub chips: u32,
    /// Chips with a core in use; unknown in reports that are older than this field.
    pub chips_used: Option<u32>,
    /// Cores of all of them.
    pub cores: u32,
    /// Tiles in use.
    pub tiles_used: u32,
    /// Silicon area; `None` of a chip whose file does not say of which parts it consists.
    pub area: Option<Areas>,
    /// Use of limits.
    pub utilisation: Vec<Use>,
    /// Broken limits, as sentences.
    pub violations: Vec<String>,
}

impl Occupancy {
    /// Chips with a core in use, where that is known.
    pub(super) fn used_chips(&self) -> Option<u32> {
        self.chips_used.or((self.chips == 1).then_some(1))
    }
}
