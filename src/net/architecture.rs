//! The architecture of a layered network: shapes, layers, and the linear operation of each weighted layer.
//!
//! Plain validated data. Weights live in `quantised` and `folded`; nothing here knows how they were trained.

use super::graph::MAX_SYNAPSES;
use std::fmt;

/// Most neurons of one layer, and most layers of a network.
pub const MAX_NEURONS_PER_LAYER: u32 = 1 << 22;
/// Most weighted and flatten layers of a network.
pub const MAX_LAYERS: usize = 64;
/// Most weights of a network.
pub const MAX_WEIGHTS: u64 = 1 << 28;
/// Most time steps of an inference.
pub const MAX_TIME_STEPS: u32 = 4096;

/// Shape of an activation: channels x height x width, stored in that order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Feature maps.
    pub channels: u32,
    /// Rows.
    pub height: u32,
    /// Columns.
    pub width: u32,
}

impl Shape {
    /// A flat vector.
    pub fn flat(neurons: u32) -> Self {
        Self { channels: neurons, height: 1, width: 1 }
    }

    /// Number of neurons.
    pub fn neurons(self) -> u64 {
        u64::from(self.channels) * u64::from(self.height) * u64::from(self.width)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{}x{}x{}", self.channels, self.height, self.width),
        }
    }
}

/// A layer as the network file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerSpec {
    /// Reads the activation as a vector; moves nothing.
    Flatten,
    /// Every input to every output.
    Dense {
        /// Number of output neurons.
        outputs: u32,
    },
    /// Two-dimensional cross-correlation, as PyTorch's `Conv2d`.
    Conv2d {
        /// Output feature maps.
        channels: u32,
        /// Kernel height and width.
        kernel: [u32; 2],
        /// Step in rows and columns.
        stride: [u32; 2],
        /// Zeros added on each side in rows and columns.
        padding: [u32; 2],
    },
}

/// The linear operation of a weighted layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinearOp {
    /// Weights are `[output][input]`.
    Dense {
        /// Number of inputs.
        inputs: u32,
        /// Number of outputs.
        outputs: u32,
    },
    /// Weights are `[output channel][input channel][row][column]`.
    Conv(Convolution),
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
}

impl LinearOp {
    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        match self {
            Self::Dense { inputs, .. } => *inputs as usize,
            Self::Conv(conv) => conv.input.neurons() as usize,
        }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        match self {
            Self::Dense { outputs, .. } => *outputs as usize,
            Self::Conv(conv) => conv.output.neurons() as usize,
        }
    }

    /// Number of output channels: one bias and one batch-norm unit each.
    pub fn channels(&self) -> usize {
        match self {
            Self::Dense { outputs, .. } => *outputs as usize,
            Self::Conv(conv) => conv.output.channels as usize,
        }
    }

    /// Outputs per channel.
    pub fn positions(&self) -> usize {
        self.outputs() / self.channels()
    }

    /// Weights per output channel.
    pub fn fan_in(&self) -> usize {
        match self {
            Self::Dense { inputs, .. } => *inputs as usize,
            // In 64 bits: many channels under a large kernel are more than 32 can count.
            Self::Conv(conv) => conv.input.channels as usize * conv.kernel[0] as usize * conv.kernel[1] as usize,
        }
    }

    /// Number of weights.
    pub fn weights(&self) -> usize {
        self.channels() * self.fan_in()
    }

    /// Multiply-accumulates of one dense evaluation; positions in the padding are not counted.
    pub fn macs(&self) -> u64 {
        match self {
            Self::Dense { inputs, outputs } => u64::from(*inputs) * u64::from(*outputs),
            Self::Conv(conv) => {
                let taps = |axis: usize, size: u32, out: u32| -> u64 {
                    (0..out).map(|o| conv.taps(axis, o, size).count() as u64).sum()
                };
                taps(0, conv.input.height, conv.output.height)
                    * taps(1, conv.input.width, conv.output.width)
                    * u64::from(conv.input.channels)
                    * u64::from(conv.output.channels)
            }
        }
    }

    /// Calls `visit(output, weight_index)` for every synapse that leaves `input`, outputs ascending.
    pub fn for_each_target(&self, input: usize, mut visit: impl FnMut(usize, usize)) {
        match self {
            Self::Dense { inputs, outputs } => {
                (0..*outputs as usize).for_each(|o| visit(o, o * *inputs as usize + input));
            }
            Self::Conv(conv) => conv.for_each_target(input, visit),
        }
    }
}

