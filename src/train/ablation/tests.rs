//! Comparisons checked against the definitions, on small networks of random weights.

use super::*;
use crate::net::architecture::Target;
use crate::rng::{self, Domain};
use crate::train::tests::{convolutional, perceptron, random_folded, random_split};

/// Specification of four steps and eight bits.
fn spec() -> QuantSpec {
    crate::train::Config::of(&perceptron(), 1, 1).spec(4)
}

fn networks() -> Vec<Folded> {
    let stream = &mut rng::stream(3, Domain::Weights, 9);
    [perceptron(), convolutional()].map(|architecture| random_folded(&architecture, stream, 16)).into()
}

fn comparison<'a>(folded: &'a Folded, split: &'a Split, threads: usize) -> Ablation<'a> {
    Ablation { folded, spec: spec(), split, samples: 40, threads }
}

fn split(folded: &Folded) -> Split {
    let classes = folded.stages.last().unwrap().op.outputs();
    random_split(&mut rng::stream(4, Domain::Weights, 1), folded.input, 16, classes as u64, 45)
}

fn grown(folded: &Folded, time_steps: u32) -> Folded {
    let mut grown = folded.clone();
    let biases = grown.layers.iter_mut().flat_map(|layer| &mut layer.bias);
    biases.for_each(|bias| *bias = *bias * time_steps as f32 / 4.0);
    grown
}

/// Sums of a layer by its definition, output by output.
fn sums(folded: &Folded, index: usize, input: &[f64]) -> Vec<f64> {
    let (op, layer) = (&folded.stages[index].op, &folded.layers[index]);
    let sum = |output: usize| {
        let mut sum = f64::from(layer.bias[output / op.positions()]);
        for (from, value) in input.iter().enumerate() {
            op.for_each_target(from, |to, w| {
                sum += if to == output { f64::from(layer.weight[w]) * value } else { 0.0 }
            });
        }
        sum
    };
    (0..op.outputs()).map(sum).collect()
}

fn relu(folded: &Folded, sums: Vec<f64>) -> Vec<f64> {
    sums.into_iter().map(|sum| if sum > 0.0 { sum / folded.threshold } else { 0.0 }).collect()
}

fn by_layer(folded: &Folded, counts: &[u32]) -> Vec<Vec<f64>> {
    let mut all = counts.iter().map(|count| f64::from(*count));
    folded.stages.iter().map(|stage| all.by_ref().take(stage.op.outputs()).collect()).collect()
}

fn scaled(pixels: &[u8], time_steps: u32) -> Vec<f64> {
    pixels.iter().map(|pixel| f64::from(*pixel) / 16.0 * f64::from(time_steps)).collect()
}

#[test]
fn accuracy_is_that_of_the_reference_for_all_time_steps() {
    for folded in networks() {
        let split = split(&folded);
        let right = |folded: &Folded, time_steps: u32| {
            let net = folded.quantise(QuantSpec { time_steps, ..spec() });
            let right = |index: &usize| {
                let (pixels, label) = split.sample(*index);
                reference::layered(&net, pixels).class() == usize::from(label)
            };
            (0..40).filter(right).count() as u64
        };
        let mut differ = 0;
        for time_steps in [1, 2, 4, 8, 16] {
            let point = comparison(&folded, &split, 2).point(time_steps);
            assert_eq!((point.time_steps, point.spiking.samples), (time_steps, 40));
            assert_eq!(point.plain.correct, right(&folded, time_steps), "T {time_steps}");
            assert_eq!(point.spiking.correct, right(&grown(&folded, time_steps), time_steps), "T {time_steps}");
            differ += u64::from(point.plain.correct != point.spiking.correct);
        }
        assert!(differ > 0, "a test of equal networks would say little");
    }
}

