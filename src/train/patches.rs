//! Where a convolution's inputs reach: output positions and taps of the kernel.

use crate::net::architecture::{Kernel, LinearOp};

/// For each input position, the (output position, tap) pairs that read it.
#[derive(Clone, Debug)]
pub(super) struct Patches {
    /// Input positions per channel.
    pub(super) plane: usize,
    /// Taps of the kernel.
    pub(super) taps: usize,
    reach: Vec<(u32, u32)>,
    starts: Vec<usize>,
}

impl Patches {
    /// Nothing for a dense operation.
    pub(super) fn new(op: &LinearOp) -> Option<Self> {
        let Kernel::Conv(conv) = &op.kernel else { return None };
        let (plane, positions) = ((conv.input.height * conv.input.width) as usize, op.positions());
        let taps = (conv.kernel[0] * conv.kernel[1]) as usize;
        let (mut reach, mut starts) = (Vec::new(), vec![0]);
        for input in 0..plane {
            op.for_each_target(input, |output, weight| {
                // In the first channels of input and output, the weight's index is the tap's.
                if output < positions {
                    reach.push((output as u32, weight as u32));
                }
            });
            starts.push(reach.len());
        }
        Some(Self { plane, taps, reach, starts })
    }

    /// (output position, tap) pairs that read an input position.
    pub(super) fn targets(&self, position: usize) -> &[(u32, u32)] {
        &self.reach[self.starts[position]..self.starts[position + 1]]
    }
}
