//! Restart of a training from a trained network's real weights.
//!
//! A folded layer has no batch norm left. It gets one that cancels out: statistics of training samples, and a scale and
//! an offset that restore the fold. The first batches then find statistics that hardly differ, and the network
//! continues from exactly what it computes.

use super::linear::LinearLayer;
use super::network::{TrainNetwork, by_rows, rows_of, summed};
use super::tandem::Trainer;
use crate::net::architecture::Firing;
use crate::net::quantised::Folded;

impl Trainer<'_> {
    /// Replaces the random weights with those of a network of the same architecture.
    pub(super) fn restart(&mut self, folded: &Folded) {
        if self.network.stepwise {
            return self.restart_stepwise(folded);
        }
        let mut network = self.network.clone();
        // A fold multiplies each weight by a factor: folding ones gives the factors.
        network.hidden.iter_mut().for_each(|layer| layer.weight.value.fill(1.0));
        let counts = network.output.clone();
        network.output.weight.value.fill(1.0);
        let ones = network.fold(self.architecture, folded.stages.clone(), folded.full_scale);
        for ((linear, weights), (target, one)) in weights_of(&mut network).zip(folded.layers.iter().zip(&ones.layers)) {
            let own: Vec<f32> = target.weight.iter().zip(&one.weight).map(|(target, one)| target / one).collect();
            *weights = by_rows(linear, &own);
        }
        for (layer, target) in network.hidden.iter_mut().zip(&folded.layers) {
            // Running means begin at zero: a fold adds the offset alone.
            layer.norm.beta.value.clone_from(&target.bias);
        }
        for (layer, target) in network.hidden.iter_mut().zip(&folded.layers) {
            layer.kept = kept(&layer.weight.value, target.pruned);
        }
        if network.output.counts {
            network.output = counts;
        } else if let Some(last) = folded.layers.last() {
            network.output.bias.value.clone_from(&last.bias);
            network.output.kept = kept(&network.output.weight.value, last.pruned);
        }
        self.take_statistics(&mut network);
        self.network = network;
    }

    /// Does the same for a network without batch norm, in units of a step.
    fn restart_stepwise(&mut self, folded: &Folded) {
        let network = &mut self.network;
        let steps = network.steps as f32;
        let inverse = |linear: &LinearLayer| 1.0 / summed(linear);
        for (index, (layer, target)) in network.hidden.iter_mut().zip(&folded.layers).enumerate() {
            let (scale, Firing { threshold, leak }) = (inverse(&layer.linear), folded.firing(index));
            layer.weight.value = rows_of(&layer.linear, &target.weight, |weight| weight * scale);
            layer.norm.beta.value = target.bias.iter().map(|bias| bias / steps).collect();
            (layer.threshold.value[0], layer.leak.value[0]) = (threshold as f32, leak as f32);
            layer.kept = kept(&layer.weight.value, target.pruned);
        }
        if let Some(last) = folded.layers.last() {
            let output = &mut network.output;
            let scale = inverse(&output.linear);
            output.weight.value = rows_of(&output.linear, &last.weight, |weight| weight * scale);
            output.bias.value.clone_from(&last.bias);
            output.kept = kept(&output.weight.value, last.pruned);
        }
        network.keep_ranges();
    }

    /// Sets batch norm's statistics from training samples, layer by layer, and preserves what each layer computes.
    fn take_statistics(&mut self, network: &mut TrainNetwork) {
        let momenta: Vec<f32> = network.hidden.iter().map(|layer| layer.norm.momentum).collect();
        network.hidden.iter_mut().for_each(|layer| layer.norm.momentum = 0.0);
        for index in 0..network.hidden.len() {
            let before = network.hidden[index].norm.folded();
            network.hidden[index].norm.momentum = 1.0;
            self.forward_many(network);
            let norm = &mut network.hidden[index].norm;
            norm.momentum = 0.0;
            norm.gamma.value.fill(1.0);
            let unit = norm.folded().ratio;
            for (channel, (ratio, unit)) in before.ratio.iter().zip(unit).enumerate() {
                norm.gamma.value[channel] = ratio / unit;
                norm.beta.value[channel] = before.shift[channel] + ratio * norm.running_mean[channel];
            }
        }
        for (layer, momentum) in network.hidden.iter_mut().zip(momenta) {
            layer.norm.momentum = momentum;
        }
    }
}

/// Mask of the weights that a limit on the fan-in has kept, if there was one.
fn kept(weights: &[f32], pruned: bool) -> Option<Vec<f32>> {
    pruned.then(|| weights.iter().map(|weight| if *weight == 0.0 { 0.0 } else { 1.0 }).collect())
}

