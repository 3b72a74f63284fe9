//! The integers of a training against those of the network that it exports.

use super::*;
use crate::net::deployed::LoihiLayers;
use crate::net::input::{Encoding, SpikeTrains, set_spike};
use crate::net::reference;
use crate::rng::{self, Domain, Stream};
use crate::train::Config;
use crate::train::batch::Batch;
use crate::train::tests::{by_channel, convolutional, everything, perceptron, uniform};
use rand::Rng;

const STEPS: usize = 5;
const SAMPLES: usize = 19;
const FULL_SCALE: u32 = 255;

/// A network with random scales and offsets, ready for integers.
fn network(architecture: &Architecture, weight_bits: u32, stream: &mut Stream) -> (TrainNetwork, QuantSpec) {
    let mut network = TrainNetwork::new(architecture, STEPS as u32, 3);
    for layer in &mut network.hidden {
        layer.norm.gamma.value.iter_mut().for_each(|v| *v = 1.5 * uniform(stream));
        layer.norm.beta.value.iter_mut().for_each(|v| *v = uniform(stream));
    }
    let spec = QuantSpec::new(STEPS as u32, weight_bits);
    network.chip = ChipHalf::new(architecture, spec, FULL_SCALE);
    (network, spec)
}

/// A batch of random samples, and each of them as the exported network reads it.
fn samples(architecture: &Architecture, stream: &mut Stream) -> (Batch, Vec<Vec<u8>>) {
    let size = architecture.input.neurons() as usize;
    let mut batch = Batch { samples: SAMPLES, ..Batch::default() };
    if architecture.encoding == Encoding::Direct {
        let pixels: Vec<u8> = (0..SAMPLES * size).map(|_| (stream.next_u64() >> 56) as u8).collect();
        batch.input = pixels.iter().map(|pixel| f32::from(*pixel) / FULL_SCALE as f32).collect();
        return (batch, pixels.chunks(size).map(<[u8]>::to_vec).collect());
    }
    let mut packed = Vec::new();
    for _ in 0..SAMPLES {
        let trains: Vec<u8> = (0..STEPS * size).map(|_| u8::from(uniform(stream) > 0.3)).collect();
        let count = |input: usize| (0..STEPS).map(|step| f32::from(trains[step * size + input])).sum::<f32>();
        batch.input.extend((0..size).map(count));
        let mut bytes = vec![0u8; SpikeTrains::bytes(size, STEPS)];
        for (index, _) in trains.iter().enumerate().filter(|(_, spike)| **spike > 0) {
            set_spike(&mut bytes, size, index / size, index % size);
        }
        batch.trains.extend(trains);
        packed.push(bytes);
    }
    (batch, packed)
}

fn loihi(mut architecture: Architecture, refractory: u8, leak: f64) -> Architecture {
    (architecture.neuron, architecture.leak) = (LoihiLayers { refractory }.into(), leak);
    architecture.threshold = 0.75;
    architecture
}

/// Every count of every sample of a batch is that of the reference on the exported network: of layers of all kinds, with
/// and without leak, rest and half a threshold to begin with, for values and for spike trains, for wide and narrow weights.
#[test]
fn counts_of_a_batch_are_those_of_the_exported_network() {
    let stream = &mut rng::stream(11, Domain::Weights, 0);
    let mut spikes = 0;
    for make in [perceptron, convolutional, everything] {
        for (refractory, leak, bits, activation, encoding) in [
            (1, 1.0, 9, Activation::Relu, Encoding::Direct),
            (2, 0.9375, 9, Activation::Relu, Encoding::Direct),
            (1, 0.8, 4, Activation::Qcfs, Encoding::Direct),
            (3, 1.0, 9, Activation::Qcfs, Encoding::Spikes),
            (1, 0.9375, 5, Activation::Relu, Encoding::Spikes),
        ] {
            let mut architecture = loihi(make(), refractory, leak);
            (architecture.encoding, architecture.training.activation) = (encoding, activation);
            let (mut network, spec) = network(&architecture, bits, stream);
            let full_scale = if encoding == Encoding::Spikes { 1 } else { FULL_SCALE };
            let (mut batch, exported) = samples(&architecture, stream);
            batch.forward(&mut network, &Threads::new(1));
            let net = network.fold(&architecture, architecture.stages(), full_scale).quantise(spec);
            let found: Vec<Vec<f32>> =
                net.layers.iter().zip(&batch.layers).map(|(l, layer)| by_channel(l.output, &layer.counts)).collect();
            for (index, sample) in exported.iter().enumerate() {
                let counts = reference::layered(&net, sample).counts;
                let mut from = 0;
                for (layer, found) in found.iter().enumerate() {
                    let size = net.layers[layer].op.outputs();
                    let found: Vec<u32> = found[index * size..][..size].iter().map(|count| *count as u32).collect();
                    assert_eq!(
                        found,
                        counts[from..from + size],
                        "{} layer {layer}, sample {index}",
                        net.neuron.describe()
                    );
                    from += size;
                }
                spikes += counts.iter().sum::<u32>();
            }
        }
    }
    assert!(spikes > 10_000, "{spikes} spikes say little");
}

