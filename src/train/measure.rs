//! Evaluation of a network in training: its integer network, measured on the validation part.

use super::batch::Batch;
use super::evaluate::evaluated;
use super::frames::alike;
use super::network::TrainNetwork;
use super::tandem::{Pass, Trainer};
use super::{Config, EpochReport, Rule, TrainError};
use crate::data::shuffled;
use crate::net::{Folded, Layered, TrainedMeta};
use crate::rng::{self, Domain};

/// Samples from which batch norm's statistics are taken before folding, and the bytes that they may take.
const SETTLING: usize = 1024;
const SETTLING_BYTES: u64 = 256 << 20;

impl Trainer<'_> {
    /// The current integer network, and its results on the validation part.
    pub(super) fn measure(&mut self, epoch: u32, pass: &Pass) -> Result<(EpochReport, Folded, Layered), TrainError> {
        let stages = self.architecture.stages();
        let hidden: usize = stages.iter().rev().skip(1).map(|stage| stage.op.outputs()).sum();
        // Without batch norm there are no statistics to settle.
        let settled = if self.network.stepwise { self.network.clone() } else { self.settled() };
        let folded = settled.fold(self.architecture, stages, self.dataset.full_scale);
        if folded.layers.iter().flat_map(|layer| layer.weight.iter().chain(&layer.bias)).any(|v| !v.is_finite()) {
            return Err(self.diverged(epoch, None));
        }
        let time_steps = self.network.steps as u32;
        let quantised = folded.quantise(self.config.spec(time_steps));
        let result = evaluated(&quantised, &self.dataset.validation, self.config.threads);
        let has_real = self.config.rule.has_stages() || self.config.rule == Rule::SURROGATE;
        let in_training = has_real.then(|| self.in_training(settled));
        let classes = self.architecture.target.has_classes();
        let inferences = result.samples.max(1) as f64 * hidden as f64;
        let frames =
            self.dataset.validation.frames(self.dataset.validation.len()) as f64 / result.samples.max(1) as f64;
        let report = EpochReport {
            epoch,
            stage: self.stage,
            time_steps,
            loss: pass.loss,
            train_accuracy: classes.then_some(pass.accuracy),
            validation_accuracy: classes.then(|| result.accuracy()),
            validation_mse: (!classes).then(|| result.mean_squared_error()),
            validation_mae: (!classes).then(|| result.mean_absolute_error()),
            in_training,
            spike_rate: result.spikes as f64 / (inferences * frames.max(1.0) * f64::from(time_steps)),
            spikes_per_neuron: result.spikes as f64 / inferences,
            synaptic_operations: result.synaptic_operations() as f64 / result.samples.max(1) as f64,
            learning_rate: pass.learning_rate,
            chosen: false,
        };
        Ok((report, folded, quantised))
    }

    /// The network with batch norm's statistics recomputed from many training samples at once.
    ///
    /// The running statistics are those of a batch or two: right for training, but a matter of luck in an exported
    /// network. On the digits this was worth 0.7 points of validation accuracy after the last epoch (mean of six seeds,
    /// batch 32).
    pub(super) fn settled(&mut self) -> TrainNetwork {
        self.cast_shadows(false);
        let mut network = self.network.clone();
        network.hidden.iter_mut().for_each(|layer| layer.norm.momentum = 1.0);
        self.forward_many(&mut network);
        network
    }

    /// A forward pass of a network over many training samples, the same in every epoch; gives its activations.
    pub(super) fn forward_many(&mut self, network: &mut TrainNetwork) -> Batch {
        let train = &self.dataset.train;
        let size = self.many(network).min(train.len());
        // Drawn at random, because a folder's samples may be sorted. Epochs begin at 1.
        let order = shuffled(train.len(), &mut rng::stream(self.config.seed, Domain::Shuffle, 0));
        let training_batch = std::mem::take(&mut self.batch);
        self.load(train, &order[..size]);
        if train.sequences.is_some() {
            // What knows no steps knows no sequences: each frame is a sample.
            self.batch.samples = self.batch.input.len() / network.input.neurons().max(1) as usize;
            self.batch.frames = 1;
        }
        self.pass(network);
        std::mem::replace(&mut self.batch, training_batch)
    }

    /// Correct ones of many training samples, by a network in real numbers; by its negated loss where there are no classes.
    pub(super) fn correct(&mut self, network: &TrainNetwork) -> f64 {
        let batch = self.forward_many(&mut network.clone());
        let training_batch = std::mem::replace(&mut self.batch, batch);
        let loss = self.loss();
        self.batch = training_batch;
        if self.architecture.target.has_classes() { loss.correct as f64 } else { -loss.mean }
    }

    /// Number of samples in a forward pass without training.
    fn many(&self, network: &TrainNetwork) -> usize {
        let fitting = (SETTLING_BYTES / Batch::bytes_of(network, 1).max(1)) as usize;
        SETTLING.min(fitting).max(self.config.batch as usize)
    }

    /// Accuracy, or mean squared error if outputs are no classes, of a network on the validation part: in real
    /// numbers, its layers unchanged, batch norm on the running statistics.
    fn in_training(&mut self, mut network: TrainNetwork) -> f64 {
        network.hidden.iter_mut().for_each(|layer| layer.norm.fixed = true);
        let validation = &self.dataset.validation;
        let mut all: Vec<u32> = (0..validation.len() as u32).collect();
        all.sort_by_key(|sample| validation.frames_of(*sample as usize).len());
        let training_batch = std::mem::take(&mut self.batch);
        let mut sum = 0.0;
        let most = if validation.sequences.is_some() { self.batch_size() } else { self.many(&network) };
        for chosen in alike(validation, &all, most) {
            self.load(validation, chosen);
            self.pass(&mut network);
            let loss = self.loss();
            let classes = self.architecture.target.has_classes();
            sum += if classes { loss.correct as f64 } else { loss.mean * chosen.len() as f64 };
        }
        self.batch = training_batch;
        sum / all.len().max(1) as f64
    }

    /// Record of the training for the network's file.
    pub(super) fn meta(&self, chosen: &EpochReport, fine_tuned: bool) -> TrainedMeta {
        let Config { rule, epochs, batch, learning_rate, seed, anneal, .. } = *self.config;
        let staged = rule.has_stages();
        let (version, rule) = (env!("CARGO_PKG_VERSION"), rule.name());
        let made_by =
            format!("spikemesh {version}, {rule}, {epochs} epochs, batch {batch}, learning rate {learning_rate}");
        let anneal =
            anneal.map_or(String::new(), |a| format!(", from {} time steps, {} epochs each", a.from, a.epochs));
        let stages = match (staged, self.config.from_ann) {
            (true, _) => format!(", {} epochs a stage at most", self.config.stage_epochs()),
            (_, true) => format!(" without spikes, {} with", self.config.stage_epochs()),
            _ => String::new(),
        };
        let made_by = format!("{made_by}{stages}{anneal}{}", if fine_tuned { ", from a trained network" } else { "" });
        let (dataset, rule) = (self.dataset.name.clone(), rule.to_owned());
        let EpochReport { epoch, validation_accuracy, validation_mse, .. } = *chosen;
        let max_fan_in = self.config.max_fan_in;
        // The caller who named the data knows where they are.
        let data_folder = None;
        TrainedMeta {
            dataset,
            data_folder,
            rule,
            seed,
            epoch,
            validation_accuracy,
            validation_mse,
            made_by,
            max_fan_in,
        }
    }
}
