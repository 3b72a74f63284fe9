//! Tests of the rules with stages: their scales, their gradient, and complete trainings.

use super::local::Teacher;
use super::percentile::{full_activations, groups, percentile, settle};
use super::progressive::convert;
use super::through_time::HALF_WIDTH;
use crate::data;
use crate::net::Architecture;
use crate::train::config::Phase;
use crate::train::tandem::Trainer;
use crate::train::tests::{StopAfter, digits_cnn, digits_mlp, everything};
use crate::train::{Config, Learned, Rule, TrainError, TrainJob, TrainOutcome, TrainWatch, Unwatched, evaluate, train};
use std::path::Path;

#[test]
fn percentiles_by_hand() {
    let values: Vec<f32> = (1..=2000).map(|v| ((v * 7) % 2001) as f32).collect();
    // Two of 2000 values are larger than the one at 99.9 per cent.
    assert_eq!(percentile(&values, 0.999), 1998.0);
    assert_eq!(percentile(&[3.0, 1.0, 2.0], 0.5), 2.0);
    assert_eq!(percentile(&[3.0, 1.0, 2.0], 0.999), 3.0);
    assert_eq!(percentile(&[], 0.999), 0.0);
}

#[test]
fn layers_that_add_spikes_share_a_scale() {
    let network = crate::train::network::TrainNetwork::new(&everything(), 4, 1);
    let skips: Vec<Option<usize>> = network.hidden.iter().map(|layer| layer.skip).collect();
    let groups = groups(&network);
    assert!(skips.iter().flatten().count() >= 2);
    for (index, skip) in skips.iter().enumerate() {
        assert_eq!(groups[index], skip.map_or(index, |from| groups[from]));
    }
}

fn config(architecture: &Architecture, rule: Rule, time_steps: u32) -> Config {
    let own = Config::of(architecture, 11, 1);
    Config { rule, epochs: 6, batch: 48, learning_rate: 6e-3, time_steps, stage_epochs: Some(3), ..own }
}

/// A trainer whose network was trained without spikes.
fn analogue<'a>(architecture: &'a Architecture, dataset: &'a data::Dataset, config: &'a Config) -> Trainer<'a> {
    let mut trainer = Trainer::new(architecture, dataset, config);
    trainer.network.hidden.iter_mut().for_each(|layer| layer.spiking = false);
    let phase = Phase { time_steps: config.time_steps, first: 1, epochs: 2, stage: 0 };
    for epoch in 1..=2 {
        trainer.epoch(epoch, phase, &Unwatched).unwrap();
    }
    trainer
}

#[test]
fn converted_layers_count_what_they_had() {
    let digits = data::load("digits", &[]).unwrap();
    for architecture in [digits_mlp(), digits_cnn()] {
        let config = config(&architecture, Rule::PROGRESSIVE, 16);
        let mut trainer = analogue(&architecture, &digits, &config);
        for index in 0..trainer.network.hidden.len() {
            let before = settle(&mut trainer);
            let full = full_activations(&trainer.network, &before)[index];
            convert(&mut trainer, index);
            let after = trainer.forward_many(&mut trainer.network.clone());
            let pairs = before.layers[index].counts.iter().zip(&after.layers[index].counts);
            let (mut near, mut all, mut spikes) = (0, 0, 0.0);
            for (activation, count) in pairs {
                let expected = (activation * 16.0 / full).round().clamp(0.0, 16.0);
                near += u32::from((expected - count).abs() <= 1.0);
                (all, spikes) = (all + 1, spikes + count);
            }
            assert!(f64::from(near) > 0.9 * f64::from(all), "layer {index}: {near} of {all}");
            assert!(spikes > 1000.0);
            // Statistics and weights are fixed from now on.
            let layer = &trainer.network.hidden[index];
            assert!(layer.spiking && layer.frozen && layer.norm.fixed);
        }
    }
}

/// A neuron, and the derivative of its count with respect to one of its parameters: forward accumulation, in f64.
struct Forward {
    leak: f64,
    threshold: f64,
    steps: usize,
}

