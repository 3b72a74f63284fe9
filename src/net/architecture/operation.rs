//! The linear operation of a weighted layer: sum pooling, then every input to every output or a convolution.

use super::Shape;

/// The linear operation of a weighted layer: `out = W · (sums over windows of the input)`.
///
/// An average pool has no neurons: it is part of the synapses of the next weighted layer, whose folded weights already
/// include its division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearOp {
    /// Pool before the kernel, if any.
    pub pool: Option<Pool>,
    /// Kernel on the sums, or on the inputs themselves.
    pub kernel: Kernel,
}

/// Operation on the inputs of a weighted layer, after its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Weights are `[output][input]`.
    Dense {
        /// Number of inputs.
        inputs: u32,
        /// Number of outputs.
        outputs: u32,
    },
    /// Weights are `[output channel][input channel of its group][row][column]`.
    Conv(Convolution),
}

/// Sums over windows that do not overlap; rows and columns that do not fill a window are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Shape of the input.
    pub input: Shape,
    /// Shape of the output.
    pub output: Shape,
    /// Height and width of a window.
    pub window: [u32; 2],
}

/// Geometry of a two-dimensional convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Shape of the input.
    pub input: Shape,
    /// Shape of the output.
    pub output: Shape,
    /// Kernel height and width.
    pub kernel: [u32; 2],
    /// Step in rows and columns.
    pub stride: [u32; 2],
    /// Zeros added on each side in rows and columns.
    pub padding: [u32; 2],
    /// Groups of channels: outputs of one read only the inputs of the same one. Divides both numbers of channels.
    pub groups: u32,
}

impl LinearOp {
    /// Every input to every output.
    pub fn dense(inputs: u32, outputs: u32) -> Self {
        Self { pool: None, kernel: Kernel::Dense { inputs, outputs } }
    }

    /// Number of inputs, before pooling.
    pub fn inputs(&self) -> usize {
        self.pool.map_or(self.kernel.inputs(), |pool| pool.input.neurons() as usize)
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        match self.kernel {
            Kernel::Dense { outputs, .. } => outputs as usize,
            Kernel::Conv(conv) => conv.output.neurons() as usize,
        }
    }

    /// Number of output channels: one bias, one threshold and one batch-norm unit each.
    pub fn channels(&self) -> usize {
        match self.kernel {
            Kernel::Dense { outputs, .. } => outputs as usize,
            Kernel::Conv(conv) => conv.output.channels as usize,
        }
    }

    /// Outputs per channel.
    pub fn positions(&self) -> usize {
        self.outputs() / self.channels()
    }

    /// Weights per output channel.
    pub fn fan_in(&self) -> usize {
        match self.kernel {
            Kernel::Dense { inputs, .. } => inputs as usize,
            // In 64 bits: many channels under a large kernel are more than 32 can count.
            Kernel::Conv(conv) => conv.group_inputs() * conv.kernel[0] as usize * conv.kernel[1] as usize,
        }
    }

    /// Positions of the kernel, whose weights of an input channel are adjacent; 1 where every input has a weight.
    pub fn taps(&self) -> usize {
        match self.kernel {
            Kernel::Dense { .. } => 1,
            Kernel::Conv(conv) => conv.kernel[0] as usize * conv.kernel[1] as usize,
        }
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.channels() * self.fan_in()
    }

    /// Inputs that are summed into one before the weights.
    pub fn window(&self) -> usize {
        self.pool.map_or(1, |pool| pool.window[0] as usize * pool.window[1] as usize)
    }

    /// Most synapses into one output.
    pub fn most_synapses_in(&self) -> usize {
        self.fan_in() * self.window()
    }

    /// Multiply-accumulates of one dense evaluation after pooling; positions in the padding are not counted.
    pub fn macs(&self) -> u64 {
        match self.kernel {
            Kernel::Dense { inputs, outputs } => u64::from(inputs) * u64::from(outputs),
            Kernel::Conv(conv) => {
                let taps = |axis: usize, size: u32, out: u32| -> u64 {
                    (0..out).map(|o| conv.taps(axis, o, size).count() as u64).sum()
                };
                taps(0, conv.input.height, conv.output.height)
                    * taps(1, conv.input.width, conv.output.width)
                    * conv.group_inputs() as u64
                    * u64::from(conv.output.channels)
            }
        }
    }

