//! Static memories, as power laws.
//!
//! The laws are ours, fitted through 14 runs of each node of CACTI 7 (plain memories with one port and no error correction,
//! at 330 K, of low-operating-power cells): 4 to 512 KB in words of 32 to 256 bits, at 45, 32 and 22 nm. With x = size over
//! 32 KB and y = width over 64 bits:
//!
//! | node, voltage | read (pJ) | write (pJ) | access (ns) | area (mm2) |
//! |---|---|---|---|---|
//! | 45 nm, 0.7 V | 7.49 x^.518 y^.483 | 6.09 x^.448 y^.813 | .957 x^.311 | .1085 x^1.02 |
//! | 32 nm, 0.6 V | 3.57 x^.503 y^.537 | 2.83 x^.452 y^.818 | .651 x^.313 | .0609 x |
//! | 22 nm, 0.6 V | 2.35 x^.514 y^.557 | 1.87 x^.466 y^.840 | .527 x^.328 | .0286 x |
//! | error, most (root mean square) | 18 % (10) | 14 % (6) | 11 % (4) | 20 % (8) |
//!
//! Between these nodes all figures are interpolated on logarithmic scales, and energies go with the square of the voltage
//! from that of the law. Below 22 nm and above 45 nm energies go with the ratio of the polynomials of [`Technology`], the
//! law of 22 nm being taken for their 20 nm; areas go with the rule of the technology ([`Shrink`](super::Shrink)). Times
//! are those at the voltage of the law, and of 22 and 45 nm beyond them: a lower voltage is slower, and no figure for it is
//! known here.

use super::technology::between;
use super::{PartError, Technology, outside};

/// A law a x^b y^c.
type Law = [f64; 3];

/// The laws of a node.
struct Laws {
    node_nm: f64,
    vdd: f64,
    read_pj: Law,
    write_pj: Law,
    access_ns: Law,
    area_mm2: Law,
}

/// By descending node.
const LAWS: [Laws; 3] = [
    Laws {
        node_nm: 45.0,
        vdd: 0.7,
        read_pj: [7.49, 0.518, 0.483],
        write_pj: [6.09, 0.448, 0.813],
        access_ns: [0.957, 0.311, 0.0],
        area_mm2: [0.1085, 1.02, 0.0],
    },
    Laws {
        node_nm: 32.0,
        vdd: 0.6,
        read_pj: [3.57, 0.503, 0.537],
        write_pj: [2.83, 0.452, 0.818],
        access_ns: [0.651, 0.313, 0.0],
        area_mm2: [0.0609, 1.0, 0.0],
    },
    Laws {
        node_nm: 22.0,
        vdd: 0.6,
        read_pj: [2.35, 0.514, 0.557],
        write_pj: [1.87, 0.466, 0.840],
        access_ns: [0.527, 0.328, 0.0],
        area_mm2: [0.0286, 1.0, 0.0],
    },
];

/// The node at which the polynomials take over from the law of 22 nm.
const NODE_OF_22: f64 = 20.0;

/// Exponent of the leakage by size, at all three nodes.
const LEAKAGE: f64 = 0.95;

/// Bits of a kilobyte.
const KB: f64 = 8192.0;

/// A memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sram {
    bits: u64,
    width: u32,
    technology: Technology,
}

impl Sram {
    /// A memory of 32 to 2^40 bits in words of 1 to 4,096 bits. Beyond the sizes of the fits its figures are extrapolated.
    ///
    /// # Errors
    /// A size or a width outside these.
    pub fn new(bits: u64, width: u32, technology: Technology) -> Result<Self, PartError> {
        let bits = PartError::unless("bits of a memory", bits, 1 << 5..=1 << 40)?;
        let width = PartError::unless("width of a memory", width, 1..=4096)?;
        Ok(Self { bits, width, technology })
    }

    /// Size (bits).
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// Bits of a word.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Energy of reading a word (pJ).
    pub fn read_pj(&self) -> f64 {
        self.energy_pj(|laws| laws.read_pj)
    }

    /// Energy of writing a word (pJ).
    pub fn write_pj(&self) -> f64 {
        self.energy_pj(|laws| laws.write_pj)
    }