impl Forward {
    /// `drive` is the addition to the membrane in a step, and its derivative. Gives the count and its derivative.
    fn count(&self, drive: impl Fn(usize) -> (f64, f64)) -> (f64, f64) {
        let (mut count, mut of_count) = (0.0, 0.0);
        let (mut left, mut of_left) = (0.0, 0.0);
        for step in 0..self.steps {
            let (current, of_current) = drive(step);
            let (charged, of_charged) = (self.leak * left + current, self.leak * of_left + of_current);
            let inside = (charged - self.threshold).abs() < f64::from(HALF_WIDTH) * self.threshold;
            let of_spike = if inside { of_charged / self.threshold } else { 0.0 };
            let spike = if charged >= self.threshold { 1.0 } else { 0.0 };
            count += spike;
            of_count += of_spike;
            left = charged - self.threshold * spike;
            of_left = of_charged - self.threshold * of_spike;
        }
        (count, of_count)
    }
}

#[test]
fn local_gradients_match_forward_accumulation() {
    let digits = data::load("digits", &[]).unwrap();
    let mut architecture = digits_mlp();
    (architecture.leak, architecture.threshold) = (0.9, 0.75);
    let config = config(&architecture, Rule::LOCAL, 5);
    let mut trainer = analogue(&architecture, &digits, &config);
    let mut teacher = Teacher::new(&mut trainer);
    let chosen: Vec<u32> = (0..21).collect();
    trainer.load(&digits.train, &chosen);
    trainer.batch.keep.clear();
    teacher.step(&mut trainer, 0.0);
    for index in 0..2 {
        let layer = trainer.network.hidden[index].clone();
        let (inputs, outputs) = (layer.linear.inputs(), layer.linear.outputs());
        let (affine, mean) = (layer.norm.folded(), 1.0 / (21 * outputs) as f64);
        let forward = Forward { leak: f64::from(0.9f32), threshold: 0.75, steps: 5 };
        // The input of a sample in a step; the encoding layer's is spread over the steps.
        let input = |sample: usize, step: usize, i: usize| match index {
            0 => f64::from(trainer.batch.first[sample * inputs + i]) / 5.0,
            _ => f64::from(trainer.batch.layers[0].spikes[(sample * 5 + step) * inputs + i]),
        };
        let (mut counts, mut moved) = (0, 0);
        for neuron in (0..outputs).step_by(5) {
            let (ratio, shift) = (f64::from(affine.ratio[neuron]), f64::from(affine.shift[neuron]));
            let mut expected = vec![0.0; inputs + 1];
            let mut sure = true;
            for sample in 0..21 {
                let sum = |step| {
                    (0..inputs)
                        .map(|i| input(sample, step, i) * f64::from(layer.weight.value[i * outputs + neuron]))
                        .sum::<f64>()
                };
                let sums: Vec<f64> = (0..5).map(sum).collect();
                let drive = |step: usize| ratio * sums[step] + shift / 5.0;
                let place = sample * outputs + neuron;
                let (count, _) = forward.count(|step| (drive(step), 0.0));
                sure &= count == f64::from(trainer.batch.layers[index].counts[place]);
                counts += count as u32;
                let activation = teacher.activation(index, place) / f64::from(teacher.full[index]);
                let outer = 2.0 * mean * (count / 5.0 - activation.clamp(0.0, 1.0)) / 5.0;
                for (i, expected) in expected.iter_mut().enumerate() {
                    let of_drive = |step| if i == inputs { 0.2 } else { ratio * input(sample, step, i) };
                    *expected += outer * forward.count(|step| (drive(step), of_drive(step))).1;
                }
            }
            if !sure {
                continue;
            }
            let weights = (0..inputs).map(|i| layer.weight.gradient[i * outputs + neuron]);
            let found: Vec<f64> = weights.chain([layer.norm.beta.gradient[neuron]]).map(f64::from).collect();
            let size = expected.iter().map(|e| e * e).sum::<f64>().sqrt();
            moved += u32::from(size > 0.0);
            let near = |(found, expected): (&f64, &f64)| (found - expected).abs() < 1e-4 * size + 1e-12;
            assert!(found.iter().zip(&expected).all(near), "layer {index}, {neuron}: {found:?} {expected:?}");
        }
        assert!(counts > 30 && moved >= 4, "layer {index}: {counts} spikes, {moved} neurons with a gradient");
    }
}

