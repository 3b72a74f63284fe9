//! From layers in a file to weighted layers with shapes, or to the problems of the layers.

use super::{Convolution, Kernel, LayerSpec, LinearOp, MAX_NEURONS_PER_LAYER, MAX_WEIGHTS, Pool, Shape};
use crate::net::graph::size::MAX_SYNAPSES;

/// A weighted layer with its shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Unique name, such as `dense2` or `conv1`.
    pub name: String,
    /// Linear operation.
    pub op: LinearOp,
    /// Shape of the output.
    pub output: Shape,
    /// Index of the earlier stage whose spikes are added to its inputs, neuron by neuron.
    pub skip: Option<usize>,
}

/// Why layers do not fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerError {
    /// Position in the list of layers.
    pub layer: usize,
    /// Description of the problem.
    pub message: String,
}

/// Computes the shapes of all layers, or reports the layers that do not fit.
pub fn stages(input: Shape, layers: &[LayerSpec]) -> Result<Vec<Stage>, Vec<LayerError>> {
    let mut builder = StageBuilder { shape: input, ..StageBuilder::default() };
    for (index, layer) in layers.iter().enumerate() {
        if let Err(message) = builder.add(index, layer) {
            // The layers after it have no shapes.
            builder.errors.push(LayerError { layer: index, message });
            return Err(builder.errors);
        }
    }
    builder.finish(layers.len())
}

#[derive(Default)]
struct StageBuilder {
    /// Shape that the next layer reads.
    shape: Shape,
    /// A pool that no weighted layer has read yet, and its position.
    pool: Option<(usize, Pool)>,
    stages: Vec<Stage>,
    /// Position of the layer that adds another, by stage, if it does.
    adds: Vec<Option<usize>>,
    convolutions: usize,
    weights: u64,
    synapses: u64,
    /// Problems of layers whose shapes are known nonetheless.
    errors: Vec<LayerError>,
}

impl StageBuilder {
    fn add(&mut self, index: usize, layer: &LayerSpec) -> Result<(), String> {
        let (kernel, output, add) = match layer {
            LayerSpec::Flatten => {
                self.shape = Shape::flat(self.shape.neurons() as u32);
                return Ok(());
            }
            LayerSpec::AvgPool2d { kernel } => return self.add_pool(index, *kernel),
            LayerSpec::Dense { outputs, add } => (self.dense(*outputs)?, Shape::flat(*outputs), add),
            LayerSpec::Conv2d { channels, kernel, stride, padding, groups, add } => {
                let conv = self.convolution(*channels, (*kernel, *stride, *padding))?;
                let conv = Convolution { groups: self.groups(index, *channels, *groups), ..conv };
                (Kernel::Conv(conv), conv.output, add)
            }
        };
        // Windows of one value sum nothing.
        let pool = self.pool.take().map(|(_, pool)| pool).filter(|pool| pool.window != [1, 1]);
        let op = LinearOp { pool, kernel };
        self.count(&op, output, add.is_some())?;
        let skip = add.as_ref().and_then(|name| self.find(index, name, output));
        let name = match kernel {
            Kernel::Dense { .. } => format!("dense{}", self.stages.len() + 1 - self.convolutions),
            Kernel::Conv(_) => {
                self.convolutions += 1;
                format!("conv{}", self.convolutions)
            }
        };
        self.stages.push(Stage { name, op, output, skip });
        self.adds.push(add.is_some().then_some(index));
        self.shape = output;
        Ok(())
    }

    fn add_pool(&mut self, index: usize, window: [u32; 2]) -> Result<(), String> {
        let input = self.shape;
        let output = Shape { height: input.height / window[0], width: input.width / window[1], ..input };
        if output.neurons() == 0 {
            return Err(format!("a {}x{} window is larger than its input of {input}", window[0], window[1]));
        }
        // A pool over a pool is one with larger windows; what the first drops, the larger windows drop too. Over a
        // vector only windows of one value fit, which have no effect.
        let pool = match self.pool {
            Some((_, first)) if window == [1, 1] => first,
            Some((_, first)) => {
                Pool { input: first.input, output, window: [0, 1].map(|axis| first.window[axis] * window[axis]) }
            }
            None => Pool { input, output, window },
        };
        self.pool = Some((index, pool));
        self.shape = output;
        Ok(())
    }

