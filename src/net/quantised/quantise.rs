//! From real numbers to integers.

use super::scale::{ScaleRoom, scales};
use super::{Folded, FoldedLayer, Layered, QuantSpec, QuantisedLayer, Scale, Skip, membrane_max};
use crate::net::architecture::Stage;
use crate::net::input::Encoding;

/// Refuses layers that add another one if a weight has too few bits: with one bit, no weight but 1 can stand for θ.
pub fn skips_need_bits(stages: &[Stage], weight_bits: u32) -> Result<(), String> {
    match stages.iter().find(|stage| stage.skip.is_some() && weight_bits < 2) {
        Some(stage) => Err(format!(
            "{weight_bits} bit is too few, 2 are needed: {} adds the spikes of another layer, whose weight is a threshold",
            stage.name
        )),
        None => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Encoding { full_scale: u32 },
    Hidden,
    Output,
}

/// Growth of biases with the number of time steps.
#[derive(Clone, Copy)]
struct Biases {
    /// Time steps over which the bias of a hidden layer is spread.
    spread: u32,
    /// Ratio of the output layer's bias to that of the training.
    growth: f64,
}

impl Biases {
    /// Biases of a network trained for `trained` steps that runs for `steps`. Values come in every step, so beyond the
    /// trained steps sums of spikes grow with the steps, and so must biases. Spike trains are split into the steps:
    /// more steps have no more spikes, and need no more bias.
    fn new(steps: u32, trained: u32, encoding: Encoding) -> Self {
        let spread = if encoding.reads_trains() { steps } else { steps.min(trained) };
        Self { spread, growth: f64::from(steps) / f64::from(spread) }
    }
}

impl Folded {
    /// The integer network for these steps and widths, after a training for as many steps.
    pub fn quantise(&self, spec: QuantSpec) -> Layered {
        self.quantise_trained_for(spec, spec.time_steps)
    }

    /// The integer network for these steps and widths, after a training for `trained` steps (at least 1).
    pub fn quantise_trained_for(&self, spec: QuantSpec, trained: u32) -> Layered {
        let last = self.layers.len() - 1;
        let biases = Biases::new(spec.time_steps, trained.max(1), self.encoding);
        let layers = self.stages.iter().zip(&self.layers).enumerate();
        let layers = layers.map(|(index, (stage, layer))| {
            let role = match index {
                0 if self.encoding.is_off_chip() => Role::Encoding { full_scale: self.full_scale },
                i if i == last => Role::Output,
                _ => Role::Hidden,
            };
            self.quantise_layer(stage, layer, (spec, biases), role)
        });
        let (layers, scales): (Vec<_>, Vec<_>) = layers.unzip();
        Layered {
            input: self.input,
            encoding: self.encoding,
            full_scale: self.full_scale,
            spec,
            layers,
            decay: ((1.0 - self.leak) * 4096.0).round().clamp(0.0, 4096.0) as u32,
            half_start: self.half_start,
            target: self.target,
            output_scale: biases.growth * scales.last().and_then(|scales| scales.first()).copied().unwrap_or(1.0),
        }
    }

    /// A layer, and the scale of each of its channels.
    fn quantise_layer(
        &self,
        stage: &Stage,
        layer: &FoldedLayer,
        (spec, biases): (QuantSpec, Biases),
        role: Role,
    ) -> (QuantisedLayer, Vec<f64>) {
        let fraction_bits = match role {
            Role::Output => 0,
            _ => spec.time_steps.next_power_of_two().trailing_zeros(),
        };
        let (fraction, fan_in) = (f64::from(1u32 << fraction_bits), stage.op.fan_in());
        let room = ScaleRoom { threshold: self.threshold, fraction, skip: stage.skip.is_some() };
        let scale = if role == Role::Output { Scale::Layer } else { spec.scale };
        let scales = scales(layer, fan_in, QuantSpec { scale, ..spec }, room);
        let limit = f64::from(membrane_max(spec.membrane_bits));
        let full_scale = if let Role::Encoding { full_scale } = role { f64::from(full_scale) } else { 1.0 };
        let bias_limit = limit * full_scale;
        let per_step = match role {
            Role::Output => biases.growth,
            _ => fraction * full_scale / f64::from(biases.spread),
        };
        let bias = |(b, s): (&f32, &f64)| (f64::from(*b) * s * per_step).round().clamp(-bias_limit, bias_limit) as i64;
        let threshold = |s: &f64| (self.threshold * s * fraction).round().clamp(1.0, limit) as i32;
        let skip_weight = |s: &f64| (self.threshold * s).round().min(f64::from(spec.weight_max())) as i16;
        let rows = layer.weight.chunks(fan_in).zip(&scales);
        let quantised = QuantisedLayer {
            name: stage.name.clone(),
            op: stage.op,
            output: stage.output,
            weight: rows.flat_map(|(row, s)| row.iter().map(move |w| integer(layer, *w, *s, spec))).collect(),
            bias: layer.bias.iter().zip(&scales).map(bias).collect(),
            threshold: scales.iter().map(threshold).collect(),
            fraction_bits,
            skip: stage.skip.map(|layer| Skip { layer, weight: scales.iter().map(skip_weight).collect() }),
            pruned: layer.pruned,
        };
        (quantised, scales)
    }
}

fn integer(layer: &FoldedLayer, weight: f32, scale: f64, spec: QuantSpec) -> i16 {
    match spec.weight_bits {
        // A removed weight is not a synapse, whatever its sign.
        1 if layer.pruned && weight == 0.0 => 0,
        1 => 1 - 2 * i16::from(weight < 0.0),
        _ => (f64::from(weight) * scale).round() as i16,
    }
}
