//! The effect of one spike: rows of weights over the output channels, and the positions to which they are added.

use crate::net::architecture::{Convolution, Kernel, LinearOp};
use crate::net::quantised::QuantisedLayer;

/// An input that no output reads.
const NOWHERE: u32 = u32::MAX;

/// The weights of a layer by input. A dense layer is one position that every input reaches by one tap.
pub(super) struct WeightRows {
    /// Weights by `[input channel][tap][output channel of its group]`.
    weight: Vec<i16>,
    /// Output channels of a group: the length of a row.
    width: usize,
    channels: usize,
    /// Position by input, in the order of the layer below.
    places: Vec<KernelPlace>,
    reach: TapsByInput,
}

/// Position of an input of the layer in its kernel.
#[derive(Clone, Copy)]
struct KernelPlace {
    /// First row, or [`NOWHERE`].
    row: u32,
    position: u32,
    /// The first output channel of its group.
    first: u32,
    /// Number of its synapses.
    fan_out: u32,
}

/// (output position, tap) pairs that read an input position, and the start of those of each input position.
struct TapsByInput {
    pairs: Vec<(u32, u32)>,
    starts: Vec<usize>,
}

impl TapsByInput {
    fn new(op: &LinearOp) -> Self {
        let Kernel::Conv(conv) = op.kernel else {
            return Self { pairs: vec![(0, 0)], starts: vec![0, 1] };
        };
        let (mut pairs, mut starts) = (Vec::new(), vec![0]);
        let positions = op.positions();
        for input in 0..(conv.input.height * conv.input.width) as usize {
            op.kernel.for_each_target(input, |output, weight| {
                // In the first channels of input and output, the weight's index is the tap's.
                if output < positions {
                    pairs.push((output as u32, weight as u32));
                }
            });
            starts.push(pairs.len());
        }
        Self { pairs, starts }
    }

    fn of(&self, position: u32) -> &[(u32, u32)] {
        &self.pairs[self.starts[position as usize]..self.starts[position as usize + 1]]
    }
}

/// Grouping of a kernel's inputs into rows.
#[derive(Clone, Copy)]
struct Grouping {
    taps: usize,
    plane: usize,
    inputs: usize,
    outputs: usize,
}

impl Grouping {
    fn new(kernel: &Kernel) -> Self {
        match kernel {
            Kernel::Dense { inputs, outputs } => {
                Self { taps: 1, plane: 1, inputs: *inputs as usize, outputs: *outputs as usize }
            }
            Kernel::Conv(conv) => {
                let Convolution { input, kernel, .. } = conv;
                Self {
                    taps: (kernel[0] * kernel[1]) as usize,
                    plane: (input.height * input.width) as usize,
                    inputs: conv.group_inputs(),
                    outputs: conv.group_outputs(),
                }
            }
        }
    }
}

impl WeightRows {
    /// `below` is the number of adjacent channels in the layer below; 1 for the inputs of the network.
    pub(super) fn new(layer: &QuantisedLayer, below: usize) -> Self {
        let (op, fan_in) = (&layer.op, layer.op.fan_in());
        let grouping = Grouping::new(&op.kernel);
        let width = grouping.outputs;
        let mut weight = vec![0; layer.weight.len()];
        for (channel, of_channel) in layer.weight.chunks(fan_in).enumerate() {
            let (group, within) = (channel / width, channel % width);
            for (index, w) in of_channel.iter().enumerate() {
                weight[(group * fan_in + index) * width + within] = *w;
            }
        }
        let synapses = |row: &[i16]| row.iter().filter(|w| !layer.pruned || **w != 0).count() as u32;
        let in_row: Vec<u32> = weight.chunks(width).map(synapses).collect();
        let reach = TapsByInput::new(op);
        let positions = op.inputs() / below;
        let place = |index: usize| {
            let own = index % below * positions + index / below;
            let Some(input) = op.pool.map_or(Some(own), |pool| pool.output_of(own)) else {
                return KernelPlace { row: NOWHERE, position: 0, first: 0, fan_out: 0 };
            };
            let (channel, position) = (input / grouping.plane, (input % grouping.plane) as u32);
            let row = channel * grouping.taps;
            KernelPlace {
                row: row as u32,
                position,
                first: (channel / grouping.inputs * width) as u32,
                fan_out: reach.of(position).iter().map(|(_, tap)| in_row[row + *tap as usize]).sum(),
            }
        };
        let places = (0..op.inputs()).map(place).collect();
        Self { weight, width, channels: op.channels(), places, reach }
    }

    /// Adds the contribution of `value` in an input.
    pub(super) fn add(&self, input: usize, value: i16, sums: &mut [i32]) {
        let KernelPlace { row, position, first, .. } = self.places[input];
        if row == NOWHERE {
            return;
        }
        for (output, tap) in self.reach.of(position) {
            let weights = &self.weight[(row + tap) as usize * self.width..][..self.width];
            let sums = &mut sums[*output as usize * self.channels + first as usize..][..self.width];
            if value == 1 {
                sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += i32::from(*w));
            } else {
                sums.iter_mut().zip(weights).for_each(|(sum, w)| *sum += i32::from(*w) * i32::from(value));
            }
        }
    }

    /// Synapses that leave an input.
    pub(super) fn fan_out(&self, input: usize) -> u64 {
        self.places[input].fan_out.into()
    }
}
