//! The tandem rule over an epoch: batches of samples, forward, backward, and a step of Adam.

use super::adam::Adam;
use super::augment::{self, InputNoise};
use super::batch::Batch;
use super::config::Phase;
use super::frames::batches_of;
use super::geometry::by_position;
use super::loss::{BatchLoss, WantedOutput, cross_entropy, mean_squared};
use super::network::TrainNetwork;
use super::network::chip::ChipHalf;
use super::parallel::Threads;
use super::schedule::learning_rate;
use super::shadow::{Disturbance, Rounding};
use super::unrolled::Unrolled;
use super::{Config, Rule, TrainError, TrainEvent, TrainWatch};
use crate::data::{Dataset, SampleTarget, Split, shuffled};
use crate::net::Architecture;
use crate::net::architecture::{Activation, Augment, Loss, Stage, Target};
use crate::net::input::{Encoding, SpikeTrains, TrainsForm};
use crate::net::quantised::Scale;
use crate::rng::{self, Domain};
use rand::Rng;

/// A network in training, with everything that a step needs.
pub(super) struct Trainer<'a> {
    pub(super) architecture: &'a Architecture,
    pub(super) dataset: &'a Dataset,
    pub(super) config: &'a Config,
    pub(super) threads: Threads,
    pub(super) network: TrainNetwork,
    pub(super) adam: Adam,
    pub(super) batch: Batch,
    /// Buffers of a network that is unrolled.
    unrolled: Unrolled,
    /// Whether it began with trained weights.
    pub(super) restarted: bool,
    /// Current stage of the rule.
    pub(super) stage: u32,
    labels: Vec<u8>,
    /// Numbers that outputs should be, where they are no classes, in the order of the outputs: position by position.
    wanted: Vec<f32>,
    noise: InputNoise,
    /// Mean fan-out of a spike of each hidden layer, as a share of the twin's multiply-accumulates without encoding.
    spike_costs: Vec<f64>,
}

pub(super) struct Pass {
    pub(super) loss: f64,
    pub(super) accuracy: f64,
    pub(super) learning_rate: f64,
}

impl<'a> Trainer<'a> {
    /// A network with random weights, at the time steps of the first phase.
    pub(super) fn new(architecture: &'a Architecture, dataset: &'a Dataset, config: &'a Config) -> Self {
        let steps = config.anneal.map_or(config.time_steps, |anneal| anneal.from);
        let mut network = TrainNetwork::new(architecture, steps, config.seed);
        // Scales, offsets and biases do not decay: a layer must be free to fire rarely or often.
        network.hidden.iter_mut().for_each(|layer| layer.weight.decays = true);
        network.output.weight.decays = true;
        network.activation = config.activation;
        network.chip = ChipHalf::new(architecture, config.spec(steps), dataset.full_scale);
        let mut trainer = Self {
            architecture,
            dataset,
            config,
            threads: Threads::new(config.threads),
            network,
            adam: Adam { decay: config.weight_decay, ..Adam::default() },
            batch: Batch::default(),
            restarted: false,
            stage: 0,
            labels: Vec::new(),
            wanted: Vec::new(),
            noise: InputNoise::new(),
            unrolled: Unrolled::default(),
            spike_costs: spike_costs(&architecture.stages(), architecture.encoding),
        };
        trainer.network.learned = (config.rule == Rule::SURROGATE).then_some(config.learned);
        trainer.enter_stage(0);
        if config.unrolls(0) {
            trainer.network.hidden.iter_mut().for_each(|layer| layer.norm.become_identity());
        }
        trainer
    }

    /// Takes the form that the network has in a stage of the surrogate rule.
    pub(super) fn enter_stage(&mut self, stage: u32) {
        self.stage = stage;
        if self.config.rule != Rule::SURROGATE {
            return;
        }
        let unrolls = self.config.unrolls(stage);
        let Self { network, config, .. } = self;
        network.stepwise = unrolls;
        // The non-spiking network is rectified, however membranes begin later.
        network.activation = if unrolls { config.activation } else { Activation::Relu };
        for layer in &mut network.hidden {
            (layer.spiking, layer.norm.fixed) = (unrolls, unrolls);
        }
    }

    /// The forward pass of a network over the loaded samples.
    pub(super) fn pass(&mut self, network: &mut TrainNetwork) {
        match network.stepwise {
            true => self.unrolled.forward(network, &mut self.batch, &self.threads),
            false => self.batch.forward(network, &self.threads),
        }
    }

