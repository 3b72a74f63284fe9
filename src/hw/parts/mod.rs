//! Models of the parts of a core: what a memory, a piece of logic, a router, a wire and a converter take in energy, time
//! and area, as pure functions of their sizes and of the technology.
//!
//! ```text
//! Technology  node and voltage        ratios of energy and area between nodes; 7 to 65 nm
//! Sram        bits, width             power laws fitted to a memory compiler's model; error of one law 11 to 20 %
//! LogicUnit   kind, width             three published tables that differ by a factor of two: a range
//! RouterHop   width, ports            one published router of 32 bits and five ports, not scaled with the node
//! LinkWire    width, length           48.8 fJ for each bit and millimetre
//! AdcModel         bits, rows              a model of 28 nm
//! CellArray   rows, columns           a simulator's arrays of memristive cells and the drivers of their rows, 32 nm
//! ```
//!
//! A size outside what a model allows at all is an error that says what is allowed. Between that and the range that the
//! model was fitted in, figures are extrapolated, and [`PartModel::beyond`] says so in words. Leakage is never predicted:
//! the same memory leaks 400 times less with other cells; [`Sram::leakage_ratio`] only scales a published figure.

mod adc;
mod array;
mod logic;
mod router;
mod sram;
mod technology;
mod wire;

pub use adc::AdcModel;
pub use array::{CellArray, RowDriver};
pub use logic::{EnergySpread, LogicKind, LogicUnit};
pub use router::RouterHop;
pub use sram::Sram;
pub use technology::{Shrink, Technology};
pub use wire::LinkWire;

use std::fmt::Display;
use std::ops::RangeInclusive;
use thiserror::Error;

/// A size that a model of a part cannot take.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{what}: found {found}, allowed: {allowed}")]
pub struct PartError {
    /// The size.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl PartError {
    /// An error unless a size is within what is allowed.
    fn unless<T: PartialOrd + Display>(what: &'static str, found: T, allowed: RangeInclusive<T>) -> Result<T, Self> {
        if allowed.contains(&found) {
            return Ok(found);
        }
        let allowed = format!("{} to {}", allowed.start(), allowed.end());
        Err(Self { what, found: found.to_string(), allowed })
    }
}

/// What is done with a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartUse {
    /// A memory's word is read.
    Read,
    /// A memory's word is written.
    Write,
    /// Any other part does its work once.
    Use,
}

impl PartUse {
    /// Names in files.
    pub const NAMES: &'static [&'static str] = &["read", "write", "use"];
    /// All of them, in the order of their names.
    pub const ALL: &'static [Self] = &[Self::Read, Self::Write, Self::Use];

    /// The name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// A part of a known size and technology.
#[derive(Clone, Debug, PartialEq)]
pub enum PartModel {
    /// A memory.
    Sram(Sram),
    /// A piece of logic.
    Logic(LogicUnit),
    /// A router that a packet passes.
    Router(RouterHop),
    /// A wire between two routers.
    Wire(LinkWire),
    /// A converter from analog to digital.
    Adc(AdcModel),
    /// An array of memristive cells, which is read as a whole.
    Array(CellArray),
    /// The driver of a row of such an array.
    Driver(RowDriver),
}

impl PartModel {
    /// Whether a part can be used so: memories are read and written, others used.
    pub fn can(&self, action: PartUse) -> bool {
        matches!(self, Self::Sram(_)) != (action == PartUse::Use)
    }

    /// Energy of one use (pJ).
    pub fn energy_pj(&self, action: PartUse) -> f64 {
        match (self, action) {
            (Self::Sram(sram), PartUse::Write) => sram.write_pj(),
            (Self::Sram(sram), _) => sram.read_pj(),
            (Self::Logic(logic), _) => logic.energy_pj().nominal,
            (Self::Router(router), _) => router.energy_pj(),
            (Self::Wire(wire), _) => wire.energy_pj(),
            (Self::Adc(adc), _) => adc.energy_pj(),
            (Self::Array(array), _) => array.energy_pj(),
            (Self::Driver(driver), _) => driver.energy_pj(),
        }
    }

    /// Time of one use (ns), where the model has one.
    pub fn time_ns(&self, _: PartUse) -> Option<f64> {
        match self {
            Self::Sram(sram) => Some(sram.access_ns()),
            Self::Logic(logic) => logic.time_ns(),
            Self::Adc(adc) => Some(adc.time_ns()),
            Self::Array(array) => Some(array.time_ns()),
            Self::Router(_) | Self::Wire(_) | Self::Driver(_) => None,
        }
    }

    /// Area (mm2), where the model has one.
    pub fn area_mm2(&self) -> Option<f64> {
        match self {
            Self::Sram(sram) => Some(sram.area_mm2()),
            Self::Logic(logic) => logic.area_mm2(),
            Self::Adc(adc) => Some(adc.area_mm2()),
            Self::Array(array) => Some(array.area_mm2()),
            Self::Driver(driver) => Some(driver.area_mm2()),
            Self::Router(_) | Self::Wire(_) => None,
        }
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        match self {
            Self::Sram(sram) => sram.beyond(),
            Self::Logic(_) => Vec::new(),
            Self::Router(router) => router.beyond(),
            Self::Wire(wire) => wire.beyond(),
            Self::Adc(adc) => adc.beyond(),
            Self::Array(array) => array.beyond(),
            // It is the array's.
            Self::Driver(_) => Vec::new(),
        }
    }
}

/// A statement that a size is outside the range that a model was fitted in; `None` if it is within.
fn outside<T: PartialOrd + Display>(what: &str, found: T, fitted: RangeInclusive<T>, unit: &str) -> Option<String> {
    let inside = fitted.contains(&found);
    (!inside).then(|| {
        format!("{what} of {found}{unit}, outside the {} to {}{unit} of its fit", fitted.start(), fitted.end())
    })
}
