//! The integer network: what is exported, what the chip runs, and what the reference evaluator defines.
//!
//! From folded real weights w', biases b' and threshold θ, with `bits`-bit weights and T steps, per layer:
//!
//! ```text
//! S      = (2^(bits-1) - 1) / max|w'|          one scale per layer
//! w_q    = round(w' S)                         integer weights
//! F      = ceil(log2 T) for hidden layers, 0 for the output
//! θ_q    = max(1, round(θ S 2^F))              membrane units: 1/2^F weight units
//! b_q    = round(b' S 2^F / T)                 hidden layers, added every step
//! b_q    = round(b' S 2^F R / T)               encoding layer, R = full scale of an input value
//! b_q    = round(b' S)                         output layer, added once
//! ```
//!
//! T additions of b_q miss b' by at most T/2^(F+1) <= 1/2 weight unit. The encoding layer's current is
//! `floor((2 (2^F Σ w_q x + b_q) + R) / 2R)`: products rounded once, half up.

use super::architecture::{Kernel, LinearOp, Shape, Stage, Target};

/// Fewest and most bits of a weight, sign included.
pub const WEIGHT_BITS: std::ops::RangeInclusive<u32> = 2..=9;
/// Bits of a membrane unless something else is asked for (Loihi's width).
pub const MEMBRANE_BITS: u32 = 24;

/// A weighted layer with batch norm folded in, in real numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedLayer {
    /// Folded weights w', in the order of [`LinearOp`]; behind a pool, already divided by its window's size.
    pub weight: Vec<f32>,
    /// Folded biases b', one per output channel.
    pub bias: Vec<f32>,
    /// Whether a limit on fan-in removed weights: zeros then are no synapses.
    pub pruned: bool,
}

/// A trained network in real numbers, batch norm folded in.
#[derive(Clone, Debug, PartialEq)]
pub struct Folded {
    /// The layers with their shapes.
    pub stages: Vec<Stage>,
    /// Weights and biases, one entry per stage.
    pub layers: Vec<FoldedLayer>,
    /// Shape of an input sample.
    pub input: Shape,
    /// The value of an 8-bit input that stands for 1.0.
    pub full_scale: u32,
    /// Firing threshold θ of the hidden layers.
    pub threshold: f64,
    /// Share λ of a hidden membrane that is left after a step; 1 without a leak.
    pub leak: f64,
    /// Whether hidden membranes begin at half their threshold.
    pub half_start: bool,
    /// What the outputs stand for.
    pub target: Target,
}

/// How a network is made integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuantSpec {
    /// Time steps T.
    pub time_steps: u32,
    /// Bits of a weight, sign included.
    pub weight_bits: u32,
    /// Bits of a membrane; sums saturate there.
    pub membrane_bits: u32,
}

/// A weighted layer in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantisedLayer {
    /// Name of its stage.
    pub name: String,
    /// What it computes.
    pub op: LinearOp,
    /// Shape of its output.
    pub output: Shape,
    /// Weights w_q.
    pub weight: Vec<i16>,
    /// Biases b_q, one per output channel, in the units the module's text gives.
    pub bias: Vec<i64>,
    /// Threshold θ_q (membrane units); unused by the output layer.
    pub threshold: i32,
    /// F: a membrane counts in 1/2^F weight units.
    pub fraction_bits: u32,
}

/// A layered network in integers. The first layer encodes, the last integrates without firing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layered {
    /// Shape of an input sample.
    pub input: Shape,
    /// The value of an 8-bit input that stands for 1.0.
    pub full_scale: u32,
    /// How it was made integer.
    pub spec: QuantSpec,
    /// At least two layers.
    pub layers: Vec<QuantisedLayer>,
}

impl Layered {
    /// Largest magnitude of a membrane; sums saturate there.
    pub fn membrane_max(&self) -> i32 {
        membrane_max(self.spec.membrane_bits)
    }

    /// Number of neurons, inputs excluded.
    pub fn neurons(&self) -> usize {
        self.layers.iter().map(|layer| layer.op.outputs()).sum()
    }

    /// The encoding layer's current into each of its neurons per time step (membrane units).
    pub fn encode(&self, pixels: &[u8]) -> Vec<i32> {
        let first = &self.layers[0];
        let sums = products(first, pixels);
        let positions = first.op.positions();
        let current = |(o, sum): (usize, i64)| {
            let numerator = (sum << first.fraction_bits) + first.bias[o / positions];
            round_half_up(numerator, i64::from(self.full_scale))
                .clamp(-i64::from(self.membrane_max()), i64::from(self.membrane_max())) as i32
        };
        sums.into_iter().enumerate().map(current).collect()
    }
}

/// Sums of weight x pixel into every neuron of a layer.
fn products(layer: &QuantisedLayer, pixels: &[u8]) -> Vec<i64> {
    if let LinearOp { pool: None, kernel: Kernel::Dense { inputs, .. } } = layer.op {
        // Row by row: the weights of an output are contiguous. A row's sum fits 64 bits many times over.
        let dot = |row: &[i16]| row.iter().zip(pixels).map(|(w, x)| i64::from(i32::from(*w) * i32::from(*x))).sum();
        return layer.weight.chunks_exact(inputs as usize).map(dot).collect();
    }
    let mut sums = vec![0i64; layer.op.outputs()];
    for (input, &value) in pixels.iter().enumerate().filter(|(_, value)| **value != 0) {
        let value = i64::from(value);
        layer.op.for_each_target(input, |o, w| sums[o] += value * i64::from(layer.weight[w]));
    }
    sums
}

