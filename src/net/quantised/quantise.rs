//! From real numbers to integers.

use super::{Folded, FoldedLayer, Layered, QuantSpec, QuantisedLayer, Skip};
use crate::net::architecture::{Firing, Stage};
use crate::net::deployed::{Biases, LayerGoal, LayerIntegers, LayerRole, RealLayer};
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

/// d: share of a hidden membrane that is lost per step, in 1/4096.
pub fn decay_of(leak: f64) -> u32 {
    ((1.0 - leak) * 4096.0).round().clamp(0.0, 4096.0) as u32
}

/// Biases of a network trained for `trained` steps that runs for `steps`. Values come in every step, so beyond the
/// trained steps sums of spikes grow with the steps, and so must biases. Spike trains are split into the steps: more
/// steps have no more spikes, and need no more bias.
fn biases(steps: u32, trained: u32, encoding: Encoding) -> Biases {
    let spread = if encoding.reads_trains() { steps } else { steps.min(trained) };
    Biases { spread, growth: f64::from(steps) / f64::from(spread) }
}

impl Folded {
    /// The integer network for these steps and widths, after a training for as many steps.
    pub fn quantise(&self, spec: QuantSpec) -> Layered {
        self.quantise_trained_for(spec, spec.time_steps)
    }

    /// The integer network for these steps and widths, after a training for `trained` steps (at least 1).
    pub fn quantise_trained_for(&self, spec: QuantSpec, trained: u32) -> Layered {
        let spec = QuantSpec { membrane_bits: self.neuron.membrane_bits(spec.membrane_bits), ..spec };
        let biases = biases(spec.time_steps, trained.max(1), self.encoding);
        let layers = self.stages.iter().zip(&self.layers).enumerate();
        let layers = layers.map(|(index, (stage, layer))| {
            self.quantise_layer(
                (stage, self.firing(index).threshold),
                layer,
                LayerGoal { spec, role: self.role(index), biases, waits: index as u32 + self.encoding.delay() },
            )
        });
        let (layers, units): (Vec<_>, Vec<f64>) = layers.unzip();
        Layered {
            input: self.input,
            encoding: self.encoding,
            frames: self.frames,
            full_scale: self.full_scale,
            neuron: self.neuron,
            spec,
            layers,
            decay: decay_of(self.leak),
            own_decays: self.own.map(|firing| decay_of(firing.leak)),
            half_start: self.half_start,
            target: self.target,
            output_scale: units.last().copied().unwrap_or(1.0),
        }
    }

    /// Layers with a threshold of their own that no membrane reaches: saturated at the largest that a membrane holds.
    pub fn beyond_membranes(&self, made: &Layered) -> Vec<String> {
        let most = made.membrane_max();
        let names = |(layer, firing): (usize, Firing)| {
            let quantised = made.layers.get(layer).filter(|found| found.threshold.contains(&most))?;
            let (bits, scale) = (made.spec.membrane_bits, 1u64 << quantised.fraction_bits);
            let largest = f64::from(most) / (firing.threshold * scale as f64);
            Some(format!(
                "{}: a threshold of {} does not fit a membrane of {bits} bits; it does where 1 is at most {largest:.4} weight units, or with more bits",
                quantised.name, firing.threshold
            ))
        };
        self.own.iter().filter_map(names).collect()
    }

    fn role(&self, layer: usize) -> LayerRole {
        match layer {
            0 if self.encoding.is_off_chip() => LayerRole::Encoding { full_scale: self.full_scale },
            layer if layer + 1 == self.layers.len() && !self.neuron.outputs_spike() => LayerRole::Output,
            _ => LayerRole::Hidden,
        }
    }

    /// A layer, and the membrane units in 1 at the end of an inference.
    fn quantise_layer(
        &self,
        (stage, threshold): (&Stage, f64),
        layer: &FoldedLayer,
        goal: LayerGoal,
    ) -> (QuantisedLayer, f64) {
        let real = layer.real(stage, threshold);
        let LayerIntegers { weight, bias, threshold, fraction_bits, added, output_unit, .. } =
            self.neuron.integers(&real, &goal);
        let quantised = QuantisedLayer {
            name: stage.name.clone(),
            op: stage.op,
            output: stage.output,
            weight,
            bias,
            threshold,
            fraction_bits,
            skip: stage.skip.map(|layer| Skip { layer, weight: added }),
            pruned: layer.pruned,
        };
        (quantised, output_unit)
    }
}

impl FoldedLayer {
    /// The layer for a neuron with a threshold.
    pub fn real(&self, stage: &Stage, threshold: f64) -> RealLayer<'_> {
        RealLayer {
            weight: &self.weight,
            fan_in: stage.op.fan_in(),
            bias: &self.bias,
            taps: stage.op.taps(),
            pruned: self.pruned,
            adds: stage.skip.is_some(),
            threshold,
        }
    }
}
