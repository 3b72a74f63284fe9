//! Training of layered networks, down to the integer network that is exported.
//!
//! By default by the tandem rule: a spiking network computes the values that are passed on; its non-spiking twin, on
//! the same weights and the spiking network's own counts, carries the gradient (J. Wu et al., IEEE TNNLS 2021,
//! doi:10.1109/TNNLS.2021.3095724). After each epoch the network is folded and quantised, and that integer network is
//! measured on the validation part; the best epoch is kept. The test part is never used. Knows no chip: limits reach it
//! as a [`QuantSpec`](crate::net::QuantSpec).
//!
//! A training gives the same bits on every processor, for any number of threads, and for any number of stops after
//! which it resumed from its checkpoint: sums have a fixed order (`matrix`), and no function of the platform is used.

#[doc(hidden)]
pub mod ablation;
mod adam;
mod augment;
mod batch;
mod checkpoint;
mod config;
mod course;
mod error;
mod evaluate;
mod events;
mod fire;
mod frames;
mod geometry;
mod grouped;
mod learned;
mod linear;
mod loss;
mod matrix;
mod measure;
mod memory;
mod network;
mod norm;
mod parallel;
mod pool;
mod progress;
mod report;
mod restart;
mod rule;
mod rules;
mod schedule;
mod shadow;
mod soma;
mod spikes;
mod steps;
mod tandem;
#[cfg(test)]
mod tests;
mod unrolled;

#[doc(hidden)]
pub use crate::progress::Unwatched;
#[doc(hidden)]
pub use checkpoint::{Standing, Started, standing};
pub use config::{Anneal, Config};
pub use error::{SettingProblem, TrainError};
#[doc(hidden)]
pub use evaluate::{EvaluateError, Evaluation, evaluate};
pub use learned::Learned;
pub use report::{EpochReport, TrainEvent, TrainOutcome, TrainWatch, TrainingSize};
pub use rule::Rule;
#[doc(hidden)]
pub use steps::TrainSteps;

use course::TrainCourse;

use crate::data::{Dataset, Mismatch};
use crate::net::input::samples;
use crate::net::{Architecture, Folded};
use std::path::Path;

#[doc(hidden)]
/// Number of changes to the trainer that change its results: cached networks and checkpoints of another revision are
/// not used.
pub const REVISION: u32 = 3;

/// A training: network, data, settings, and checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct TrainJob<'a> {
    /// The network.
    pub architecture: &'a Architecture,
    /// The data set.
    pub dataset: &'a Dataset,
    /// The settings.
    pub config: &'a Config,
    /// A trained network to start from, of the same architecture; otherwise weights are drawn.
    pub start: Option<&'a Folded>,
    /// File that stores the state of the training after each epoch.
    pub checkpoint: Option<&'a Path>,
    /// Start of the training, which is stored in that file for the user.
    pub started: Option<&'a Started>,
    /// Whether to resume from that file, which must exist.
    pub resume: bool,
}

/// Trains a network on a data set, from random weights, without checkpoints.
pub fn train(
    architecture: &Architecture,
    dataset: &Dataset,
    config: &Config,
    watch: &TrainWatch<'_>,
) -> Result<TrainOutcome, TrainError> {
    TrainJob { architecture, dataset, config, start: None, checkpoint: None, started: None, resume: false }.run(watch)
}

impl TrainJob<'_> {
    /// Checks the settings, and that network and data set fit each other; gives all problems with the settings.
    pub fn check(&self) -> Result<(), TrainError> {
        let Self { architecture, dataset, config, .. } = self;
        config.check(architecture, dataset)?;
        let (network, name) = (format!("network \"{}\"", architecture.name), format!("data set \"{}\"", dataset.name));
        let (expected, found) = (architecture.input, dataset.shape);
        if expected != found {
            let mismatch = Mismatch::Shape { network, dataset: name, expected, found };
            return Err(TrainError::Unsuitable { mismatch, remedy: "use a network for this data set" });
        }
        dataset
            .check_frames(&network, architecture.frames.are_sequences())
            .map_err(|mismatch| TrainError::Unsuitable { mismatch, remedy: "or use another network" })?;
        let trains = dataset.steps.is_some();
        if architecture.encoding.reads_trains() != trains {
            let (expected, found) = (architecture.encoding.reads(), samples(trains));
            let mismatch = Mismatch::Encoding { network, dataset: name, expected, found };
            let remedy =
                "use another network, or say in its file how its input comes: \"encoding\": \"direct\" or \"spikes\"";
            return Err(TrainError::Unsuitable { mismatch, remedy });
        }
        let outputs = architecture.stages().last().map_or(0, |stage| stage.output.neurons());
        let unsuitable = |mismatch| TrainError::Unsuitable { mismatch, remedy: "or use another network" };
        dataset.check_targets(&network, architecture.target, outputs).map_err(unsuitable)?;
        if architecture.target.has_classes() && outputs != u64::from(dataset.classes) {
            return Err(TrainError::Classes {
                network: architecture.name.clone(),
                dataset: dataset.name.clone(),
                outputs,
                classes: dataset.classes,
            });
        }
        dataset.check_parts().map_err(|(part, mismatch)| TrainError::Samples {
            dataset: dataset.name.clone(),
            part,
            mismatch,
        })?;
        if self.start.is_some_and(|folded| folded.stages != architecture.stages()) {
            return Err(TrainError::Start { network: architecture.name.clone() });
        }
        Ok(())
    }

    /// Trains, or resumes. Of sequences each frame is a sample of its own, unless the rule keeps state through them.
    pub fn run(&self, watch: &TrainWatch<'_>) -> Result<TrainOutcome, TrainError> {
        self.check()?;
        if self.dataset.are_sequences() && !self.config.keeps_state(self.architecture) {
            let frames = self.dataset.clone().by_frame();
            return TrainJob { dataset: &frames, ..*self }.run(watch);
        }
        // The exported network has the activation that it was trained with.
        let mut architecture = self.architecture.clone();
        architecture.training.activation = self.config.activation;
        let job = TrainJob { architecture: &architecture, ..*self };
        let mut course = TrainCourse::begin(&job, watch)?;
        rules::run(&mut course)?;
        Ok(course.outcome())
    }
}
