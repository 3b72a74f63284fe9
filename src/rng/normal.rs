//! Normal draws in integers: the quantiles of the standard normal distribution, by tail probability.
//!
//! A draw takes one hashed word. Its lowest bit is the sign, the others are a uniform number u below 1, and the
//! magnitude is the z whose upper tail is u/2. The table has 64 cells for each halving of u, so that tails are as fine
//! as the middle; between two entries it is linear, which is off by less than 2e-5. A draw depends on the word alone.

/// Fractional bits of a draw.
const FRACTION_BITS: u32 = 24;
/// Halvings of u that the table resolves: smaller ones are drawn as the last, near 8 sigma.
const OCTAVES: u32 = 48;
/// Bits of a cell within an octave.
const CELL_BITS: u32 = 6;
const CELLS: usize = 1 << CELL_BITS;
/// Bits of a position within a cell.
const PLACE_BITS: u32 = 16;

/// Draws standard normal numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normal {
    /// Magnitudes at the edges of the cells of each octave.
    edges: Vec<i32>,
}

impl Normal {
    /// Fractional bits of [`Normal::draw`].
    pub const FRACTION_BITS: u32 = FRACTION_BITS;

    /// Makes the table.
    pub fn new() -> Self {
        let (mut edges, mut z) = (vec![0; OCTAVES as usize * (CELLS + 1)], 0.0);
        for octave in 0..OCTAVES {
            // z grows towards smaller tails, and each value is found from the one before.
            for edge in (0..=CELLS).rev() {
                let u = (1.0 + edge as f64 / CELLS as f64) / f64::from(octave + 1).exp2();
                z = quantile(0.5 * u, z);
                edges[octave as usize * (CELLS + 1) + edge] = (z * f64::from(1 << FRACTION_BITS)).round() as i32;
            }
        }
        Self { edges }
    }

    /// A standard normal number, with [`Normal::FRACTION_BITS`], from a hashed word.
    #[inline]
    pub fn draw(&self, word: u64) -> i32 {
        let uniform = word | 1;
        let zeros = uniform.leading_zeros();
        // The bits after the highest one; few are left for a word with many zeros, in tails that are never seen.
        let rest = uniform.checked_shl(zeros + 1).unwrap_or(0);
        let cell = (rest >> (u64::BITS - CELL_BITS)) as usize;
        let place = (rest << CELL_BITS >> (u64::BITS - PLACE_BITS)) as i64;
        let at = zeros.min(OCTAVES - 1) as usize * (CELLS + 1) + cell;
        let (from, to) = (i64::from(self.edges[at]), i64::from(self.edges[at + 1]));
        let z = (from + (((to - from) * place) >> PLACE_BITS)) as i32;
        if word & 1 == 0 { z } else { -z }
    }

    /// The same draw as a real number.
    pub fn draw_real(&self, word: u64) -> f64 {
        f64::from(self.draw(word)) / f64::from(1 << FRACTION_BITS)
    }
}

impl Default for Normal {
    fn default() -> Self {
        Self::new()
    }
}

fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt()
}

/// The upper tail of the standard normal distribution, for z of 0 or more: near the middle by a power series, beyond by
/// the continued fraction of Laplace.
fn tail(z: f64) -> f64 {
    if z > 2.0 {
        return density(z) / (1..=200).rev().fold(z, |below, n| z + f64::from(n) / below);
    }
    let (mut term, mut sum) = (z, z);
    for n in 1..=40 {
        term *= z * z / f64::from(2 * n + 1);
        sum += term;
    }
    0.5 - density(z) * sum
}

/// The z whose upper tail is `q`, by Newton's method from a smaller z: the tail is convex, so no step overshoots.
fn quantile(q: f64, from: f64) -> f64 {
    let mut z = from;
    for _ in 0..60 {
        let step = (tail(z) - q) / density(z);
        z += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::mix;

    #[test]
    fn tails_are_those_of_tables() {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.1, and the usual two-sided quantiles.
        for (z, q) in [(0.0, 0.5), (1.0, 0.158_655_25), (2.0, 0.022_750_13), (3.0, 0.001_349_90)] {
            assert!((tail(z) - q).abs() < 5e-9, "{z}");
        }
        for (q, z) in
            [(0.5, 0.0), (0.05, 1.644_853_6), (0.025, 1.959_964_0), (0.005, 2.575_829_3), (0.0005, 3.290_526_7)]
        {
            assert!((quantile(q, 0.0) - z).abs() < 1e-6, "{q}");
        }
    }

    #[test]
    fn a_word_gives_the_quantile_of_its_number() {
        let normal = Normal::new();
        for (word, u) in
            [(1 << 63, 0.5f64), (3 << 62, 0.75), (1 << 60, 0.0625), (u64::MAX - 1, 1.0), (5 << 40, 5.0 / 16_777_216.0)]
        {
            let z = quantile(0.5 * u, 0.0);
            assert!((normal.draw_real(word) - z).abs() < 2e-5, "{word:x}: {} is not {z}", normal.draw_real(word));
            assert_eq!(normal.draw(word), -normal.draw(word | 1));
        }
        // The ends of the tails.
        assert!((7.5..8.5).contains(&normal.draw_real(0)) && normal.draw(u64::MAX) > -1000);
    }

    #[test]
    fn draws_are_normal() {
        let normal = Normal::new();
        let n = 200_000u32;
        let draws: Vec<f64> = (0..n).map(|i| normal.draw_real(mix(u64::from(i)))).collect();
        let moment = |power: i32| draws.iter().map(|z| z.powi(power)).sum::<f64>() / f64::from(n);
        // Standard errors of the first four moments of n normal draws; each within 3.3 of them (p = 0.001).
        for (power, expected, variance) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = (variance / f64::from(n)).sqrt();
            assert!((moment(power) - expected).abs() < 3.29 * error, "moment {power}: {}", moment(power));
        }
        // Twenty cells of equal probability, by the quantiles of a table: chi-square of 19 degrees, p = 0.001.
        let edges = [0.125_661, 0.253_347, 0.385_320, 0.524_401, 0.674_490, 0.841_621, 1.036_433, 1.281_552, 1.644_854];
        let mut cells = [0u32; 20];
        for z in &draws {
            let cell = edges.iter().filter(|edge| z.abs() > **edge).count();
            cells[if *z < 0.0 { cell } else { 10 + cell }] += 1;
        }
        let expected = f64::from(n) / 20.0;
        let chi: f64 = cells.iter().map(|found| (f64::from(*found) - expected).powi(2) / expected).sum();
        assert!(chi < 43.82, "{chi}: {cells:?}");
    }
}