/// Largest magnitude of a membrane of so many bits.
pub fn membrane_max(bits: u32) -> i32 {
    ((1i64 << (bits - 1)) - 1) as i32
}

/// `numerator / denominator`, rounded to the nearest integer, halves up.
pub fn round_half_up(numerator: i64, denominator: i64) -> i64 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}

impl Folded {
    /// The integer network for these steps and widths.
    pub fn quantise(&self, spec: QuantSpec) -> Layered {
        let last = self.layers.len() - 1;
        let layers = self.stages.iter().zip(&self.layers).enumerate();
        let layers = layers.map(|(index, (stage, layer))| {
            let role = match index {
                0 => Role::Encoding { full_scale: self.full_scale },
                i if i == last => Role::Output,
                _ => Role::Hidden,
            };
            quantise_layer(stage, layer, self.threshold, spec, role)
        });
        Layered { input: self.input, full_scale: self.full_scale, spec, layers: layers.collect() }
    }
}

#[derive(Clone, Copy)]
enum Role {
    Encoding { full_scale: u32 },
    Hidden,
    Output,
}

fn quantise_layer(stage: &Stage, layer: &FoldedLayer, threshold: f64, spec: QuantSpec, role: Role) -> QuantisedLayer {
    let largest = layer.weight.iter().fold(0f64, |m, w| m.max(f64::from(w.abs())));
    let weight_max = ((1i64 << (spec.weight_bits - 1)) - 1) as f64;
    let scale = if largest > 0.0 { weight_max / largest } else { 1.0 };
    let steps = f64::from(spec.time_steps);
    let fraction_bits = match role {
        Role::Output => 0,
        _ => spec.time_steps.next_power_of_two().trailing_zeros(),
    };
    let unit = scale * f64::from(1u32 << fraction_bits);
    let bias_unit = match role {
        Role::Encoding { full_scale } => unit * f64::from(full_scale) / steps,
        Role::Hidden => unit / steps,
        Role::Output => scale,
    };
    let limit = f64::from(membrane_max(spec.membrane_bits));
    let bias_limit = limit * f64::from(if let Role::Encoding { full_scale } = role { full_scale } else { 1 });
    QuantisedLayer {
        name: stage.name.clone(),
        op: stage.op,
        output: stage.output,
        weight: layer.weight.iter().map(|w| (f64::from(*w) * scale).round() as i16).collect(),
        bias: layer
            .bias
            .iter()
            .map(|b| (f64::from(*b) * bias_unit).round().clamp(-bias_limit, bias_limit) as i64)
            .collect(),
        threshold: (threshold * unit).round().clamp(1.0, limit) as i32,
        fraction_bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_up() {
        assert_eq!([-3, -2, -1, 0, 1, 2, 3].map(|n| round_half_up(n, 2)), [-1, -1, 0, 0, 1, 1, 2]);
        assert_eq!(round_half_up(-7, 3), -2);
    }

    #[test]
    fn biases_of_all_steps_add_up_within_half_a_unit() {
        let op = LinearOp::dense(1, 1);
        let stage = |name: &str| Stage { name: name.into(), op, output: Shape::flat(1), skip: None };
        for steps in [1, 2, 3, 4, 7, 8, 16, 100] {
            for bias in [-0.731f32, 0.013, 0.5, 2.9] {
                let layer = FoldedLayer { weight: vec![1.0], bias: vec![bias], pruned: false };
                let folded = Folded {
                    stages: vec![stage("a"), stage("b"), stage("c")],
                    layers: vec![layer.clone(), layer.clone(), layer],
                    input: Shape::flat(1),
                    full_scale: 255,
                    threshold: 1.0,
                    leak: 1.0,
                    half_start: false,
                    target: Target::Label,
                };
                let net = folded.quantise(QuantSpec { time_steps: steps, weight_bits: 8, membrane_bits: 24 });
                let unit = 127.0 * f64::from(1u32 << net.layers[1].fraction_bits);
                let exact = f64::from(bias) * unit;
                let sum = (net.layers[1].bias[0] * i64::from(steps)) as f64;
                let tolerance = 0.5 * f64::from(1u32 << net.layers[1].fraction_bits) + 1e-6;
                assert!((sum - exact).abs() <= tolerance, "T {steps} bias {bias}: {sum} for {exact}");
            }
        }
    }

    #[test]
    fn encoding_rounds_once() {
        let op = LinearOp::dense(2, 1);
        let layer = |bias| QuantisedLayer {
            name: "x".into(),
            op,
            output: Shape::flat(1),
            weight: vec![3, -2],
            bias: vec![bias],
            threshold: 1,
            fraction_bits: 2,
        };
        let spec = QuantSpec { time_steps: 4, weight_bits: 8, membrane_bits: 24 };
        let net = Layered { input: Shape::flat(2), full_scale: 16, spec, layers: vec![layer(5), layer(0)] };
        // 4 (3*10 - 2*7) + 5 = 69; 69/16 = 4.3125
        assert_eq!(net.encode(&[10, 7]), [4]);
        // 4 (3*1 - 2*3) + 5 = -7; -7/16 = -0.4375
        assert_eq!(net.encode(&[1, 3]), [0]);
    }
}
