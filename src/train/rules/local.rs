//! The local rule: a non-spiking network, trained first, teaches each layer of a spiking one by itself (local tandem
//! learning: Q. Yang et al., NeurIPS 2022, arXiv:2210.04532).
//!
//! ```text
//! teacher  A_l    activations of its layer l; P_l: their 99.9th percentile
//! student  c_l    counts; begins with the teacher's weights, scaled so that T spikes stand for P_l
//! hidden   mean of (c_l / T - clamp(A_l / P_l, 0, 1))², its gradient through the steps of this layer alone
//! output   the loss of the training, its gradient to the output layer alone
//! ```
//!
//! Only weights and biases of the student change. With disturbed weights it learns on the devices of its hardware.

use super::RuleEntry;
use super::percentile::{full_activations, scale_layer, settle};
use super::progressive::phase;
use super::through_time::{Teaching, teach};
use crate::train::TrainError;
use crate::train::batch::{Batch, back_through};
use crate::train::course::TrainCourse;
use crate::train::fire::LayerDrive;
use crate::train::linear::BLOCK;
use crate::train::loss::BatchLoss;
use crate::train::network::TrainNetwork;
use crate::train::rule::Facts;
use crate::train::tandem::Trainer;

pub(super) const ENTRY: RuleEntry = RuleEntry {
    facts: Facts {
        tag: 2,
        name: "local",
        about: "in which a non-spiking network teaches each layer of a spiking one",
        source: "Yang et al. 2022, Training Spiking Neural Networks with Local Tandem Learning, NeurIPS, arXiv:2210.04532",
        later_stages: |_| 1,
        has_patience: false,
        slower: |_, _| 10.0,
    },
    run,
};

fn run(course: &mut TrainCourse<'_, '_>) -> Result<(), TrainError> {
    // A checkpoint of the later stage contains all of it.
    if course.trainer.stage > 0 {
        return Ok(());
    }
    super::without_spikes(course)?;
    let mut teacher = Teacher::new(&mut course.trainer);
    let phase = phase(course, 1);
    course.enter(phase);
    for epoch in phase.first..=phase.last() {
        let mut step = |trainer: &mut Trainer<'_>, rate: f64| teacher.step(trainer, rate);
        let pass = course.trainer.epoch_of(epoch, phase, course.watch, &mut step)?;
        course.measure(epoch, &pass)?;
    }
    course.save()
}

pub(super) struct Teacher {
    network: TrainNetwork,
    batch: Batch,
    /// Activation that corresponds to T spikes, by layer.
    pub(super) full: Vec<f32>,
    gradient: Vec<f32>,
}

impl Teacher {
    /// Keeps the trained network as the teacher, and makes it a student.
    pub(super) fn new(trainer: &mut Trainer<'_>) -> Self {
        let batch = settle(trainer);
        trainer.network.hidden.iter_mut().for_each(|layer| layer.norm.fixed = true);
        let full = full_activations(&trainer.network, &batch);
        let teacher = Self { network: trainer.network.clone(), batch: Batch::default(), full, gradient: Vec::new() };
        make_student(&mut trainer.network, &teacher.full);
        if let Some(most) = trainer.config.max_fan_in {
            trainer.network.limit_fan_in(most as usize);
        }
        teacher
    }

    /// Forward pass, the gradients of all layers, and one step of Adam.
    pub(super) fn step(&mut self, trainer: &mut Trainer<'_>, rate: f64) -> BatchLoss {
        let threads = trainer.threads.clone();
        threads.within(|| self.step_within(trainer, rate))
    }

    /// The teacher's activation in the last batch, in thresholds.
    #[cfg(test)]
    pub(super) fn activation(&self, layer: usize, place: usize) -> f64 {
        f64::from(self.batch.layers[layer].counts[place])
    }