    /// Time of an access (ns).
    pub fn access_ns(&self) -> f64 {
        self.at_node(|laws| self.of(laws.access_ns))
    }

    /// Area (mm2).
    pub fn area_mm2(&self) -> f64 {
        let (own, node) = (self.at_node(|laws| self.of(laws.area_mm2)), self.technology.node_nm());
        match node {
            node if node < 22.0 => own * self.technology.shrink_from_22(),
            node if node > 45.0 => own * self.technology.area_ratio(45.0),
            _ => own,
        }
    }

    /// Leakage relative to that of the same memory with another number of bits. What a memory leaks is not predicted.
    pub fn leakage_ratio(&self, bits: u64) -> f64 {
        (self.bits as f64 / bits as f64).powf(LEAKAGE)
    }

    /// In which ways its figures are extrapolated.
    pub fn beyond(&self) -> Vec<String> {
        let size = outside("a memory", self.bits as f64 / KB, 4.0..=512.0, " KB");
        let width = outside("a word", self.width, 32..=256, " bits");
        let node = self.technology.node_nm();
        let node = outside("a memory", node, 22.0..=45.0, " nm");
        [size, width, node].into_iter().flatten().collect()
    }

    /// A law at the size of this memory.
    fn of(&self, [factor, by_size, by_width]: Law) -> f64 {
        let (x, y) = (self.bits as f64 / KB / 32.0, f64::from(self.width) / 64.0);
        factor * x.powf(by_size) * y.powf(by_width)
    }

    /// A figure at the node, from those of the laws.
    fn at_node(&self, figure: impl Fn(&Laws) -> f64) -> f64 {
        between(&LAWS.map(|laws| (laws.node_nm, figure(&laws))), self.technology.node_nm())
    }

