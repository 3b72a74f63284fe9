//! A Fourier transform in integers: radix 2, decimation in time, in place.

use std::f64::consts::PI;

/// Fraction bits of a twiddle factor.
const TWIDDLE: u32 = 28;

/// A transform of a number of points, which is a power of two.
#[derive(Clone, Debug)]
pub(super) struct Fft {
    points: usize,
    /// Cosine and sine of -2 pi k / points, for half a turn.
    twiddles: Vec<[i64; 2]>,
}

impl Fft {
    pub(super) fn new(points: usize) -> Self {
        let one = f64::from(1u32 << TWIDDLE);
        let twiddle = |k: usize| {
            let angle = -2.0 * PI * k as f64 / points as f64;
            // The same library on every machine, and far from a half: the same integers.
            [libm::round(libm::cos(angle) * one) as i64, libm::round(libm::sin(angle) * one) as i64]
        };
        Self { points, twiddles: (0..points / 2).map(twiddle).collect() }
    }

    /// Multiplications of a transform.
    pub(super) fn multiplications(&self) -> u64 {
        4 * (self.points as u64 / 2) * u64::from(self.points.ilog2())
    }

    /// Transforms values of at most 21 bits: sums of 2^14 of them have 35, and with a twiddle as many as 63.
    pub(super) fn transform(&self, values: &mut [[i64; 2]]) {
        debug_assert_eq!(values.len(), self.points);
        let bits = self.points.ilog2();
        for at in 0..self.points {
            let other = if bits == 0 { 0 } else { at.reverse_bits() >> (usize::BITS - bits) };
            if at < other {
                values.swap(at, other);
            }
        }
        let mut half = 1;
        while half < self.points {
            let stride = self.points / (2 * half);
            for block in values.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                for (k, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    let [c, s] = self.twiddles[k * stride];
                    let [re, im] = *high;
                    let turned = [rounded(re * c - im * s), rounded(re * s + im * c)];
                    *high = [low[0] - turned[0], low[1] - turned[1]];
                    *low = [low[0] + turned[0], low[1] + turned[1]];
                }
            }
            half *= 2;
        }
    }
}

/// A product without the fraction bits of its twiddle, rounded half up.
fn rounded(product: i64) -> i64 {
    (product + (1 << (TWIDDLE - 1))) >> TWIDDLE
}
