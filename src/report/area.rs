//! Silicon area of a chip and of what a network takes of it, from the parts of its file.

use super::saved::{Restore, real, record};
use super::table::number;
use crate::hw::{Chip, ChipArea, ConstantKind};
use crate::map::Mapping;

record! {
    /// Areas of a chip whose file says of which parts it consists.
    pub struct Areas {
        /// A core (mm2).
        pub core_mm2: f64 as "core" = real(AREA),
        /// The cores in use (mm2).
        pub used_mm2: f64 as "cores_used" = real(AREA),
        /// All chips of the file (mm2).
        pub chip_mm2: f64 as "chip" = real(AREA),
        /// How the areas came to be.
        pub kind: ConstantKind = Restore::load,
        /// Where they come from.
        pub source: String,
        /// What a reader should know.
        pub note: Option<String>,
    }
}

const AREA: std::ops::RangeInclusive<f64> = 0.0..=1e12;

/// What stands in place of an area that the chip's file does not give.
pub(super) const NO_AREA: &str = "– (its file does not say of which parts it consists)";

/// An area to three digits, in the unit that suits it.
pub(super) fn area(mm2: f64) -> String {
    match mm2 {
        0.1.. => format!("{} mm²", number(mm2)),
        0.01.. => format!("{mm2:.4} mm²"),
        _ => format!("{} µm²", number(mm2 * 1e6)),
    }
}

impl Areas {
    /// Of a chip and a network on it; `None` where the chip's file has no composition with an area.
    pub(super) fn of(chip: &Chip, mapping: &Mapping) -> Option<Self> {
        let ChipArea { core_mm2, chip_mm2, kind, source, note, .. } = chip.area()?;
        let used_mm2 = core_mm2 * mapping.cores.len() as f64;
        Some(Self { core_mm2, used_mm2, chip_mm2: chip_mm2 * f64::from(chip.chips()), kind, source, note })
    }

    /// In words, as in `0.469 mm² a core, 6.1 mm² the 13 cores in use, 60 mm² the chip`.
    pub(super) fn text(&self, cores: u32, chips: u32) -> String {
        let [core, used, chip] = [self.core_mm2, self.used_mm2, self.chip_mm2].map(area);
        let in_use = if cores == 1 { "the core in use".to_owned() } else { format!("the {cores} cores in use") };
        let whole = if chips == 1 { "the chip".to_owned() } else { format!("the {chips} chips") };
        format!("{core} a core, {used} {in_use}, {chip} {whole} ({})", self.kind.name())
    }
}
