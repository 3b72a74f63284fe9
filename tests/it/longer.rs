//! A network that runs for more time steps than it was trained for loses no accuracy: against an evaluation in real numbers
//! of the weights that its file holds, step by step.

use crate::bench::Bench;
use crate::common::repository;
use spikemesh::data::{self, Split};
use spikemesh::net::architecture::Target;
use spikemesh::net::input::Encoding;
use spikemesh::net::{Network, QuantSpec, Trained, reference};

fn trained(name: &str) -> Trained {
    match spikemesh::net::load(&repository(&format!("networks/trained/{name}"))).unwrap() {
        Network::Trained(trained) => *trained,
        _ => panic!("{name}: not trained"),
    }
}

/// Spike counts by layer, and the last potentials of the outputs in units of the training, in real numbers: the equations of
/// the tandem rule with the bias of every step as it was in training.
fn evaluate(trained: &Trained, pixels: &[u8], steps: u32) -> (Vec<Vec<u32>>, Vec<f64>) {
    let folded = &trained.folded;
    let own = f64::from(trained.quantised.spec.time_steps);
    let sums = |index: usize, input: &[f64]| {
        let (op, layer) = (&folded.stages[index].op, &folded.layers[index]);
        let mut sums = vec![0.0; op.outputs()];
        for (from, value) in input.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            op.for_each_target(from, |to, weight| sums[to] += value * f64::from(layer.weight[weight]));
        }
        let bias = |(o, sum): (usize, f64)| sum + f64::from(layer.bias[o / op.positions()]) / own;
        sums.into_iter().enumerate().map(bias).collect::<Vec<f64>>()
    };
    let grey: Vec<f64> = pixels.iter().map(|pixel| f64::from(*pixel) / f64::from(folded.full_scale)).collect();
    let currents = sums(0, &grey);
    let last = folded.stages.len() - 1;
    let mut potentials: Vec<Vec<f64>> = folded.stages.iter().map(|stage| vec![0.0; stage.op.outputs()]).collect();
    let mut counts: Vec<Vec<u32>> = folded.stages.iter().map(|stage| vec![0; stage.op.outputs()]).collect();
    for _ in 0..steps {
        let mut arriving = currents.clone();
        for index in 0..=last {
            let mut spikes = vec![0.0; arriving.len()];
            for (i, v) in potentials[index].iter_mut().enumerate() {
                *v += arriving[i];
                if index < last && *v >= folded.threshold {
                    (*v, spikes[i]) = (*v - folded.threshold, 1.0);
                    counts[index][i] += 1;
                }
            }
            if index < last {
                arriving = sums(index + 1, &spikes);
            }
        }
    }
    let growth = f64::from(steps) / own;
    (counts, potentials[last].iter().map(|v| v / growth).collect())
}

fn class(outputs: &[f64]) -> usize {
    let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    outputs.iter().position(|v| *v == largest).unwrap()
}

#[test]
fn more_steps_keep_the_bias_of_a_step_and_the_accuracy() {
    let digits = data::load("digits", &[]).unwrap();
    let all_steps: [&[u32]; 2] = [&[4, 16, 32], &[4, 12]];
    for ((name, samples, least), all_steps) in
        [("digits-mlp", 150, 0.97), ("digits-cnn", 25, 0.92)].into_iter().zip(all_steps)
    {
        let trained = trained(name);
        let own = trained.quantised.spec;
        for &steps in all_steps {
            let net = trained.quantised_for(QuantSpec { time_steps: steps, ..own });
            let (mut right, mut same, mut all, mut differ) = (0, 0, 0u64, 0u64);
            let (mut size, mut off) = (0.0, 0.0);
            for index in 0..samples {
                let (pixels, label) = digits.test.sample(index);
                let found = reference::layered(&net, pixels);
                let (counts, outputs) = evaluate(&trained, pixels, steps);
                right += usize::from(found.class() == usize::from(label));
                same += usize::from(found.class() == class(&outputs));
                let real: Vec<u32> = counts.concat();
                all += real.iter().map(|count| u64::from(*count)).sum::<u64>();
                differ += real.iter().zip(&found.counts).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
                for (output, real) in found.outputs.iter().zip(&outputs) {
                    off += (f64::from(*output) / net.output_scale - real).abs();
                    size += real.abs();
                }
            }
            assert!(right as f64 >= least * samples as f64, "{name}: {right} of {samples} right in {steps} steps");
            assert!(same as f64 >= 0.95 * samples as f64, "{name}: {same} of {samples} classes in {steps} steps");
            assert!(differ * 20 < all, "{name}: {differ} of {all} spikes in {steps} steps");
            // Outputs and counts keep their proportion: both grow with the steps.
            assert!(off < 0.1 * size, "{name}: outputs are off by {off} of {size} in {steps} steps");
        }
    }
}