/// The weights of all layers, in their order.
fn weights_of(network: &mut TrainNetwork) -> impl Iterator<Item = (&LinearLayer, &mut Vec<f32>)> {
    let hidden = network.hidden.iter_mut().map(|layer| (&layer.linear, &mut layer.weight.value));
    hidden.chain([(&network.output.linear, &mut network.output.weight.value)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Architecture;
    use crate::net::architecture::LayerSpec;
    use crate::train::tests::{digits_cnn, digits_mlp};
    use crate::train::{Config, TrainJob, Unwatched, evaluate, train};

    fn quick(architecture: &Architecture, epochs: u32) -> Config {
        Config { epochs, batch: 64, learning_rate: 5e-3, ..Config::of(architecture, 3, 2) }
    }

    /// Architecture with pools, groups, an addition and a leak.
    fn with_everything() -> Architecture {
        let mut architecture = digits_cnn();
        architecture.leak = 0.9;
        let grouped = LayerSpec::Conv2d {
            channels: 6,
            kernel: [3, 3],
            stride: [1, 1],
            padding: [1, 1],
            groups: 3,
            add: Some("conv1".into()),
        };
        let pool = LayerSpec::AvgPool2d { kernel: [2, 2] };
        let first = [LayerSpec::conv(6, 3, 1, 1), grouped, pool.clone(), LayerSpec::conv(8, 3, 1, 1), pool];
        let last = [LayerSpec::Flatten, LayerSpec::dense(20), LayerSpec::dense(10)];
        architecture.layers = first.into_iter().chain(last).collect();
        architecture
    }

    #[test]
    fn a_network_comes_back_as_it_was() {
        let dataset = crate::data::load("digits", &[]).unwrap();
        for architecture in [digits_mlp(), digits_cnn(), with_everything()] {
            let config = quick(&architecture, 1);
            let mut trainer = Trainer::new(&architecture, &dataset, &config);
            trainer.epoch(1, config.phases()[0], &Unwatched).unwrap();
            let folded = trainer.settled().fold(&architecture, architecture.stages(), dataset.full_scale);
            let other = Config { seed: 9, ..config.clone() };
            let mut trainer = Trainer::new(&architecture, &dataset, &other);
            trainer.restart(&folded);
            let again = trainer.network.fold(&architecture, architecture.stages(), dataset.full_scale);
            near(&again, &folded, 1e-5);
            // Statistics recomputed from the same samples change nothing: they equal those of the samples already. In
            // both cases a membrane at its threshold may fall on its other side.
            let settled = trainer.settled().fold(&architecture, architecture.stages(), dataset.full_scale);
            near(&settled, &folded, 1e-2);
        }
    }

    /// Compares relative to the largest value of each layer.
    fn near(found: &Folded, expected: &Folded, tolerance: f32) {
        for (layer, (found, expected)) in found.layers.iter().zip(&expected.layers).enumerate() {
            let both = found.weight.iter().zip(&expected.weight).chain(found.bias.iter().zip(&expected.bias));
            let largest = expected.weight.iter().chain(&expected.bias).fold(0f32, |m, v| m.max(v.abs()));
            let worst = both.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < tolerance * largest, "layer {layer}: {worst} of {largest}");
        }
    }

    #[test]
    fn fine_tuning_begins_where_the_network_was() {
        let dataset = crate::data::load("digits", &[]).unwrap();
        let architecture = digits_mlp();
        let long = train(&architecture, &dataset, &quick(&architecture, 12), &Unwatched).unwrap();
        let config = Config { learning_rate: 5e-4, ..quick(&architecture, 1) };
        let drawn = train(&architecture, &dataset, &config, &Unwatched).unwrap();
        let job = TrainJob {
            architecture: &architecture,
            dataset: &dataset,
            config: &config,
            start: Some(&long.folded),
            checkpoint: None,
            started: None,
            resume: false,
        };
        let tuned = job.run(&Unwatched).unwrap();
        let other = TrainJob { architecture: &digits_cnn(), ..job }.run(&Unwatched);
        assert!(other.unwrap_err().to_string().contains("has other layers than"));
        let accuracy = |outcome: &crate::train::TrainOutcome| {
            evaluate(&outcome.quantised, &dataset.validation, 1).unwrap().accuracy()
        };
        let [long, drawn, tuned] = [&long, &drawn, &tuned].map(accuracy);
        assert!(tuned > long - 0.03 && tuned > drawn + 0.1, "long {long}, one epoch drawn {drawn}, tuned {tuned}");
    }
}
