//! Quantities with their units: integer time, energy and power, and the parsing of texts like `"4.2 pJ"`.
//!
//! Everything here is exact. A text is read as a decimal number and scaled to an integer of the base unit
//! (femtoseconds, attojoules, nanowatts); what does not fit the base unit exactly is an error.
//! This module knows no domain word: no spike, no core, no chip.

use std::fmt;
use std::num::NonZeroU64;

/// A point in simulated time, counted in ticks of the chip's tick length.
pub type Tick = u64;

/// A delay between two nodes (ticks). Zero is not representable, so a message never arrives in its own tick.
pub type Delay = NonZeroU64;

/// A duration (fs), exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Femtoseconds(pub u64);

impl Femtoseconds {
    /// The duration in nanoseconds.
    pub fn ns(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// An energy (aJ = 1e-18 J), exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attojoules(pub u64);

/// A sum of energies (aJ), wide enough for any count times any constant.
pub type EnergySum = u128;

/// Converts a sum of attojoules to picojoules, correctly rounded.
pub fn sum_to_pj(sum: EnergySum) -> f64 {
    sum as f64 / 1e6
}

/// A power (nW), exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanowatts(pub u64);

impl Nanowatts {
    /// Energy drawn over a duration (aJ), rounded down: nW x fs = 1e-24 J. What 128 bits cannot hold is held at
    /// the most they can: 1e14 J, more than any chip file and run mean.
    pub fn over(self, time_fs: u128) -> EnergySum {
        u128::from(self.0).saturating_mul(time_fs) / 1_000_000
    }
}

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// It is not `<number> <unit>`.
    Shape,
    /// The number is negative.
    Negative,
    /// The unit is not one of the allowed.
    Unit(String),
    /// It is finer than the base unit, or too large to hold.
    Range,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape => write!(f, "it is not of the form \"<number> <unit>\""),
            Self::Negative => write!(f, "it is negative"),
            Self::Unit(unit) => write!(f, "its unit \"{unit}\" is unknown"),
            Self::Range => write!(f, "it is finer than the smallest unit kept, or too large"),
        }
    }
}

/// A unit name and the power of ten of one unit in base units.
type Unit = (&'static str, u32);

const TIME_UNITS: &[Unit] = &[("fs", 0), ("ps", 3), ("ns", 6), ("us", 9), ("µs", 9), ("ms", 12), ("s", 15)];
const ENERGY_UNITS: &[Unit] = &[("aJ", 0), ("fJ", 3), ("pJ", 6), ("nJ", 9), ("uJ", 12), ("µJ", 12), ("mJ", 15)];
const POWER_UNITS: &[Unit] = &[("nW", 0), ("uW", 3), ("µW", 3), ("mW", 6), ("W", 9)];

/// Reads a duration such as `"6.5 ns"`.
pub fn parse_time(text: &str) -> Result<Femtoseconds, QuantityError> {
    parse(text, TIME_UNITS).map(Femtoseconds)
}

/// A duration as a text says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSpan {
    /// In a unit of time.
    Time(Femtoseconds),
    /// In whole cycles of a clock.
    Cycles(u64),
}

/// Reads a duration such as `"6.5 ns"` or `"2 cycles"`.
pub fn parse_span(text: &str) -> Result<TimeSpan, QuantityError> {
    let (number, unit) = text.trim().split_once(' ').ok_or(QuantityError::Shape)?;
    match unit.trim() {
        "cycle" | "cycles" => scale_decimal(number, 0).map(TimeSpan::Cycles),
        _ => parse_time(text).map(TimeSpan::Time),
    }
}

/// Reads an energy such as `"4.2 pJ"`.
pub fn parse_energy(text: &str) -> Result<Attojoules, QuantityError> {
    parse(text, ENERGY_UNITS).map(Attojoules)
}

/// Reads a power such as `"104.4 mW"`.
pub fn parse_power(text: &str) -> Result<Nanowatts, QuantityError> {
    parse(text, POWER_UNITS).map(Nanowatts)
}

/// A regular expression of the texts that [`parse_time`] reads, but for how large they may be.
pub fn time_pattern() -> String {
    pattern(TIME_UNITS)
}

