//! Images as a moving event camera would see them: a conversion of this project, into spike trains.
//!
//! The camera makes three straight moves of 100 ms along a triangle, as the one that recorded N-MNIST did (G. Orchard
//! et al., Front. Neurosci. 9:437, 2015, doi:10.3389/fnins.2015.00437); the rest is this project's choice. The triangle
//! is an eighth of the longer side wide and high, the image is read between pixels by bilinear interpolation with
//! darkness around it, and every 5 ms each pixel fires an event for each eighth of the full scale that it has become
//! brighter (ON) or darker (OFF) since the last one. Contrast is linear, not logarithmic, and there is no noise: a
//! sample is a function of its image alone, in integers. The image itself is the sample's target.

use super::events::{Binned, Event, Windows};
use super::targets::GivenTargets;
use super::{Binning, Dataset, Split};
use crate::net::architecture::Shape;
use crate::net::input::SpikeTrains;
use crate::rng::mix;
use crate::threads;

/// Number of this conversion: it grows when the same images give other events.
const REVISION: u64 = 1;
/// Moves, and looks at the image in each.
const MOVES: i32 = 3;
const LOOKS: i32 = 20;
/// Time between two looks (us).
const LOOK_US: u64 = 5_000;
/// Subdivisions of a pixel for the camera position.
const PARTS: i32 = 256;
/// Distinct levels of brightness.
const LEVELS: i32 = 8;
/// Time of a whole recording (us).
pub const DURATION_US: u64 = LOOK_US * (MOVES * LOOKS) as u64;

/// First part of the source of a converted data set.
pub(super) const SOURCE: &str = "converted to events by our own saccades (three moves of 100 ms along a triangle after Orchard et al. 2015, \
     doi:10.3389/fnins.2015.00437; linear contrast, no noise), not recorded; images: ";

/// Camera position (rows, columns; parts of a pixel) after `look` looks, for images whose longer side is `side`.
fn place(look: i32, side: i32) -> [i32; 2] {
    let reach = (side * PARTS / 16).max(PARTS / 2);
    // Rows and columns of the corners; the last is the first.
    let corners = [[1, -1], [-1, 0], [1, 1], [1, -1]];
    let (leg, on) = ((look / LOOKS) as usize, look % LOOKS);
    let next = corners[(leg + 1).min(MOVES as usize)];
    [0, 1].map(|axis| {
        let (from, to) = (corners[leg][axis], next[axis]);
        (reach * (from * (LOOKS - on) + to * on)).div_euclid(LOOKS)
    })
}

/// Events of an image of one channel, in the order of their times; `full_scale` is the value of white.
pub fn saccades(image: &[u8], height: usize, width: usize, full_scale: u32) -> Vec<Event> {
    let side = height.max(width) as i32;
    // Range of the camera, and one more pixel for the interpolation.
    let margin = (side / 16).max(1) as usize + 2;
    let stride = width + 2 * margin;
    let mut dark = vec![0i32; (height + 2 * margin) * stride];
    for (row, pixels) in image.chunks(width).enumerate() {
        let from = (row + margin) * stride + margin;
        dark[from..from + width].iter_mut().zip(pixels).for_each(|(to, pixel)| *to = i32::from(*pixel));
    }
    let camera = Camera { dark, stride, margin, height, width };
    let mut level = vec![0i32; height * width];
    camera.look(place(0, side), &mut level);
    let (mut now, mut events) = (level.clone(), Vec::new());
    let threshold = full_scale as i32 * (PARTS * PARTS / LEVELS);
    for look in 1..=MOVES * LOOKS {
        camera.look(place(look, side), &mut now);
        let t_us = LOOK_US * (look as u64 - 1) + LOOK_US / 2;
        for (y, (level, now)) in level.chunks_mut(width).zip(now.chunks(width)).enumerate() {
            // Most rows have no event at most times, which their largest change shows.
            if level.iter().zip(now).fold(0, |most, (level, now)| most.max((now - level).abs())) < threshold {
                continue;
            }
            for (x, (level, now)) in level.iter_mut().zip(now).enumerate() {
                while (*now - *level).abs() >= threshold {
                    let on = *now > *level;
                    *level += if on { threshold } else { -threshold };
                    events.push(Event { t_us, x: x as u16, y: y as u16, on });
                }
            }
        }
    }
    events
}

