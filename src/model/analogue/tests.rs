//! Conversions and noise by hand.

use super::cells::{Cells, Converter, ONE};
use crate::rng::{Normal, mix};

fn cells(converter: Converter, variance_bits: u32) -> Cells {
    Cells {
        slices: 1,
        cell_bits: 2,
        converter,
        row: Vec::new().into(),
        weight: Vec::new(),
        variance: Vec::new(),
        variance_bits,
        normal: Normal::new(),
        seed: 0,
    }
}

const WIDE: Converter = Converter { least: i64::MIN, most: i64::MAX, step: ONE };

#[test]
fn codes_are_the_nearest_and_halves_go_away_from_zero() {
    let quarters = |converter: Converter| move |quarters: i64| converter.convert(quarters * ONE / 4).0;
    let of = quarters(WIDE);
    assert_eq!([-7, -6, -5, -2, -1, 0, 1, 2, 3, 5, 6, 7].map(of), [-2, -2, -1, -1, 0, 0, 0, 1, 1, 1, 2, 2]);
    // Steps of 2.5 units: 1.25 is the first half of one.
    let of = quarters(Converter { step: ONE * 5 / 2, ..WIDE });
    assert_eq!([4, 5, 14, 15, -4, -5, -15, 40].map(of), [0, 1, 1, 2, 0, -1, -2, 4]);
}

#[test]
fn codes_are_clipped_at_both_ends() {
    let four_bits = Converter { least: -8, most: 7, step: ONE };
    let of = |units: i64| four_bits.convert(units * ONE);
    assert_eq!(
        [-100, -9, -8, 7, 8, 100].map(of),
        [(-8, true), (-8, true), (-8, false), (7, false), (7, true), (7, true)]
    );
    // Just below the half above the last code, and on it.
    assert_eq!(four_bits.convert(7 * ONE + ONE / 2 - 1), (7, false));
    assert_eq!(four_bits.convert(7 * ONE + ONE / 2), (7, true));
}

#[test]
fn sums_are_codes_times_the_step() {
    let halves = cells(Converter { step: ONE / 2, ..WIDE }, 20);
    assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|code| halves.sum_of(code)), [-2, -1, -1, 0, 1, 1, 2]);
    let fives = cells(Converter { step: ONE * 5, ..WIDE }, 20);
    assert_eq!([-3, 7, 1 << 40].map(|code| fives.sum_of(code)), [-15, 35, i32::MAX]);
}

#[test]
fn noise_has_the_deviation_that_it_should() {
    // Variance of 6.25 with some numbers of fractional bits: a deviation of 2.5 times the draw.
    for bits in [4, 20, 40] {
        let cells = cells(WIDE, bits);
        for word in (0..200).map(mix) {
            let z = cells.normal.draw_real(word);
            let found = cells.noise((25 << bits) >> 2, word) as f64 / ONE as f64;
            // The root of a variance of few bits has few digits.
            let error = if bits == 4 { 0.01 } else { 1e-4 };
            assert!((found - 2.5 * z).abs() < error * z.abs() + 1e-4, "{bits} bits: {found} of {z}");
        }
    }
    // The largest of all: 48 bits, at the edge of the tail.
    let cells = cells(WIDE, 4);
    let deviation = (((1u64 << 48) - 1) as f64 / 16.0).sqrt();
    let found = cells.noise((1 << 48) - 1, 0) as f64 / ONE as f64;
    assert!((found / deviation - cells.normal.draw_real(0)).abs() < 1e-3);
}