    pub(super) fn batch_size(&self) -> usize {
        (self.config.batch as usize).min(self.dataset.train.len())
    }

    pub(super) fn batches(&self) -> usize {
        let (samples, size) = (self.dataset.train.len(), self.batch_size().max(1));
        // Sequences of one length may leave a smaller batch.
        if self.dataset.are_sequences() { samples.div_ceil(size) } else { samples / size }
    }

    /// One pass over the training part.
    pub(super) fn epoch(&mut self, epoch: u32, phase: Phase, watch: &TrainWatch<'_>) -> Result<Pass, TrainError> {
        self.epoch_of(epoch, phase, watch, &mut Self::step)
    }

    /// One pass over the training part with a rule's own steps: each gets the step size.
    pub(super) fn epoch_of(
        &mut self,
        epoch: u32,
        phase: Phase,
        watch: &TrainWatch<'_>,
        step: &mut dyn FnMut(&mut Self, f64) -> BatchLoss,
    ) -> Result<Pass, TrainError> {
        let train = &self.dataset.train;
        let size = self.batch_size();
        let order = shuffled(train.len(), &mut rng::stream(self.config.seed, Domain::Shuffle, u64::from(epoch)));
        let mut dropout = rng::stream(self.config.seed, Domain::Dropout, u64::from(epoch));
        self.limit_fan_in(epoch, phase);
        let mut pass = Pass { loss: 0.0, accuracy: 0.0, learning_rate: self.config.learning_rate };
        let all = batches_of(train, &order, size);
        let samples: usize = all.iter().map(Vec::len).sum();
        for (index, chosen) in all.iter().enumerate() {
            if watch.cancelled() {
                return Err(TrainError::Cancelled { epoch });
            }
            self.load_varied(train, chosen, self.config.augment, epoch);
            self.drop_out(&mut dropout);
            let done = f64::from(epoch - phase.first) + index as f64 / all.len() as f64;
            let (schedule, start) = self.config.pace(phase.stage, self.network.hidden.len() + 1);
            pass.learning_rate = learning_rate(schedule, start, done, phase.epochs);
            let loss = step(self, pass.learning_rate);
            if !loss.mean.is_finite() {
                return Err(self.diverged(epoch, Some(index as u64 + 1)));
            }
            pass.loss += loss.mean / (samples as f64 / chosen.len() as f64);
            pass.accuracy += loss.correct as f64 / samples as f64;
            watch.done(chosen.len() as u64);
            watch.event(&TrainEvent::Batch { loss: loss.mean });
        }
        Ok(pass)
    }

    /// Imposes the limit on the fan-in, unless a rule has stages that do: from the start on trained weights, on random
    /// ones when a third of the epochs has shown which weights matter. Removed weights are zero and stay the weakest,
    /// so a later call removes the same ones.
    fn limit_fan_in(&mut self, epoch: u32, phase: Phase) {
        if let Some(most) = self.config.max_fan_in
            && !self.config.rule.has_stages()
            && (self.restarted || epoch > phase.epochs / 3)
        {
            self.network.limit_fan_in(most as usize);
        }
    }

    pub(super) fn diverged(&self, epoch: u32, batch: Option<u64>) -> TrainError {
        TrainError::Diverged { epoch, batch, learning_rate: self.config.learning_rate }
    }

    /// Fills the batch with unchanged samples.
    pub(super) fn load(&mut self, split: &Split, chosen: &[u32]) {
        self.load_varied(split, chosen, Augment::default(), 0);
    }

    /// Fills the batch with samples as varied in an epoch.
    pub(super) fn load_varied(&mut self, split: &Split, chosen: &[u32], augment: Augment, epoch: u32) {
        let scale = self.dataset.full_scale as f32;
        self.batch.samples = chosen.len();
        self.batch.frames = chosen.first().map_or(1, |sample| split.frames_of(*sample as usize).len());
        self.batch.input.clear();
        self.batch.trains.clear();
        self.labels.clear();
        self.wanted.clear();
        for index in chosen {
            let (sample, label) = split.sample(*index as usize);
            let name = [self.config.seed, u64::from(epoch), u64::from(*index)];
            let sample = &*self.noise.add(augment, self.dataset.full_scale, name, sample);
            let (inputs, steps) = (self.dataset.shape.neurons() as usize, self.network.steps);
            let form = TrainsForm { inputs, steps, full_scale: self.dataset.full_scale };
            match self.architecture.encoding.trains(sample, form) {
                None => {
                    let scaled = |pixel| f32::from(pixel) / scale;
                    for frame in sample.chunks(inputs) {
                        augment::extend(augment, self.dataset.shape, name, frame, scaled, &mut self.batch.input);
                    }
                }
                Some(trains) => self.load_trains(&trains, augment, name),
            }
            self.labels.push(label);
            self.load_wanted(split, *index as usize, (sample, augment, name));
        }
    }

