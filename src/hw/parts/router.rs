//! A packet's way through a router.
//!
//! For 32 bits and five ports: 0.762 pJ into the buffer, 0.534 pJ out of it, 0.221 pJ through the crossbar and 0.06 pJ to
//! find the way (the power file of Noxim as SpiNeMap has it). Buffer and crossbar go with the width, the crossbar also
//! with the ports. The process of these figures is not stated, so they are not scaled with node and voltage; with the
//! wire of [`LinkWire`](super::LinkWire) they come within 30 % of the published hops of a chip of 14 nm (Loihi) and of
//! one of 28 nm (TrueNorth). Neither a time nor an area is known.

use super::{PartError, outside};

/// Energies of 32 bits (pJ).
const BUFFER: f64 = 0.762 + 0.534;
const CROSSBAR: f64 = 0.221;
const ROUTE: f64 = 0.06;

/// A router, as a packet passes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouterHop {
    width: u32,
    ports: u32,
}

impl RouterHop {
    /// A router for packets of 8 to 512 bits with 2 to 16 ports.
    ///
    /// # Errors
    /// A width or a number of ports outside these.
    pub fn new(width: u32, ports: u32) -> Result<Self, PartError> {
        let width = PartError::unless("width of a router", width, 8..=512)?;
        Ok(Self { width, ports: PartError::unless("ports of a router", ports, 2..=16)? })
    }

    /// Energy of a packet through it (pJ).
    pub fn energy_pj(&self) -> f64 {
        let (width, ports) = (f64::from(self.width) / 32.0, f64::from(self.ports) / 5.0);
        BUFFER * width + CROSSBAR * width * ports + ROUTE
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        let width = outside("a router", self.width, 16..=64, " bits");
        [width, outside("a router", self.ports, 4..=6, " ports")].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::parts::LinkWire;

    #[test]
    fn hops_of_published_chips_are_met() {
        let hop = |pitch_mm: f64| {
            RouterHop::new(32, 5).unwrap().energy_pj() + LinkWire::new(32, pitch_mm).unwrap().energy_pj()
        };
        // Loihi: 32 tiles on 60 mm2; published are 3.0 and 4.0 pJ by direction.
        let loihi = hop((60f64 / 32.0).sqrt());
        assert!((loihi - 3.7).abs() < 0.05, "{loihi}");
        assert!((loihi / 3.0 - 1.0).abs() < 0.3 && (loihi / 4.0 - 1.0).abs() < 0.3);
        let truenorth = hop(0.31);
        assert!((truenorth - 2.1).abs() < 0.05 && (truenorth / 2.3 - 1.0).abs() < 0.3, "{truenorth}");
    }

    #[test]
    fn width_and_ports_move_it() {
        let pj = |width, ports| RouterHop::new(width, ports).unwrap().energy_pj();
        assert!((pj(32, 5) - 1.577).abs() < 1e-12);
        assert!((pj(64, 5) - (2.0 * 1.517 + 0.06)).abs() < 1e-12);
        assert!((pj(32, 10) - (1.577 + 0.221)).abs() < 1e-12);
        assert_eq!(RouterHop::new(4, 5).unwrap_err().to_string(), "width of a router: found 4, allowed: 8 to 512");
        assert_eq!(RouterHop::new(128, 5).unwrap().beyond().len(), 1);
    }
}
