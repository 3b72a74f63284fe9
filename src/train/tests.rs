//! Tests of the tandem rule: its gradients, its fold, its spikes, and whole trainings.

use super::batch::{Batch, Branch};
use super::evaluate::{Evaluator, State};
use super::linear::Linear;
use super::loss::cross_entropy;
use super::network::Network;
use super::parallel::Threads;
use super::*;
use crate::data;
use crate::net::architecture::{LayerSpec, Shape, Target, stages};
use crate::net::reference;
use crate::rng::{self, Domain, Stream};
use rand::Rng;

fn architecture(input: Shape, layers: Vec<LayerSpec>) -> Architecture {
    Architecture {
        name: "test".into(),
        description: "for tests".into(),
        input,
        dataset: "digits".into(),
        layers,
        threshold: 1.0,
        leak: 1.0,
        target: Target::Label,
        time_steps: 4,
        training: Training::default(),
    }
}

fn dense(outputs: u32) -> LayerSpec {
    LayerSpec::dense(outputs)
}

fn conv(channels: u32, kernel: u32, stride: u32, padding: u32) -> LayerSpec {
    LayerSpec::conv(channels, kernel, stride, padding)
}

fn perceptron() -> Architecture {
    architecture(Shape::flat(7), vec![dense(9), dense(6), dense(3)])
}

fn convolutional() -> Architecture {
    let input = Shape { channels: 2, height: 5, width: 6 };
    architecture(input, vec![conv(4, 3, 1, 1), conv(3, 3, 2, 1), conv(4, 2, 1, 0), LayerSpec::Flatten, dense(3)])
}

