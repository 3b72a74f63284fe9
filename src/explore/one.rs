//! One configuration: map, build, run, sum up.

use super::demand::{Nets, NetworkDemand, Variant};
use super::row::{ComparisonRow, RowFigures};
use super::setting::SweepSetting;
use crate::hw::Chip;
use crate::json::unknown;
use crate::map::place::Effort;
use crate::map::{self, Limits, MapError};
use crate::report::Summary;
use crate::run::{RunError, Watch};
use crate::session::{self, MapOptions, RunOptions, Session, Workload};
use std::borrow::Cow;
use std::sync::Arc;

/// Common options of all configurations.
#[derive(Clone, Copy, Debug)]
pub struct SweepOptions<'a> {
    /// The network.
    pub nets: &'a Nets<'a>,
    /// Treatment of broken limits.
    pub limits: Limits,
}

impl SweepOptions<'_> {
    /// The row of a configuration, which differs from the file of its chip in what was changed, on all samples or on some of
    /// them, from the first; `None` if it was ended before it was done.
    pub(super) fn row(
        &self,
        index: usize,
        configuration: Result<(SweepSetting, Chip), String>,
        changed: &[&str],
        (samples, threads): (Option<u32>, usize),
        watch: &dyn Watch,
    ) -> Option<ComparisonRow> {
        let found = match configuration {
            Err(why) => Err(Stop::Reason(one_line(&why))),
            Ok((setting, chip)) => {
                let unmoved: Vec<String> = changed.iter().filter_map(|path| chip.unmoved(path)).collect();
                let found = self.run(&setting, chip, (samples, threads), watch);
                found.map(|(summary, notes)| (summary, notes.into_iter().chain(unmoved).collect()))
            }
        };
        match found {
            Ok((summary, _)) if summary.interrupted.is_some() => None,
            Err(Stop::Cancelled) => None,
            Ok((summary, notes)) => Some(ComparisonRow { index, samples, result: Ok(RowFigures::of(&summary, notes)) }),
            Err(Stop::Reason(reason)) => Some(ComparisonRow { index, samples, result: Err(reason) }),
        }
    }

    fn run(
        &self,
        setting: &SweepSetting,
        chip: Chip,
        (some, threads): (Option<u32>, usize),
        watch: &dyn Watch,
    ) -> Result<(Summary, Vec<String>), Stop> {
        check_calibration(setting, &chip)?;
        let chip = Arc::new(chip);
        let deploy = |workload| {
            let session = Session::new(Arc::clone(&chip), workload);
            session.calibrated(setting.calibration.as_deref())?.map(&self.options(setting))
        };
        match self.nets {
            Nets::Sparse { network, steps } => {
                let own = (Cow::Borrowed(&network.graph), *steps);
                let (graph, steps) = setting.steps.map_or(own, |steps| network.graph.run_of(steps));
                let deployment = deploy(Workload::steps("", Arc::new(graph.into_owned()), steps))?;
                let outcome = deployment.run(&RunOptions { threads: 1, ..RunOptions::default() }, watch)?;
                Ok((outcome.into_summary(), Vec::new()))
            }
            Nets::Layered { own, variants, samples, count, origin: _ } => {
                let missing = || Stop::Reason("no network was made for it".into());
                let variant = variants.get(&NetworkDemand::of(setting, &chip, *own)).ok_or_else(missing)?;
                let Variant { network, graph, spikes, notes } = variant;
                let workload = Workload::layered("", Arc::clone(network), Arc::clone(graph), None);
                let deployment = deploy(Workload { profile: spikes.clone(), ..workload })?;
                let count = some.map_or(*count, |samples| (samples as usize).min(*count));
                let options = RunOptions { samples: Some(count), threads, ..RunOptions::default() };
                let outcome = deployment.run_on(samples, &options, watch)?;
                Ok((outcome.into_summary(), notes.clone()))
            }
        }
    }

    fn options(&self, setting: &SweepSetting) -> MapOptions {
        let search = map::MappingOptions {
            limits: self.limits,
            partitioner: setting.partitioner,
            placer: setting.placer,
            objective: setting.objective,
            cores: setting.cores,
            effort: Effort { seed: setting.seed, ..Effort::default() },
            whole: false,
            sharing: setting.sharing,
        };
        MapOptions { search, file: None, timing: setting.contention, seed: setting.seed }
    }
}

enum Stop {
    Cancelled,
    Reason(String),
}

impl From<session::Error> for Stop {
    fn from(error: session::Error) -> Self {
        match error {
            session::Error::Run(RunError::Cancelled { .. }) => Self::Cancelled,
            session::Error::Map(MapError::DoesNotFit { violations, .. }) => {
                let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
                Self::Reason(format!("does not fit: {}", all.join("; ")))
            }
            error => Self::Reason(one_line(&error.to_string())),
        }
    }
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn check_calibration(setting: &SweepSetting, chip: &Chip) -> Result<(), Stop> {
    let known: Vec<&str> = chip.calibrations.iter().map(|calibration| calibration.name.as_str()).collect();
    match setting.calibration.as_deref().filter(|name| !known.contains(name)) {
        Some(name) => Err(Stop::Reason(format!("calibration: {}", unknown(name, &known)))),
        None => Ok(()),
    }
}