#[test]
fn cosine_correlation_and_rates_are_those_of_the_definitions() {
    for folded in networks() {
        let split = split(&folded);
        for time_steps in [2, 4] {
            let grown = grown(&folded, time_steps);
            let net = grown.quantise(QuantSpec { time_steps, ..spec() });
            let point = comparison(&folded, &split, 2).point(time_steps);
            let runs: Vec<_> =
                (0..40).map(|i| by_layer(&folded, &reference::layered(&net, split.sample(i).0).counts)).collect();
            for (index, layer) in point.layers.iter().enumerate() {
                let counts: Vec<f64> = runs.iter().flat_map(|run| run[index].clone()).collect();
                assert_eq!(layer.spikes as f64, counts.iter().sum::<f64>());
                let Some(moments) = layer.moments else {
                    assert_eq!(index, point.layers.len() - 1);
                    continue;
                };
                let activations = |(sample, run): (usize, &Vec<Vec<f64>>)| {
                    let input = match index.checked_sub(1) {
                        None => scaled(split.sample(sample).0, time_steps),
                        Some(below) => run[below].clone(),
                    };
                    relu(&grown, sums(&grown, index, &input))
                };
                let activations: Vec<f64> = runs.iter().enumerate().flat_map(activations).collect();
                let (cosine, correlation) = by_definition(&activations, &counts);
                assert!((moments.cosine().unwrap() - cosine).abs() < 1e-9, "layer {index}");
                assert!((moments.correlation().unwrap() - correlation).abs() < 1e-9, "layer {index}");
                assert!(cosine > 0.5 && cosine < 1.0, "random weights, but not random counts: {cosine}");
            }
        }
    }
}

/// Cosine and Pearson's correlation, each from its definition.
fn by_definition(a: &[f64], c: &[f64]) -> (f64, f64) {
    let cosine = |a: &[f64], c: &[f64]| {
        let dot = |a: &[f64], c: &[f64]| a.iter().zip(c).map(|(a, c)| a * c).sum::<f64>();
        dot(a, c) / (dot(a, a).sqrt() * dot(c, c).sqrt())
    };
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| v - mean).collect()
    };
    (cosine(a, c), cosine(&centred(a), &centred(c)))
}

#[test]
fn the_twin_passes_its_activations_on_and_tells_the_same_at_all_time_steps() {
    for folded in networks() {
        let split = split(&folded);
        let right = |index: &usize| {
            let (pixels, label) = split.sample(*index);
            let mut values = scaled(pixels, 4);
            for layer in 0..folded.stages.len() - 1 {
                values = relu(&folded, sums(&folded, layer, &values));
            }
            let outputs = sums(&folded, folded.stages.len() - 1, &values);
            (0..outputs.len()).all(|other| outputs[usize::from(label)] >= outputs[other])
        };
        let expected = (0..40).filter(right).count() as u64;
        for time_steps in [1, 4, 16] {
            assert_eq!(comparison(&folded, &split, 1).point(time_steps).twin.correct, expected, "T {time_steps}");
        }
    }
}

#[test]
fn synaptic_operations_are_spikes_times_synapses() {
    for folded in networks() {
        let split = split(&folded);
        let point = comparison(&folded, &split, 1).point(4);
        let net = folded.quantise(spec());
        let mut expected = vec![0; folded.stages.len()];
        for sample in 0..40 {
            let counts = by_layer(&folded, &reference::layered(&net, split.sample(sample).0).counts);
            for index in 1..folded.stages.len() {
                for (neuron, count) in counts[index - 1].iter().enumerate() {
                    folded.stages[index].op.for_each_target(neuron, |_, _| expected[index] += *count as u64);
                }
            }
        }
        let found: Vec<u64> = point.layers.iter().map(|layer| layer.synaptic_operations).collect();
        assert_eq!(found, expected);
        assert!((point.synaptic_operations() - expected.iter().sum::<u64>() as f64 / 40.0).abs() < 1e-9);
        assert_eq!(point.macs(), folded.stages.iter().skip(1).map(|stage| stage.op.macs()).sum::<u64>());
        let hidden: usize = folded.stages.iter().rev().skip(1).map(|stage| stage.op.outputs()).sum();
        let spikes: u64 = point.layers.iter().map(|layer| layer.spikes).sum();
        assert!((point.spikes_per_neuron() - spikes as f64 / (hidden * 40) as f64).abs() < 1e-12);
    }
}

