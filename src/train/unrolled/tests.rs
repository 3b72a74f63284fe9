//! The gradient of an unrolled network against central differences of a relaxed one, written again in plain loops.

use super::HEIGHT;
use crate::data::{self, Dataset, Sequences};
use crate::net::Architecture;
use crate::net::Folded;
use crate::net::architecture::{Activation, ByLayer, Firing, LayerSpec};
use crate::net::input::{Encoding, TrainsForm};
use crate::train::network::{Hidden, in_own_order, summed};
use crate::train::tandem::Trainer;
use crate::train::tests::digits_cnn;
use crate::train::{Config, Rule};

const SAMPLES: usize = 5;
const STEPS: usize = 4;

/// z and the spike of each neuron of a layer, step by step.
type RelaxedLayer = Vec<Vec<(f64, f64)>>;

/// A network whose spikes move with z as the surrogate says, from those that they are without a move: its gradient there is
/// the rule's. The reset's spike does not move.
#[derive(Clone)]
struct Relaxed {
    folded: Folded,
    weight: Vec<Vec<f64>>,
    /// Of a step; of the output layer, of all steps.
    bias: Vec<Vec<f64>>,
    threshold: Vec<f64>,
    leak: Vec<f64>,
}

/// The integral of the surrogate from far below.
fn soft(z: f64) -> f64 {
    let height = f64::from(HEIGHT);
    match z {
        z if z <= -1.0 => 0.0,
        z if z <= 0.0 => height * (1.0 + z) * (1.0 + z) / 2.0,
        z if z <= 1.0 => height * (1.0 - (1.0 - z) * (1.0 - z) / 2.0),
        _ => height,
    }
}

impl Relaxed {
    fn of(trainer: &Trainer<'_>, frames: usize) -> Self {
        let Trainer { network, architecture, dataset, .. } = trainer;
        let folded = network.fold(architecture, architecture.stages(), dataset.full_scale);
        let wide = |values: &[f32], share: f64| values.iter().map(|v| f64::from(*v) * share).collect::<Vec<_>>();
        let last = folded.layers.len() - 1;
        // That of the output acts once in each frame.
        let share = |index: usize| if index == last { frames as f64 } else { 1.0 / network.steps as f64 };
        Self {
            weight: folded.layers.iter().map(|layer| wide(&layer.weight, 1.0)).collect(),
            bias: folded.layers.iter().enumerate().map(|(i, layer)| wide(&layer.bias, share(i))).collect(),
            threshold: (0..last).map(|layer| folded.firing(layer).threshold).collect(),
            leak: (0..last).map(|layer| folded.firing(layer).leak).collect(),
            folded,
        }
    }

    fn sums(&self, index: usize, input: &[f64]) -> Vec<f64> {
        let op = &self.folded.stages[index].op;
        let mut sums = vec![0.0; op.outputs()];
        for (i, value) in input.iter().enumerate() {
            op.for_each_target(i, |output, w| sums[output] += value * self.weight[index][w]);
        }
        sums
    }

    /// Outputs for an input of each step, and what the layers did.
    fn run(&self, inputs: &[Vec<f64>], base: Option<&[RelaxedLayer]>) -> (Vec<f64>, Vec<RelaxedLayer>) {
        let last = self.weight.len() - 1;
        let mut layers: Vec<RelaxedLayer> = Vec::new();
        let mut below = inputs.to_vec();
        for index in 0..last {
            let stage = &self.folded.stages[index];
            let (theta, positions) = (self.threshold[index], stage.op.positions());
            let start = if self.folded.half_start { theta / 2.0 } else { 0.0 };
            let (mut left, mut layer, mut next) = (vec![start; stage.op.outputs()], RelaxedLayer::new(), Vec::new());
            for (step, input) in below.iter().enumerate() {
                let sums = self.sums(index, input);
                let (mut row, mut spikes) = (Vec::new(), Vec::new());
                for (neuron, sum) in sums.iter().enumerate() {
                    let added = stage.skip.map_or(0.0, |from| theta * layers[from][step][neuron].1);
                    let u = self.leak[index] * left[neuron] + sum + self.bias[index][neuron / positions] + added;
                    let z = u / theta - 1.0;
                    let before = base.map(|base| base[index][step][neuron]);
                    let hard = before.map_or(f64::from(u8::from(z >= 0.0)), |(_, spike)| spike);
                    left[neuron] = u - theta * hard;
                    let moved = before.map_or(0.0, |(before, _)| soft(z) - soft(before));
                    row.push((z, hard + moved));
                    spikes.push(hard + moved);
                }
                layer.push(row);
                next.push(spikes);
            }
            layers.push(layer);
            below = next;
        }
        let mut outputs = self.bias[last].clone();
        for input in &below {
            outputs.iter_mut().zip(self.sums(last, input)).for_each(|(output, sum)| *output += sum);
        }
        (outputs, layers)
    }

