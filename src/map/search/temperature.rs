//! Metropolis' rule in integers: a change for the worse is accepted if it is below a draw of mean T.

use crate::rng::Stream;
use rand::Rng;

const FRACTION_BITS: u32 = 16;
const CELLS: usize = 4096;

/// Exponential draws, by table: rounded to integers, so that they are the same on every machine.
#[derive(Clone, Debug)]
pub(super) struct Exponential {
    table: Vec<u32>,
}

impl Exponential {
    pub(super) fn new() -> Self {
        let quantile = |cell: usize| -libm::log((cell as f64 + 0.5) / CELLS as f64);
        let scale = f64::from(1 << FRACTION_BITS);
        Self { table: (0..CELLS).map(|cell| (quantile(cell) * scale).round() as u32).collect() }
    }

    /// No draw of this mean is larger.
    #[inline]
    pub(super) fn most(mean: u64) -> i64 {
        // ln(2 CELLS) is just above 9.
        (mean as i64).saturating_mul(10)
    }

    #[inline]
    pub(super) fn draw(&self, mean: u64, stream: &mut Stream) -> i64 {
        let cell = stream.next_u32() as usize % CELLS;
        ((u128::from(mean) * u128::from(self.table[cell])) >> FRACTION_BITS) as i64
    }
}

/// A temperature that falls evenly on a logarithmic scale from the first to the last.
pub(super) fn cooling(first: u64, last: u64, stages: usize) -> Vec<u64> {
    let (high, low) = (libm::log(first.max(1) as f64), libm::log(last.max(1) as f64));
    let share = |stage: usize| stage as f64 / (stages.max(2) - 1) as f64;
    (0..stages).map(|stage| libm::exp(high + (low - high) * share(stage)).round() as u64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    #[test]
    fn draws_have_their_mean_and_tail() {
        let (table, mut stream) = (Exponential::new(), stream(1, Domain::Placement, 0));
        let draws: Vec<i64> = (0..100_000).map(|_| table.draw(1000, &mut stream)).collect();
        let mean = draws.iter().sum::<i64>() / draws.len() as i64;
        assert!((985..1015).contains(&mean), "{mean}");
        // The share e^-3 of all draws is above three times the mean.
        let above = draws.iter().filter(|draw| **draw > 3000).count();
        assert!((4700..5260).contains(&above), "{above}");
    }

    #[test]
    fn temperatures_fall_from_the_first_to_the_last() {
        assert_eq!(cooling(1000, 10, 3), [1000, 100, 10]);
        assert_eq!(cooling(8, 1, 4), [8, 4, 2, 1]);
    }
}