#[test]
fn an_autoencoder_is_scored_by_its_squared_error() {
    let mut folded = networks().remove(0);
    let stream = &mut rng::stream(8, Domain::Weights, 2);
    let mut architecture = perceptron();
    architecture.layers.pop();
    architecture.layers.push(crate::net::architecture::LayerSpec::dense(7));
    folded = Folded { target: Target::Input, ..random_folded(&architecture, stream, folded.full_scale) };
    let split = random_split(stream, folded.input, 16, 3, 45);
    let comparison = comparison(&folded, &split, 2);
    let (point, net) = (comparison.point(4), folded.quantise(spec()));
    let largest = folded.layers[2].weight.iter().fold(0f32, |most, w| most.max(w.abs()));
    let mut expected = 0.0;
    let pictures = comparison.pictures(40);
    for (index, picture) in pictures.iter().enumerate() {
        let outputs = reference::layered(&net, split.sample(index).0).outputs;
        for ((output, shown), original) in outputs.iter().zip(&picture.spiking).zip(scaled(split.sample(index).0, 1)) {
            let real = f64::from(*output) * f64::from(largest) / 127.0;
            assert!((real - shown).abs() < 1e-9);
            expected += (real - original).powi(2) / (40.0 * 7.0);
        }
    }
    assert!((point.spiking.mean_squared_error() - expected).abs() < 1e-9 * expected);
    let twin = pictures.iter().flat_map(|p| p.twin.iter().zip(&p.original)).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    assert!((point.twin.errors.squared - twin).abs() < 1e-9 * twin);
    assert_eq!(point.spiking.correct, 0);
    let errors = OutputErrors { squared: 0.02, absolute: 0.2 };
    let psnr = Score { samples: 1, correct: 0, errors, outputs: 2 }.psnr_db();
    assert!((psnr - 20.0).abs() < 1e-9, "an error of a hundredth is 20 dB: {psnr}");
}

#[test]
fn threads_change_nothing_and_silence_has_no_correlation() {
    let folded = networks().remove(1);
    let split = split(&folded);
    assert_eq!(comparison(&folded, &split, 1).point(8), comparison(&folded, &split, 3).point(8));
    let mut silent = Moments::default();
    assert_eq!((silent.cosine(), silent.correlation()), (None, None));
    silent.add(0.5, 0.0);
    silent.add(0.25, 0.0);
    assert_eq!((silent.cosine(), silent.correlation()), (None, None));
    let mut same = Moments::default();
    (0..5).for_each(|i| same.add(f64::from(i), 2.0 * f64::from(i)));
    assert!((same.cosine().unwrap() - 1.0).abs() < 1e-12 && same.angle_degrees().unwrap() < 1e-5);
}

#[test]
fn spikes_and_operations_are_those_of_the_evaluator() {
    let mut adding = perceptron();
    let add = crate::net::architecture::LayerSpec::Dense { outputs: 9, add: Some("dense1".into()) };
    adding.layers.insert(1, add);
    let stream = &mut rng::stream(5, Domain::Weights, 9);
    for (architecture, leak, half_start) in
        [(adding, 1.0, false), (convolutional(), 0.9, false), (perceptron(), 1.0, true)]
    {
        let mut folded = Folded { leak, half_start, ..random_folded(&architecture, stream, 16) };
        folded.layers[1].weight.iter_mut().step_by(3).for_each(|w| *w = 0.0);
        folded.layers[1].pruned = true;
        let split = split(&folded);
        let point = Ablation { samples: split.len(), ..comparison(&folded, &split, 2) }.point(4);
        let expected = crate::train::evaluate(&folded.quantise(spec()), &split, 1).unwrap();
        assert_eq!((point.spiking.samples, point.spiking.correct), (expected.samples, expected.correct));
        for (layer, expected) in point.layers.iter().zip(&expected.layers) {
            let found = (layer.neurons, layer.spikes, layer.synaptic_operations);
            assert_eq!(found, (expected.neurons, expected.spikes, expected.synaptic_operations), "{}", layer.name);
        }
        assert!(point.layers[0].moments.and_then(|m| m.cosine()).is_some_and(|cosine| cosine > 0.5));
    }
}