/// An image with a dark margin.
struct Camera {
    dark: Vec<i32>,
    stride: usize,
    margin: usize,
    height: usize,
    width: usize,
}

impl Camera {
    /// Brightness at every pixel, in 1/65,536 of a value, for a camera position.
    fn look(&self, [down, right]: [i32; 2], to: &mut [i32]) {
        let (row, column) = (down.div_euclid(PARTS), right.div_euclid(PARTS));
        let (below, beside) = (down.rem_euclid(PARTS), right.rem_euclid(PARTS));
        let weights =
            [(PARTS - below) * (PARTS - beside), (PARTS - below) * beside, below * (PARTS - beside), below * beside];
        let first = (self.margin as i32 + row) as usize * self.stride + (self.margin as i32 + column) as usize;
        for (y, to) in to.chunks_mut(self.width).enumerate().take(self.height) {
            let upper = &self.dark[first + y * self.stride..][..self.width + 1];
            let lower = &self.dark[first + (y + 1) * self.stride..][..self.width + 1];
            let pixels = upper.iter().zip(&upper[1..]).zip(lower.iter().zip(&lower[1..]));
            for (to, ((a, b), (c, d))) in to.iter_mut().zip(pixels) {
                *to = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
            }
        }
    }
}

/// A data set of images of one channel as spike trains.
pub(super) fn convert(images: &Dataset, name: &str, reading: Binning) -> Dataset {
    let shape = Shape { channels: 2, ..images.shape };
    let mut binned = Binned::default();
    let parts = [&images.train, &images.validation, &images.test].map(|part| {
        let (split, of_part) = convert_part(part, images, shape, reading);
        binned.merge(of_part);
        split
    });
    let source = format!("{SOURCE}{}", images.source);
    let Binning { steps, bin_us, .. } = reading;
    // The result depends only on the images and on how they are cut, not on which of their parts were loaded.
    let how = [REVISION, steps.into(), bin_us.map_or(0, |bin| bin.saturating_add(1))];
    let digest = how.into_iter().fold(images.digest, |digest, word| mix(digest ^ word));
    Dataset::of_trains(name, shape, images.classes, steps, parts, source).with_digest(digest).noting(binned)
}