    /// Number of synapses: pairs of an input and an output that it reaches, through the pool. Padding has none.
    pub fn synapses(&self) -> u64 {
        self.macs() * self.window() as u64
    }

    /// Calls `visit(output, weight_index)` for every synapse from `input`, outputs ascending.
    pub fn for_each_target(&self, input: usize, visit: impl FnMut(usize, usize)) {
        let pooled = match self.pool {
            Some(pool) => pool.output_of(input),
            None => Some(input),
        };
        if let Some(pooled) = pooled {
            self.kernel.for_each_target(pooled, visit);
        }
    }
}

impl Kernel {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Dense { inputs, .. } => *inputs as usize,
            Self::Conv(conv) => conv.input.neurons() as usize,
        }
    }

    /// Calls `visit(output, weight_index)` for every reader of an input of the kernel, outputs ascending.
    pub fn for_each_target(&self, input: usize, mut visit: impl FnMut(usize, usize)) {
        match self {
            Self::Dense { inputs, outputs } => {
                (0..*outputs as usize).for_each(|o| visit(o, o * *inputs as usize + input));
            }
            Self::Conv(conv) => conv.for_each_target(input, visit),
        }
    }
}

impl Pool {
    /// The sum that includes an input; `None` if its window is not full.
    pub fn output_of(&self, input: usize) -> Option<usize> {
        let Shape { height, width, .. } = self.output;
        let (in_width, plane) = (self.input.width as usize, (self.input.height * self.input.width) as usize);
        let row = input % plane / in_width / self.window[0] as usize;
        let column = input % in_width / self.window[1] as usize;
        let inside = row < height as usize && column < width as usize;
        inside.then(|| (input / plane * height as usize + row) * width as usize + column)
    }
}

impl Convolution {
    /// Input channels of a group.
    pub fn group_inputs(&self) -> usize {
        (self.input.channels / self.groups) as usize
    }

    /// Output channels of a group.
    pub fn group_outputs(&self) -> usize {
        (self.output.channels / self.groups) as usize
    }

    /// Kernel positions along an axis that overlap a real input for output position `out`: (kernel, input) pairs.
    fn taps(&self, axis: usize, out: u32, size: u32) -> impl Iterator<Item = (u32, u32)> + use<> {
        let (start, pad) = (out * self.stride[axis], self.padding[axis]);
        (0..self.kernel[axis]).filter_map(move |k| {
            let input = (start + k).checked_sub(pad)?;
            (input < size).then_some((k, input))
        })
    }

    /// Output positions along an axis that read input position `input`: (output, kernel) pairs, outputs ascending.
    fn readers(&self, axis: usize, input: u32, outputs: u32) -> impl Iterator<Item = (u32, u32)> + use<> {
        let (kernel, stride, pad) = (self.kernel[axis], self.stride[axis], self.padding[axis]);
        let shifted = input + pad;
        let first = (shifted + 1).saturating_sub(kernel).div_ceil(stride);
        (first..outputs).map_while(move |out| shifted.checked_sub(out * stride).map(|k| (out, k)))
    }

    fn for_each_target(&self, input: usize, mut visit: impl FnMut(usize, usize)) {
        let (w, plane) = (self.input.width as usize, (self.input.width * self.input.height) as usize);
        let (channel, row, column) = (input / plane, (input % plane / w) as u32, (input % w) as u32);
        let [kh, kw] = self.kernel.map(|k| k as usize);
        let (inputs, outputs) = (self.group_inputs(), self.group_outputs());
        let first = channel / inputs * outputs;
        for out_channel in first..first + outputs {
            let kernel_base = (out_channel * inputs + channel % inputs) * kh * kw;
            for (out_row, kernel_row) in self.readers(0, row, self.output.height) {
                let out_base =
                    (out_channel * self.output.height as usize + out_row as usize) * self.output.width as usize;
                for (out_column, kernel_column) in self.readers(1, column, self.output.width) {
                    let weight = kernel_base + kernel_row as usize * kw + kernel_column as usize;
                    visit(out_base + out_column as usize, weight);
                }
            }
        }
    }
}
