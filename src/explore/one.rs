//! One configuration: map, build, run, sum up.

use super::demand::{Demand, Nets};
use super::row::{Found, Row};
use super::setting::Setting;
use crate::hw::{Calibration, Chip};
use crate::map::place::Effort;
use crate::map::{self, Arranged, Limits, MapError};
use crate::net::Graph;
use crate::report::{BatchInput, Context, Header, SparseInput, Summary, UnitCosts, summarise_batch, summarise_sparse};
use crate::run::{Job, RunError, Shards, Watch, run_batch, run_sparse};
use crate::system::{self, Contention, System};
use std::borrow::Cow;

/// What all configurations have in common.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The network.
    pub nets: &'a Nets<'a>,
    /// What is done about limits that it breaks.
    pub limits: Limits,
}

impl Work<'_> {
    /// The row of a configuration; `None` if it was ended before it was done.
    pub(super) fn row(
        &self,
        index: usize,
        configuration: Result<(Setting, Chip), String>,
        threads: usize,
        watch: &dyn Watch,
    ) -> Option<Row> {
        let found = match configuration {
            Err(why) => Err(Stop::Reason(one_line(&why))),
            Ok((setting, chip)) => self.run(&setting, &chip, threads, watch),
        };
        match found {
            Ok((summary, _)) if summary.interrupted.is_some() => None,
            Err(Stop::Cancelled) => None,
            Ok((summary, notes)) => Some(Row { index, result: Ok(Found::of(&summary, notes)) }),
            Err(Stop::Reason(reason)) => Some(Row { index, result: Err(reason) }),
        }
    }

    fn run(
        &self,
        setting: &Setting,
        chip: &Chip,
        threads: usize,
        watch: &dyn Watch,
    ) -> Result<(Summary, Vec<String>), Stop> {
        let calibration = calibration(setting, chip)?;
        match self.nets {
            Nets::Sparse { network, steps } => {
                let own = (Cow::Borrowed(&network.graph), *steps);
                let (graph, steps) = setting.steps.map_or(own, |steps| network.graph.run_of(steps));
                let (arranged, system) = self.build(setting, chip, calibration, (&graph, None))?;
                let Arranged { graph, mapping } = &arranged;
                let result = run_sparse(&system, graph, steps, Shards { count: 1, threads: 1 }, watch)?;
                let context = Context { chip, calibration, graph, mapping, system: &system };
                Ok((summarise_sparse(header(setting), context, SparseInput { steps, result: &result }), Vec::new()))
            }
            Nets::Layered { own, variants, samples, count } => {
                let missing = || Stop::Reason("no network was made for it".into());
                let variant = variants.get(&Demand::of(setting, chip, *own)).ok_or_else(missing)?;
                let network = &variant.network;
                let (arranged, system) =
                    self.build(setting, chip, calibration, (&variant.graph, variant.spikes.as_deref()))?;
                let Arranged { graph, mapping } = &arranged;
                let job = Job { system: &system, graph, network, samples, count: *count, threads };
                let result = run_batch(job, watch)?;
                let context = Context { chip, calibration, graph, mapping, system: &system };
                let input = BatchInput { network, asked: *count, result: &result, ann_costs: UnitCosts::default() };
                Ok((summarise_batch(header(setting), context, input), variant.notes.clone()))
            }
        }
    }

    fn build(
        &self,
        setting: &Setting,
        chip: &Chip,
        calibration: &Calibration,
        (graph, spikes): (&Graph, Option<&[u32]>),
    ) -> Result<(Arranged, System), Stop> {
        let options = map::Options {
            limits: self.limits,
            partitioner: setting.partitioner,
            placer: setting.placer,
            objective: setting.objective,
            cores: setting.cores,
            effort: Effort { seed: setting.seed, ..Effort::default() },
            whole: false,
        };
        let arranged = map::arrange(graph, chip, options, spikes).map_err(does_not_fit)?;
        let Arranged { graph, mapping } = &arranged;
        let system = system::build_seeded(graph, chip, calibration, mapping, setting.contention, setting.seed);
        Ok((arranged, system.map_err(|error| Stop::Reason(one_line(&error.to_string())))?))
    }
}

/// Why there are no figures.
enum Stop {
    Cancelled,
    Reason(String),
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Cancelled { .. } => Self::Cancelled,
            error => Self::Reason(one_line(&error.to_string())),
        }
    }
}

fn does_not_fit(error: MapError) -> Stop {
    Stop::Reason(match error {
        MapError::DoesNotFit { violations, .. } => {
            let all: Vec<String> = violations.iter().map(ToString::to_string).collect();
            format!("does not fit: {}", all.join("; "))
        }
        error => one_line(&error.to_string()),
    })
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn calibration<'c>(setting: &Setting, chip: &'c Chip) -> Result<&'c Calibration, Stop> {
    chip.calibration(setting.calibration.as_deref()).ok_or_else(|| {
        let known: Vec<&str> = chip.calibrations.iter().map(|calibration| calibration.name.as_str()).collect();
        let name = setting.calibration.as_deref().unwrap_or_default();
        Stop::Reason(format!("no calibration \"{name}\"; it has: {}", known.join(", ")))
    })
}

/// What a summary needs to be told; rows have names of their own.
fn header(setting: &Setting) -> Header {
    Header {
        network: String::new(),
        dataset: None,
        seed: setting.seed,
        timing: if setting.contention == Contention::Modelled { "event" } else { "ideal" },
        threads: 1,
        wall_seconds: 0.0,
        origins: Vec::new(),
        notes: Vec::new(),
        sources: Vec::new(),
    }
}