fn convert_part(part: &Split, images: &Dataset, shape: Shape, reading: Binning) -> (Split, Binned) {
    let sample_len = SpikeTrains::bytes(shape.neurons() as usize, reading.steps as usize);
    let mut pixels = vec![0u8; sample_len * part.len()];
    let (height, width) = (shape.height as usize, shape.width as usize);
    let windows = match reading.bin_us {
        None => Windows { start_us: 0, span_us: DURATION_US, steps: reading.steps },
        bin => Windows { start_us: 0, ..Windows::of(&[], reading.steps, bin) },
    };
    let one = |(index, bits): (usize, &mut [u8])| {
        let events = saccades(part.sample(index).0, height, width, images.full_scale);
        Binned::fill(&events, shape, windows, bits)
    };
    let mut binned = Binned::default();
    threads::map(pixels.chunks_mut(sample_len).enumerate().collect(), one).into_iter().for_each(|b| binned.merge(b));
    // Networks that learn given targets give the image back.
    let targets = u8::try_from(images.full_scale).ok();
    let targets = targets.and_then(|full| GivenTargets::of_bytes(part.pixels.clone(), part.sample_len, full));
    (Split { pixels, labels: part.labels.clone(), sample_len, sequences: None, targets }, binned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Brightness that the camera sees, from the definition of bilinear interpolation; all numbers are multiples of
    /// 1/65,536, which reals hold exactly.
    fn brightness(image: &[u8], [height, width]: [usize; 2], row: f64, column: f64) -> f64 {
        let value = |row: f64, column: f64| {
            let inside = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
            if inside { f64::from(image[row as usize * width + column as usize]) } else { 0.0 }
        };
        let (top, left) = (row.floor(), column.floor());
        let (v, h) = (row - top, column - left);
        (1.0 - v) * ((1.0 - h) * value(top, left) + h * value(top, left + 1.0))
            + v * ((1.0 - h) * value(top + 1.0, left) + h * value(top + 1.0, left + 1.0))
    }

    /// Camera position after `ms` along the triangle, in whole 256ths of a pixel.
    fn camera(ms: u64, side: f64) -> [f64; 2] {
        let half = ((side * 16.0).floor()).max(128.0);
        let corners = [(half, -half), (-half, 0.0), (half, half), (half, -half)];
        let (leg, looks) = ((ms / 100).min(2) as usize, ((ms - (ms / 100).min(2) * 100) / 5) as f64);
        let between = |from: f64, to: f64| ((from * (20.0 - looks) + to * looks) / 20.0).floor() / 256.0;
        [between(corners[leg].0, corners[leg + 1].0), between(corners[leg].1, corners[leg + 1].1)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        /// The events equal those of each pixel alone, sampled every 5 ms, in real numbers.
        #[test]
        fn events_are_those_of_the_definition(
            height in 1usize..40, width in 1usize..40, full in 1u32..=255, seed in any::<u64>()
        ) {
            let value = |i: usize| (crate::rng::mix(seed ^ i as u64) % (u64::from(full) + 1)) as u8;
            let image: Vec<u8> = (0..height * width).map(value).collect();
            let found = saccades(&image, height, width, full);
            let mut wanted = Vec::new();
            for pixel in 0..height * width {
                let (y, x) = (pixel / width, pixel % width);
                let seen = |ms| {
                    let [down, right] = camera(ms, height.max(width) as f64);
                    brightness(&image, [height, width], y as f64 + down, x as f64 + right)
                };
                let mut level = seen(0);
                for look in 0..60 {
                    let now = seen(5 * (look + 1));
                    let steps = ((now - level) / (f64::from(full) / 8.0)).trunc();
                    level += steps * f64::from(full) / 8.0;
                    let event = Event { t_us: 5_000 * look + 2_500, x: x as u16, y: y as u16, on: steps > 0.0 };
                    wanted.extend(std::iter::repeat_n(event, steps.abs() as usize));
                }
            }
            wanted.sort_by_key(|event| (event.t_us, event.y, event.x));
            prop_assert!(found == wanted, "{} events, {} by the definition", found.len(), wanted.len());
        }
    }

    /// A bright square fires at its edges: ON in front of it, OFF behind it, and nothing in uniform areas.
    #[test]
    fn an_edge_is_seen_and_a_plain_is_not() {
        assert!(saccades(&[0; 28 * 28], 28, 28, 255).is_empty());
        let square = |i: usize| if (8..20).contains(&(i / 28)) && (8..20).contains(&(i % 28)) { 255 } else { 0 };
        let image: Vec<u8> = (0..28 * 28).map(square).collect();
        let events = saccades(&image, 28, 28, 255);
        assert!(events.iter().all(|e| !((11..17).contains(&e.x) && (11..17).contains(&e.y))));
        let (on, off) = (events.iter().filter(|e| e.on).count(), events.iter().filter(|e| !e.on).count());
        // The camera returns to its start, and so does the brightness of every pixel, within one level.
        assert!(on > 100 && on.abs_diff(off) <= 28 * 28 / 4, "{on} ON, {off} OFF");
        assert!(events.is_sorted_by_key(|event| event.t_us) && events.iter().all(|e| e.t_us < DURATION_US));
    }
}
