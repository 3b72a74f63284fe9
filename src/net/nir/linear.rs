//! Linear nodes as matrices from inputs to outputs, directly from their definitions.

use super::graph::{Array, NirNode};
use super::matrix::{MAX_ENTRIES, Matrix};
use super::shapes::{Shapes, count, padding, per_axis};

/// Effect of a linear node.
pub(super) struct Linear {
    /// `None` if values pass unchanged.
    pub(super) matrix: Option<Matrix>,
    /// Constant added to each output.
    pub(super) bias: Option<Vec<f64>>,
}

/// A node as a matrix; `dt` (s) turns delays into steps.
pub(super) fn linear(node: &NirNode, shapes: &Shapes, dt: f64) -> Result<Linear, String> {
    let outputs = count(&shapes.output);
    let only = |matrix: Matrix| Linear { matrix: Some(matrix), bias: None };
    Ok(match node.kind.name {
        "Affine" | "Linear" => Linear { matrix: Some(dense(node)?), bias: bias(node, outputs, 1) },
        "Scale" => only(Matrix::diagonal(each(node, "scale", &shapes.output)?.into_iter().map(|value| (value, 0)))),
        "Delay" => {
            let steps: Result<Vec<u32>, String> =
                each(node, "delay", &shapes.output)?.into_iter().map(|delay| delay_steps(delay, dt)).collect();
            only(Matrix::diagonal(steps?.into_iter().map(|steps| (1.0, steps))))
        }
        "Conv1d" | "Conv2d" => {
            let positions = outputs / shapes.output[0];
            Linear { matrix: Some(convolution(node, shapes)?), bias: bias(node, outputs, positions) }
        }
        "SumPool2d" => only(pool(node, shapes, |_| 1.0)?),
        "AvgPool2d" => only(pool(node, shapes, |window| 1.0 / window as f64)?),
        _ => Linear { matrix: None, bias: None },
    })
}

/// The values of a field for a shape.
fn each(node: &NirNode, name: &str, shape: &[usize]) -> Result<Vec<f64>, String> {
    let array = node.array(name).ok_or_else(|| format!("{name}: missing"))?;
    Ok(spread(array, shape))
}

/// The values of an array for a shape: as they are, a single one repeated, or those of a shape with sides of 1 repeated
/// along these sides, such as (channels, 1, 1), as NumPy does.
pub(super) fn spread(array: &Array, shape: &[usize]) -> Vec<f64> {
    let all = count(shape);
    match array.data.as_slice() {
        [one] => vec![*one; all],
        data if data.len() == all => data.to_vec(),
        data => (0..all).map(|place| data.get(place_in(array, shape, place)).copied().unwrap_or(0.0)).collect(),
    }
}

/// The place in an array that spreads over a shape, for a place in that shape.
fn place_in(array: &Array, shape: &[usize], mut place: usize) -> usize {
    let (mut found, mut stride) = (0, 1);
    let mut own = array.shape.iter().rev();
    for side in shape.iter().rev() {
        let (at, own) = (place % side, own.next().copied().unwrap_or(1));
        found += if own == 1 { 0 } else { at * stride };
        (place, stride) = (place / side, stride * own);
    }
    found
}

/// Largest difference of a node's delays from whole steps (steps); a difference within float precision counts as none.
pub(super) fn delay_error(node: &NirNode, dt: f64) -> f64 {
    let delays = node.array("delay").filter(|_| node.is("Delay"));
    let off = |delay: f64| ((delay / dt).round() - delay / dt).abs();
    let off = delays.iter().flat_map(|array| &array.data).map(|delay| (off(*delay), delay / dt));
    off.filter(|(off, steps)| *off > 1e-6 * steps.abs().max(1.0)).map(|(off, _)| off).fold(0.0, f64::max)
}

/// A delay in whole steps.
fn delay_steps(delay: f64, dt: f64) -> Result<u32, String> {
    let steps = (delay / dt).round();
    let whole = (0.0..=f64::from(crate::net::graph::MAX_DELAY)).contains(&steps);
    if whole {
        Ok(steps as u32)
    } else {
        Err(format!("delay: {delay} s is {steps} steps, allowed: 0 to {}", crate::net::graph::MAX_DELAY))
    }
}

/// The bias of each output, if `positions` outputs share one.
fn bias(node: &NirNode, outputs: usize, positions: usize) -> Option<Vec<f64>> {
    let bias = spread(node.array("bias")?, &[outputs / positions]);
    Some((0..outputs).map(|output| bias[output / positions]).collect())
}

/// Refuses a matrix with too many weights before memory is allocated.
fn check(entries: impl Iterator<Item = usize>) -> Result<(), String> {
    let entries = entries.fold(1u64, |product, side| product.saturating_mul(side as u64));
    if entries > MAX_ENTRIES {
        return Err(format!("{entries} synapses when spread out, at most {MAX_ENTRIES}"));
    }
    Ok(())
}

fn dense(node: &NirNode) -> Result<Matrix, String> {
    let weight = node.array("weight").ok_or_else(|| "weight: missing".to_owned())?;
    let [outputs, inputs] = *weight.shape else { return Err("weight: expected (outputs, inputs)".into()) };
    check([outputs, inputs].into_iter())?;
    Ok(Matrix::of(inputs, |take| {
        for (output, row) in weight.data.chunks(inputs.max(1)).enumerate() {
            row.iter().enumerate().for_each(|(input, value)| take(input as u32, output as u32, *value));
        }
    }))
}