    fn step_within(&mut self, trainer: &mut Trainer<'_>, rate: f64) -> BatchLoss {
        trainer.cast_shadows(true);
        self.batch.samples = trainer.batch.samples;
        self.batch.input.clone_from(&trainer.batch.input);
        self.batch.trains.clone_from(&trainer.batch.trains);
        self.batch.forward(&mut self.network, &trainer.threads);
        trainer.batch.forward(&mut trainer.network, &trainer.threads);
        let mut loss = trainer.loss();
        trainer.batch.backward_output(&mut trainer.network, &trainer.threads);
        for index in 0..self.full.len() {
            loss.mean += self.teach(trainer, index);
        }
        trainer.adam.step(&trainer.threads, rate, trainer.network.parameters());
        trainer.network.keep_limits();
        loss
    }

    /// Sets the gradients of a layer of the student, and gives its loss.
    fn teach(&mut self, trainer: &mut Trainer<'_>, index: usize) -> f64 {
        let Trainer { network, batch, threads, .. } = trainer;
        let drive = LayerDrive::before(network, index);
        let (below, rest) = batch.layers.split_at(index);
        let (buffers, steps) = (&rest[0], drive.steps);
        let layer = &mut network.hidden[index];
        let (outputs, channels) = (layer.linear.outputs(), layer.norm.channels());
        let rows = if buffers.products.is_empty() { 1 } else { steps };
        let currents = if rows == 1 { &buffers.sums } else { &buffers.products };
        let affine = drive.per_step(layer.norm.folded(), buffers.products.is_empty());
        self.gradient.resize(currents.len(), 0.0);
        let values = buffers.counts.len();
        // By task: the gradients of the biases, then the loss.
        let mut sums = vec![0f64; values.div_ceil(BLOCK * outputs) * (channels + 1)];
        let mut skips = layer.skip.map(|from| below[from].spikes.chunks(BLOCK * steps * outputs));
        let taught =
            buffers.counts.chunks(BLOCK * outputs).zip(self.batch.layers[index].counts.chunks(BLOCK * outputs));
        let tasks: Vec<_> = currents
            .chunks(BLOCK * rows * outputs)
            .zip(self.gradient.chunks_mut(BLOCK * rows * outputs))
            .zip(taught)
            .zip(sums.chunks_mut(channels + 1))
            .map(|task| (task, skips.as_mut().and_then(Iterator::next)))
            .collect();
        let full = self.full[index];
        threads.for_each(values * steps * 4, tasks, |((((currents, gradient), (counts, teacher)), sums), skip)| {
            let task = Teaching { currents, rows, skip, counts, teacher, full, values, gradient, sums };
            teach(&affine, drive, outputs, task);
        });
        layer.norm.beta.gradient.fill(0.0);
        let mut loss = 0.0;
        for task in sums.chunks(channels + 1) {
            layer.norm.beta.gradient.iter_mut().zip(task).for_each(|(sum, part)| *sum += *part as f32);
            loss += task[channels];
        }
        let as_values = |spikes: &[u8]| -> Vec<f32> { spikes.iter().map(|spike| f32::from(*spike)).collect() };
        let spikes: Vec<f32>;
        let input = match below.last() {
            None if rows == 1 => &batch.first,
            None => {
                spikes = as_values(&batch.first_spikes);
                &spikes
            }
            Some(below) => {
                spikes = as_values(&below.spikes);
                &spikes
            }
        };
        let weights = layer.shadow.as_ref().unwrap_or(&layer.weight.value);
        back_through(&layer.linear, threads, weights, &self.gradient, input, &mut layer.weight.gradient, None);
        loss
    }
}

/// Turns the teacher's network, with fixed statistics, into one that spikes and whose counts stand for the same values.
fn make_student(network: &mut TrainNetwork, full: &[f32]) {
    let steps = network.steps as f32;
    let mut below = 1.0;
    for (index, full) in full.iter().enumerate() {
        let factor = steps / full;
        scale_layer(network, index, factor);
        let layer = &mut network.hidden[index];
        // Its sums are now those of counts, and its statistics do not follow.
        layer.norm.running_mean.iter_mut().for_each(|mean| *mean *= below);
        layer.norm.gamma.value.iter_mut().for_each(|gamma| *gamma /= below);
        (layer.spiking, below) = (true, factor);
    }
}
