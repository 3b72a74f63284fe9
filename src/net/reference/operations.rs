//! Operations as NeuroBench defines them (neurobench 2.3, `SynapticOperations` and `MembraneUpdates`), counted while the
//! reference evaluates a sample.
//!
//! A weighted layer is called once a time step, with the output of its pool. An operation is effective where neither
//! the value nor the weight is zero; biases do not count. All operations of a call are accumulates (AC) if all its
//! values are -1, 0 or 1, and multiply-accumulates (MAC) otherwise: means over windows mostly are others. Dense
//! operations are those of a call in which nothing is zero; zeros around an image are not values. The encoding layer is
//! called once a sample, as its values are the same in all steps. A membrane is updated in step 1, and if it changes.
//!
//! Like NeuroBench, this adds up over time steps: operations of a sample.

use super::scatter;
use crate::net::architecture::LinearOp;
use crate::net::quantised::Layered;
use std::ops::AddAssign;

/// Operation counts of one sample or many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Effective multiply-accumulates.
    pub effective_macs: u64,
    /// Effective accumulates.
    pub effective_acs: u64,
    /// Operations with no zeros.
    pub dense: u64,
    /// Membranes that a step changed, and all of the first step.
    pub membrane_updates: u64,
}

impl AddAssign for Operations {
    fn add_assign(&mut self, other: Self) {
        self.effective_macs += other.effective_macs;
        self.effective_acs += other.effective_acs;
        self.dense += other.dense;
        self.membrane_updates += other.membrane_updates;
    }
}

/// Number of operations of each value that a layer reads.
#[derive(Clone, Debug)]
pub struct Taps {
    op: LinearOp,
    /// Operations with non-zero weights, by input after the pool.
    effective: Vec<u32>,
    /// Operations with any weights, of all inputs.
    dense: u64,
}

impl Taps {
    /// Counts for a layer with the non-zero weights given by `nonzero`.
    pub fn new(op: LinearOp, nonzero: impl Fn(usize) -> bool) -> Self {
        let unpooled = LinearOp { pool: None, ..op };
        let mut taps = Self { op, effective: vec![0; unpooled.inputs()], dense: 0 };
        for (input, effective) in taps.effective.iter_mut().enumerate() {
            scatter(&unpooled, input, |_, weight| {
                *effective += u32::from(nonzero(weight));
                taps.dense += 1;
            });
        }
        taps
    }

    /// Operations of a call with values after the pool, of which `one` stands for 1.
    pub fn call(&self, values: &[i64], one: i64) -> Operations {
        let used = values.iter().zip(&self.effective).filter(|(value, _)| **value != 0);
        let effective = used.map(|(_, taps)| u64::from(*taps)).sum();
        let plain = values.iter().all(|value| *value == 0 || value.abs() == one);
        let (effective_macs, effective_acs) = if plain { (0, effective) } else { (effective, 0) };
        Operations { effective_macs, effective_acs, dense: self.dense, membrane_updates: 0 }
    }

    /// Operations of a call with the spikes of the neurons below, before the pool.
    fn call_with_spikes(&self, spikes: &[usize]) -> Operations {
        let mut values = vec![0; self.effective.len()];
        let Some(pool) = self.op.pool else {
            spikes.iter().for_each(|neuron| values[*neuron] = 1);
            return self.call(&values, 1);
        };
        let [plane, width] = [pool.input.height * pool.input.width, pool.input.width].map(|side| side as usize);
        let [height, columns] = [pool.output.height, pool.output.width].map(|side| side as usize);
        for neuron in spikes {
            let (channel, y, x) = (neuron / plane, neuron % plane / width, neuron % width);
            let (y, x) = (y / pool.window[0] as usize, x / pool.window[1] as usize);
            if y < height && x < columns {
                values[(channel * height + y) * columns + x] += 1;
            }
        }
        // A mean of 1 is a window full of spikes.
        self.call(&values, i64::from(pool.window[0]) * i64::from(pool.window[1]))
    }
}

/// Counts the operations of a network.
#[derive(Clone, Debug)]
pub struct Meter {
    layers: Vec<Taps>,
    full_scale: i64,
    counted: Operations,
}

