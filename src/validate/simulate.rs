//! A network on a chip, run and priced: what the cases share.

use super::Trouble;
use crate::hw::{Calibration, Chip};
use crate::map::{self, Limits, Sharing};
use crate::net::Graph;
use crate::net::graph::{Drive, Population};
use crate::net::neuron::Params;
use crate::report::{EnergyUnit, bill};
use crate::run::Runner;
use crate::session::{Deployment, MapOptions, Session, Workload};
use crate::stats::{Counts, Op};
use crate::units::{Tick, sum_to_pj};
use std::ops::Range;
use std::sync::Arc;

/// Counts of some steps.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    pub(super) counts: Counts,
    pub(super) ticks: Tick,
}

impl Work {
    /// Counts since an earlier count of the same run.
    pub(super) fn since(self, earlier: Self) -> Self {
        let mut counts = self.counts;
        counts.0.iter_mut().zip(earlier.counts.0).for_each(|(count, before)| *count -= before);
        Self { counts, ticks: self.ticks - earlier.ticks }
    }

    /// Adds more work.
    pub(super) fn merge(&mut self, more: Self) {
        self.counts.merge(&more.counts);
        self.ticks += more.ticks;
    }

    /// The same work, with all synapses stored in one format.
    pub(super) fn stored_as(mut self, format: Op) -> Self {
        let all = self.counts.synapses();
        for kind in [Op::Synapse, Op::SynapseDense, Op::SynapseSparse, Op::SynapseConv] {
            self.counts.0[kind as usize] = if kind == format { all } else { 0 };
        }
        self
    }

    /// Energy without that at rest (pJ).
    pub(super) fn dynamic_pj(self, calibration: &Calibration) -> f64 {
        let bill = bill(&self.counts, 0, calibration);
        sum_to_pj(bill.total() - bill.by_unit[EnergyUnit::Static as usize])
    }

    /// All energy over the time it took (uW).
    pub(super) fn power_uw(self, chip: &Chip, calibration: &Calibration) -> f64 {
        let energy = sum_to_pj(bill(&self.counts, chip.fs(self.ticks), calibration).total());
        1e3 * energy / chip.ns(self.ticks)
    }
}

/// A population that acts in every step; a source where spikes are given.
pub(super) fn population(
    name: &str,
    neurons: Range<u32>,
    params: Params,
    source: Option<Vec<(u32, u32)>>,
) -> Population {
    let (name, first, count) = (name.to_owned(), neurons.start, neurons.end - neurons.start);
    Population { name, first, count, params: params.into(), drive: Drive::EveryStep, window: None, source }
}

/// A session that runs step by step, and its options: cores in the order of the network.
pub(super) fn session(
    graph: &Graph,
    chip: &Arc<Chip>,
    calibration: Option<&str>,
    limits: Limits,
) -> Result<(Session, MapOptions), Trouble> {
    let search = map::MappingOptions { limits, whole: true, sharing: Sharing::Never, ..map::MappingOptions::default() };
    let session = Session::new(Arc::clone(chip), Workload::steps("", Arc::new(graph.clone()), 0));
    let session = session.calibrated(calibration).map_err(Trouble::failed)?;
    Ok((session, MapOptions { search, ..MapOptions::default() }))
}

pub(super) fn build(
    graph: &Graph,
    chip: &Arc<Chip>,
    calibration: &Calibration,
    limits: Limits,
) -> Result<Deployment, Trouble> {
    let (session, options) = session(graph, chip, Some(&calibration.name), limits)?;
    session.map(&options).map_err(Trouble::failed)
}

pub(super) struct StepwiseRun<'s> {
    pub(super) runner: Runner<'s>,
    ticks: Tick,
    step: u32,
}

impl<'s> StepwiseRun<'s> {
    pub(super) fn new(deployment: &'s Deployment) -> Self {
        let mut runner = deployment.runner();
        runner.reset(&[]);
        Self { runner, ticks: 0, step: 0 }
    }

    /// Back to rest; the next step is the one after `step`.
    pub(super) fn restart(&mut self, step: u32) {
        self.runner.reset(&[]);
        (self.ticks, self.step) = (0, step);
    }

    pub(super) fn steps(&mut self, steps: u32) -> Result<(), Trouble> {
        for _ in 0..steps {
            self.step += 1;
            self.ticks += self.runner.step(self.step).map_err(Trouble::failed)?;
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Result<(), Trouble> {
        self.ticks = self.runner.finish().map_err(Trouble::failed)?.ticks;
        Ok(())
    }

    /// Counts since the beginning.
    pub(super) fn work(&self) -> Work {
        let mut counts = Counts::default();
        self.runner.counts().iter().for_each(|core| counts.merge(core));
        Work { counts, ticks: self.ticks }
    }
}

pub(super) fn calibration<'c>(chip: &'c Chip, name: &str) -> Result<&'c Calibration, Trouble> {
    let missing = || Trouble::Failed(format!("chip {} has no calibration \"{name}\"", chip.name));
    chip.calibration(Some(name)).ok_or_else(missing)
}
