//! Converters from analog to digital, as ZigZag models them for 28 nm ("validated on three macros").
//!
//! ```text
//! energy  (100 fF b + 0.001 fF 4^b) V^2        b: bits
//! area    10^(1.206 - 0.0369 b) 2^b um2
//! time    b (0.00653 rows + 0.640) ns
//! ```
//!
//! It is a model of good designs: of the 8-bit converter that ISAAC takes (1.56 pJ) it gives less than half. Nothing is
//! scaled with the node.

use super::{PartError, Technology, outside};

/// A converter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdcModel {
    bits: u32,
    rows: u32,
    technology: Technology,
}

impl AdcModel {
    /// A converter of 1 to 12 bits, for columns of 1 to 65,536 rows.
    ///
    /// # Errors
    /// Bits or rows outside these.
    pub fn new(bits: u32, rows: u32, technology: Technology) -> Result<Self, PartError> {
        let bits = PartError::unless("bits of a converter", bits, 1..=12)?;
        Ok(Self { bits, rows: PartError::unless("rows of a converter", rows, 1..=65_536)?, technology })
    }

    /// Energy of a conversion (pJ).
    pub fn energy_pj(&self) -> f64 {
        let femtofarads = 100.0 * f64::from(self.bits) + 0.001 * 4f64.powi(self.bits as i32);
        femtofarads * self.technology.vdd().powi(2) / 1e3
    }

    /// Time of a conversion (ns).
    pub fn time_ns(&self) -> f64 {
        f64::from(self.bits) * (0.006_53 * f64::from(self.rows) + 0.640)
    }

    /// Area (mm2).
    pub fn area_mm2(&self) -> f64 {
        let bits = f64::from(self.bits);
        10f64.powf(1.206 - 0.0369 * bits) * bits.exp2() / 1e6
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        let node = outside("a converter", self.technology.node_nm(), 22.0..=32.0, " nm");
        let bits = outside("a converter", self.bits, 4..=8, " bits");
        [node, bits].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_converter_of_isaac_is_not_met() {
        let adc = AdcModel::new(8, 128, Technology::new(28.0, 0.9).unwrap()).unwrap();
        assert!((adc.energy_pj() - 0.70).abs() < 0.005, "{}", adc.energy_pj());
        assert!(adc.energy_pj() / 1.56 < 0.7, "this closure fails by 55 %");
        assert!((adc.time_ns() - 8.0 * (0.835_84 + 0.640)).abs() < 1e-9);
        assert!((adc.area_mm2() - 10f64.powf(0.9108) * 256e-6).abs() < 1e-12);
        assert!(adc.beyond().is_empty());
        let other = Technology::new(14.0, 0.9).unwrap();
        assert_eq!(AdcModel::new(8, 128, other).unwrap().beyond().len(), 1);
        assert_eq!(
            AdcModel::new(16, 128, other).unwrap_err().to_string(),
            "bits of a converter: found 16, allowed: 1 to 12"
        );
    }
}