#[test]
fn fewer_steps_and_spike_trains_keep_the_whole_bias() {
    let trained = trained("digits-mlp");
    let own = trained.quantised.spec;
    assert_eq!(own.time_steps, 4);
    let hidden = |time_steps: u32| {
        let net = trained.quantised_for(QuantSpec { time_steps, ..own });
        let unit = f64::from(1u32 << net.layers[1].fraction_bits);
        // Weight units that a hidden neuron and an output get in all, from their biases.
        let hidden: Vec<f64> = net.layers[1].bias.iter().map(|b| *b as f64 / unit * f64::from(time_steps)).collect();
        (hidden, net.layers.last().unwrap().bias.clone(), net.output_scale)
    };
    let (whole, outputs, scale) = hidden(4);
    for (steps, growth) in [(1, 1.0), (2, 1.0), (3, 1.0), (8, 2.0), (12, 3.0), (64, 16.0)] {
        let (found, last, found_scale) = hidden(steps);
        for (found, whole) in found.iter().zip(&whole) {
            assert!((found - growth * whole).abs() <= 0.5 + growth / 2.0, "T = {steps}: {found}, {whole} at T = 4");
        }
        for (found, wanted) in last.iter().zip(&outputs) {
            assert!(
                (*found as f64 - growth * *wanted as f64).abs() <= growth,
                "T = {steps}: {found}, {wanted} at T = 4"
            );
        }
        assert!((found_scale / scale - growth).abs() < 1e-12);
    }
    // Events are cut into the steps: more steps bring no more spikes, so no more bias.
    let mut trains = trained.folded.clone();
    (trains.encoding, trains.full_scale) = (Encoding::Spikes, 1);
    for steps in [2, 4, 16] {
        let spec = QuantSpec { time_steps: steps, ..own };
        assert_eq!(trains.quantise_trained_for(spec, 4), trains.quantise(spec), "T = {steps}");
    }
}

/// Where outputs stand for the sample, they still do in more steps.
#[test]
fn an_autoencoder_of_more_steps_gives_its_input_back_as_well() {
    let mut trained = trained("digits-mlp");
    // Any network will do: what it gives back is compared with itself.
    (trained.folded.target, trained.quantised.target) = (Target::Input, Target::Input);
    let digits = data::load("digits", &[]).unwrap();
    let samples: &Split = &digits.test;
    let given = |steps: u32, index: usize| {
        let net = trained.quantised_for(QuantSpec { time_steps: steps, ..trained.quantised.spec });
        let outputs = reference::layered(&net, samples.sample(index).0).outputs;
        outputs.into_iter().map(|v| f64::from(v) / net.output_scale).collect::<Vec<f64>>()
    };
    let (mut off, mut size) = (0.0, 0.0);
    for index in 0..20 {
        let (some, more) = (given(32, index), given(64, index));
        off += some.iter().zip(&more).map(|(some, more)| (some - more).abs()).sum::<f64>();
        size += some.iter().map(|v| v.abs()).sum::<f64>();
    }
    // Sums of 64 steps are twice as large before they are brought to the units of the training.
    assert!(off < 0.4 * size, "outputs of 64 steps are off by {off} of {size}");
}

#[test]
fn the_program_says_what_became_of_the_biases() {
    let bench = Bench::new();
    let note = |steps: &str| {
        let path = bench.path("run.json");
        bench.succeed(&[
            "run",
            "--network=digits-mlp",
            "--quiet",
            "--samples",
            "50",
            "--steps",
            steps,
            "--json",
            &path,
        ]);
        let report = bench.json("run.json");
        let notes = report["notes"].as_array().unwrap().iter().map(|note| note.as_str().unwrap().to_owned());
        (notes.collect::<Vec<_>>().join("\n"), report["accuracy"].as_f64().unwrap())
    };
    let (longer, accuracy) = note("32");
    assert!(longer.contains("each step has the bias that it had in training"), "{longer}");
    assert!(accuracy > 0.95, "{accuracy}");
    assert!(note("2").0.contains("the whole bias is kept, in fewer steps, where accuracy falls"));
    let path = bench.path("c.json");
    bench.succeed(&["compare", "--chips", "loihi", "--samples", "200", "--set", "steps=4,8,32", "--json", &path]);
    let rows = bench.json("c.json");
    let accuracy: Vec<f64> =
        rows["rows"].as_array().unwrap().iter().map(|row| row["figures"]["accuracy"].as_f64().unwrap()).collect();
    assert!(accuracy.len() == 3 && accuracy.iter().all(|share| *share >= accuracy[0] - 0.01), "{accuracy:?}");
}
