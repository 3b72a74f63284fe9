//! Options of a mapping that would shorten a run: those that act on what bounds most of its steps, each mapped and run on a part
//! of it. How large that part is follows from what the run counted, so that advice is the same on every machine.

use super::deployment::Session;
use super::error::Error;
use super::options::{MapOptions, RunOptions};
use super::outcome::Outcome;
use super::workload::RunTask;
use crate::json::Words;
use crate::map::place::Placer;
use crate::map::{MappingOptions, Partitioner, Sharing};
use crate::report::{Advice, Summary, TrialFigures, TriedOption};
use crate::run::{BoundClass, RunError, Watch};
use crate::stats::Op;

/// Options that are tried, at most.
const MOST_TRIALS: usize = 6;

/// Samples, and time steps of a sparse network, of each trial, at most.
const MOST_SAMPLES: u64 = 10;
const MOST_STEPS: u64 = 50;

/// Work of all trials together, in packets and neurons about: a second or so.
const MOST_WORK: u64 = 1 << 24;

impl Session {
    /// Tries options of the mapping that act on what bounds a run of this session, mapped by these options. `None` where the
    /// run was ended early, or nothing is known of what bounds it.
    pub fn advise(
        &self,
        options: &MapOptions,
        run: &RunOptions,
        summary: &Summary,
        watch: &dyn Watch,
    ) -> Result<Option<Advice>, Error> {
        let Some(classes) = classes(summary).filter(|_| summary.interrupted.is_none()) else { return Ok(None) };
        let (class, core) = (classes.most, classes.core);
        let run = self.part(run, summary);
        let now = match self.trial(options, &run, watch) {
            Ok(now) => now,
            Err(Error::Run(RunError::Cancelled { .. })) => return Ok(None),
            Err(error) => return Err(error),
        };
        let known = Known { options, cores: now.cores_used, most: self.chip().noc().cores() as u32 };
        let mut tried: Vec<TriedOption> = Vec::new();
        for (option, search) in known.candidates(&classes.order) {
            let trial = MapOptions { search, file: None, ..options.clone() };
            match self.trial(&trial, &run, watch) {
                Ok(gives) => tried.push(TriedOption { option, gives }),
                Err(Error::Run(RunError::Cancelled { .. })) => break,
                // It does not fit, or the chip cannot do it: no option for this network.
                Err(_) => {}
            }
        }
        let is_sparse = matches!(self.workload().task, RunTask::Steps(_));
        let (samples, steps) = (run.samples.map(|n| n as u64), run.steps.map(u64::from));
        let (samples, steps) = if is_sparse { (None, steps) } else { (samples, None) };
        Ok(Some(Advice { class, core, samples, steps, now, tried }))
    }

    /// How much of the run each trial does.
    fn part(&self, run: &RunOptions, summary: &Summary) -> RunOptions {
        let counts = summary.tally.total();
        let of = |op| counts.with_kinds(op);
        let hops: u64 = [Op::HopEw, Op::HopNs, Op::HopChip].into_iter().map(of).sum();
        let work = 8 * (of(Op::AxonIn) + hops) + of(Op::SomaAccess) + of(Op::Synapse) / 16;
        let is_sparse = matches!(self.workload().task, RunTask::Steps(_));
        let (all, most) =
            if is_sparse { (summary.steps_per_inference.into(), MOST_STEPS) } else { (summary.samples, MOST_SAMPLES) };
        let each = (work / all.max(1)).max(1);
        let part = (MOST_WORK / (1 + MOST_TRIALS as u64) / each).clamp(1, most.min(all.max(1)));
        RunOptions {
            samples: Some(part as usize),
            steps: Some(part as u32),
            outputs: false,
            neurons: false,
            ..run.clone()
        }
    }

    fn trial(&self, options: &MapOptions, run: &RunOptions, watch: &dyn Watch) -> Result<TrialFigures, Error> {
        let outcome = self.clone().map(options)?.run(run, watch)?;
        if outcome.summary().interrupted.is_some() {
            return Err(Error::Run(RunError::Cancelled { done: 0, of: 1 }));
        }
        Ok(figures(&outcome))
    }
}

