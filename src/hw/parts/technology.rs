//! A technology: its node and its voltage, and how energy and area change from one to another.
//!
//! Ratios of energies are those of the polynomials a V^2 + b V + c of Stillmaker and Baas (Integration 58:74-81, 2017) for
//! 65, 45, 32, 20, 16, 14, 10 and 7 nm; between two nodes they are interpolated on logarithmic scales of both. Where a
//! figure is scaled by voltage alone, it goes with its square.
//!
//! Areas below 22 nm can shrink in two ways, a factor of two apart at 14 nm ([`Shrink`]).

use super::PartError;

/// Coefficients of the energy of a gate by node (nm): a, b and c of a V^2 + b V + c. Relative figures.
const ENERGY: [(f64, [f64; 3]); 8] = [
    (65.0, [3.755, -4.398, 1.975]),
    (45.0, [1.103, -0.362, 0.2767]),
    (32.0, [0.9559, -0.7823, 0.471]),
    (20.0, [0.373, -0.1582, 0.041_04]),
    (16.0, [0.2958, -0.1241, 0.030_24]),
    (14.0, [0.2363, -0.096_75, 0.022_39]),
    (10.0, [0.2068, -0.093_11, 0.023_75]),
    (7.0, [0.1776, -0.090_97, 0.024_47]),
];

/// Areas of the same logic by node (nm), relative to 65 nm.
const AREA: [(f64, f64); 8] =
    [(65.0, 1.0), (45.0, 0.66), (32.0, 0.31), (20.0, 0.14), (16.0, 0.13), (14.0, 0.12), (10.0, 0.068), (7.0, 0.039)];

/// The least voltage (V): below it the polynomials of older nodes rise again.
fn least_vdd(node_nm: f64) -> f64 {
    if node_nm > 45.0 { 0.6 } else { 0.5 }
}

/// How areas shrink below 22 nm. A memory's fits end there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shrink {
    /// By the published areas of foundry nodes, whose 20, 16 and 14 nm differ little.
    #[default]
    Foundry,
    /// With the square of the node, as the names of the nodes promise: a lower bound.
    Ideal,
}

impl Shrink {
    /// Both, in the order of their names.
    pub const ALL: &'static [Self] = &[Self::Foundry, Self::Ideal];

    /// The name in files.
    pub fn name(self) -> &'static str {
        ["foundry", "ideal"][self as usize]
    }
}

/// A node and a voltage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Technology {
    node_nm: f64,
    vdd: f64,
    shrink: Shrink,
}

impl Technology {
    /// A technology of 7 to 65 nm and 0.5 (above 45 nm 0.6) to 1.3 V.
    ///
    /// # Errors
    /// A node or a voltage outside these.
    pub fn new(node_nm: f64, vdd: f64) -> Result<Self, PartError> {
        let node_nm = PartError::unless("node_nm", node_nm, 7.0..=65.0)?;
        let vdd = PartError::unless("vdd", vdd, least_vdd(node_nm)..=1.3)?;
        Ok(Self { node_nm, vdd, shrink: Shrink::default() })
    }

    /// The same with another rule for areas below 22 nm.
    #[must_use]
    pub fn shrinking(self, shrink: Shrink) -> Self {
        Self { shrink, ..self }
    }

    /// Node (nm).
    pub fn node_nm(&self) -> f64 {
        self.node_nm
    }

    /// Voltage (V).
    pub fn vdd(&self) -> f64 {
        self.vdd
    }

    /// Energy of the same gates, relative to another node and voltage.
    pub fn energy_ratio(&self, node_nm: f64, vdd: f64) -> f64 {
        energy(self.node_nm, self.vdd) / energy(node_nm, vdd)
    }

    /// Area of the same logic, relative to another node.
    pub fn area_ratio(&self, node_nm: f64) -> f64 {
        area(self.node_nm) / area(node_nm)
    }

    /// Area of a memory below 22 nm, relative to 22 nm, for which 20 nm is taken.
    pub(super) fn shrink_from_22(&self) -> f64 {
        match self.shrink {
            Shrink::Foundry => self.area_ratio(self.node_nm.max(20.0)),
            Shrink::Ideal => (self.node_nm / 22.0).powi(2),
        }
    }
}

fn energy(node_nm: f64, vdd: f64) -> f64 {
    let at = |[a, b, c]: [f64; 3]| a * vdd * vdd + b * vdd + c;
    between(&ENERGY.map(|(node, of)| (node, at(of))), node_nm)
}

fn area(node_nm: f64) -> f64 {
    between(&AREA, node_nm)
}

/// A value at a node between those of a table, which descends: linear between the logarithms of both. The ends hold
/// outside it.
pub(super) fn between(table: &[(f64, f64)], node_nm: f64) -> f64 {
    let after = table.partition_point(|(node, _)| *node > node_nm);
    let (Some((above, high)), Some((below, low))) = (table.get(after.wrapping_sub(1)), table.get(after)) else {
        return table[after.min(table.len() - 1)].1;
    };
    let part = (above / node_nm).ln() / (above / below).ln();
    (high.ln() * (1.0 - part) + low.ln() * part).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) -> bool {
        (found / expected - 1.0).abs() < 1e-9
    }

    #[test]
    fn ratios_are_those_of_the_published_tables() {
        // 14 nm at 0.8 V by hand: .2363 x .64 - .09675 x .8 + .02239 = .096222; 20 nm: .373 x .64 - .1582 x .8 + .04104.
        let ratio = Technology::new(14.0, 0.8).unwrap().energy_ratio(20.0, 0.8);
        assert!(near(ratio, 0.096_222 / 0.153_2), "{ratio}");
        assert!(near(Technology::new(7.0, 0.7).unwrap().area_ratio(14.0), 0.039 / 0.12));
        // Half way between two nodes on a logarithmic scale it is the geometric mean.
        let middle = Technology::new((32.0f64 * 20.0).sqrt(), 0.9).unwrap();
        assert!(near(middle.area_ratio(65.0), (0.31f64 * 0.14).sqrt()));
        for (node, of) in AREA {
            assert!(near(Technology::new(node, 1.0).unwrap().area_ratio(65.0), of), "{node}");
        }
    }

    #[test]
    fn less_voltage_never_takes_more_energy() {
        for node in 7..=65 {
            let node = f64::from(node);
            let steps = (0..=70).map(|step| 0.6 + 0.01 * f64::from(step));
            let all: Vec<f64> = steps.map(|vdd| energy(node, vdd)).collect();
            assert!(all.windows(2).all(|pair| 0.0 < pair[0] && pair[0] < pair[1]), "{node} nm");
        }
    }

    #[test]
    fn what_is_allowed_is_said() {
        let problem = |node, vdd| Technology::new(node, vdd).unwrap_err().to_string();
        assert_eq!(problem(130.0, 1.0), "node_nm: found 130, allowed: 7 to 65");
        assert_eq!(problem(28.0, 0.4), "vdd: found 0.4, allowed: 0.5 to 1.3");
        assert_eq!(problem(65.0, 0.5), "vdd: found 0.5, allowed: 0.6 to 1.3");
        assert!(problem(f64::NAN, 1.0).starts_with("node_nm: found NaN"));
    }

    #[test]
    fn a_memory_shrinks_less_at_a_foundry_than_by_the_name_of_its_node() {
        let at = |shrink| Technology::new(14.0, 0.8).unwrap().shrinking(shrink).shrink_from_22();
        assert!(near(at(Shrink::Foundry), 0.12 / 0.14));
        assert!(near(at(Shrink::Ideal), (14.0f64 / 22.0).powi(2)));
    }
}