#[test]
fn short_trainings_learn() {
    let digits = data::load("digits", &[]).unwrap();
    for (architecture, rule, least) in [
        (digits_mlp(), Rule::PROGRESSIVE, 0.85),
        (digits_cnn(), Rule::PROGRESSIVE, 0.85),
        (digits_mlp(), Rule::LOCAL, 0.8),
        (digits_cnn(), Rule::LOCAL, 0.8),
    ] {
        let config = config(&architecture, rule, 8);
        let outcome = train(&architecture, &digits, &config, &Unwatched).unwrap();
        let accuracy = evaluate(&outcome.quantised, &digits.test, 1).unwrap().accuracy();
        assert!(accuracy > least, "{rule:?}: {accuracy}");
        let last = outcome.history.last().unwrap().stage;
        assert_eq!(outcome.history[outcome.meta.epoch as usize - 1].stage, last);
        assert_eq!(last as usize, if rule == Rule::LOCAL { 1 } else { architecture.stages().len() });
        assert!(outcome.history.iter().all(|r| r.in_training.is_some()));
        assert!(outcome.history.len() as u32 <= config.total_epochs(&architecture));
    }
}

#[test]
fn a_converted_network_is_near_its_analogue_and_learns() {
    let digits = data::load("digits", &[]).unwrap();
    for architecture in [digits_mlp(), digits_cnn()] {
        let own = config(&architecture, Rule::SURROGATE, 5);
        let alone = Learned { weights: false, threshold: false, leak: false };
        let config = Config { from_ann: true, learned: alone, epochs: 12, stage_epochs: Some(1), ..own };
        let outcome = train(&architecture, &digits, &config, &Unwatched).unwrap();
        let (analogue, converted) = (&outcome.history[11], &outcome.history[12]);
        assert_eq!((analogue.stage, converted.stage, outcome.meta.epoch), (0, 1, 13));
        let (before, after) = (analogue.in_training.unwrap(), converted.in_training.unwrap());
        // The integers are those of what was measured in real numbers.
        let integers = converted.validation_accuracy.unwrap();
        assert!(
            before > 0.93 && after > before - 0.04 && (integers - after).abs() < 0.015,
            "{before} {after} {integers}"
        );
        let leaks: Vec<f64> = outcome.folded.own.iter().map(|(_, firing)| firing.leak).collect();
        assert_eq!(leaks, vec![1.0; architecture.stages().len() - 1]);
        let config = Config { learned: Learned::default(), stage_epochs: Some(3), ..config };
        let learned = train(&architecture, &digits, &config, &Unwatched).unwrap();
        let accuracy = learned.history[learned.meta.epoch as usize - 1].validation_accuracy.unwrap();
        assert!(accuracy >= integers - 0.01, "{accuracy} after {integers}");
        let thresholds = |outcome: &TrainOutcome| outcome.folded.own.iter().map(|(_, own)| own.threshold).collect();
        let (first, last): (Vec<f64>, Vec<f64>) = (thresholds(&outcome), thresholds(&learned));
        assert!(first.iter().zip(&last).all(|(first, last)| first != last), "{first:?} {last:?}");
        assert!(learned.folded.own.iter().all(|(_, own)| own.leak > 0.9 && own.leak <= 1.0));
    }
}

#[test]
fn drawn_weights_learn_through_time_at_fewer_and_fewer_steps() {
    let digits = data::load("digits", &[]).unwrap();
    let mut architecture = digits_mlp();
    architecture.leak = 0.9;
    let own = config(&architecture, Rule::SURROGATE, 2);
    let config = Config { epochs: 12, anneal: Some(crate::train::Anneal { from: 4, epochs: 3 }), ..own };
    let outcome = train(&architecture, &digits, &config, &Unwatched).unwrap();
    let steps: Vec<u32> = outcome.history.iter().map(|report| report.time_steps).collect();
    assert_eq!(steps, [[4; 12].as_slice(), &[3; 3], &[2; 3]].concat());
    let accuracy = evaluate(&outcome.quantised, &digits.test, 1).unwrap().accuracy();
    assert!(accuracy > 0.85, "{accuracy}");
    assert!(outcome.folded.own.iter().all(|(_, own)| own.leak <= 1.0 && (own.leak - 0.9).abs() > 1e-3));
    // From its own weights, thresholds and leaks it goes on where it was.
    let config = Config { epochs: 1, anneal: None, learning_rate: 1e-5, ..config };
    let again = TrainJob {
        architecture: &architecture,
        dataset: &digits,
        config: &config,
        start: Some(&outcome.folded),
        checkpoint: None,
        started: None,
        resume: false,
    }
    .run(&Unwatched)
    .unwrap();
    for ((_, found), (_, expected)) in again.folded.own.iter().zip(outcome.folded.own.iter()) {
        assert!((found.threshold - expected.threshold).abs() < 1e-3 && (found.leak - expected.leak).abs() < 1e-3);
    }
    let difference = again.history[0].validation_accuracy.unwrap() - outcome.meta.validation_accuracy.unwrap();
    assert!(difference.abs() < 0.01, "{difference}");
}