fn figures(outcome: &Outcome) -> TrialFigures {
    let summary = outcome.summary();
    TrialFigures {
        latency_ns: outcome.figure("latency_ns").map_or(0.0, |figure| figure.mean),
        energy_pj: summary.pricing.coverage.total.known(summary.pricing.energy_pj.mean),
        energy_coverage: summary.pricing.coverage.total,
        cores_used: summary.mapping.cores_used,
    }
}

/// What bounds a run.
struct Classes {
    most: BoundClass,
    core: Option<u64>,
    /// The same and the others, by how much time would be left without them.
    order: Vec<BoundClass>,
}

fn classes(summary: &Summary) -> Option<Classes> {
    if let Some(bound) = &summary.bound {
        let dominant = bound.dominant();
        let mut order = BoundClass::ALL.to_vec();
        order.retain(|class| bound.gain(*class) < 1.0 && *class != dominant.class);
        order.sort_by(|a, b| bound.gain(*a).total_cmp(&bound.gain(*b)));
        order.insert(0, dominant.class);
        return Some(Classes { most: dominant.class, core: dominant.core, order });
    }
    let busiest = summary.busiest_core.as_ref()?;
    let mut stages = busiest.stages.clone();
    stages.retain(|stage| stage.time_ns > 0.0);
    stages.sort_by(|a, b| b.time_ns.total_cmp(&a.time_ns));
    let order: Vec<BoundClass> = stages.iter().map(|stage| stage.class).collect();
    Some(Classes { most: *order.first()?, core: Some(busiest.core), order })
}

/// What candidates depend on: the options of the run, cores in use, and cores of the chip.
struct Known<'a> {
    options: &'a MapOptions,
    cores: u32,
    most: u32,
}

impl Known<'_> {
    /// Options that act on some classes, those of the first class first.
    fn candidates(&self, classes: &[BoundClass]) -> Vec<(String, MappingOptions)> {
        let mut all: Vec<(String, MappingOptions)> = Vec::new();
        for (option, search) in classes.iter().flat_map(|class| self.of_class(*class)) {
            if search != self.options.search && !all.iter().any(|(_, known)| *known == search) {
                all.push((option, search));
            }
        }
        all.truncate(MOST_TRIALS);
        all
    }

    fn of_class(&self, class: BoundClass) -> Vec<(String, MappingOptions)> {
        let (more, fewer) = (self.more_cores(), self.fewer_cores());
        match class {
            BoundClass::Synapse | BoundClass::Soma => [more, vec![self.partitioner(Partitioner::Shared)]].concat(),
            BoundClass::Receive => [vec![self.partitioner(Partitioner::Shared)], fewer, more].concat(),
            BoundClass::Send => [fewer, vec![self.partitioner(Partitioner::Shared)], more].concat(),
            BoundClass::Network | BoundClass::Blocked => {
                [[Placer::Greedy, Placer::Annealing].map(|placer| self.placer(placer)).to_vec(), fewer].concat()
            }
            BoundClass::Barrier => fewer,
        }
    }

    /// Twice and four times the cores, or all that there are.
    fn more_cores(&self) -> Vec<(String, MappingOptions)> {
        let mut counts = [2, 4].map(|factor| self.cores.saturating_mul(factor).min(self.most)).to_vec();
        counts.dedup();
        counts.retain(|cores| *cores > self.cores);
        let of = |cores| (format!("--cores {cores}"), MappingOptions { cores: Some(cores), ..self.options.search });
        counts.into_iter().map(of).collect()
    }

    /// Fewer cores, and so fewer packets and tiles.
    fn fewer_cores(&self) -> Vec<(String, MappingOptions)> {
        let search = self.options.search;
        if let Some(cores) = search.cores.filter(|cores| *cores > 1) {
            let half = cores.div_ceil(2);
            return vec![(format!("--cores {half}"), MappingOptions { cores: Some(half), ..search })];
        }
        let shared = ("--share-cores always".to_owned(), MappingOptions { sharing: Sharing::Always, ..search });
        vec![shared, self.partitioner(Partitioner::Tiled)]
    }

    fn partitioner(&self, partitioner: Partitioner) -> (String, MappingOptions) {
        (format!("--partitioner {}", partitioner.word()), MappingOptions { partitioner, ..self.options.search })
    }

    fn placer(&self, placer: Placer) -> (String, MappingOptions) {
        (format!("--placer {}", placer.word()), MappingOptions { placer, ..self.options.search })
    }
}
