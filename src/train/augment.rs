//! Augmentation of training samples: shifts, mirror images and noise.
//!
//! A variation is drawn from (seed, epoch, sample) alone: it depends neither on the order of samples nor on the number
//! of threads, and a resumed training draws the same variations.

use crate::net::architecture::{Augment, Shape};
use crate::rng::{Domain, Normal, key, mix};
use std::borrow::Cow;

/// Shift and mirroring of one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Move {
    /// Rows down and columns to the right.
    by: [i64; 2],
    /// Mirrored left to right, before it is shifted.
    flip: bool,
}

/// Draws the variation of a sample in an epoch.
fn draw(augment: Augment, seed: u64, epoch: u32, sample: u32) -> Move {
    let key = key(seed, Domain::Augment, u64::from(epoch) << 32 | u64::from(sample));
    let width = 2 * u64::from(augment.shift) + 1;
    // 32 bits scaled to the width: uniform to parts in 2^32.
    let by = [0, 1].map(|axis| (((mix(key ^ axis) >> 32) * width) >> 32) as i64 - i64::from(augment.shift));
    Move { by, flip: augment.flip && mix(key ^ 2) >> 63 == 1 }
}

/// Adds noise to the values of training samples.
pub(super) struct InputNoise {
    normal: Normal,
}

impl InputNoise {
    pub(super) fn new() -> Self {
        Self { normal: Normal::new() }
    }

    /// The values of a sample, all frames of it, with noise of an epoch; none leaves 0 to `full_scale`.
    pub(super) fn add<'s>(
        &self,
        augment: Augment,
        full_scale: u32,
        [seed, epoch, sample]: [u64; 3],
        values: &'s [u8],
    ) -> Cow<'s, [u8]> {
        if augment.noise == 0.0 {
            return Cow::Borrowed(values);
        }
        let key = key(seed, Domain::InputNoise, epoch << 32 | sample);
        let (deviation, most) = (augment.noise * f64::from(full_scale), f64::from(full_scale));
        let noisy = |(at, value): (usize, &u8)| {
            let noise = deviation * self.normal.draw_real(mix(key ^ at as u64));
            (f64::from(*value) + noise).round().clamp(0.0, most) as u8
        };
        values.iter().enumerate().map(noisy).collect()
    }
}

/// Appends a varied sample, channels x rows x columns, or one step of it, with `scale` applied to every value.
pub(super) fn extend<T: Copy + Default>(
    augment: Augment,
    shape: Shape,
    [seed, epoch, sample]: [u64; 3],
    pixels: &[u8],
    scale: impl Fn(u8) -> T,
    to: &mut Vec<T>,
) {
    if augment.shift == 0 && !augment.flip {
        return to.extend(pixels.iter().map(|pixel| scale(*pixel)));
    }
    let Move { by, flip } = draw(augment, seed, epoch as u32, sample as u32);
    let (height, width) = (i64::from(shape.height), i64::from(shape.width));
    for plane in pixels.chunks((height * width) as usize) {
        for row in 0..height {
            let from = row - by[0];
            let source = (0..height).contains(&from).then(|| &plane[(from * width) as usize..][..width as usize]);
            to.extend((0..width).map(|column| {
                let from = column - by[1];
                let from = if flip { width - 1 - from } else { from };
                source.filter(|_| (0..width).contains(&from)).map_or(T::default(), |row| scale(row[from as usize]))
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    const SHAPE: Shape = Shape { channels: 2, height: 3, width: 4 };

    fn varied(augment: Augment, name: [u64; 3]) -> Vec<f32> {
        let pixels: Vec<u8> = (1..=24).collect();
        let mut to = Vec::new();
        extend(augment, SHAPE, name, &pixels, f32::from, &mut to);
        to
    }

    #[test]
    fn nothing_asked_changes_nothing() {
        assert_eq!(varied(Augment::default(), [1, 2, 3]), (1..=24).map(|v| v as f32).collect::<Vec<_>>());
    }

    #[test]
    fn values_stand_where_the_definition_puts_them() {
        let augment = Augment { shift: 2, flip: true, noise: 0.0 };
        let value = |c: i64, y: i64, x: i64| match (0..3).contains(&y) && (0..4).contains(&x) {
            true => (1 + c * 12 + y * 4 + x) as f32,
            false => 0.0,
        };
        let mut seen = BTreeMap::new();
        for sample in 0..400 {
            let Move { by, flip } = draw(augment, 7, 3, sample);
            let places = (0..2).flat_map(|c| (0..3).flat_map(move |y| (0..4).map(move |x| (c, y, x))));
            let expected: Vec<f32> = places
                .map(|(c, y, x)| {
                    let column = x - by[1];
                    value(c, y - by[0], if flip { 3 - column } else { column })
                })
                .collect();
            assert_eq!(varied(augment, [7, 3, u64::from(sample)]), expected, "{by:?} {flip}");
            *seen.entry((by, flip)).or_insert(0) += 1;
        }
        // All 5 x 5 x 2 moves occur, none much more often than one in fifty.
        assert_eq!(seen.len(), 50);
        assert!(seen.values().all(|count| *count < 24), "{seen:?}");
    }

    #[test]
    fn a_move_depends_on_seed_epoch_and_sample_alone() {
        let augment = Augment { shift: 8, flip: true, noise: 0.0 };
        let all = |seed, epoch| (0..20).map(|sample| draw(augment, seed, epoch, sample)).collect::<Vec<_>>();
        assert_eq!(all(1, 1), all(1, 1));
        assert_ne!(all(1, 1), all(2, 1));
        assert_ne!(all(1, 1), all(1, 2));
        let shift_alone = Augment { flip: false, ..augment };
        assert!((0..50).all(|sample| !draw(shift_alone, 1, 1, sample).flip));
    }

    #[test]
    fn noise_has_its_deviation_and_stays_within_the_scale() {
        let noise = InputNoise::new();
        let augment = Augment { noise: 0.1, ..Augment::default() };
        let values = vec![128u8; 10_000];
        let noisy = noise.add(augment, 255, [1, 2, 3], &values);
        let errors: Vec<f64> = noisy.iter().map(|value| f64::from(*value) - 128.0).collect();
        let mean = errors.iter().sum::<f64>() / 1e4;
        let deviation = (errors.iter().map(|error| error * error).sum::<f64>() / 1e4).sqrt();
        assert!(mean.abs() < 1.0 && (deviation - 25.5).abs() < 1.0, "{mean} {deviation}");
        assert_eq!(noise.add(augment, 255, [1, 2, 3], &values), noisy);
        assert_ne!(noise.add(augment, 255, [1, 2, 4], &values), noisy);
        assert_ne!(noise.add(augment, 255, [1, 3, 3], &values), noisy);
        let low = noise.add(augment, 16, [1, 2, 3], &[0, 16, 0, 16, 0, 16, 0, 16]).into_owned();
        assert!(low.iter().all(|value| *value <= 16) && low != [0, 16, 0, 16, 0, 16, 0, 16]);
        assert!(matches!(noise.add(Augment::default(), 255, [1, 2, 3], &values), Cow::Borrowed(_)));
    }
}
