//! Pieces of logic: adders, comparators, counters, multipliers, registers.
//!
//! Published tables differ by a factor of two, so an energy is a range: its ends are the lowest and the highest of them,
//! scaled to the technology by the polynomials of [`Technology`], and the figure used is their geometric mean.
//!
//! | table | what | node, voltage |
//! |---|---|---|
//! | Horowitz, ISSCC 2014 | adder of 32 bits 0.1 pJ, multiplier of 32 bits 3.1 pJ | 45 nm, 0.9 V |
//! | Aladdin, as in the accelergy library | adder of 32 bits 0.21 pJ, 278 um2; comparator 0.029 pJ, 71 um2; counter 0.25 pJ, 496 um2; multiplier 12.7 pJ, 6,350 um2; a bit of a register 0.009 pJ, 5.98 um2 | 40 nm; 0.9 V is assumed |
//! | ZigZag | a NAND gate of two inputs: 0.7 fF, 0.614 um2, 48 ps; a full adder is 6 of them in energy, a flip-flop 3, and 6 in area | 28 nm, 0.9 V |
//!
//! All go with the number of bits, multipliers with its square. No error is published; the range is what the tables
//! disagree by.

use super::{PartError, Technology};

/// A kind of logic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicKind {
    /// Adds two numbers.
    Adder,
    /// Compares two numbers.
    Comparator,
    /// Counts.
    Counter,
    /// Multiplies two numbers.
    Multiplier,
    /// Holds a number.
    Register,
}

impl LogicKind {
    /// Names in files.
    pub const NAMES: &'static [&'static str] = &["adder", "comparator", "counter", "multiplier", "register"];
    /// All kinds, in the order of their names.
    pub const ALL: &'static [Self] = &[Self::Adder, Self::Comparator, Self::Counter, Self::Multiplier, Self::Register];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// A published energy: that of so many bits (pJ), at a node (nm).
type Published = (f64, f64);

/// Voltage of the tables (V).
const VDD: f64 = 0.9;
/// Energy of a gate of ZigZag's (pJ).
const NAND_PJ: f64 = 0.7e-3 * VDD * VDD;
/// Its area (um2) and its time (ns).
const NAND: (f64, f64) = (0.614, 0.048);
/// Width of the published adders, comparators, counters and multipliers.
const WIDTH: f64 = 32.0;

/// A range of energies (pJ).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergySpread {
    /// Lowest of the tables.
    pub low: f64,
    /// Their geometric mean, of the lowest and the highest.
    pub nominal: f64,
    /// Highest of the tables.
    pub high: f64,
}

/// A piece of logic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogicUnit {
    kind: LogicKind,
    bits: u32,
    technology: Technology,
}

impl LogicUnit {
    /// A piece of logic of 1 to 64 bits.
    ///
    /// # Errors
    /// Another number of bits.
    pub fn new(kind: LogicKind, bits: u32, technology: Technology) -> Result<Self, PartError> {
        Ok(Self { kind, bits: PartError::unless("bits of logic", bits, 1..=64)?, technology })
    }

    /// Energy of one use, as a range.
    pub fn energy_pj(&self) -> EnergySpread {
        let scaled = |(pj, node): &Published| pj * self.technology.energy_ratio(*node, VDD);
        let all: Vec<f64> = self.published().iter().map(scaled).collect();
        let low = all.iter().copied().fold(f64::INFINITY, f64::min);
        let high = all.iter().copied().fold(0.0, f64::max);
        let scale = self.scale();
        EnergySpread { low: low * scale, nominal: (low * high).sqrt() * scale, high: high * scale }
    }

    /// Time of one use (ns): that of the carry through an adder, two gates a bit at 28 nm and 0.9 V, at any node and
    /// voltage. None is published of the others.
    pub fn time_ns(&self) -> Option<f64> {
        (self.kind == LogicKind::Adder).then(|| 2.0 * NAND.1 * f64::from(self.bits))
    }

    /// Area (mm2), that of 40 nm scaled.
    pub fn area_mm2(&self) -> Option<f64> {
        let um2 = match self.kind {
            LogicKind::Adder => 278.0,
            LogicKind::Comparator => 71.0,
            LogicKind::Counter => 496.0,
            LogicKind::Multiplier => 6350.0,
            LogicKind::Register => 5.98 * WIDTH,
        };
        Some(um2 * self.scale() * self.technology.area_ratio(40.0) / 1e6)
    }

    /// Energies of 32 bits.
    fn published(&self) -> &'static [Published] {
        match self.kind {
            LogicKind::Adder => &[(0.1, 45.0), (0.21, 40.0), (6.0 * NAND_PJ * WIDTH, 28.0)],
            LogicKind::Comparator => &[(0.029, 40.0)],
            LogicKind::Counter => &[(0.25, 40.0)],
            LogicKind::Multiplier => &[(3.1, 45.0), (12.7, 40.0)],
            LogicKind::Register => &[(0.009 * WIDTH, 40.0), (3.0 * NAND_PJ * WIDTH, 28.0)],
        }
    }

    /// Size relative to 32 bits.
    fn scale(&self) -> f64 {
        let linear = f64::from(self.bits) / WIDTH;
        if self.kind == LogicKind::Multiplier { linear * linear } else { linear }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(kind: LogicKind, bits: u32, node_nm: f64) -> LogicUnit {
        LogicUnit::new(kind, bits, Technology::new(node_nm, 0.9).unwrap()).unwrap()
    }

    #[test]
    fn a_full_adder_is_six_gates() {
        // 3.4 fJ at 28 nm and 0.9 V.
        let full = 6.0 * NAND_PJ;
        assert!((full - 3.4e-3).abs() < 0.01e-3, "{full}");
        let at_28 = unit(LogicKind::Adder, 1, 28.0).energy_pj();
        assert!(at_28.low <= full && full <= at_28.high, "{at_28:?}");
    }

    #[test]
    fn ranges_hold_the_published_figures_at_their_own_nodes() {
        let at_45 = unit(LogicKind::Adder, 32, 45.0).energy_pj();
        assert!(at_45.low <= 0.1 && 0.1 <= at_45.high && at_45.low <= at_45.nominal && at_45.nominal <= at_45.high);
        let at_40 = unit(LogicKind::Multiplier, 32, 40.0).energy_pj();
        assert!((at_40.high - 12.7).abs() < 1e-9 && at_40.low < 12.7, "{at_40:?}");
        let one = unit(LogicKind::Comparator, 32, 40.0);
        assert!((one.energy_pj().nominal - 0.029).abs() < 1e-12);
        assert!((one.area_mm2().unwrap() - 71e-6).abs() < 1e-12);
        // A bit of a register.
        assert!((unit(LogicKind::Register, 1, 40.0).area_mm2().unwrap() - 5.98e-6).abs() < 1e-12);
    }

    #[test]
    fn adders_go_with_their_bits_and_multipliers_with_the_square() {
        let ratio = |kind| unit(kind, 16, 28.0).energy_pj().nominal / unit(kind, 8, 28.0).energy_pj().nominal;
        assert!((ratio(LogicKind::Adder) - 2.0).abs() < 1e-9 && (ratio(LogicKind::Multiplier) - 4.0).abs() < 1e-9);
        assert!((unit(LogicKind::Adder, 32, 28.0).time_ns().unwrap() - 3.072).abs() < 1e-9);
        let problem = LogicUnit::new(LogicKind::Adder, 65, Technology::new(28.0, 0.9).unwrap()).unwrap_err();
        assert_eq!(problem.to_string(), "bits of logic: found 65, allowed: 1 to 64");
    }
}
