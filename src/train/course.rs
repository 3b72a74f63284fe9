//! The course of a training by any rule: phases, epochs, the choice of the best epoch, and checkpoints.

use super::checkpoint::{self, Checkpoint};
use super::config::Phase;
use super::memory::batch_bytes;
use super::progress::{Best, Progress};
use super::tandem::{Pass, Trainer};
use super::{EpochReport, TrainError, TrainEvent, TrainJob, TrainOutcome, TrainWatch, TrainingSize};

const MAX_BYTES: u64 = 8 << 30;

pub(super) struct TrainCourse<'j, 'm> {
    pub(super) trainer: Trainer<'j>,
    pub(super) progress: Progress,
    pub(super) watch: &'m TrainWatch<'m>,
    checkpoint: Option<Checkpoint<'j>>,
}

impl<'j, 'm> TrainCourse<'j, 'm> {
    /// Starts from the first weights, or from the checkpoint.
    pub(super) fn begin(job: &TrainJob<'j>, watch: &'m TrainWatch<'m>) -> Result<Self, TrainError> {
        let mut trainer = Trainer::new(job.architecture, job.dataset, job.config);
        fits(&trainer)?;
        let checkpoint =
            job.checkpoint.map(|path| Checkpoint::new(path, checkpoint::settings(job)).started(job.started));
        let progress = match &checkpoint {
            Some(checkpoint) if job.resume => checkpoint.load(&mut trainer)?,
            _ => Progress::default(),
        };
        trainer.restarted = job.start.is_some();
        if let (Some(folded), 0) = (job.start, progress.done()) {
            trainer.restart(folded);
        }
        let (batches, batch) = (trainer.batches() as u64, trainer.batch_size() as u64);
        let (epochs, phases) = (job.config.total_epochs(job.architecture), job.config.phases().len() as u32);
        watch.event(&TrainEvent::Started(TrainingSize { epochs, phases, done: progress.done(), batches, batch }));
        progress.history.iter().for_each(|report| watch.event(&TrainEvent::Resumed(report.clone())));
        Ok(Self { trainer, progress, watch, checkpoint })
    }

    /// The best epoch's network, after the last epoch.
    pub(super) fn outcome(self) -> TrainOutcome {
        let Self { trainer, progress: Progress { mut history, best }, .. } = self;
        let Best { epoch, folded, quantised } = best.expect("there is at least one epoch, and the first is kept");
        history.iter_mut().for_each(|report| report.chosen = report.epoch == epoch);
        let meta = trainer.meta(&history[epoch as usize - 1], trainer.restarted);
        TrainOutcome { folded, quantised, meta, history }
    }

    /// Trains the remaining epochs of a phase; the state is saved after each.
    pub(super) fn phase(&mut self, phase: Phase) -> Result<(), TrainError> {
        for epoch in phase.first.max(self.progress.done() + 1)..=phase.last() {
            if epoch == phase.first {
                self.enter(phase);
            }
            let pass = self.trainer.epoch(epoch, phase, self.watch)?;
            self.measure(epoch, &pass)?;
            self.save()?;
        }
        Ok(())
    }

    /// Begins a phase or a stage: with its time steps and new moments, on the weights of the previous one.
    pub(super) fn enter(&mut self, phase: Phase) {
        let trainer = &mut self.trainer;
        trainer.network.steps = phase.time_steps as usize;
        trainer.enter_stage(phase.stage);
        trainer.adam.steps = 0;
        trainer.network.all_parameters().for_each(super::adam::Parameter::forget);
        self.progress.best = None;
    }

    /// Measures the network after an epoch, and adds it to the history.
    pub(super) fn measure(&mut self, epoch: u32, pass: &Pass) -> Result<&EpochReport, TrainError> {
        let (report, folded, quantised) = self.trainer.measure(epoch, pass)?;
        let report = self.progress.add(report, folded, quantised);
        self.watch.event(&TrainEvent::Epoch(report.clone()));
        Ok(report)
    }

    /// Saves the state of the training, if it has a checkpoint file.
    pub(super) fn save(&mut self) -> Result<(), TrainError> {
        if let Some(checkpoint) = &self.checkpoint {
            checkpoint.save(&mut self.trainer, &self.progress)?;
            self.watch.event(&TrainEvent::Saved(self.progress.done()));
        }
        Ok(())
    }
}

/// Checks that the buffers of a batch fit.
fn fits(trainer: &Trainer<'_>) -> Result<(), TrainError> {
    let bytes = batch_bytes(trainer.architecture, trainer.config, trainer.network.steps as u64);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let (batch, steps) = (trainer.config.batch, trainer.network.steps as u32);
    Err(TrainError::Memory { batch, steps, gib: bytes >> 30, limit: MAX_BYTES >> 30 })
}
