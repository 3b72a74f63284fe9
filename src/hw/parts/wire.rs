//! Wires between routers: 48.8 fJ for each bit and millimetre (the power file of Noxim as SpiNeMap has it).
//!
//! The process is not stated, so the figure is not scaled with node and voltage. A wire's time and area are not known.

use super::{PartError, outside};

/// Energy of a bit over a millimetre (pJ).
const BIT_MM: f64 = 0.0488;

/// A wire for all bits of a packet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkWire {
    width: u32,
    mm: f64,
}

impl LinkWire {
    /// A wire of 1 to 512 bits and 0.01 to 30 mm.
    ///
    /// # Errors
    /// A width or a length outside these.
    pub fn new(width: u32, mm: f64) -> Result<Self, PartError> {
        let width = PartError::unless("width of a wire", width, 1..=512)?;
        Ok(Self { width, mm: PartError::unless("mm of a wire", mm, 0.01..=30.0)? })
    }

    /// Energy of a packet over it (pJ).
    pub fn energy_pj(&self) -> f64 {
        BIT_MM * f64::from(self.width) * self.mm
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        outside("a wire", self.mm, 0.1..=5.0, " mm").into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_goes_with_bits_and_length() {
        let pj = |width, mm| LinkWire::new(width, mm).unwrap().energy_pj();
        assert!((pj(32, 1.0) - 1.5616).abs() < 1e-12 && (pj(64, 0.5) - 1.5616).abs() < 1e-12);
        assert_eq!(LinkWire::new(32, 40.0).unwrap_err().to_string(), "mm of a wire: found 40, allowed: 0.01 to 30");
        assert_eq!(LinkWire::new(32, 10.0).unwrap().beyond().len(), 1);
    }
}
