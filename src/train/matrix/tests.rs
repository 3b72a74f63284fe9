//! Products compared with sums by hand and by definition, and the processor's instructions with the portable code.

use super::lanes::{Arrays, multiply_add};
use super::*;
use crate::rng::mix;

#[test]
fn products_of_views() {
    let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]);
    let mut c = [0.0; 4];
    product(ColumnBlock::new(&mut c, 2), View::new(&a, 2, 3), View::new(&b, 3, 2), false);
    assert_eq!(c, [5.0, 11.0, 14.0, 23.0]);
    product(ColumnBlock::new(&mut c, 2), View::new(&a, 2, 3), View::new(&b, 2, 3).transposed(), true);
    assert_eq!(c, [12.0, 21.0, 30.0, 45.0]);
    let mut d = [0.0; 4];
    let some = View::new(&a, 2, 3).columns(1..3).transposed();
    product(ColumnBlock::new(&mut d, 2), some, View::new(&c, 2, 2), false);
    assert_eq!(d, [174.0, 267.0, 216.0, 333.0]);
}

#[test]
fn tiles_are_the_matrix() {
    let (a, b): (Vec<f32>, Vec<f32>) = ((0..6).map(|i| i as f32).collect(), (0..15).map(|i| i as f32).collect());
    let (mut whole, mut tiled) = ([0.0; 10], [0.0; 10]);
    let (a, b) = (View::new(&a, 2, 3), View::new(&b, 3, 5));
    product(ColumnBlock::new(&mut whole, 2), a, b, false);
    for (tile, start) in ColumnBlock::tiles(&mut tiled, 2, 2).into_iter().zip([0usize, 2, 4]) {
        product(tile, a, b.columns(start..(start + 2).min(5)), false);
    }
    assert_eq!(whole, tiled);
}

#[test]
fn no_terms_are_zero() {
    let mut c = [7.0; 6];
    product(ColumnBlock::new(&mut c, 2), View::new(&[], 2, 0), View::new(&[], 0, 3), true);
    assert_eq!(c, [7.0; 6]);
    product(ColumnBlock::new(&mut c, 2), View::new(&[], 2, 0), View::new(&[], 0, 3), false);
    assert_eq!(c, [0.0; 6]);
}

/// Numbers of very different magnitudes, so that sums round in every term.
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let number = |index: usize| {
        let draw = mix(seed << 32 | index as u64);
        let exponent = 127 - 12 + (draw >> 40) as u32 % 24;
        f32::from_bits((draw as u32 & 0x807f_ffff) | exponent << 23)
    };
    (0..count).map(number).collect()
}

/// The definition: terms in their order, one rounding each, pieces added.
fn by_definition(a: View<'_>, b: View<'_>, start: Option<&[f32]>) -> Vec<f32> {
    let at = |view: &View<'_>, row, column| view.data[row * view.row_stride + column * view.column_stride];
    let (step, mut all) = (piece(a.rows, b.columns, a.columns), Vec::new());
    for row in 0..a.rows {
        for column in 0..b.columns {
            let mut element = start.map(|start| start[row * b.columns + column]);
            for from in (0..a.columns).step_by(step) {
                let terms = from..(from + step).min(a.columns);
                let sum = terms.fold(0f32, |sum, k| at(&a, row, k).mul_add(at(&b, k, column), sum));
                element = Some(element.map_or(sum, |element| element + sum));
            }
            all.push(element.unwrap_or(0.0));
        }
    }
    all
}

#[test]
fn every_element_is_its_definition_with_any_instructions() {
    for (case, [rows, depth, columns]) in
        [[1, 1, 1], [3, 5, 7], [8, 16, 32], [13, 70, 33], [70, 600, 18], [65, 1030, 66], [9, 700, 100]]
            .iter()
            .enumerate()
    {
        let (rows, depth, columns) = (*rows, *depth, *columns);
        let (left, right) = (numbers(rows * depth, case as u64), numbers(depth * columns, 100 + case as u64));
        for layout in 0..4 {
            let a = match layout & 1 {
                0 => View::new(&left, rows, depth),
                _ => View::new(&left, depth, rows).transposed(),
            };
            let b = match layout & 2 {
                0 => View::new(&right, depth, columns),
                _ => View::new(&right, columns, depth).transposed(),
            };
            for add in [false, true] {
                let before = numbers(rows * columns, 200);
                let (mut here, mut anywhere) = (before.clone(), before.clone());
                product(ColumnBlock::new(&mut here, rows), a, b, add);
                let scratch = &mut Vec::new();
                Product { into: ColumnBlock::new(&mut anywhere, rows), a, b, add, scratch }.run(Arrays);
                let expected = by_definition(a, b, add.then_some(&before));
                let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&here), bits(&expected), "{rows} x {depth} x {columns}, layout {layout}, {add}");
                assert_eq!(bits(&anywhere), bits(&expected), "{rows} x {depth} x {columns}, layout {layout}, {add}");
            }
        }
    }
}

#[test]
fn one_rounding_without_an_instruction() {
    let same = |x: f32, y: f32, sum: f32| {
        let (found, expected) = (multiply_add(x, y, sum), x.mul_add(y, sum));
        let alike = found.to_bits() == expected.to_bits() || (found.is_nan() && expected.is_nan());
        assert!(alike, "{x:e} * {y:e} + {sum:e}: {found:e}, once rounded {expected:e}");
    };
    let special = [0.0, 1.0, 1.5, f32::EPSILON, f32::MIN_POSITIVE, 1e-45, 3e-45, f32::MAX, f32::INFINITY, f32::NAN];
    let special: Vec<f32> = special.iter().flat_map(|v| [*v, -*v]).collect();
    for x in &special {
        for y in &special {
            special.iter().for_each(|sum| same(*x, *y, *sum));
        }
    }
    for index in 0..200_000u64 {
        let draw = |name: u64| mix(index << 3 | name) as u32;
        // Arbitrary numbers; and few bits, close together, where halves are frequent.
        same(f32::from_bits(draw(0)), f32::from_bits(draw(1)), f32::from_bits(draw(2)));
        let near = |name| f32::from_bits((draw(name) & 0x8000_ffff) | (120 + (draw(name) >> 16) % 16) << 23);
        same(near(3), near(4), near(5));
        // A product next to half of the sum's last bit, within less than double precision holds.
        let (x, y) = (1.0 + (1 + draw(6) % 64) as f32 * f32::EPSILON, 1.0 - (1 + draw(7) % 64) as f32 * f32::EPSILON);
        let small = f32::from_bits((90 + draw(3) % 12) << 23);
        same(x * small, y * small, 1.0 + (draw(5) % 8) as f32 * f32::EPSILON);
        // Results below the normal range.
        let tiny = f32::from_bits((60 + draw(2) % 8) << 23 | (draw(4) & 0x7f_ffff));
        same(tiny, near(3) * tiny, f32::from_bits(draw(5) & 0x80ff_ffff));
    }
}
