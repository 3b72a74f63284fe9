//! A layer whose neurons take their spikes one by one, and may spike at each of them: as on a chip without time steps.
//!
//! The spikes of a step go through a layer in the order in which they were sent, and so do those that it sends through the
//! next. Everything is in the network's own order, which is that of the chip.

use super::parallel::Threads;
use crate::net::architecture::LinearOp;
use crate::net::deployed::LayerIntegers;
use crate::net::neuron::{Params, arrive};

/// Spikes of a step, in their order.
pub(super) type Events = Vec<u32>;

/// A layer in integers.
pub(super) struct EventLayer<'a> {
    op: &'a LinearOp,
    integers: LayerIntegers,
    /// Whether a weight of 0 is no synapse.
    pruned: bool,
    params: Params,
}

impl<'a> EventLayer<'a> {
    pub(super) fn new(op: &'a LinearOp, integers: LayerIntegers, pruned: bool, params: Params) -> Self {
        Self { op, integers, pruned, params }
    }

    /// The spikes that some samples send in each of `steps` steps, and their counts, position by position.
    pub(super) fn run(
        &self,
        threads: &Threads,
        (steps, input): (usize, &[Events]),
        sent: &mut [Events],
        counts: &mut [f32],
    ) {
        let outputs = self.op.outputs();
        let samples = input.chunks(steps).zip(sent.chunks_mut(steps)).zip(counts.chunks_mut(outputs)).collect();
        let events: usize = input.iter().map(Vec::len).sum();
        threads.for_each(events * outputs, samples, |((input, sent), counts)| self.run_one(input, sent, counts));
    }

    fn run_one(&self, input: &[Events], sent: &mut [Events], counts: &mut [f32]) {
        let (channels, positions) = (self.op.channels(), self.op.positions());
        let LayerIntegers { weight, threshold, bias, .. } = &self.integers;
        let mut membranes: Vec<i32> = (0..self.op.outputs()).map(|o| bias[o / positions] as i32).collect();
        counts.fill(0.0);
        for (events, sent) in input.iter().zip(sent) {
            sent.clear();
            for source in events {
                self.op.for_each_target(*source as usize, |o, w| {
                    if self.pruned && weight[w] == 0 {
                        return;
                    }
                    let channel = o / positions;
                    if arrive(&self.params, &mut membranes[o], weight[w].into(), threshold[channel]) {
                        sent.push(o as u32);
                        counts[o % positions * channels + channel] += 1.0;
                    }
                });
            }
        }
    }
}
