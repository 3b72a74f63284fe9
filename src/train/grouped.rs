//! Convolutions whose channels are in groups that do not mix; depth-wise ones most of all. Plain loops.
//!
//! Weights are `[tap][input channel in its group][output channel]`.

use super::geometry::Geometry;
use multiversion::multiversion;

/// Calls `visit(output position, input position, tap)` for all that overlap.
#[inline(always)]
fn for_each_tap(geometry: &Geometry, mut visit: impl FnMut(usize, usize, usize)) {
    for place in 0..geometry.places {
        for run in geometry.runs(place) {
            for (step, position) in (run.from..run.to).enumerate() {
                visit(place, position as usize, run.tap as usize + step);
            }
        }
    }
}

/// Calls `visit(input channel, row, output channels)` for all groups' channels under one tap.
#[inline(always)]
fn for_each_row(geometry: &Geometry, tap: usize, mut visit: impl FnMut(usize, usize, std::ops::Range<usize>)) {
    let (deep, wide) = (geometry.channels / geometry.groups, geometry.width / geometry.groups);
    for channel in 0..geometry.channels {
        let group = channel / deep;
        visit(channel, tap * deep + channel % deep, group * wide..(group + 1) * wide);
    }
}

/// Adds the outputs of one input.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn forward(geometry: &Geometry, weight: &[f32], input: &[f32], output: &mut [f32]) {
    let (channels, width) = (geometry.channels, geometry.width);
    output.fill(0.0);
    for_each_tap(geometry, |place, position, tap| {
        let input = &input[position * channels..][..channels];
        let output = &mut output[place * width..][..width];
        if geometry.is_depthwise() {
            let weights = &weight[tap * width..][..width];
            output.iter_mut().zip(input).zip(weights).for_each(|((o, i), w)| *o += w * i);
            return;
        }
        for_each_row(geometry, tap, |channel, row, outputs| {
            let weights = &weight[row * width..][outputs.clone()];
            output[outputs].iter_mut().zip(weights).for_each(|(o, w)| *o += w * input[channel]);
        });
    });
}

/// Adds to the gradient of one input.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn backward(geometry: &Geometry, weight: &[f32], output: &[f32], input: &mut [f32]) {
    let (channels, width) = (geometry.channels, geometry.width);
    for_each_tap(geometry, |place, position, tap| {
        let input = &mut input[position * channels..][..channels];
        let output = &output[place * width..][..width];
        if geometry.is_depthwise() {
            let weights = &weight[tap * width..][..width];
            input.iter_mut().zip(output).zip(weights).for_each(|((i, o), w)| *i += w * o);
            return;
        }
        for_each_row(geometry, tap, |channel, row, outputs| {
            let weights = &weight[row * width..][outputs.clone()];
            input[channel] += output[outputs].iter().zip(weights).map(|(o, w)| o * w).sum::<f32>();
        });
    });
}

/// Adds one sample's part of the gradient of the weights.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn weight_gradient(geometry: &Geometry, input: &[f32], output: &[f32], gradient: &mut [f32]) {
    let (channels, width) = (geometry.channels, geometry.width);
    for_each_tap(geometry, |place, position, tap| {
        let input = &input[position * channels..][..channels];
        let output = &output[place * width..][..width];
        if geometry.is_depthwise() {
            let gradients = &mut gradient[tap * width..][..width];
            gradients.iter_mut().zip(input).zip(output).for_each(|((g, i), o)| *g += i * o);
            return;
        }
        for_each_row(geometry, tap, |channel, row, outputs| {
            let gradients = &mut gradient[row * width..][outputs.clone()];
            gradients.iter_mut().zip(&output[outputs]).for_each(|(g, o)| *g += input[channel] * o);
        });
    });
}