    /// Adds the numbers that the network should give for a sample: the sample as it is varied, or its targets as they are.
    fn load_wanted(&mut self, split: &Split, index: usize, (sample, augment, name): (&[u8], Augment, [u64; 3])) {
        let scale = self.dataset.full_scale;
        let mut planes = Vec::new();
        match self.architecture.target {
            Target::Label => return,
            Target::Input => {
                let scaled = |pixel| f32::from(pixel) / scale as f32;
                augment::extend(augment, self.dataset.shape, name, sample, scaled, &mut planes);
            }
            Target::Given => {
                if let SampleTarget::Numbers(numbers) = split.target(Target::Given, index, scale) {
                    planes.extend(numbers.shares().map(|share| share as f32));
                }
            }
        }
        let first = self.wanted.len();
        self.wanted.resize(first + planes.len(), 0.0);
        by_position(self.network.output.bias.value.len(), &planes, &mut self.wanted[first..]);
    }

    /// Adds a sample of spike trains to the batch, with its counts; all steps are varied alike.
    fn load_trains(&mut self, sample: &SpikeTrains<'_>, augment: Augment, name: [u64; 3]) {
        let shape = self.dataset.shape;
        let inputs = shape.neurons() as usize;
        let Batch { trains: all, input, .. } = &mut self.batch;
        let (first, mut planes) = (input.len(), vec![0u8; inputs]);
        input.resize(first + inputs, 0.0);
        for step in 0..self.network.steps {
            planes.fill(0);
            sample.step(step).for_each(|input| planes[input] = 1);
            let from = all.len();
            augment::extend(augment, shape, name, &planes, |spike| spike, all);
            input[first..].iter_mut().zip(&all[from..]).for_each(|(count, spike)| *count += f32::from(*spike));
        }
    }

    /// Draws which inputs of the output layer are dropped; the others are scaled, so that their mean stays.
    pub(super) fn drop_out(&mut self, stream: &mut rng::Stream) {
        self.batch.keep.clear();
        // Counts of outputs are not dropped.
        if self.config.dropout > 0.0 && !self.network.output.counts {
            let limit = (self.config.dropout * 2f64.powi(32)) as u64;
            let kept = (1.0 / (1.0 - self.config.dropout)) as f32;
            let count = self.batch.samples * self.network.output.linear.inputs();
            self.batch.keep.extend((0..count).map(|_| if stream.next_u64() >> 32 < limit { 0.0 } else { kept }));
        }
    }

    /// Forward, backward and one step of Adam.
    pub(super) fn step(&mut self, rate: f64) -> BatchLoss {
        let threads = self.threads.clone();
        threads.within(|| self.step_within(rate))
    }

    fn step_within(&mut self, rate: f64) -> BatchLoss {
        self.cast_shadows(true);
        let Self { network, batch, unrolled, threads, .. } = self;
        match network.stepwise {
            true => unrolled.forward(network, batch, threads),
            false => batch.forward(network, threads),
        }
        self.charge_spikes();
        let loss = self.loss();
        let Self { network, batch, unrolled, threads, .. } = self;
        match network.stepwise {
            true => unrolled.backward(network, batch, threads),
            false => batch.backward(network, threads),
        }
        self.adam.step(&self.threads, rate, self.network.parameters());
        self.network.keep_limits();
        self.network.keep_ranges();
        loss
    }

    /// Rounds and disturbs the weights for the next pass, if the settings say so and neurons spike.
    pub(super) fn cast_shadows(&mut self, disturbed: bool) {
        let Config { rounding, disturbance, weight_bits, seed, .. } = *self.config;
        let rounding = match self.architecture.neuron.grid_bits() {
            Some(bits) => Some(Rounding { bits, scale: Scale::Channel }),
            None => rounding.then(|| Rounding { bits: weight_bits, scale: Scale::for_bits(weight_bits) }),
        };
        // Adam counts from zero in each phase and stage, and those differ in their time steps or their number.
        let stretch = u64::from(self.stage) << 48 | (self.network.steps as u64) << 32;
        let (sigma, step) = (disturbance, stretch | u64::from(self.adam.steps.unsigned_abs()));
        let disturbance = (disturbed && sigma > 0.0).then_some(Disturbance { sigma, seed, step });
        if rounding.is_some() || self.config.disturbance > 0.0 {
            self.network.cast_shadows(rounding, disturbance);
        }
    }

