//! The page of a run: the data of its pictures, which its report does not have.

use super::deployment::Deployment;
use super::error::Error;
use super::options::RunOptions;
use super::outcome::Outcome;
use crate::report::{Film, PerCore, Pictures, Summary, per_core, run_html};
use crate::run::{Traced, Watch};
use crate::stats::Counts;
use crate::trace::scene::Scene;
use std::sync::Arc;

/// Data of a run's pictures.
#[derive(Clone, Debug)]
pub struct RunPage {
    deployment: Arc<Deployment>,
    scene: Scene,
    counts: Vec<Counts>,
    cores: PerCore,
    film: Film,
}

impl RunPage {
    /// Records the first sample, or the sparse network, in a second run, independent of the traces of the run.
    ///
    /// # Errors
    /// Where the second run has no result, such as where it is cancelled.
    pub fn of(deployment: impl Into<Arc<Deployment>>, outcome: &Outcome, watch: &dyn Watch) -> Result<Self, Error> {
        let steps = outcome.steps().map(|result| result.step_ticks.len() as u32);
        Self::with(deployment, (outcome.cores(), outcome.summary().samples, steps), watch)
    }

    /// The same from what the pictures take of an outcome: counts of each core and last of the host, inferences, and time
    /// steps of a sparse network.
    ///
    /// # Errors
    /// As [`RunPage::of`].
    pub fn with(
        deployment: impl Into<Arc<Deployment>>,
        (counts, inferences, steps): (&[Counts], u64, Option<u32>),
        watch: &dyn Watch,
    ) -> Result<Self, Error> {
        let deployment = deployment.into();
        let scene = deployment.scene();
        let stand = (deployment.chip(), deployment.mapping());
        let cores = per_core(counts, inferences, stand, deployment.calibration());
        let mut film = Film::new(&scene, &cores.work);
        let traced = Traced { wanted: Film::wanted(), samples: 1, sink: &mut film };
        let first = RunOptions { samples: Some(1), steps, threads: 1, ..RunOptions::default() };
        deployment.run_traced(&first, watch, Some(traced))?;
        Ok(Self { scene, counts: counts.to_vec(), cores, film, deployment })
    }

    /// The page. `command` is how the run was made.
    pub fn html(&self, summary: &Summary, command: &str) -> String {
        let Self { deployment, scene, counts, cores: PerCore { energy_pj, coverage, spikes, .. }, film } = self;
        let pictures = Pictures {
            chip: deployment.chip(),
            calibration: deployment.calibration(),
            mapping: deployment.mapping(),
            scene,
            core_counts: counts,
            core_energy_pj: energy_pj,
            core_coverage: coverage,
            core_spikes: spikes,
            film,
            command,
        };
        run_html(summary, &pictures)
    }
}
