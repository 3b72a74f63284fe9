//! Training step by step, for benches: batches without epochs, without measurements and without a choice.

use super::tandem::Trainer;
use super::{Config, TrainError, TrainJob};
use crate::data::{Dataset, shuffled};
use crate::net::Architecture;
use crate::rng::{self, Domain};

/// A training whose caller requests each batch. It repeats the training part, in the order of the first epoch of
/// [`super::train`], at the initial learning rate of the settings.
pub struct TrainSteps<'a> {
    trainer: Trainer<'a>,
    dataset: &'a Dataset,
    order: Vec<u32>,
    next: usize,
    dropout: rng::Stream,
}

impl<'a> TrainSteps<'a> {
    /// A network with initial weights; refuses what [`super::train`] refuses.
    pub fn new(architecture: &'a Architecture, dataset: &'a Dataset, config: &'a Config) -> Result<Self, TrainError> {
        TrainJob { architecture, dataset, config, start: None, checkpoint: None, started: None, resume: false }
            .check()?;
        dataset
            .check_frames(&architecture.name, false)
            .map_err(|mismatch| TrainError::Unsuitable { mismatch, remedy: "train it in whole epochs" })?;
        let order = shuffled(dataset.train.len(), &mut rng::stream(config.seed, Domain::Shuffle, 1));
        let dropout = rng::stream(config.seed, Domain::Dropout, 1);
        Ok(Self { trainer: Trainer::new(architecture, dataset, config), dataset, order, next: 0, dropout })
    }

    /// Samples of a batch: those of the settings, or the whole training part if it is smaller.
    pub fn batch(&self) -> usize {
        self.trainer.batch_size()
    }

    /// One batch: loading, forward, backward and the optimiser's step. Gives the mean loss of its samples.
    pub fn step(&mut self) -> f64 {
        let size = self.batch();
        if self.next + size > self.order.len() {
            self.next = 0;
        }
        let chosen = &self.order[self.next..][..size];
        self.next += size;
        self.trainer.load_varied(&self.dataset.train, chosen, self.trainer.config.augment, 1);
        self.trainer.drop_out(&mut self.dropout);
        self.trainer.step(self.trainer.config.learning_rate).mean
    }

    /// Spikes per neuron and time step of each hidden layer in the last batch; empty before the first.
    pub fn densities(&self) -> Vec<f64> {
        let steps = self.trainer.network.steps as f64;
        let mean = |counts: &[f32]| counts.iter().map(|c| f64::from(*c)).sum::<f64>() / counts.len().max(1) as f64;
        self.trainer.batch.layers.iter().map(|layer| mean(&layer.counts) / steps).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Watch;
    use crate::train::{TrainEvent, tests::digits_mlp, train};
    use std::sync::Mutex;

    struct Losses(Mutex<Vec<f64>>);

    impl Losses {
        fn seen(&self) -> Vec<f64> {
            self.0.lock().expect("no panic").clone()
        }
    }

    impl Watch<TrainEvent> for Losses {
        fn event(&self, event: &TrainEvent) {
            if let TrainEvent::Batch { loss } = event {
                self.0.lock().expect("no panic").push(*loss);
            }
        }

        fn cancelled(&self) -> bool {
            self.seen().len() == 3
        }
    }

    #[test]
    fn steps_are_those_of_a_training() {
        let (digits, architecture) = (crate::data::load("digits", &[]).expect("built in"), digits_mlp());
        // A number of epochs for which the learning rate hardly falls in the first three batches.
        let config = Config { epochs: 10_000, batch: 100, dropout: 0.3, ..Config::of(&architecture, 5, 1) };
        let losses = Losses(Mutex::default());
        train(&architecture, &digits, &config, &losses).expect_err("it is stopped");
        let mut steps = TrainSteps::new(&architecture, &digits, &config).expect("right settings");
        assert!(steps.densities().is_empty());
        for loss in losses.seen() {
            let own = steps.step();
            assert!((own - loss).abs() < 1e-5 * loss, "{own} {loss}");
        }
        let densities = steps.densities();
        assert!(densities.len() == 2 && densities.iter().all(|d| (0.001..1.0).contains(d)), "{densities:?}");
        let batches = digits.train.len() / 100;
        let again: Vec<f64> = (3..2 * batches).map(|_| steps.step()).collect();
        assert!(again.iter().all(|loss| loss.is_finite()));
        assert!(TrainSteps::new(&architecture, &digits, &Config { batch: 0, ..config }).is_err());
    }
}
