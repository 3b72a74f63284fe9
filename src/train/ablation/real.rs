//! The non-spiking twin in real numbers, with batch norm folded in.

use crate::net::Folded;
use crate::net::architecture::{Kernel, LinearOp};
use crate::net::input::TrainsForm;

/// The twin for some time steps.
pub(super) struct Real {
    pub(super) folded: Folded,
    pub(super) time_steps: u32,
}

impl Real {
    /// Input of the first layer over all steps: T x, or the counts of spike trains.
    pub(super) fn encoded(&self, pixels: &[u8]) -> Vec<f64> {
        let (inputs, steps) = (self.folded.input.neurons() as usize, self.time_steps as usize);
        let form = TrainsForm { inputs, steps, full_scale: self.folded.full_scale };
        if let Some(trains) = self.folded.encoding.trains(pixels, form) {
            return trains.counts(steps).into_iter().map(f64::from).collect();
        }
        let scale = f64::from(self.time_steps) / f64::from(self.folded.full_scale);
        pixels.iter().map(|pixel| f64::from(*pixel) * scale).collect()
    }

    /// Activations of a hidden layer from its inputs; `layers` are those that an addition reads.
    pub(super) fn layer(&self, index: usize, input: &[f64], layers: &[Vec<f64>]) -> Vec<f64> {
        let mut sums = self.sums(index, input);
        let threshold = self.folded.firing(index).threshold;
        if let Some(from) = self.folded.stages[index].skip {
            sums.iter_mut().zip(&layers[from]).for_each(|(sum, value)| *sum += threshold * value);
        }
        sums.iter().map(|sum| self.activation(*sum / threshold)).collect()
    }

    /// Outputs of the twin alone: each layer reads the activations of the one below.
    pub(super) fn outputs(&self, pixels: &[u8]) -> Vec<f64> {
        let last = self.folded.stages.len() - 1;
        let mut layers: Vec<Vec<f64>> = Vec::new();
        for index in 0..last {
            let next = match layers.last() {
                None => self.layer(0, &self.encoded(pixels), &layers),
                Some(below) => self.layer(index, below, &layers),
            };
            layers.push(next);
        }
        self.sums(last, &layers[last - 1])
    }

    fn sums(&self, index: usize, input: &[f64]) -> Vec<f64> {
        let (op, layer) = (&self.folded.stages[index].op, &self.folded.layers[index]);
        let mut sums = products(op, &layer.weight, input);
        for (channel, bias) in sums.chunks_mut(op.positions()).zip(&layer.bias) {
            channel.iter_mut().for_each(|sum| *sum += f64::from(*bias));
        }
        sums
    }

    fn activation(&self, in_thresholds: f64) -> f64 {
        if self.folded.half_start {
            return (in_thresholds + 0.5).floor().clamp(0.0, f64::from(self.time_steps));
        }
        in_thresholds.max(0.0)
    }
}

fn products(op: &LinearOp, weight: &[f32], input: &[f64]) -> Vec<f64> {
    if let LinearOp { pool: None, kernel: Kernel::Dense { inputs, .. } } = op {
        // Row by row: the weights of an output are contiguous.
        let dot = |row: &[f32]| row.iter().zip(input).map(|(w, x)| f64::from(*w) * x).sum();
        return weight.chunks_exact(*inputs as usize).map(dot).collect();
    }
    let mut sums = vec![0.0; op.outputs()];
    for (index, value) in input.iter().enumerate().filter(|(_, value)| **value != 0.0) {
        op.for_each_target(index, |output, w| sums[output] += value * f64::from(weight[w]));
    }
    sums
}