    /// Sets the price of a spike of each layer: its synapses, as a share of the twin's multiply-accumulates.
    fn charge_spikes(&mut self) {
        let Config { synops_weight, synops_budget, .. } = *self.config;
        if synops_weight == 0.0 {
            return;
        }
        let samples = self.batch.samples.max(1) as f64;
        let mean = |counts: &[f32]| counts.iter().map(|count| f64::from(*count)).sum::<f64>() / samples;
        let spikes = self.batch.layers.iter().map(|layer| mean(&layer.counts));
        let ratio: f64 = spikes.zip(&self.spike_costs).map(|(spikes, cost)| spikes * cost).sum();
        let weight = if ratio > synops_budget { synops_weight } else { 0.0 };
        for (layer, cost) in self.network.hidden.iter_mut().zip(&self.spike_costs) {
            layer.spike_price = (weight * cost) as f32;
        }
    }

    /// The loss of the outputs, and its gradient in the batch.
    pub(super) fn loss(&mut self) -> BatchLoss {
        let Batch { logits, logit_gradient, .. } = &mut self.batch;
        let wanted = match self.architecture.target {
            Target::Label => WantedOutput::Classes(&self.labels),
            Target::Input | Target::Given => WantedOutput::Values(&self.wanted),
        };
        match self.config.loss {
            Loss::CrossEntropy => cross_entropy(logits, &self.labels, logit_gradient),
            Loss::MeanSquared => mean_squared(logits, wanted, logit_gradient),
        }
    }
}

/// Mean fan-out of a spike over all multiply-accumulates of the twin without encoding, by hidden layer.
fn spike_costs(stages: &[Stage], encoding: Encoding) -> Vec<f64> {
    let macs: u64 = stages[encoding.layers_off_chip()..].iter().map(|stage| stage.op.macs()).sum();
    let synapses = |(index, stage): (usize, &Stage)| {
        let added = stages.iter().filter(|s| s.skip == Some(index)).count() as f64;
        let next = &stages[index + 1].op;
        (next.synapses() as f64 / stage.op.outputs() as f64 + added) / macs.max(1) as f64
    };
    stages[..stages.len() - 1].iter().enumerate().map(synapses).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Unwatched;

    #[test]
    fn a_network_that_is_no_longer_finite_is_an_error() {
        let dataset = crate::data::load("digits", &[]).expect("built in");
        let architecture = crate::train::tests::digits_mlp();
        let config = Config::of(&architecture, 1, 1);
        let phase = config.phases()[0];
        let new = || Trainer::new(&architecture, &dataset, &config);
        let mut trainer = new();
        trainer.network.output.bias.value[3] = f32::NAN;
        let error = trainer.epoch(7, phase, &Unwatched).err().expect("it is not finite");
        assert_eq!(error, trainer.diverged(7, Some(1)));
        assert!(error.to_string().starts_with("the loss is not finite in epoch 7, batch 1; take a smaller"), "{error}");
        let (mut trainer, pass) = (new(), Pass { loss: 0.0, accuracy: 0.0, learning_rate: 0.1 });
        trainer.network.output.weight.value[3] = f32::INFINITY;
        assert_eq!(trainer.measure(7, &pass).err(), Some(trainer.diverged(7, None)));
    }

    #[test]
    fn validation_samples_are_not_varied_and_training_samples_are() {
        let dataset = crate::data::load("digits", &[]).expect("built in");
        let architecture = crate::train::tests::digits_mlp();
        let augment = Augment { shift: 2, flip: true, ..Augment::default() };
        let config = Config { augment, ..Config::of(&architecture, 1, 1) };
        let mut trainer = Trainer::new(&architecture, &dataset, &config);
        let plain: Vec<f32> = dataset.train.sample(5).0.iter().map(|v| f32::from(*v) / 16.0).collect();
        trainer.load(&dataset.train, &[5]);
        assert_eq!(trainer.batch.input, plain);
        let mut seen = Vec::new();
        for epoch in 1..6 {
            trainer.load_varied(&dataset.train, &[7, 5], augment, epoch);
            seen.push(trainer.batch.input[64..].to_vec());
            // The other samples of the batch change nothing.
            trainer.load_varied(&dataset.train, &[5], augment, epoch);
            assert_eq!(seen.last(), Some(&trainer.batch.input));
        }
        seen.dedup();
        assert!(seen.len() > 3);
    }
}
