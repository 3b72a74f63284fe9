//! The sink: what the host reads out when an inference is done.

use super::Simulator;
use crate::stats::Op;
use std::ops::Range;

/// What an inference left on the chip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Membranes of the neurons that were read.
    pub membranes: Vec<i32>,
}

impl Simulator<'_> {
    /// Reads the membranes of some neurons, counting each.
    pub fn read_out(&mut self, neurons: Range<usize>) -> Reading {
        let counts = self.state.cores.counts_mut().last_mut().expect("the source is always there");
        counts.add(Op::Readout, neurons.len() as u64);
        Reading { membranes: self.membranes()[neurons].to_vec() }
    }
}
