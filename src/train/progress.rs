//! Finished epochs of a training, and the choice of the best one.

use super::EpochReport;
use crate::net::{Folded, Layered};

/// The history of a training and its best epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) history: Vec<EpochReport>,
    /// Best epoch of the current phase.
    pub(super) best: Option<Best>,
}

#[derive(Clone, Debug)]
pub(super) struct Best {
    pub(super) epoch: u32,
    pub(super) folded: Folded,
    pub(super) quantised: Layered,
}

impl Progress {
    /// Number of finished epochs.
    pub(super) fn done(&self) -> u32 {
        self.history.len() as u32
    }

    fn best_score(&self) -> f64 {
        let of = |best: &Best| self.history.get(best.epoch as usize - 1).map(EpochReport::score);
        self.best.as_ref().and_then(of).unwrap_or(f64::NEG_INFINITY)
    }

    /// Adds the next epoch; it is kept if it is the best.
    pub(super) fn add(&mut self, mut report: EpochReport, folded: Folded, quantised: Layered) -> &EpochReport {
        // Of equals the later epoch: its learning rate is lower, and a small validation part has many equals.
        report.chosen = report.score() >= self.best_score();
        if report.chosen {
            self.best = Some(Best { epoch: report.epoch, folded, quantised });
        }
        let place = self.history.len();
        self.history.push(report);
        &self.history[place]
    }
}