/// Most weights that a node can have as a matrix, before it is made; for a dense one, those that are not zero.
pub(super) fn most_weights(node: &NirNode, shapes: &Shapes) -> u64 {
    let product = |sides: &[usize]| sides.iter().fold(1u64, |product, side| product.saturating_mul(*side as u64));
    match node.kind.name {
        "Affine" | "Linear" => {
            node.array("weight").map_or(0, |weight| weight.data.iter().filter(|value| **value != 0.0).count() as u64)
        }
        "Conv1d" | "Conv2d" => {
            let each = node.array("weight").map_or(0, |weight| product(weight.shape.get(1..).unwrap_or_default()));
            product(&shapes.output).saturating_mul(each)
        }
        "SumPool2d" | "AvgPool2d" => {
            let window = per_axis(node, "kernel_size", 2).map_or(0, |kernel| product(&kernel));
            product(&shapes.output).saturating_mul(window)
        }
        _ => product(&shapes.output),
    }
}

/// Cross-correlation, as in PyTorch: output (y, x) reads input (y s + k d - p, x s + k' d - p) for kernel element
/// (k, k'). A one-dimensional convolution has one row.
fn convolution(node: &NirNode, shapes: &Shapes) -> Result<Matrix, String> {
    let weight = node.array("weight").ok_or_else(|| "weight: missing".to_owned())?;
    let axes = shapes.input.len() - 1;
    check(shapes.output.iter().copied().chain(weight.shape[1..].iter().copied()))?;
    let (stride, dilation) = (per_axis(node, "stride", axes)?, per_axis(node, "dilation", axes)?);
    let before: Vec<usize> = padding(node, &weight.shape[2..], &dilation)?.into_iter().map(|pair| pair[0]).collect();
    let plane = |sides: &[usize]| if axes == 1 { [1, sides[0]] } else { [sides[0], sides[1]] };
    let one = |values: &[usize], fill| if axes == 1 { [fill, values[0]] } else { [values[0], values[1]] };
    let ([rows, columns], [out_rows, out_columns]) = (plane(&shapes.input[1..]), plane(&shapes.output[1..]));
    let (kernel, stride) = (plane(&weight.shape[2..]), one(&stride, 1));
    let (dilation, before) = (one(&dilation, 1), one(&before, 0));
    let (channels, each) = (weight.shape[0], weight.shape[1]);
    let group = channels / (shapes.input[0] / each.max(1)).max(1);
    let inside = |out: usize, axis: usize, k: usize, side: usize| {
        (out * stride[axis] + k * dilation[axis]).checked_sub(before[axis]).filter(|place| *place < side)
    };
    let list = |take: &mut dyn FnMut(u32, u32, f64)| {
        for channel in 0..channels {
            for (place, (y, x)) in (0..out_rows).flat_map(|y| (0..out_columns).map(move |x| (y, x))).enumerate() {
                let output = channel * out_rows * out_columns + place;
                for (tap, (ky, kx)) in (0..kernel[0]).flat_map(|y| (0..kernel[1]).map(move |x| (y, x))).enumerate() {
                    let (Some(row), Some(column)) = (inside(y, 0, ky, rows), inside(x, 1, kx, columns)) else {
                        continue;
                    };
                    for from in 0..each {
                        let input = ((channel / group * each + from) * rows + row) * columns + column;
                        let value = weight.data[(channel * each + from) * kernel[0] * kernel[1] + tap];
                        take(input as u32, output as u32, value);
                    }
                }
            }
        }
    };
    Ok(Matrix::of(count(&shapes.input), list))
}

/// Sums or means over windows; padding zeros count in a mean, as in PyTorch by default.
fn pool(node: &NirNode, shapes: &Shapes, weight: impl Fn(usize) -> f64) -> Result<Matrix, String> {
    let (kernel, stride) = (per_axis(node, "kernel_size", 2)?, per_axis(node, "stride", 2)?);
    let padding = per_axis(node, "padding", 2)?;
    let value = weight(kernel[0].saturating_mul(kernel[1]));
    check(shapes.output.iter().chain(&kernel).copied())?;
    let (rows, columns) = (shapes.input[1], shapes.input[2]);
    let inside = |out: usize, axis: usize, k: usize, side: usize| {
        (out * stride[axis] + k).checked_sub(padding[axis]).filter(|place| *place < side)
    };
    let list = |take: &mut dyn FnMut(u32, u32, f64)| {
        for output in 0..count(&shapes.output) {
            let (channel, place) =
                (output / (shapes.output[1] * shapes.output[2]), output % (shapes.output[1] * shapes.output[2]));
            let (y, x) = (place / shapes.output[2], place % shapes.output[2]);
            for row in (0..kernel[0]).filter_map(|k| inside(y, 0, k, rows)) {
                for column in (0..kernel[1]).filter_map(|k| inside(x, 1, k, columns)) {
                    take(((channel * rows + row) * columns + column) as u32, output as u32, value);
                }
            }
        }
    };
    Ok(Matrix::of(count(&shapes.input), list))
}
