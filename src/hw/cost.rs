//! Calibrations: what an operation costs in energy and time, each constant with its kind and source.

use crate::stats::Op;
use crate::units::{Attojoules, Nanowatts, Tick};

/// How a constant came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Measured on silicon.
    Silicon,
    /// Fitted to measurements on silicon.
    Fitted,
    /// From a circuit simulation before silicon.
    Simulated,
    /// From an architecture model.
    Model,
    /// Stated by the vendor.
    Vendor,
    /// Worked out from other published figures.
    Derived,
    /// Scaled from another technology.
    Scaled,
    /// Taken over from a similar chip.
    Inherited,
    /// Stated by papers or documentation of the chip as a fact of its structure.
    Documented,
    /// Assumed for want of a figure; allowed for latencies and structure only.
    Assumed,
}

/// Kinds by name, in the order of [`Kind`]'s variants.
pub(super) const KINDS: &[&str] =
    &["silicon", "fitted", "simulated", "model", "vendor", "derived", "scaled", "inherited", "documented", "assumed"];

/// [`Kind`]s in the order of [`KINDS`].
pub(super) const ALL_KINDS: &[Kind] = &[
    Kind::Silicon,
    Kind::Fitted,
    Kind::Simulated,
    Kind::Model,
    Kind::Vendor,
    Kind::Derived,
    Kind::Scaled,
    Kind::Inherited,
    Kind::Documented,
    Kind::Assumed,
];

impl Kind {
    /// Names of all kinds.
    pub const NAMES: &'static [&'static str] = KINDS;
    /// All kinds, in the order of their names.
    pub const ALL: &'static [Kind] = ALL_KINDS;

    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        KINDS[self as usize]
    }
}

/// The energy of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Energy {
    /// A published figure with its range; the three are equal where no range is published.
    Priced {
        /// Lowest published.
        low: Attojoules,
        /// The one that is used.
        nominal: Attojoules,
        /// Highest published.
        high: Attojoules,
    },
    /// Part of another operation's figure.
    IncludedIn(Op),
    /// Not published.
    Unpriced,
}

/// What an operation costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Energy per operation.
    pub energy: Energy,
    /// Time per operation (ticks); `None` where the operation takes no time of its own or none is published.
    pub latency: Option<u32>,
    /// How the energy came to be.
    pub kind: Option<Kind>,
    /// Source of the energy, written out.
    pub source: Option<String>,
    /// How the latency came to be, where that differs.
    pub latency_kind: Option<Kind>,
    /// What a reader should know.
    pub note: Option<String>,
}

/// How long the barrier between two time steps takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Barrier {
    /// (tiles in use, ticks), ascending; between two entries the time is interpolated and rounded up.
    pub by_tiles: Vec<(u32, u32)>,
    /// How it came to be.
    pub kind: Kind,
    /// Its source.
    pub source: String,
}

impl Barrier {
    /// Time of a barrier over so many tiles (ticks).
    pub fn ticks(&self, tiles: u32) -> Tick {
        let after = self.by_tiles.partition_point(|(t, _)| *t < tiles);
        let at = |i: usize| self.by_tiles[i];
        match after {
            0 => u64::from(at(0).1),
            n if n == self.by_tiles.len() => u64::from(at(n - 1).1),
            n => {
                let ((t0, d0), (t1, d1)) = (at(n - 1), at(n));
                let (span, part) = (u64::from(t1 - t0), u64::from(tiles - t0));
                (u64::from(d0) * (span - part) + u64::from(d1) * part).div_ceil(span)
            }
        }
    }
}

/// What a calibration's figures are of. Figures of the two scopes never mix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Each of its own operation.
    #[default]
    PerTerm,
    /// All that the chip draws, divided by its synaptic operations: right at one operating point only.
    AllIn {
        /// At which voltage, rate and load it was found.
        operating_point: String,
    },
}

impl Scope {
    /// Names of scopes in files and reports.
    pub const NAMES: &'static [&'static str] = &["per_term", "all_in"];

    /// The name in files and reports.
    pub fn name(&self) -> &'static str {
        Self::NAMES[usize::from(self.operating_point().is_some())]
    }

    /// Where an all-in figure was found.
    pub fn operating_point(&self) -> Option<&str> {
        match self {
            Self::PerTerm => None,
            Self::AllIn { operating_point } => Some(operating_point),
        }
    }
}

/// Power drawn at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct StaticPower {
    /// Of all chips of the file together.
    pub power: Nanowatts,
    /// How it came to be.
    pub kind: Kind,
    /// Its source.
    pub source: String,
    /// What a reader should know.
    pub note: Option<String>,
}

/// A named table of constants.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Its name on the command line.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// What its figures are of.
    pub scope: Scope,
    /// The clock of the operating point of figures that are all-in (MHz), where it is known.
    pub operating_mhz: Option<f64>,
    /// Cost of every operation, by [`Op`].
    pub costs: Vec<Cost>,
    /// The barrier; `None` of a chip that has none.
    pub barrier: Option<Barrier>,
    /// Static power, where published for this table.
    pub static_power: Option<StaticPower>,
}

impl Calibration {
    /// The cost of an operation.
    pub fn cost(&self, op: Op) -> &Cost {
        &self.costs[op as usize]
    }

    /// Says of figures that are all-in at another clock (MHz) than the chip's that they do not hold.
    pub fn elsewhere(&self, mhz: f64) -> Option<String> {
        let own = self.operating_mhz.filter(|own| *own != mhz)?;
        Some(format!(
            "the energies of {} are all-in figures of a clock of {own} MHz, and do not hold at {mhz} MHz",
            self.name
        ))
    }

    /// Time of a barrier over so many tiles (ticks); `None` of a chip that has none.
    pub fn barrier_ticks(&self, tiles: u32) -> Option<Tick> {
        self.barrier.as_ref().map(|barrier| barrier.ticks(tiles))
    }

    /// Time of an operation (ticks); 0 where it has none.
    pub fn ticks(&self, op: Op) -> u32 {
        self.cost(op).latency.unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn barriers_are_interpolated_and_held_at_the_ends() {
        let by_tiles = vec![(2, 100), (4, 141), (29, 200)];
        let barrier = Barrier { by_tiles, kind: Kind::Fitted, source: "test".into() };
        assert_eq!([1, 2, 3, 4, 29, 64].map(|t| barrier.ticks(t)), [100, 100, 121, 141, 200, 200]);
    }

    #[test]
    fn kinds_and_names_agree() {
        assert!(ALL_KINDS.iter().enumerate().all(|(i, kind)| *kind as usize == i));
        assert_eq!(ALL_KINDS.len(), KINDS.len());
    }
}