impl Convolution {
    /// Kernel positions along an axis that meet a real input for output position `out`: (kernel, input) pairs.
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
        for out_channel in 0..self.output.channels as usize {
            let kernel_base = (out_channel * self.input.channels as usize + channel) * kh * kw;
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

/// A weighted layer with its shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Unique name, such as `dense2` or `conv1`.
    pub name: String,
    /// What it computes.
    pub op: LinearOp,
    /// Shape of its output.
    pub output: Shape,
}

/// How a network is trained when the command line says nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Passes over the training set.
    pub epochs: u32,
    /// Samples per step.
    pub batch: u32,
    /// Adam's step size at the start; falls to a hundredth along a half cosine.
    pub learning_rate: f64,
    /// Chance that an input of the output layer is dropped while training.
    pub dropout: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self { epochs: 20, batch: 128, learning_rate: 1e-3, dropout: 0.0 }
    }
}

/// A layered network without weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Architecture {
    /// The stem of its file.
    pub name: String,
    /// One sentence for people.
    pub description: String,
    /// Shape of an input sample.
    pub input: Shape,
    /// The data set it is meant for.
    pub dataset: String,
    /// Its layers; the last weighted one is the output, which integrates without firing.
    pub layers: Vec<LayerSpec>,
    /// Firing threshold of all hidden neurons, in units of the folded weights.
    pub threshold: f64,
    /// Time steps of an inference.
    pub time_steps: u32,
    /// Training defaults.
    pub training: Training,
}

/// Why layers do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerError {
    /// Position in the list of layers.
    pub layer: usize,
    /// What is wrong.
    pub message: String,
}

impl Architecture {
    /// The weighted layers with their shapes; of a validated architecture.
    pub fn stages(&self) -> Vec<Stage> {
        stages(self.input, &self.layers).expect("an Architecture is only built from layers that fit together")
    }
}