/// Likewise of [`parse_span`].
pub fn span_pattern() -> String {
    pattern(&[TIME_UNITS, &[("cycles?", 0)]].concat())
}

/// Likewise of [`parse_energy`].
pub fn energy_pattern() -> String {
    pattern(ENERGY_UNITS)
}

/// Likewise of [`parse_power`].
pub fn power_pattern() -> String {
    pattern(POWER_UNITS)
}

/// A number and a unit, with as many digits after the point as the unit has base units.
fn pattern(units: &[Unit]) -> String {
    let of_unit = |(name, exponent): &Unit| match exponent {
        0 => format!("(\\.0+)? \\s*{name}"),
        digits => format!("(\\.[0-9]{{1,{digits}}}0*)? \\s*{name}"),
    };
    let units: Vec<String> = units.iter().map(of_unit).collect();
    format!("^\\s*[0-9]+({})\\s*$", units.join("|"))
}

fn parse(text: &str, units: &[Unit]) -> Result<u64, QuantityError> {
    let (number, unit) = text.trim().split_once(' ').ok_or(QuantityError::Shape)?;
    let unit = unit.trim();
    let exponent = units
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, exponent)| *exponent)
        .ok_or_else(|| QuantityError::Unit(unit.to_owned()))?;
    scale_decimal(number, exponent)
}

/// `number` x 10^`exponent` as an integer, exactly.
fn scale_decimal(number: &str, exponent: u32) -> Result<u64, QuantityError> {
    if number.starts_with('-') {
        return Err(QuantityError::Negative);
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || number.ends_with('.') {
        return Err(QuantityError::Shape);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > exponent as usize {
        return Err(QuantityError::Range);
    }
    let mut digits = String::from(whole);
    digits.push_str(fraction);
    digits.extend(std::iter::repeat_n('0', exponent as usize - fraction.len()));
    digits.parse().map_err(|_| QuantityError::Range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact() {
        assert_eq!(parse_energy("51.2 pJ"), Ok(Attojoules(51_200_000)));
        assert_eq!(parse_energy("1.83 fJ"), Ok(Attojoules(1_830)));
        assert_eq!(parse_time("6.5 ns"), Ok(Femtoseconds(6_500_000)));
        assert_eq!(parse_time("1.8 us"), Ok(Femtoseconds(1_800_000_000)));
        assert_eq!(parse_power("104.4 mW"), Ok(Nanowatts(104_400_000)));
    }

    #[test]
    fn spans_are_times_or_whole_cycles() {
        assert_eq!(parse_span("6.5 ns"), Ok(TimeSpan::Time(Femtoseconds(6_500_000))));
        assert_eq!((parse_span("2 cycles"), parse_span("1 cycle")), (Ok(TimeSpan::Cycles(2)), Ok(TimeSpan::Cycles(1))));
        assert_eq!(parse_span("1.5 cycles"), Err(QuantityError::Range));
        assert_eq!(parse_span("-1 cycles"), Err(QuantityError::Negative));
        assert_eq!(parse_span("2 cycle s"), Err(QuantityError::Unit("cycle s".into())));
    }

    #[test]
    fn bad_quantities_say_why() {
        assert_eq!(parse_energy("51.2"), Err(QuantityError::Shape));
        assert_eq!(parse_energy("5e3 pJ"), Err(QuantityError::Shape));
        assert_eq!(parse_energy("-1 pJ"), Err(QuantityError::Negative));
        assert_eq!(parse_energy("1 kJ"), Err(QuantityError::Unit("kJ".into())));
        assert_eq!(parse_energy("0.5 aJ"), Err(QuantityError::Range));
        assert_eq!(parse_time("99999999999 s"), Err(QuantityError::Range));
        assert_eq!(parse_time(". ns"), Err(QuantityError::Shape));
    }

    #[test]
    fn power_times_time() {
        // 1 mW over 1 us = 1 nJ = 1e9 aJ
        assert_eq!(Nanowatts(1_000_000).over(1_000_000_000), 1_000_000_000);
    }
}