/// The same of neurons whose outputs spike: their counts are the last layer's, and the outputs.
#[test]
fn counts_of_spiking_outputs_are_those_of_the_exported_network() {
    let stream = &mut rng::stream(15, Domain::Weights, 0);
    let mut outputs = 0;
    for (name, bits) in [("truenorth", 9), ("ranc", 9), ("paicore", 8), ("paicore", 3), ("odin", 4), ("speck", 8)] {
        for make in [perceptron, convolutional, everything] {
            let mut architecture = make();
            architecture.neuron = Deployed::of_chip(name, None).expect("trained for");
            // Neurons that take their spikes one by one add no other layer's.
            if architecture.neuron.by_events() && architecture.stages().iter().any(|stage| stage.skip.is_some()) {
                continue;
            }
            (architecture.encoding, architecture.threshold) = (Encoding::Spikes, 0.75);
            let (mut network, spec) = network(&architecture, bits, stream);
            let (mut batch, exported) = samples(&architecture, stream);
            batch.forward(&mut network, &Threads::new(1));
            let net = network.fold(&architecture, architecture.stages(), 1).quantise(spec);
            assert_eq!((net.layers.len(), batch.layers.len()), (network.hidden.len(), network.hidden.len()));
            let found: Vec<Vec<f32>> =
                net.layers.iter().zip(&batch.layers).map(|(l, layer)| by_channel(l.output, &layer.counts)).collect();
            let logits = batch.logits.len() / SAMPLES;
            for (index, sample) in exported.iter().enumerate() {
                let right = reference::layered(&net, sample);
                let of = |layer: &Vec<f32>| layer[index * layer.len() / SAMPLES..][..layer.len() / SAMPLES].to_vec();
                let counts: Vec<u32> = found.iter().flat_map(of).map(|count| count as u32).collect();
                assert_eq!(counts, right.counts, "{name}, sample {index}");
                let last = right.counts[right.counts.len() - logits..].iter().map(|count| *count as i32);
                assert!(last.eq(right.outputs.iter().copied()));
                outputs += right.outputs.iter().sum::<i32>();
            }
        }
    }
    assert!(outputs > 200, "{outputs} spikes of outputs say little");
}

/// Neither the number of threads nor the other samples of a batch change a count.
#[test]
fn counts_do_not_depend_on_threads() {
    let stream = &mut rng::stream(12, Domain::Weights, 0);
    let architecture = loihi(everything(), 2, 0.9);
    let (network, _) = network(&architecture, 9, stream);
    let (batch, _) = samples(&architecture, stream);
    let counts = |threads| {
        let (mut network, mut batch) = (network.clone(), batch.clone());
        batch.forward(&mut network, &Threads::new(threads));
        batch.layers.iter().flat_map(|layer| layer.counts.clone()).collect::<Vec<_>>()
    };
    assert_eq!(counts(1), counts(3));
}

/// Sums that single precision does not hold exactly are those of two parts.
#[test]
fn large_sums_are_exact() {
    let mut architecture = loihi(perceptron(), 1, 1.0);
    architecture.input = crate::net::architecture::Shape::flat(400);
    let stream = &mut rng::stream(13, Domain::Weights, 0);
    let (mut network, spec) = network(&architecture, 9, stream);
    // All weights of a neuron are nearly the largest: 400 x 254 x 255 is above 2^24.
    network.hidden[0].weight.value.iter_mut().for_each(|w| *w = 1.0 + 0.01 * uniform(stream));
    let (mut batch, exported) = samples(&architecture, stream);
    batch.forward(&mut network, &Threads::new(1));
    let half = network.chip.as_ref().expect("of loihi");
    assert_eq!([0, 1].map(|layer| half.layer(&network, layer).parts.len()), [2, 1]);
    let net = network.fold(&architecture, architecture.stages(), FULL_SCALE).quantise(spec);
    for (index, sample) in exported.iter().enumerate() {
        let expected = reference::layered(&net, sample).counts;
        let found = batch.layers[0].counts[index * 9..][..9].iter().map(|count| *count as u32);
        assert!(found.eq(expected[..9].iter().copied()), "sample {index}");
    }
}

/// A refractory time of r leaves one spike in r steps at most; a leak costs spikes.
#[test]
fn rests_and_leaks_take_spikes() {
    let stream = &mut rng::stream(14, Domain::Weights, 0);
    let (mut plain, _) = network(&loihi(perceptron(), 1, 1.0), 9, stream);
    // A leak of a half still lets a membrane reach the threshold.
    plain.hidden.iter_mut().for_each(|layer| layer.norm.beta.value.fill(2.5));
    let (batch, _) = samples(&perceptron(), stream);
    let mut spikes = Vec::new();
    for (refractory, leak) in [(1, 1.0), (1, 0.5), (3, 1.0)] {
        let architecture = loihi(perceptron(), refractory, leak);
        let mut network = plain.clone();
        network.chip = ChipHalf::new(&architecture, QuantSpec::new(STEPS as u32, 9), FULL_SCALE);
        let mut batch = batch.clone();
        batch.forward(&mut network, &Threads::new(1));
        let most = batch.layers[0].counts.iter().fold(0f32, |most, count| most.max(*count));
        assert!(most <= STEPS.div_ceil(usize::from(refractory)) as f32, "{most}");
        spikes.push(batch.layers[0].counts.iter().sum::<f32>());
    }
    assert!(spikes[0] > spikes[1] && spikes[0] > spikes[2], "{spikes:?}");
}

/// A training for a neuron is checked before it begins.
#[test]
fn settings_that_no_neuron_of_the_chip_can_have_are_refused() {
    let architecture = loihi(crate::train::tests::digits_mlp(), 1, 1.0);
    let dataset = crate::data::load("digits", &[]).expect("built in");
    let own = Config::of(&architecture, 1, 1);
    assert_eq!(own.weight_bits, 9);
    assert_eq!(own.check(&architecture, &dataset), Ok(()));
    for (config, expected) in [
        (Config { weight_bits: 2, ..own.clone() }, "weight bits: found 2, allowed: 3 to 9, with loihi (refractory: 1)"),
        (Config { rule: crate::train::Rule::LOCAL, ..own }, "allowed: tandem, with loihi"),
    ] {
        let found = config.check(&architecture, &dataset).expect_err("out of range").to_string();
        assert!(found.contains(expected), "{found}");
    }
}