    fn dense(&self, outputs: u32) -> Result<Kernel, String> {
        let Shape { channels, height, width } = self.shape;
        if (height, width) != (1, 1) {
            let shape = self.shape;
            return Err(format!(
                "a dense layer reads a vector, but its input is {shape}; put a flatten layer before it"
            ));
        }
        Ok(Kernel::Dense { inputs: channels, outputs })
    }

    fn convolution(
        &self,
        channels: u32,
        (kernel, stride, padding): ([u32; 2], [u32; 2], [u32; 2]),
    ) -> Result<Convolution, String> {
        let input = self.shape;
        let extent = |size: u32, axis: usize| {
            (size + 2 * padding[axis]).checked_sub(kernel[axis]).map(|room| room / stride[axis] + 1)
        };
        let (Some(height), Some(width)) = (extent(input.height, 0), extent(input.width, 1)) else {
            let [kh, kw] = kernel;
            return Err(format!("a {kh}x{kw} kernel is larger than its padded input of {input}"));
        };
        Ok(Convolution { input, output: Shape { channels, height, width }, kernel, stride, padding, groups: 1 })
    }

    /// The groups of a convolution, or one where they do not fit.
    fn groups(&mut self, layer: usize, channels: u32, groups: u32) -> u32 {
        let inputs = self.shape.channels;
        if groups > 0 && inputs.is_multiple_of(groups) && channels.is_multiple_of(groups) {
            return groups;
        }
        let message = format!("{groups} groups do not divide both {inputs} input and {channels} output channels");
        self.errors.push(LayerError { layer, message });
        1
    }

    fn count(&mut self, op: &LinearOp, output: Shape, skip: bool) -> Result<(), String> {
        if output.neurons() > u64::from(MAX_NEURONS_PER_LAYER) {
            return Err(format!("{} neurons; a layer has at most {MAX_NEURONS_PER_LAYER}", output.neurons()));
        }
        self.weights += op.channels() as u64 * op.fan_in() as u64;
        if self.weights > MAX_WEIGHTS {
            return Err(format!("{} weights up to here; a network has at most {MAX_WEIGHTS}", self.weights));
        }
        // The encoding layer's currents are computed off the chip.
        if !self.stages.is_empty() {
            self.synapses += op.synapses() + if skip { output.neurons() } else { 0 };
        }
        if self.synapses > MAX_SYNAPSES {
            return Err(format!("{} synapses up to here; a network has at most {MAX_SYNAPSES}", self.synapses));
        }
        Ok(())
    }

    /// The stage with that name, if its spikes can be added to an output of that shape.
    fn find(&mut self, layer: usize, name: &str, output: Shape) -> Option<usize> {
        let found = self.stages.iter().position(|stage| stage.name == name && stage.output == output);
        if found.is_none() {
            let fitting = self.stages.iter().filter(|stage| stage.output == output).map(|stage| stage.name.as_str());
            let fitting: Vec<_> = fitting.collect();
            let allowed = if fitting.is_empty() { "there is none".to_owned() } else { fitting.join(", ") };
            let message = format!(
                "add: found \"{name}\", allowed: a weighted layer before it with outputs of {output}: {allowed}"
            );
            self.errors.push(LayerError { layer, message });
        }
        found
    }

    fn finish(mut self, layers: usize) -> Result<Vec<Stage>, Vec<LayerError>> {
        if let Some((layer, _)) = self.pool {
            let message = "an average pool is part of the weighted layer after it, and there is none".to_owned();
            self.errors.push(LayerError { layer, message });
        }
        if let Some(layer) = self.adds.last().copied().flatten() {
            let message = "add: the output layer integrates without firing, and adds no other layer".to_owned();
            self.errors.push(LayerError { layer, message });
        }
        if self.stages.len() < 2 {
            let found = self.stages.len();
            let message = format!("{found} weighted layers; at least two are needed (encoding and output)");
            self.errors.push(LayerError { layer: layers.saturating_sub(1), message });
        }
        if self.errors.is_empty() { Ok(self.stages) } else { Err(self.errors) }
    }
}