/// A training of both rules with all demands of hardware, shortened by patience.
fn hard(architecture: &Architecture, rule: Rule, threads: usize) -> Config {
    let own = config(architecture, rule, 4);
    let (weight_bits, rounding, disturbance) = (5, true, 0.02);
    Config {
        epochs: 2,
        dropout: 0.1,
        patience: 1,
        weight_bits,
        rounding,
        disturbance,
        max_fan_in: Some(30),
        from_ann: rule == Rule::SURROGATE,
        threads,
        ..own
    }
}

/// All of an outcome, to the last bit.
fn bits(outcome: &TrainOutcome) -> (Vec<u32>, String) {
    let values = outcome.folded.layers.iter().flat_map(|l| l.weight.iter().chain(&l.bias));
    (values.map(|v| v.to_bits()).collect(), format!("{:?} {:?} {:?}", outcome.quantised, outcome.meta, outcome.history))
}

#[test]
fn stops_and_threads_change_no_bit() {
    let digits = data::load("digits", &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    for (architecture, rule) in [
        (digits_mlp(), Rule::PROGRESSIVE),
        (digits_mlp(), Rule::LOCAL),
        (everything_of_digits(), Rule::LOCAL),
        (everything_of_digits(), Rule::SURROGATE),
    ] {
        let run = |threads, resume, path: Option<&Path>, watch: &TrainWatch<'_>| {
            let config = hard(&architecture, rule, threads);
            let (dataset, checkpoint) = (&digits, path);
            TrainJob {
                architecture: &architecture,
                dataset,
                config: &config,
                start: None,
                checkpoint,
                started: None,
                resume,
            }
            .run(watch)
        };
        let whole = run(1, false, None, &Unwatched).unwrap();
        let expected = bits(&whole);
        for layer in &whole.quantised.layers[1..] {
            assert!(layer.op.fan_in() <= 30 || layer.weight.iter().filter(|w| **w == 0).count() > 0, "{}", layer.name);
        }
        assert!(bits(&run(2, false, None, &Unwatched).unwrap()) == expected, "{rule:?}: two threads");
        // 24 batches an epoch: within the first stage, within later ones, and again within one.
        let mut resume = false;
        for batches in [30, 40, 30, 5, 90] {
            match run(1, resume, Some(&path), &StopAfter::batches(batches)) {
                Err(error) => assert!(matches!(error, TrainError::Cancelled { .. }), "{error}"),
                Ok(outcome) => assert!(bits(&outcome) == expected),
            }
            resume = true;
        }
        assert!(bits(&run(1, true, Some(&path), &Unwatched).unwrap()) == expected, "{rule:?}: resumed");
        // The end can be resumed again.
        assert!(bits(&run(1, true, Some(&path), &Unwatched).unwrap()) == expected);
        std::fs::remove_file(&path).unwrap();
    }
}

/// Architecture with convolutions, and a layer that adds the spikes of another.
fn everything_of_digits() -> Architecture {
    use crate::net::architecture::LayerSpec;
    let mut architecture = digits_cnn();
    let adds = LayerSpec::Dense { outputs: 24, add: Some("dense1".into()) };
    let conv = LayerSpec::conv(4, 3, 2, 1);
    architecture.layers = vec![conv, LayerSpec::Flatten, LayerSpec::dense(24), adds, LayerSpec::dense(10)];
    architecture
}

#[test]
fn settings_that_do_not_go_together_are_refused() {
    let digits = data::load("digits", &[]).unwrap();
    let architecture = digits_mlp();
    let own = config(&architecture, Rule::PROGRESSIVE, 4);
    let anneal = Some(crate::train::Anneal { from: 6, epochs: 1 });
    let bad = Config { stage_epochs: Some(0), patience: 0, synops_weight: 1.0, anneal, ..own.clone() };
    let text = bad.check(&architecture, &digits).unwrap_err().to_string();
    for line in [
        "epochs of a stage: found 0, allowed: 1 to 10000",
        "patience: found 0, allowed: 1 to 10000",
        "time steps to begin with: found 6, allowed: 4, with the progressive rule, which does not anneal",
        "weight of synaptic operations: found 1, allowed: 0 with the progressive rule",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    let long = Config { stage_epochs: Some(5000), ..own };
    assert!(long.check(&architecture, &digits).unwrap_err().to_string().contains("epochs of all stages: found 15006"));
}
