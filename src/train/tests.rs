//! Tests of the tandem rule: its gradients, its fold, its spikes, and complete trainings.

use super::batch::Batch;
use super::evaluate::{Evaluator, InferenceState};
use super::geometry::by_position;
use super::linear::{LinearInput, LinearLayer};
use super::loss::cross_entropy;
use super::network::{TrainNetwork, by_rows, in_own_order};
use super::parallel::Threads;
use super::*;
use crate::data::{self, Split};
use crate::net::QuantSpec;
use crate::net::architecture::{Activation, ByLayer, LayerSpec, Shape, Stage, Target, TrainingProposal, stages};
use crate::net::deployed::Deployed;
use crate::net::input::Encoding;
use crate::net::reference;
use crate::progress::Watch;
use crate::rng::{self, Domain, Stream};
use rand::Rng;
use std::sync::atomic::{AtomicU64, Ordering};

fn architecture(input: Shape, layers: Vec<LayerSpec>) -> Architecture {
    Architecture {
        name: "test".into(),
        description: "for tests".into(),
        input,
        encoding: Encoding::Direct,
        audio: None,
        frames: crate::net::input::Frames::One,
        dataset: "digits".into(),
        layers,
        neuron: Deployed::default(),
        threshold: 1.0,
        leak: 1.0,
        own: ByLayer::default(),
        target: Target::Label,
        time_steps: 4,
        training: TrainingProposal::default(),
    }
}

fn dense(outputs: u32) -> LayerSpec {
    LayerSpec::dense(outputs)
}

fn conv(channels: u32, kernel: u32, stride: u32, padding: u32) -> LayerSpec {
    LayerSpec::conv(channels, kernel, stride, padding)
}

pub(super) fn perceptron() -> Architecture {
    architecture(Shape::flat(7), vec![dense(9), dense(6), dense(3)])
}

pub(super) fn convolutional() -> Architecture {
    let input = Shape { channels: 2, height: 5, width: 6 };
    architecture(input, vec![conv(4, 3, 1, 1), conv(3, 3, 2, 1), conv(4, 2, 1, 0), LayerSpec::Flatten, dense(3)])
}

/// Architecture with groups, a kernel for each channel, pools, and layers whose spikes are added.
pub(super) fn everything() -> Architecture {
    let grouped = |channels, groups, add: Option<&str>| match conv(channels, 3, 1, 1) {
        LayerSpec::Conv2d { channels, kernel, stride, padding, .. } => {
            LayerSpec::Conv2d { channels, kernel, stride, padding, groups, add: add.map(str::to_owned) }
        }
        other => other,
    };
    let pool = |kernel| LayerSpec::AvgPool2d { kernel };
    let input = Shape { channels: 2, height: 7, width: 6 };
    let last = LayerSpec::Dense { outputs: 5, add: Some("dense1".into()) };
    let convolutions = [conv(4, 3, 1, 1), grouped(4, 1, Some("conv1")), pool([2, 2]), grouped(6, 2, None)];
    let rest = [grouped(6, 6, Some("conv3")), pool([3, 2]), LayerSpec::Flatten, dense(5), last, dense(3)];
    architecture(input, convolutions.into_iter().chain(rest).collect())
}

pub(super) fn uniform(stream: &mut Stream) -> f32 {
    (stream.next_u64() >> 40) as f32 / (1u32 << 23) as f32 - 1.0
}

pub(super) fn values(stream: &mut Stream, count: usize) -> Vec<f32> {
    (0..count).map(|_| uniform(stream)).collect()
}

