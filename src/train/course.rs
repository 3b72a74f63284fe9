//! The course of a training: phases, epochs, the choice of the epoch that is kept, and checkpoints.

use super::batch::Batch;
use super::checkpoint::{self, Checkpoint};
use super::config::Phase;
use super::tandem::Trainer;
use super::{EpochReport, Job, Monitor, Outcome, Plan, TrainError};
use crate::net::{Folded, Layered};

/// Most bytes of a batch's buffers.
const MAX_BYTES: u64 = 8 << 30;

/// What is known after some epochs.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) history: Vec<EpochReport>,
    /// Of the phase under way.
    pub(super) best: Option<Best>,
}

/// The best epoch so far.
#[derive(Clone, Debug)]
pub(super) struct Best {
    pub(super) epoch: u32,
    pub(super) folded: Folded,
    pub(super) quantised: Layered,
}

impl Progress {
    /// Epochs that are over.
    pub(super) fn done(&self) -> u32 {
        self.history.len() as u32
    }

    fn best_score(&self) -> f64 {
        let of = |best: &Best| self.history.get(best.epoch as usize - 1).map(EpochReport::score);
        self.best.as_ref().and_then(of).unwrap_or(f64::NEG_INFINITY)
    }

    /// Takes the next epoch; it is kept if it is the best.
    fn add(&mut self, mut report: EpochReport, folded: Folded, quantised: Layered) -> &EpochReport {
        // Of equals the later epoch: its learning rate is smaller, and a small validation part has many equals.
        report.chosen = report.score() >= self.best_score();
        if report.chosen {
            self.best = Some(Best { epoch: report.epoch, folded, quantised });
        }
        let place = self.history.len();
        self.history.push(report);
        &self.history[place]
    }
}

/// Trains as a job says, which was checked.
pub(super) fn train(job: &Job<'_>, monitor: &mut dyn Monitor) -> Result<Outcome, TrainError> {
    let mut trainer = Trainer::new(job.architecture, job.dataset, job.config);
    fits(&trainer)?;
    let checkpoint = job.checkpoint.map(|path| Checkpoint::new(path, checkpoint::settings(job)));
    let mut progress = match &checkpoint {
        Some(checkpoint) if job.resume => checkpoint.load(&mut trainer)?,
        _ => Progress::default(),
    };
    trainer.restarted = job.start.is_some();
    if let (Some(folded), 0) = (job.start, progress.done()) {
        trainer.restart(folded);
    }
    let (batches, batch) = (trainer.batches() as u64, trainer.batch_size() as u64);
    let (epochs, done) = (job.config.total_epochs(), progress.done());
    let phases = job.config.phases();
    monitor.started(&Plan { epochs, phases: phases.len() as u32, done, batches, batch });
    for phase in phases {
        for epoch in phase.first.max(done + 1)..=phase.last() {
            if epoch == phase.first {
                enter(&mut trainer, phase, &mut progress);
            }
            let pass = trainer.epoch(epoch, phase, monitor)?;
            let (report, folded, quantised) = trainer.measure(epoch, &pass)?;
            monitor.epoch_ended(progress.add(report, folded, quantised));
            if let Some(checkpoint) = &checkpoint {
                checkpoint.save(&mut trainer, &progress)?;
                monitor.saved(epoch);
            }
        }
    }
    let Progress { mut history, best } = progress;
    let Best { epoch, folded, quantised } = best.expect("there is at least one epoch, and the first is kept");
    history.iter_mut().for_each(|report| report.chosen = report.epoch == epoch);
    let meta = trainer.meta(&history[epoch as usize - 1], job.start.is_some());
    Ok(Outcome { folded, quantised, meta, history })
}

/// Whether the buffers of a batch fit.
fn fits(trainer: &Trainer<'_>) -> Result<(), TrainError> {
    let bytes = Batch::bytes(&trainer.network, trainer.batch_size() as u64);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let (batch, steps) = (trainer.config.batch, trainer.network.steps as u32);
    Err(TrainError::Memory { batch, steps, gib: bytes >> 30, limit: MAX_BYTES >> 30 })
}

/// Begins a phase: with its time steps and fresh moments, on the weights of the phase before.
fn enter(trainer: &mut Trainer<'_>, phase: Phase, progress: &mut Progress) {
    trainer.network.steps = phase.time_steps as usize;
    trainer.adam.steps = 0;
    trainer.network.all_parameters().for_each(super::adam::Parameter::forget);
    progress.best = None;
}