fn uniform(stream: &mut Stream) -> f32 {
    (stream.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}

fn values(stream: &mut Stream, count: usize) -> Vec<f32> {
    (0..count).map(|_| uniform(stream)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The twin's loss, with activations passed on, and the gradients that training would use.
fn twin_loss(network: &mut Network, batch: &mut Batch, labels: &[u8]) -> f64 {
    batch.forward(network, Threads::new(1), Branch::Activations);
    let loss = cross_entropy(&batch.logits, labels, &mut batch.logit_gradient);
    batch.backward(network, Threads::new(1));
    loss.mean
}

/// Which neurons of the twin are active for which sample.
fn mask(batch: &Batch) -> Vec<bool> {
    batch.layers.iter().flat_map(|layer| &layer.counts).map(|a| *a > 0.0).collect()
}

#[test]
fn gradients_match_central_differences() {
    for (architecture, samples) in [(perceptron(), 12), (convolutional(), 8)] {
        let stream = &mut rng::stream(5, Domain::Weights, 99);
        let mut network = Network::new(&architecture, 1, 3);
        // Away from the first values, so that every term of batch norm's backward pass counts.
        for parameter in network.parameters() {
            parameter.value.iter_mut().for_each(|v| *v += 0.3 * uniform(stream));
        }
        let input = values(stream, samples * architecture.input.neurons() as usize);
        let mut batch = Batch { samples, input, ..Batch::default() };
        let labels: Vec<u8> = (0..samples).map(|i| (i % 3) as u8).collect();
        batch.keep = values(stream, samples * network.output.linear.op.inputs());
        twin_loss(&mut network, &mut batch, &labels);
        let active = mask(&batch);
        let gradients: Vec<Vec<f32>> = network.parameters().map(|p| p.gradient.clone()).collect();
        for (index, gradient) in gradients.iter().enumerate() {
            let mut checked = 0;
            for _ in 0..100 {
                let direction = values(stream, gradient.len());
                let mut shifted = |by: f32| {
                    let mut moved = network.clone();
                    let parameter = moved.parameters().nth(index).unwrap();
                    parameter.value.iter_mut().zip(&direction).for_each(|(v, d)| *v += by * d);
                    let loss = twin_loss(&mut moved, &mut batch, &labels);
                    (mask(&batch) == active).then_some(loss)
                };
                let step = 4e-4;
                // A difference across a kink of the ReLU is no derivative.
                let (Some(above), Some(below)) = (shifted(step), shifted(-step)) else { continue };
                let (found, expected) = (dot(gradient, &direction), (above - below) / 2.0 / f64::from(step));
                let scale = dot(gradient, gradient).sqrt();
                assert!(
                    (found - expected).abs() < 0.01 * scale + 1e-3,
                    "parameter {index}: backward {found}, differences {expected}, norm {scale}"
                );
                checked += 1;
            }
            assert!(checked >= 5, "parameter {index}: {checked} directions without a kink");
        }
    }
}

#[test]
fn linear_operations_match_their_definition() {
    let stream = &mut rng::stream(6, Domain::Weights, 0);
    for architecture in [perceptron(), convolutional()] {
        for stage in architecture.stages() {
            let (op, rows) = (stage.op, 2 * super::linear::BLOCK + 3);
            let linear = Linear::new(op);
            let weight = values(stream, op.weights());
            let (input, gradient) = (values(stream, rows * op.inputs()), values(stream, rows * op.outputs()));
            let (mut output, mut back) = (vec![0.0; gradient.len()], vec![0.0; input.len()]);
            let mut of_weight = vec![0.0; weight.len()];
            linear.forward(&weight, &input, &mut output);
            linear.backward(&weight, &gradient, &mut back);
            linear.weight_gradient(Threads::new(2), &gradient, &input, &mut of_weight);
            let sparse: Vec<f32> = input.iter().map(|v| if *v > 0.6 { 1.0 } else { 0.0 }).collect();
            let (mut one, mut other) = (output.clone(), output.clone());
            linear.forward(&weight, &sparse, &mut one);
            linear.forward_spikes(&linear.rows(&weight), &sparse, &mut other);
            assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-4), "{}", stage.name);
            let mut expected = vec![0f64; op.outputs()];
            for (i, x) in input[..op.inputs()].iter().enumerate() {
                op.for_each_target(i, |o, w| expected[o] += f64::from(x * weight[w]));
            }
            assert!(output.iter().zip(&expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4), "{}", stage.name);
            // Both are adjoints of the same bilinear form.
            let form = dot(&output, &gradient);
            assert!((dot(&input, &back) - form).abs() < 1e-3 * form.abs().max(1.0), "{}", stage.name);
            assert!((dot(&weight, &of_weight) - form).abs() < 1e-3 * form.abs().max(1.0), "{}", stage.name);
        }
    }
}

#[test]
fn folding_is_exact() {
    let architecture = convolutional();
    let mut network = Network::new(&architecture, 4, 1);
    let stream = &mut rng::stream(7, Domain::Weights, 0);
    let samples = 9;
    for layer in &mut network.hidden {
        layer.norm.momentum = 1.0;
        layer.norm.gamma.value.iter_mut().for_each(|v| *v = 1.5 * uniform(stream));
        layer.norm.beta.value.iter_mut().for_each(|v| *v = uniform(stream));
    }
    let input = values(stream, samples * architecture.input.neurons() as usize);
    let mut batch = Batch { samples, input, ..Batch::default() };
    batch.forward(&mut network, Threads::new(1), Branch::Spikes);
    let folded = network.fold(&architecture, architecture.stages(), 255);
    for (index, layer) in network.hidden.iter().enumerate() {
        let op = &layer.linear.op;
        let counts: Vec<f32> = match index {
            0 => batch.input.iter().map(|x| x * 4.0).collect(),
            _ => batch.layers[index - 1].counts.clone(),
        };
        let (mut plain, mut scaled) = (vec![0.0; samples * op.outputs()], vec![0.0; samples * op.outputs()]);
        layer.linear.forward(&layer.weight.value, &counts, &mut plain);
        layer.linear.forward(&folded.layers[index].weight, &counts, &mut scaled);
        let affine = layer.norm.of_batch();
        for (i, (plain, scaled)) in plain.iter().zip(&scaled).enumerate() {
            let channel = i / op.positions() % op.channels();
            let normed = affine.ratio[channel] * plain + affine.shift[channel];
            let folded = scaled + folded.layers[index].bias[channel];
            assert!((normed - folded).abs() < 1e-5 * normed.abs().max(1.0), "layer {index}: {normed} {folded}");
        }
    }
}

#[test]
fn two_steps_by_hand() {
    let mut network = Network::new(&architecture(Shape::flat(1), vec![dense(2), dense(2), dense(2)]), 2, 1);
    // Running statistics that stay and fold to a ratio of 1: b' is beta.
    for (layer, (weight, beta)) in
        network.hidden.iter_mut().zip([(vec![0.6, 1.3], [0.2, -0.4]), (vec![0.9, -0.5, 0.5, 0.7], [0.4, 0.0])])
    {
        layer.norm.momentum = 0.0;
        layer.norm.running_variance = vec![1.0 - 1e-4; 2];
        layer.weight.value = weight;
        layer.norm.beta.value = beta.to_vec();
    }
    network.output.weight.value = vec![1.0, 2.0, 3.0, 4.0];
    network.output.bias.value = vec![0.5, -0.5];
    let mut batch = Batch { samples: 1, input: vec![1.0], ..Batch::default() };
    batch.forward(&mut network, Threads::new(1), Branch::Spikes);
    // First neuron: 0.7, then 1.4 fires. Second: 1.1 fires and leaves 0.1, then 1.2 fires.
    assert_eq!(batch.layers[0].spikes, [0.0, 1.0, 1.0, 1.0]);
    assert_eq!(batch.layers[0].counts, [1.0, 2.0]);
    // First neuron: -0.5 + 0.2, then + 0.4 + 0.2 gives 0.3. Second: 0.7, then 1.9 fires once.
    assert_eq!(batch.layers[1].spikes, [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(batch.logits, [2.5, 3.5]);
    assert_eq!(batch.spikes(), 4.0);
}

fn random_folded(architecture: &Architecture, stream: &mut Stream, full_scale: u32) -> Folded {
    let stages = architecture.stages();
    let layers = stages.iter().map(|stage| {
        let range = 3.0 / (stage.op.fan_in() as f32).sqrt();
        let weight = values(stream, stage.op.weights()).iter().map(|w| w * range).collect();
        crate::net::quantised::FoldedLayer { weight, bias: values(stream, stage.op.channels()), pruned: false }
    });
    Folded {
        layers: layers.collect(),
        stages,
        input: architecture.input,
        full_scale,
        threshold: 0.5,
        leak: 1.0,
        half_start: false,
        target: Target::Label,
    }
}

#[test]
fn the_fast_evaluator_equals_the_reference() {
    let stream = &mut rng::stream(8, Domain::Weights, 0);
    let mut fired = 0;
    for architecture in [perceptron(), convolutional()] {
        for (time_steps, membrane_bits, full_scale) in [(1, 24, 255), (4, 24, 16), (5, 11, 255), (8, 8, 3)] {
            let spec = QuantSpec { membrane_bits, ..QuantSpec::new(time_steps, 8) };
            let net = random_folded(&architecture, stream, full_scale).quantise(spec);
            let (evaluator, mut state) = (Evaluator::new(&net), State::new(&net));
            for _ in 0..20 {
                let pixels: Vec<u8> = (0..architecture.input.neurons())
                    .map(|_| (stream.next_u64() % (u64::from(full_scale) + 1)) as u8)
                    .collect();
                evaluator.run(&mut state, &pixels);
                let expected = reference::layered(&net, &pixels);
                assert_eq!(evaluator.counts(&state), expected.counts);
                assert!(
                    evaluator.outputs(&state).iter().eq(expected
                        .outputs
                        .iter()
                        .map(|v| i64::from(*v))
                        .collect::<Vec<_>>()
                        .iter())
                );
                assert_eq!(evaluator.class(&state), expected.class());
                fired += expected.counts.iter().sum::<u32>();
            }
        }
    }
    assert!(fired > 1000, "a test of silent networks would say little: {fired}");
}

fn digits_cnn() -> Architecture {
    let input = Shape { channels: 1, height: 8, width: 8 };
    architecture(input, vec![conv(8, 3, 2, 1), LayerSpec::Flatten, dense(32), dense(10)])
}

pub(super) fn digits_mlp() -> Architecture {
    architecture(Shape { channels: 1, height: 8, width: 8 }, vec![LayerSpec::Flatten, dense(64), dense(32), dense(10)])
}

fn quick(architecture: &Architecture, epochs: u32, threads: usize) -> Config {
    Config { epochs, batch: 48, learning_rate: 4e-3, dropout: 0.1, ..Config::of(architecture, 11, threads) }
}

#[test]
fn threads_change_no_bit() {
    let (digits, architecture) = (data::load("digits", &[]).unwrap(), digits_cnn());
    let train = |threads| train(&architecture, &digits, &quick(&architecture, 1, threads), &mut Unwatched).unwrap();
    let one = train(1);
    for threads in [2, 3] {
        let many = train(threads);
        assert_eq!(one.quantised, many.quantised);
        assert_eq!(one.history, many.history);
        let bits = |outcome: &Outcome| -> Vec<u32> {
            let layers = outcome.folded.layers.iter();
            layers.flat_map(|l| l.weight.iter().chain(&l.bias)).map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&one), bits(&many), "{threads} threads");
    }
}

#[test]
fn a_short_training_learns() {
    let (digits, architecture) = (data::load("digits", &[]).unwrap(), digits_mlp());
    let outcome = train(&architecture, &digits, &quick(&architecture, 6, 2), &mut Unwatched).unwrap();
    let chosen = &outcome.history[outcome.meta.epoch as usize - 1];
    assert!(chosen.chosen && outcome.history.iter().filter(|r| r.chosen).count() == 1);
    assert_eq!(chosen.validation_accuracy, outcome.meta.validation_accuracy);
    let measured = evaluate(&outcome.quantised, &digits.test, 1);
    assert!(measured.accuracy() > 0.85, "{measured:?}");
    assert!(chosen.spike_rate > 0.001 && chosen.spike_rate < 0.5, "{}", chosen.spike_rate);
    let reference = (0..20).filter(|i| {
        let (pixels, label) = digits.test.sample(*i);
        reference::layered(&outcome.quantised, pixels).class() == usize::from(label)
    });
    assert!(reference.count() > 14);
}

/// Stops a training after some batches.
struct Stop {
    batches: u64,
    seen: u64,
}

impl Monitor for Stop {
    fn batch(&mut self, done: u64, loss: f64) {
        assert!(loss.is_finite() && done > 0);
        self.seen += 1;
    }

    fn cancelled(&self) -> bool {
        self.seen >= self.batches
    }
}

#[test]
fn what_cannot_be_trained_says_why() {
    let digits = data::load("digits", &[]).unwrap();
    let fails = |architecture: &Architecture, change: fn(&mut Config)| {
        let mut config = quick(architecture, 1, 1);
        change(&mut config);
        train(architecture, &digits, &config, &mut Unwatched).unwrap_err().to_string()
    };
    assert!(fails(&perceptron(), |_| ()).contains("reads samples of 7, data set \"digits\" has samples of 1x8x8"));
    let mut other = digits_mlp();
    other.layers.pop();
    assert!(fails(&other, |_| ()).contains("has 32 outputs, data set \"digits\" has 10 classes"));
    assert!(fails(&digits_mlp(), |c| c.batch = 1).contains("batch: found 1, allowed: 2 to 65536"));
    assert!(fails(&digits_mlp(), |c| c.learning_rate = f64::NAN).contains("learning rate: found NaN"));
    assert!(fails(&digits_mlp(), |c| c.weight_bits = 10).contains("weight bits: found 10, allowed: 1 to 9"));
    let big = architecture(digits.shape, vec![conv(4096, 1, 1, 0), LayerSpec::Flatten, dense(10)]);
    assert!(fails(&big, |c| c.time_steps = 4096).contains("take a smaller batch"));
    let stopped = train(&digits_mlp(), &digits, &quick(&digits_mlp(), 2, 1), &mut Stop { batches: 30, seen: 0 });
    assert_eq!(stopped.err(), Some(TrainError::Cancelled { epoch: 2 }));
    assert!(stages(digits.shape, &big.layers).is_ok());
}