/// Works out the shapes of all layers, or says which layers do not fit.
pub fn stages(input: Shape, layers: &[LayerSpec]) -> Result<Vec<Stage>, Vec<LayerError>> {
    let (mut shape, mut stages, mut weights, mut synapses) = (input, Vec::new(), 0u64, 0u64);
    let mut convolutions = 0;
    for (index, layer) in layers.iter().enumerate() {
        let fail = |message: String| vec![LayerError { layer: index, message }];
        let stage = match *layer {
            LayerSpec::Flatten => {
                shape = Shape::flat(shape.neurons() as u32);
                continue;
            }
            LayerSpec::Dense { outputs } => {
                if (shape.height, shape.width) != (1, 1) {
                    return Err(fail(format!(
                        "a dense layer reads a vector, but its input is {shape}; put a flatten layer before it"
                    )));
                }
                let op = LinearOp::Dense { inputs: shape.channels, outputs };
                Stage { name: format!("dense{}", stages.len() + 1 - convolutions), op, output: Shape::flat(outputs) }
            }
            LayerSpec::Conv2d { channels, kernel, stride, padding } => {
                let extent = |size: u32, axis: usize| {
                    (size + 2 * padding[axis]).checked_sub(kernel[axis]).map(|room| room / stride[axis] + 1)
                };
                let (Some(height), Some(width)) = (extent(shape.height, 0), extent(shape.width, 1)) else {
                    let [kh, kw] = kernel;
                    return Err(fail(format!("a {kh}x{kw} kernel is larger than its padded input of {shape}")));
                };
                let output = Shape { channels, height, width };
                convolutions += 1;
                let op = LinearOp::Conv(Convolution { input: shape, output, kernel, stride, padding });
                Stage { name: format!("conv{convolutions}"), op, output }
            }
        };
        if stage.output.neurons() > u64::from(MAX_NEURONS_PER_LAYER) {
            return Err(fail(format!(
                "{} neurons; a layer has at most {MAX_NEURONS_PER_LAYER}",
                stage.output.neurons()
            )));
        }
        weights += stage.op.channels() as u64 * stage.op.fan_in() as u64;
        if weights > MAX_WEIGHTS {
            return Err(fail(format!("{weights} weights up to here; a network has at most {MAX_WEIGHTS}")));
        }
        if !stages.is_empty() {
            synapses += stage.op.macs();
        }
        if synapses > MAX_SYNAPSES {
            return Err(fail(format!("{synapses} synapses up to here; a network has at most {MAX_SYNAPSES}")));
        }
        shape = stage.output;
        stages.push(stage);
    }
    if stages.len() < 2 {
        let message = format!("{} weighted layers; at least two are needed (encoding and output)", stages.len());
        return Err(vec![LayerError { layer: layers.len().saturating_sub(1), message }]);
    }
    Ok(stages)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conv(input: Shape, channels: u32, kernel: u32, stride: u32, padding: u32) -> LinearOp {
        let layer = LayerSpec::Conv2d { channels, kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2] };
        let layers = [layer, LayerSpec::Flatten, LayerSpec::Dense { outputs: 2 }];
        stages(input, &layers).unwrap()[0].op
    }

    /// Every (input, output, weight) triple, straight from the definition of cross-correlation.
    fn brute_force(c: &Convolution) -> Vec<(usize, usize, usize)> {
        let mut all = Vec::new();
        for o in 0..c.output.channels {
            for y in 0..c.output.height {
                for x in 0..c.output.width {
                    for i in 0..c.input.channels {
                        for ky in 0..c.kernel[0] {
                            for kx in 0..c.kernel[1] {
                                let iy = i64::from(y * c.stride[0] + ky) - i64::from(c.padding[0]);
                                let ix = i64::from(x * c.stride[1] + kx) - i64::from(c.padding[1]);
                                if iy < 0 || ix < 0 || iy >= c.input.height.into() || ix >= c.input.width.into() {
                                    continue;
                                }
                                let input = (i * c.input.height + iy as u32) * c.input.width + ix as u32;
                                let output = (o * c.output.height + y) * c.output.width + x;
                                let weight = ((o * c.input.channels + i) * c.kernel[0] + ky) * c.kernel[1] + kx;
                                all.push((input as usize, output as usize, weight as usize));
                            }
                        }
                    }
                }
            }
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn convolution_targets_match_the_definition() {
        for (size, kernel, stride, padding) in [(5, 3, 1, 1), (6, 3, 2, 1), (7, 2, 3, 0), (4, 4, 1, 3), (5, 1, 2, 0)] {
            let op = conv(Shape { channels: 2, height: size, width: size + 1 }, 3, kernel, stride, padding);
            let LinearOp::Conv(geometry) = op else { unreachable!() };
            let mut found = Vec::new();
            for input in 0..op.inputs() {
                op.for_each_target(input, |output, weight| found.push((input, output, weight)));
            }
            let mut sorted = found.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, brute_force(&geometry), "size {size} kernel {kernel} stride {stride} padding {padding}");
            assert_eq!(found.len() as u64, op.macs());
            assert!(found.is_sorted(), "outputs ascend for each input");
        }
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let input = Shape { channels: 1, height: 4, width: 4 };
        let dense = LayerSpec::Dense { outputs: 3 };
        assert!(stages(input, &[dense.clone(), dense.clone()]).is_err());
        assert!(stages(input, &[LayerSpec::Flatten, dense.clone()]).is_err());
        assert_eq!(stages(input, &[LayerSpec::Flatten, dense.clone(), dense]).unwrap().len(), 2);
    }
}