    fn loss(&self, samples: &[(Vec<Vec<f64>>, usize)], base: &[Vec<RelaxedLayer>]) -> f64 {
        let cost = |((inputs, label), base): (&(Vec<Vec<f64>>, usize), &Vec<RelaxedLayer>)| {
            let (outputs, _) = self.run(inputs, Some(base));
            outputs.iter().map(|output| output.exp()).sum::<f64>().ln() - outputs[*label]
        };
        samples.iter().zip(base).map(cost).sum::<f64>() / samples.len() as f64
    }
}

/// Two images after each other, as sequences of two frames.
fn in_pairs(mut digits: Dataset) -> Dataset {
    let part = &mut digits.train;
    part.labels = part.labels.chunks_exact(2).map(|pair| pair[0]).collect();
    part.pixels.truncate(2 * part.labels.len() * part.sample_len);
    part.sequences = Sequences::of_lengths(&vec![2; part.labels.len()], None);
    digits
}

/// Inputs by step, and labels.
fn samples(dataset: &Dataset, encoding: Encoding, frames: usize) -> Vec<(Vec<Vec<f64>>, usize)> {
    let sample = |index| {
        let (pixels, label) = dataset.train.sample(index);
        let inputs = dataset.shape.neurons() as usize;
        let form = TrainsForm { inputs, steps: STEPS, full_scale: dataset.full_scale };
        let shown = |step: usize| &pixels[step * frames / STEPS * inputs..][..inputs];
        let step = |step| match encoding.trains(pixels, form) {
            None => shown(step).iter().map(|p| f64::from(f32::from(*p) / dataset.full_scale as f32)).collect(),
            Some(trains) => {
                let mut row = vec![0.0; pixels.len()];
                trains.step(step).for_each(|input| row[input] = 1.0);
                row
            }
        };
        ((0..STEPS).map(step).collect(), usize::from(label))
    };
    (0..SAMPLES).map(sample).collect()
}

/// Convolutions, a pool, and a layer that adds another's spikes; thresholds and leaks of each layer.
fn architecture(encoding: Encoding, activation: Activation) -> Architecture {
    let mut architecture = digits_cnn();
    let adds = LayerSpec::Dense { outputs: 12, add: Some("dense1".into()) };
    let pool = LayerSpec::AvgPool2d { kernel: [2, 2] };
    let (conv, dense) = (LayerSpec::conv(4, 3, 1, 1), LayerSpec::dense);
    architecture.layers = vec![conv, pool, LayerSpec::Flatten, dense(12), adds, dense(10)];
    architecture.own = ByLayer::default();
    [(0.6, 0.9), (0.4, 0.97), (0.55, 0.85)].into_iter().enumerate().for_each(|(layer, (threshold, leak))| {
        architecture.own.set(layer, Firing { threshold, leak });
    });
    (architecture.encoding, architecture.training.activation) = (encoding, activation);
    architecture
}

/// Larger weights, so that neurons spike, and biases.
fn stir(layer: &mut Hidden) {
    layer.weight.value.iter_mut().for_each(|weight| *weight *= 2.5);
    layer.norm.beta.value.iter_mut().zip(0..).for_each(|(bias, i)| *bias = 0.02 * (i % 5) as f32);
}