impl Meter {
    /// A meter for samples of a network.
    pub fn new(net: &Layered) -> Self {
        let layers = net.layers.iter().map(|layer| Taps::new(layer.op, |weight| layer.weight[weight] != 0)).collect();
        Self { layers, full_scale: net.full_scale.into(), counted: Operations::default() }
    }

    /// Counts since the last call, which are cleared.
    pub fn take(&mut self) -> Operations {
        std::mem::take(&mut self.counted)
    }

    /// Counts a call of the encoding layer.
    pub(super) fn encodes(&mut self, sample: &[u8]) {
        let values: Vec<i64> = sample.iter().map(|value| i64::from(*value)).collect();
        self.counted += self.layers[0].call(&values, self.full_scale);
    }

    /// Counts the spikes that a layer reads in a step.
    pub(super) fn reads(&mut self, layer: usize, spikes: &[usize]) {
        self.counted += self.layers[layer].call_with_spikes(spikes);
    }

    /// Counts a membrane change of a step.
    pub(super) fn moved(&mut self, first_step: bool, before: i64, after: i64) {
        self.counted.membrane_updates += u64::from(first_step || before != after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::architecture::{Convolution, Kernel, Pool, Shape};

    fn dense(inputs: u32, outputs: u32) -> LinearOp {
        LinearOp { pool: None, kernel: Kernel::Dense { inputs, outputs } }
    }

    fn conv(input: Shape, channels: u32, kernel: [u32; 2]) -> LinearOp {
        let output = Shape { channels, height: input.height - kernel[0] + 1, width: input.width - kernel[1] + 1 };
        let (stride, padding) = ([1, 1], [0, 0]);
        LinearOp { pool: None, kernel: Kernel::Conv(Convolution { input, output, kernel, stride, padding, groups: 1 }) }
    }

    /// NeuroBench's own test vectors (tests/test_metrics.py of neurobench 2.3.0), in tenths.
    #[test]
    fn operations_are_those_of_neurobench_on_its_test_vectors() {
        let weight = [13, 0, -32, 0, 12, -51, -11, 27, 0];
        let taps = Taps::new(dense(3, 3), |w| weight[w] != 0);
        let found = taps.call(&[0, 13, -10], 10);
        assert_eq!((found.effective_macs, found.effective_acs, found.dense), (4, 0, 9));
        // For convolutions all inputs are ones.
        let image = |channels, height, width| Shape { channels, height, width };
        for (op, operations) in [
            (conv(image(1, 3, 3), 1, [3, 3]), 9),
            (conv(image(1, 12, 12), 1, [3, 3]), 900),
            (conv(image(5, 1, 10), 1, [1, 5]), 150),
        ] {
            let taps = Taps::new(op, |_| true);
            let found = taps.call(&vec![1; op.inputs()], 1);
            assert_eq!((found.effective_acs, found.effective_macs, found.dense), (operations, 0, operations));
        }
        // 20 to 5 neurons, ten steps of ones.
        let taps = Taps::new(dense(20, 5), |_| true);
        let mut sum = Operations::default();
        (0..10).for_each(|_| sum += taps.call_with_spikes(&(0..20).collect::<Vec<_>>()));
        assert_eq!((sum.effective_acs, sum.effective_macs), (1000, 0));
    }

    #[test]
    fn a_mean_that_is_neither_nothing_nor_one_makes_a_call_multiply() {
        let (input, output) = (Shape { channels: 1, height: 2, width: 5 }, Shape { channels: 1, height: 1, width: 2 });
        let pool = Some(Pool { input, output, window: [2, 2] });
        let taps = Taps::new(LinearOp { pool, ..dense(2, 3) }, |weight| weight != 0);
        assert_eq!(taps.dense, 6);
        // The first window is full; the last column is in no window.
        let full = taps.call_with_spikes(&[0, 1, 4, 5, 6, 9]);
        assert_eq!((full.effective_acs, full.effective_macs), (2, 0));
        let part = taps.call_with_spikes(&[0, 1, 5, 6, 2]);
        assert_eq!((part.effective_acs, part.effective_macs), (0, 5));
        assert_eq!(taps.call_with_spikes(&[4, 9]), Operations { dense: 6, ..Operations::default() });
    }
}