/// Samples of random values and classes.
pub(super) fn random_split(stream: &mut Stream, shape: Shape, full_scale: u64, classes: u64, samples: usize) -> Split {
    let sample_len = shape.neurons() as usize;
    let mut draw = |below: u64| (stream.next_u64() % below) as u8;
    let pixels = (0..samples * sample_len).map(|_| draw(full_scale + 1)).collect();
    Split { pixels, labels: (0..samples).map(|_| draw(classes)).collect(), sample_len, sequences: None, targets: None }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The twin's loss, with activations passed on, and the gradients that training would use.
fn twin_loss(network: &mut TrainNetwork, batch: &mut Batch, labels: &[u8]) -> f64 {
    batch.forward(network, &Threads::new(1));
    let loss = cross_entropy(&batch.logits, labels, &mut batch.logit_gradient);
    batch.backward(network, &Threads::new(1));
    loss.mean
}

/// Activity of the twin's neurons by sample.
fn mask(batch: &Batch) -> Vec<bool> {
    batch.layers.iter().flat_map(|layer| &layer.counts).map(|a| *a > 0.0).collect()
}

#[test]
fn gradients_match_central_differences() {
    for (architecture, samples) in [(perceptron(), 12), (convolutional(), 8), (everything(), 8)] {
        let stream = &mut rng::stream(5, Domain::Weights, 99);
        let mut network = TrainNetwork::new(&architecture, 1, 3);
        network.hidden.iter_mut().for_each(|layer| layer.spiking = false);
        // Away from the initial values, so that every term of batch norm's backward pass matters.
        for parameter in network.parameters() {
            parameter.value.iter_mut().for_each(|v| *v += 0.3 * uniform(stream));
        }
        let input = values(stream, samples * architecture.input.neurons() as usize);
        let mut batch = Batch { samples, input, ..Batch::default() };
        let labels: Vec<u8> = (0..samples).map(|i| (i % 3) as u8).collect();
        batch.keep = values(stream, samples * network.output.linear.inputs());
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
                // A difference across a kink of the ReLU is not a derivative.
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

/// From `[position][channel]` to `[channel][position]`, sample by sample.
pub(super) fn by_channel(shape: Shape, rows: &[f32]) -> Vec<f32> {
    let (channels, positions) = (shape.channels as usize, (shape.height * shape.width) as usize);
    let sample =
        |row: &[f32]| -> Vec<f32> { (0..row.len()).map(|i| row[i % positions * channels + i / positions]).collect() };
    rows.chunks(channels * positions).flat_map(sample).collect()
}

fn positioned(shape: Shape, planes: &[f32]) -> Vec<f32> {
    let mut rows = vec![0.0; planes.len()];
    let sample = shape.neurons() as usize;
    for (planes, rows) in planes.chunks(sample).zip(rows.chunks_mut(sample)) {
        by_position(shape.channels as usize, planes, rows);
    }
    rows
}

#[test]
fn linear_operations_match_their_definition() {
    let stream = &mut rng::stream(6, Domain::Weights, 0);
    for architecture in [perceptron(), convolutional(), everything()] {
        let mut below = architecture.input;
        for stage in architecture.stages() {
            let (op, rows) = (stage.op, 2 * super::linear::BLOCK + 3);
            let linear = LinearLayer::new(&op, below);
            let own = values(stream, op.weights());
            let weight = by_rows(&linear, &own);
            assert_eq!(in_own_order(&linear, &weight, |_| 1.0), own);
            // Few non-zero values, and many.
            for limit in [0.7, -1.0] {
                let input = values(stream, rows * op.inputs());
                let input: Vec<f32> = input.iter().map(|v| if *v > limit { *v } else { 0.0 }).collect();
                check_linear(&stage, &linear, below, [&own, &weight], &input, stream);
            }
            below = stage.output;
        }
    }
}

fn check_linear(
    stage: &Stage,
    linear: &LinearLayer,
    below: Shape,
    [own, weight]: [&[f32]; 2],
    input: &[f32],
    stream: &mut Stream,
) {
    let op = &stage.op;
    let rows = input.len() / op.inputs();
    let read = positioned(below, input);
    let gradient = values(stream, rows * op.outputs());
    let (mut output, mut back) = (vec![0.0; gradient.len()], vec![0.0; input.len()]);
    let mut of_weight = vec![0.0; weight.len()];
    linear.forward(weight, LinearInput::Values(&read), &mut output);
    linear.backward(weight, &gradient, &mut back, false);
    linear.weight_gradient(&gradient, &read, &mut of_weight);
    let area = op.pool.map_or(1.0, |pool| f64::from(pool.window[0] * pool.window[1]));
    let mut expected = vec![0f64; output.len()];
    for (input, expected) in input.chunks(op.inputs()).zip(expected.chunks_mut(op.outputs())) {
        for (i, x) in input.iter().enumerate() {
            op.for_each_target(i, |o, w| expected[o] += f64::from(x * own[w]) / area);
        }
    }
    let close = |found: &[f32], expected: &[f64]| {
        found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4 * b.abs().max(1.0))
    };
    assert!(close(&by_channel(stage.output, &output), &expected), "{}", stage.name);
    // Both are adjoints of the same bilinear form.
    let form = dot(&output, &gradient);
    let near = |found: f64| (found - form).abs() < 1e-3 * form.abs().max(1.0);
    assert!(near(dot(&read, &back)) && near(dot(weight, &of_weight)), "{}", stage.name);
    let spikes: Vec<u8> = read.iter().map(|v| u8::from(*v != 0.0)).collect();
    let ones: Vec<f32> = spikes.iter().map(|spike| f32::from(*spike)).collect();
    let (mut one, mut other) = (output.clone(), output.clone());
    linear.forward(weight, LinearInput::Values(&ones), &mut one);
    linear.forward(weight, LinearInput::Spikes(&spikes), &mut other);
    assert!(one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-3), "{}", stage.name);
    if linear.is_dense() {
        let threads = Threads::new(2);
        let (mut whole, mut whole_back, mut whole_weight) = (output.clone(), back.clone(), of_weight.clone());
        linear.forward_dense(&threads, weight, &read, &mut whole);
        linear.backward_dense(&threads, weight, &gradient, &mut whole_back, false);
        linear.weight_gradient_dense(&threads, &gradient, &read, &mut whole_weight);
        for (whole, part) in [(&whole, &output), (&whole_back, &back), (&whole_weight, &of_weight)] {
            assert!(whole.iter().zip(part).all(|(a, b)| (a - b).abs() < 1e-3), "{}", stage.name);
        }
    }
}

/// Spike counts of one sample by the definition, from folded weights; a sample is values, or the spikes of every step.
fn real_counts(folded: &Folded, sample: &[f32], steps: u32) -> Vec<Vec<f64>> {
    let hidden = &folded.stages[..folded.stages.len() - 1];
    let start = if folded.half_start { folded.threshold / 2.0 } else { 0.0 };
    let mut membranes: Vec<Vec<f64>> = hidden.iter().map(|stage| vec![start; stage.op.outputs()]).collect();
    let mut counts: Vec<Vec<f64>> = hidden.iter().map(|stage| vec![0.0; stage.op.outputs()]).collect();
    let inputs = folded.input.neurons() as usize;
    for step in 0..steps as usize {
        let mut fired: Vec<Vec<f64>> = Vec::new();
        for (l, stage) in hidden.iter().enumerate() {
            let (layer, positions) = (&folded.layers[l], stage.op.positions());
            let mut drive = vec![0f64; stage.op.outputs()];
            let input: Vec<f64> = match l {
                0 => sample[step * inputs % sample.len()..][..inputs].iter().map(|x| f64::from(*x)).collect(),
                _ => fired[l - 1].clone(),
            };
            for (i, x) in input.iter().enumerate() {
                stage.op.for_each_target(i, |o, w| drive[o] += x * f64::from(layer.weight[w]));
            }
            let mut spikes = vec![0.0; drive.len()];
            for (o, v) in membranes[l].iter_mut().enumerate() {
                let added = stage.skip.map_or(0.0, |from| folded.threshold * fired[from][o]);
                *v = folded.leak * *v + drive[o] + f64::from(layer.bias[o / positions]) / f64::from(steps) + added;
                if *v >= folded.threshold {
                    (*v, spikes[o]) = (*v - folded.threshold, 1.0);
                    counts[l][o] += 1.0;
                }
            }
            fired.push(spikes);
        }
    }
    counts
}

#[test]
fn counts_are_those_of_the_folded_network() {
    for (mut architecture, leak, activation, encoding) in [
        (perceptron(), 1.0, Activation::Relu, Encoding::Direct),
        (convolutional(), 0.8, Activation::Qcfs, Encoding::Direct),
        (everything(), 1.0, Activation::Qcfs, Encoding::Direct),
        (everything(), 0.9, Activation::Relu, Encoding::Direct),
        (perceptron(), 1.0, Activation::Relu, Encoding::Spikes),
        (convolutional(), 0.8, Activation::Qcfs, Encoding::Spikes),
        (everything(), 0.9, Activation::Relu, Encoding::Spikes),
    ] {
        architecture.encoding = encoding;
        architecture.leak = leak;
        architecture.training.activation = activation;
        architecture.threshold = 0.75;
        let mut network = TrainNetwork::new(&architecture, 4, 1);
        let stream = &mut rng::stream(7, Domain::Weights, 0);
        let samples = 19;
        for layer in &mut network.hidden {
            layer.norm.momentum = 1.0;
            layer.norm.gamma.value.iter_mut().for_each(|v| *v = 1.5 * uniform(stream));
            layer.norm.beta.value.iter_mut().for_each(|v| *v = uniform(stream));
        }
        let size = architecture.input.neurons() as usize;
        let mut batch = Batch { samples, ..Batch::default() };
        match encoding {
            Encoding::Direct => batch.input = values(stream, samples * size),
            Encoding::Spikes | Encoding::Rate => {
                batch.trains = (0..samples * size * 4).map(|_| u8::from(uniform(stream) > 0.3)).collect();
                let count = |i| (0..4).map(|step| batch.trains[(i / size * 4 + step) * size + i % size]).sum::<u8>();
                batch.input = (0..samples * size).map(|i| f32::from(count(i))).collect();
            }
        }
        batch.forward(&mut network, &Threads::new(1));
        let folded = network.fold(&architecture, architecture.stages(), 255);
        let given: Vec<f32> = match encoding {
            Encoding::Direct => batch.input.clone(),
            Encoding::Spikes | Encoding::Rate => batch.trains.iter().map(|spike| f32::from(*spike)).collect(),
        };
        let found: Vec<Vec<f32>> =
            folded.stages.iter().zip(&batch.layers).map(|(s, layer)| by_channel(s.output, &layer.counts)).collect();
        let mut spikes = 0.0;
        for (sample, values) in given.chunks(given.len() / samples).enumerate() {
            for (l, expected) in real_counts(&folded, values, 4).iter().enumerate() {
                let found = &found[l][sample * expected.len()..][..expected.len()];
                assert!(
                    found.iter().zip(expected).all(|(a, b)| f64::from(*a) == *b),
                    "layer {l}: {found:?} {expected:?}"
                );
                spikes += expected.iter().sum::<f64>();
            }
        }
        assert!(spikes > 100.0, "{spikes} spikes say little");
    }
}

#[test]
fn two_steps_by_hand() {
    let mut network = TrainNetwork::new(&architecture(Shape::flat(1), vec![dense(2), dense(2), dense(2)]), 2, 1);
    // Fixed running statistics that fold to a ratio of 1: b' is beta. The encoding layer's sum is spread over two steps.
    for (layer, (weight, beta)) in
        network.hidden.iter_mut().zip([(vec![1.2, 2.6], [0.2, -0.4]), (vec![0.9, 0.5, -0.5, 0.7], [0.4, 0.0])])
    {
        layer.norm.momentum = 0.0;
        layer.norm.running_variance = vec![1.0 - 1e-4; 2];
        layer.weight.value = weight;
        layer.norm.beta.value = beta.to_vec();
    }
    network.output.weight.value = vec![1.0, 3.0, 2.0, 4.0];
    network.output.bias.value = vec![0.5, -0.5];
    let mut batch = Batch { samples: 1, input: vec![1.0], ..Batch::default() };
    batch.forward(&mut network, &Threads::new(1));
    // First neuron: 0.7, then 1.4 fires. Second: 1.1 fires and leaves 0.1, then 1.2 fires.
    assert_eq!(batch.layers[0].spikes, [0, 1, 1, 1]);
    assert_eq!(batch.layers[0].counts, [1.0, 2.0]);
    // First neuron: -0.5 + 0.2, then + 0.4 + 0.2 gives 0.3. Second: 0.7, then 1.9 fires once.
    assert_eq!(batch.layers[1].spikes, [0, 0, 0, 1]);
    assert_eq!(batch.logits, [2.5, 3.5]);
    assert_eq!(batch.spikes(), 4.0);
}

pub(super) fn random_folded(architecture: &Architecture, stream: &mut Stream, full_scale: u32) -> Folded {
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
        encoding: architecture.encoding,
        frames: crate::net::input::Frames::One,
        full_scale,
        neuron: architecture.neuron,
        threshold: 0.5,
        leak: 1.0,
        own: ByLayer::default(),
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
            let (evaluator, mut state) = (Evaluator::new(&net), InferenceState::new(&net));
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

pub(super) fn digits_cnn() -> Architecture {
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
    let train = |threads| train(&architecture, &digits, &quick(&architecture, 1, threads), &Unwatched).unwrap();
    let one = train(1);
    for threads in [2, 3] {
        let many = train(threads);
        assert_eq!(one.quantised, many.quantised);
        assert_eq!(one.history, many.history);
        let bits = |outcome: &TrainOutcome| -> Vec<u32> {
            let layers = outcome.folded.layers.iter();
            layers.flat_map(|l| l.weight.iter().chain(&l.bias)).map(|v| v.to_bits()).collect()
        };
        assert_eq!(bits(&one), bits(&many), "{threads} threads");
    }
}

#[test]
fn a_short_training_learns() {
    let (digits, architecture) = (data::load("digits", &[]).unwrap(), digits_mlp());
    let outcome = train(&architecture, &digits, &quick(&architecture, 6, 2), &Unwatched).unwrap();
    let chosen = &outcome.history[outcome.meta.epoch as usize - 1];
    assert!(chosen.chosen && outcome.history.iter().filter(|r| r.chosen).count() == 1);
    assert_eq!(chosen.validation_accuracy, outcome.meta.validation_accuracy);
    let measured = evaluate(&outcome.quantised, &digits.test, 1).unwrap();
    assert!(measured.accuracy() > 0.85, "{measured:?}");
    assert!(chosen.spike_rate > 0.001 && chosen.spike_rate < 0.5, "{}", chosen.spike_rate);
    let reference = (0..20).filter(|i| {
        let (pixels, label) = digits.test.sample(*i);
        reference::layered(&outcome.quantised, pixels).class() == usize::from(label)
    });
    assert!(reference.count() > 14);
}

/// Stops a training after some batches.
pub(super) struct StopAfter(AtomicU64);

impl StopAfter {
    pub(super) fn batches(count: u64) -> Self {
        Self(count.into())
    }
}

impl Watch<TrainEvent> for StopAfter {
    fn event(&self, event: &TrainEvent) {
        if let TrainEvent::Batch { loss } = event {
            assert!(loss.is_finite());
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn what_cannot_be_trained_says_why() {
    let digits = data::load("digits", &[]).unwrap();
    let fails = |architecture: &Architecture, change: fn(&mut Config)| {
        let mut config = quick(architecture, 1, 1);
        change(&mut config);
        train(architecture, &digits, &config, &Unwatched).unwrap_err().to_string()
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
    let stopped = train(&digits_mlp(), &digits, &quick(&digits_mlp(), 2, 1), &StopAfter::batches(30));
    assert_eq!(stopped.err(), Some(TrainError::Cancelled { epoch: 2 }));
    assert!(stages(digits.shape, &big.layers).is_ok());
}