#[test]
fn gradients_match_central_differences_of_the_relaxed_network() {
    let digits = data::load("digits", &[]).unwrap();
    let pairs = in_pairs(digits.clone());
    for (encoding, activation, frames) in [
        (Encoding::Direct, Activation::Relu, 1),
        (Encoding::Rate, Activation::Relu, 1),
        (Encoding::Direct, Activation::Qcfs, 1),
        (Encoding::Direct, Activation::Relu, 2),
    ] {
        let digits = if frames > 1 { &pairs } else { &digits };
        let architecture = architecture(encoding, activation);
        let own = Config::of(&architecture, 5, 1);
        let time_steps = (STEPS / frames) as u32;
        let config = Config { rule: Rule::SURROGATE, batch: SAMPLES as u32, time_steps, dropout: 0.0, ..own };
        let mut trainer = Trainer::new(&architecture, digits, &config);
        trainer.network.hidden.iter_mut().for_each(stir);
        let relaxed = Relaxed::of(&trainer, frames);
        trainer.load(&digits.train, &(0..SAMPLES as u32).collect::<Vec<_>>());
        let loss = trainer.step(0.0);
        let samples = samples(digits, encoding, frames);
        let base: Vec<_> = samples.iter().map(|(inputs, _)| relaxed.run(inputs, None).1).collect();
        spikes_as_counted(&trainer, &base);
        assert!((relaxed.loss(&samples, &base) - loss.mean).abs() < 1e-5, "{encoding:?}");
        let difference = |change: &dyn Fn(&mut Relaxed, f64)| {
            let at = |by: f64| {
                let mut moved = relaxed.clone();
                change(&mut moved, by);
                moved.loss(&samples, &base)
            };
            (at(1e-5) - at(-1e-5)) / 2e-5
        };
        let near = |what: &str, found: f32, expected: f64, size: f64| {
            let found = f64::from(found);
            assert!((found - expected).abs() < 2e-4 * size + 1e-7, "{what}: {found}, differences {expected} of {size}");
        };
        for (index, layer) in trainer.network.hidden.iter().enumerate() {
            let theta = difference(&|net, by| net.threshold[index] += by);
            near("threshold", layer.threshold.gradient[0], theta, theta.abs().max(0.01));
            let leak = difference(&|net, by| net.leak[index] += by);
            near("leak", layer.leak.gradient[0], leak, leak.abs().max(0.01));
            assert!(theta != 0.0 && leak != 0.0);
            for (channel, found) in layer.norm.beta.gradient.iter().enumerate() {
                let bias = difference(&|net, by| net.bias[index][channel] += by);
                near("bias", *found, bias, bias.abs().max(0.01));
            }
            // The network sums the windows of a pool.
            let (share, found) = (f64::from(summed(&layer.linear)), &layer.weight.gradient);
            let found = in_own_order(&layer.linear, found, |_| 1.0);
            for place in (0..found.len()).step_by(7) {
                let weight = share * difference(&|net, by| net.weight[index][place] += by);
                near("weight", found[place], weight, weight.abs().max(0.01));
            }
        }
    }
}

/// The trainer's spikes are those of the plain loops, and there are some of them.
fn spikes_as_counted(trainer: &Trainer<'_>, base: &[Vec<RelaxedLayer>]) {
    for index in 0..trainer.network.hidden.len() {
        let spikes = |sample: &Vec<RelaxedLayer>| sample[index].iter().flatten().map(|(_, spike)| spike).sum::<f64>();
        let expected: f64 = base.iter().map(spikes).sum();
        let found: f64 = trainer.batch.layers[index].counts.iter().map(|count| f64::from(*count)).sum();
        assert_eq!(found, expected, "layer {index}");
        let all = (SAMPLES * STEPS * trainer.network.hidden[index].linear.outputs()) as f64;
        assert!(found > 0.03 * all && found < 0.9 * all, "layer {index}: {found} of {all}");
    }
}
