//! Average pooling on rows `[position][channel]`, windows side by side.

use crate::net::architecture::Pool;

/// Calls `visit(input position, output position)` for all inputs that are in a window.
fn for_each(pool: &Pool, mut visit: impl FnMut(usize, usize)) {
    let [height, width] = pool.window;
    for y in 0..pool.output.height * height {
        for x in 0..pool.output.width * width {
            let output = (y / height) * pool.output.width + x / width;
            visit((y * pool.input.width + x) as usize, output as usize);
        }
    }
}

fn area(pool: &Pool) -> f32 {
    (pool.window[0] * pool.window[1]) as f32
}

/// Sums of the windows of some samples.
pub(super) fn sums(pool: &Pool, input: &[f32]) -> Vec<f32> {
    let (inputs, outputs) = (pool.input.neurons() as usize, pool.output.neurons() as usize);
    let channels = pool.input.channels as usize;
    let mut pooled = vec![0.0; input.len() / inputs * outputs];
    for (input, output) in input.chunks(inputs).zip(pooled.chunks_mut(outputs)) {
        for_each(pool, |from, to| {
            let from = &input[from * channels..][..channels];
            output[to * channels..][..channels].iter_mut().zip(from).for_each(|(sum, value)| *sum += value);
        });
    }
    pooled
}

/// Means of windows from their sums.
pub(super) fn to_means(pool: &Pool, sums: &mut [f32]) {
    let share = 1.0 / area(pool);
    sums.iter_mut().for_each(|value| *value *= share);
}

/// Adds the gradients of means to those of their inputs.
pub(super) fn backward(pool: &Pool, pooled: &[f32], input: &mut [f32]) {
    let (inputs, outputs) = (pool.input.neurons() as usize, pool.output.neurons() as usize);
    let (channels, share) = (pool.input.channels as usize, 1.0 / area(pool));
    for (output, input) in pooled.chunks(outputs).zip(input.chunks_mut(inputs)) {
        for_each(pool, |to, from| {
            let from = &output[from * channels..][..channels];
            input[to * channels..][..channels].iter_mut().zip(from).for_each(|(sum, value)| *sum += share * value);
        });
    }
}
