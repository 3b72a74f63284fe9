//! What operations cost on one piece of silicon, by which an artificial and a spiking network are compared.

use super::saved::{SavedRecord, real, record};
use thiserror::Error;

record! {
    /// Costs of operations on one piece of silicon, in units of an addition of 32 bits.
    ///
    /// Defaults: Davidson & Furber 2021, Front. Neurosci. 15:651141, in 22 nm FDSOI, where a unit is about 60 fJ. How
    /// their 12 units of an ANN's synapse divide beyond reading the weight and the multiplication is our reading; a
    /// membrane's cost, which they leave out of the break-even, is that of a read and a write.
    #[derive(Copy)]
    pub struct UnitCosts {
        /// A unit (fJ).
        pub unit_fj: f64 = real(COST),
        /// Reading a weight.
        pub read: f64 = real(COST),
        /// A multiply-accumulate.
        pub mac: f64 = real(COST),
        /// The rest of an ANN's synapse.
        pub other: f64 = real(COST),
        /// Adding a weight.
        pub add: f64 = real(COST),
        /// Writing the sum back.
        pub write: f64 = real(COST),
        /// Reading and writing a membrane in a time step.
        pub state: f64 = real(COST),
    }
}

const COST: std::ops::RangeInclusive<f64> = 0.0..=1e6;

impl Default for UnitCosts {
    fn default() -> Self {
        Self { unit_fj: 60.0, read: 5.0, mac: 5.0, other: 2.0, add: 1.0, write: 1.0, state: 6.0 }
    }
}

/// Why a text gives no unit costs.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("found \"{found}\", expected a list as in \"read=5,mac=5\" of {}, each a number of 0 to 1e6", <UnitCosts as SavedRecord>::NAMES.join(", "))]
pub struct UnitCostsError {
    /// The part that is wrong.
    pub found: String,
}

impl UnitCosts {
    /// Names in texts and reports.
    pub const NAMES: [&'static str; 7] = ["unit_fj", "read", "mac", "other", "add", "write", "state"];

    /// The costs in the order of their names.
    pub fn values(&self) -> [f64; 7] {
        [self.unit_fj, self.read, self.mac, self.other, self.add, self.write, self.state]
    }

    fn from_values([unit_fj, read, mac, other, add, write, state]: [f64; 7]) -> Self {
        Self { unit_fj, read, mac, other, add, write, state }
    }

    /// The defaults with some costs replaced, as in `read=5,mac=5`.
    pub fn parse(text: &str) -> Result<Self, UnitCostsError> {
        let mut values = Self::default().values();
        for part in text.split(',') {
            let wrong = || UnitCostsError { found: part.trim().to_owned() };
            let (name, value) = part.split_once('=').ok_or_else(wrong)?;
            let place = Self::NAMES.iter().position(|known| *known == name.trim()).ok_or_else(wrong)?;
            let value: f64 = value.trim().parse().map_err(|_| wrong())?;
            // Not a number is in no range.
            if !COST.contains(&value) {
                return Err(wrong());
            }
            values[place] = value;
        }
        Ok(Self::from_values(values))
    }

    /// An ANN's synapse (units).
    pub fn ann_synapse(&self) -> f64 {
        self.read + self.mac + self.other
    }

    /// An SNN's synapse, for each spike (units).
    pub fn snn_synapse(&self) -> f64 {
        self.read + self.add + self.write
    }

    /// Spikes per synapse and inference at which both cost the same, membranes apart.
    pub fn break_even(&self) -> f64 {
        self.ann_synapse() / self.snn_synapse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_are_read_from_texts() {
        let costs = UnitCosts::parse("read=2.5, state=0").unwrap();
        assert_eq!(costs, UnitCosts { read: 2.5, state: 0.0, ..UnitCosts::default() });
        for wrong in ["", "read", "reed=1", "read=x", "read=-1", "read=nan", "read=1e9"] {
            assert!(UnitCosts::parse(wrong).is_err(), "{wrong}");
        }
    }
}