    fn energy_pj(&self, law: fn(&Laws) -> Law) -> f64 {
        let (node, vdd) = (self.technology.node_nm(), self.technology.vdd());
        // At 1 V, from the voltage of the law.
        let own = |laws: &Laws| self.of(law(laws)) / (laws.vdd * laws.vdd);
        let [first, .., last] = &LAWS;
        if node < last.node_nm {
            // The law of 22 nm stands at 20 nm of the polynomials.
            let below = Technology::energy_ratio(&self.technology, NODE_OF_22, last.vdd);
            let above = (vdd / last.vdd).powi(2);
            return self.of(law(last)) * if node > NODE_OF_22 { above } else { below };
        }
        if node > first.node_nm {
            return self.of(law(first)) * self.technology.energy_ratio(first.node_nm, first.vdd);
        }
        self.at_node(own) * vdd * vdd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::parts::Shrink;

    fn sram(bits: u64, width: u32, node_nm: f64, vdd: f64) -> Sram {
        Sram::new(bits, width, Technology::new(node_nm, vdd).unwrap()).unwrap()
    }

    fn within(found: f64, expected: f64, part: f64) {
        assert!((found / expected - 1.0).abs() <= part, "{found} is not {expected}");
    }

    #[test]
    fn at_its_nodes_and_voltages_a_memory_has_the_figures_of_the_laws() {
        let rows = [(45.0, 0.7, [7.49, 6.09, 0.957, 0.1085]), (32.0, 0.6, [3.57, 2.83, 0.651, 0.0609])];
        for (node, vdd, expected) in rows.into_iter().chain([(22.0, 0.6, [2.35, 1.87, 0.527, 0.0286])]) {
            let one = sram(32 * 8192, 64, node, vdd);
            let found = [one.read_pj(), one.write_pj(), one.access_ns(), one.area_mm2()];
            found.iter().zip(expected).for_each(|(found, expected)| within(*found, expected, 1e-12));
        }
        // Four times the bits and twice the width.
        let large = sram(128 * 8192, 128, 32.0, 0.6);
        within(large.read_pj(), 3.57 * 4f64.powf(0.503) * 2f64.powf(0.537), 1e-12);
        within(large.access_ns(), 0.651 * 4f64.powf(0.313), 1e-12);
        // Twice the voltage takes four times the energy, and the same time and area.
        let fast = sram(32 * 8192, 64, 32.0, 1.2);
        within(fast.write_pj(), 4.0 * 2.83, 1e-12);
        within(fast.access_ns(), 0.651, 1e-12);
    }

    #[test]
    fn odin_has_the_memories_of_its_chip() {
        let (state, weights) = (sram(32_768, 128, 28.0, 0.55), sram(32 * 8192, 32, 28.0, 0.55));
        // 4.5 pJ of memory for a synaptic operation, 5.7 pJ with a write of the weight.
        let operation = state.read_pj() + state.write_pj() + weights.read_pj();
        within(operation, 4.5, 0.01);
        within(operation + weights.write_pj(), 5.7, 0.01);
        // Our reference has 0.0457 mm2 from a line through three nodes; between two it is 2 % more. Published: 0.0446 mm2.
        within(weights.area_mm2(), 0.0457, 0.02);
        within(weights.area_mm2(), 0.0446, 0.30);
    }

    #[test]
    fn a_row_of_truenorth_takes_half_of_what_is_published() {
        let row = sram(256 * 410, 410, 28.0, 0.775);
        // The reference rounds its 12.8 KB up.
        within(row.read_pj(), 9.0, 0.02);
        assert!(row.read_pj() / 19.3 < 0.7, "this closure fails, so there is no TrueNorth from the bottom up");
        assert_eq!(row.beyond(), ["a word of 410 bits, outside the 32 to 256 bits of its fit"]);
    }

    #[test]
    fn a_word_of_loihi_takes_little_of_a_synapse() {
        let word = sram(1 << 20, 64, 14.0, 0.75);
        within(word.read_pj(), 4.9, 0.01);
        let doubled = sram(1 << 21, 64, 14.0, 0.75);
        // Of 7 to 8 weights in a word: 0.3 pJ of a synapse's 35.5.
        within((doubled.read_pj() - word.read_pj()) / 7.5, 0.3, 0.10);
        let area = |bits, shrink| {
            let technology = Technology::new(14.0, 0.75).unwrap().shrinking(shrink);
            Sram::new(bits, 64, technology).unwrap().area_mm2()
        };
        within(area(1 << 21, Shrink::Ideal) - area(1 << 20, Shrink::Ideal), 0.046, 0.01);
        within(area(1 << 20, Shrink::Foundry), 4.0 * 0.0286 * 0.12 / 0.14, 1e-12);
    }

    #[test]
    fn leakage_is_only_scaled() {
        within(sram(1 << 21, 64, 14.0, 0.75).leakage_ratio(1 << 20), 2f64.powf(0.95), 1e-12);
    }

    #[test]
    fn larger_memories_take_more_and_energies_do_not_jump_at_a_node() {
        for node in [65.0, 50.0, 45.0, 40.0, 32.0, 28.0, 22.0, 16.0, 7.0] {
            let all: Vec<Sram> = (11..=26).map(|size| sram(1 << size, 32, node, 0.8)).collect();
            for pair in all.windows(2) {
                assert!(pair[0].read_pj() < pair[1].read_pj() && pair[0].write_pj() < pair[1].write_pj());
                assert!(pair[0].access_ns() < pair[1].access_ns() && pair[0].area_mm2() < pair[1].area_mm2());
            }
        }
        for (node, vdd) in [(45.0, 0.7), (32.0, 0.9), (22.0, 0.6)] {
            let (above, below) = (sram(1 << 20, 64, node * 1.000_001, vdd), sram(1 << 20, 64, node / 1.000_001, vdd));
            within(above.read_pj(), below.read_pj(), 1e-4);
        }
    }

    #[test]
    fn what_is_allowed_is_said() {
        let technology = Technology::new(28.0, 0.9).unwrap();
        let problem = |bits, width| Sram::new(bits, width, technology).unwrap_err().to_string();
        assert_eq!(problem(1 << 41, 64), "bits of a memory: found 2199023255552, allowed: 32 to 1099511627776");
        assert_eq!(problem(1 << 20, 8192), "width of a memory: found 8192, allowed: 1 to 4096");
        assert_eq!(sram(1 << 23, 16, 14.0, 0.8).beyond().len(), 3);
        assert!(sram(1 << 20, 64, 28.0, 0.8).beyond().is_empty());
    }
}
