//! Options that would shorten a run: those that act on what bounds most of its steps, each mapped and run on a part of it. How large that part is follows from what the run counted, so that advice is the same on every machine.

use super::deployment::{Deployment, Session};
use super::error::Error;
use super::options::{MapOptions, RunOptions};
use super::workload::RunTask;
use crate::ids::CoreId;
use crate::json::Words;
use crate::map::place::Placer;
use crate::map::{CoreLoad, MappingOptions, Partitioner, Sharing};
use crate::report::{Advice, Summary, TrialFigures, TriedOption};
use crate::run::{BoundClass, RunError, Watch};
use crate::stats::Op;
use std::collections::BTreeSet;

/// Options that are tried, at most.
const MOST_TRIALS: usize = 8;

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
        let deployment = self.clone().map(options)?;
        let now = match figures(&deployment, &run, watch) {
            Ok(now) => now,
            Err(Error::Run(RunError::Cancelled { .. })) => return Ok(None),
            Err(error) => return Err(error),
        };
        let known = Known::of(options.search, &deployment, core);
        drop(deployment);
        let mut tried: Vec<TriedOption> = Vec::new();
        for lever in known.levers(&classes.order) {
            match self.trial(options, &lever, &run, watch) {
                Ok(gives) => tried.push(TriedOption { option: lever.option, gives }),
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

    fn trial(
        &self,
        options: &MapOptions,
        lever: &Lever,
        run: &RunOptions,
        watch: &dyn Watch,
    ) -> Result<TrialFigures, Error> {
        let mut session = self.clone();
        if let Some(neurons) = lever.max_neurons {
            session = session.on(self.chip().edit().set(MAX_NEURONS, neurons).build()?);
        }
        let options = MapOptions { search: lever.search, file: None, ..options.clone() };
        figures(&session.map(&options)?, run, watch)
    }
}

fn figures(deployment: &Deployment, run: &RunOptions, watch: &dyn Watch) -> Result<TrialFigures, Error> {
    let outcome = deployment.run(run, watch)?;
    let summary = outcome.summary();
    if summary.interrupted.is_some() {
        return Err(Error::Run(RunError::Cancelled { done: 0, of: 1 }));
    }
    Ok(TrialFigures {
        latency_ns: outcome.figure("latency_ns").map_or(0.0, |figure| figure.mean),
        energy_pj: summary.pricing.coverage.total.known(summary.pricing.energy_pj.mean),
        energy_coverage: summary.pricing.coverage.total,
        cores_used: summary.mapping.cores_used,
    })
}

/// What bounds a run.
struct BoundOrder {
    most: BoundClass,
    core: Option<u64>,
    /// The same and the others, by how much time would be left without them.
    order: Vec<BoundClass>,
}

fn classes(summary: &Summary) -> Option<BoundOrder> {
    if let Some(bound) = &summary.bound {
        let dominant = bound.dominant();
        let mut order = BoundClass::ALL.to_vec();
        order.retain(|class| bound.gain(*class) < 1.0 && *class != dominant.class);
        order.sort_by(|a, b| bound.gain(*a).total_cmp(&bound.gain(*b)));
        order.insert(0, dominant.class);
        return Some(BoundOrder { most: dominant.class, core: dominant.core, order });
    }
    let busiest = summary.busiest_core.as_ref()?;
    let mut stages = busiest.stages.clone();
    stages.retain(|stage| stage.time_ns > 0.0);
    stages.sort_by(|a, b| b.time_ns.total_cmp(&a.time_ns));
    let order: Vec<BoundClass> = stages.iter().map(|stage| stage.class).collect();
    Some(BoundOrder { most: *order.first()?, core: Some(busiest.core), order })
}

/// The limit that spreads the neurons of single populations over more cores.
const MAX_NEURONS: &str = "core.max_neurons";

/// An option to try.
#[derive(Clone, Debug, PartialEq)]
struct Lever {
    /// As it is written on the command line.
    option: String,
    search: MappingOptions,
    /// Another limit of the chip's cores.
    max_neurons: Option<u32>,
}

/// What options to try depend on.
struct Known {
    search: MappingOptions,
    /// The partitioner that was used, where the options leave it open.
    partitioner: Partitioner,
    /// Cores in use, those of all tiles in use, and those of the chip.
    cores: u32,
    of_tiles: u32,
    most: u32,
    /// Neurons of the core that bounds the run, where a limit of the chip can divide them.
    neurons: Option<u32>,
}

impl Known {
    fn of(search: MappingOptions, deployment: &Deployment, core: Option<u64>) -> Self {
        let (chip, mapping) = (deployment.chip(), deployment.mapping());
        let (noc, most) = (chip.noc(), chip.noc().cores());
        let used: BTreeSet<_> = mapping.cores.iter().map(|core| noc.tile_of(core.site)).collect();
        let of_tiles = used.len() as u32 * (most / noc.tiles().max(1));
        let bounding = core.and_then(|core| mapping.cores.get(CoreId::new(u32::try_from(core).ok()?)));
        let neurons = bounding.map(CoreLoad::neurons).filter(|_| chip.kinds().len() == 1);
        let partitioner = mapping.partitioner;
        Self { search, partitioner, cores: mapping.cores.len() as u32, of_tiles, most, neurons }
    }

    /// Options that act on some classes, those of the first class first.
    fn levers(&self, classes: &[BoundClass]) -> Vec<Lever> {
        let mut all: Vec<Lever> = Vec::new();
        for one in classes.iter().flat_map(|class| self.of_class(*class)) {
            let is_new = one.max_neurons.is_some() || one.search != self.search;
            if is_new && !all.contains(&one) {
                all.push(one);
            }
        }
        all.truncate(MOST_TRIALS);
        all
    }

    fn of_class(&self, class: BoundClass) -> Vec<Lever> {
        let (more, fewer) = (self.more_cores(), self.fewer_cores());
        match class {
            BoundClass::Synapse | BoundClass::Soma => {
                [more, self.smaller_cores(), vec![self.partitioner(Partitioner::Shared)]].concat()
            }
            BoundClass::Receive => [vec![self.partitioner(Partitioner::Shared)], fewer, more].concat(),
            BoundClass::Send => [fewer, vec![self.partitioner(Partitioner::Shared)], more].concat(),
            BoundClass::Network | BoundClass::Blocked => {
                [[Placer::Greedy, Placer::Annealing].map(|placer| self.placer(placer)).to_vec(), fewer].concat()
            }
            BoundClass::Barrier => fewer,
        }
    }

    fn searched(&self, option: String, search: MappingOptions) -> Lever {
        Lever { option, search, max_neurons: None }
    }

    /// All cores of the tiles in use, and twice and four times the cores, as far as there are as many.
    fn more_cores(&self) -> Vec<Lever> {
        let several = |factor: u32| self.cores.saturating_mul(factor).min(self.most);
        let mut counts = vec![self.of_tiles, several(2), several(4)];
        counts.sort_unstable();
        counts.dedup();
        counts.retain(|cores| *cores > self.cores);
        let of =
            |cores| self.searched(format!("--cores {cores}"), MappingOptions { cores: Some(cores), ..self.search });
        counts.into_iter().map(of).collect()
    }

    /// A half and a quarter of the neurons of the core that bounds most.
    fn smaller_cores(&self) -> Vec<Lever> {
        let of = |parts: u32| {
            let neurons = self.neurons?.div_ceil(parts);
            let option = format!("--set {MAX_NEURONS}={neurons}");
            Some(Lever { option, search: self.search, max_neurons: Some(neurons) })
        };
        [2, 4].into_iter().filter_map(of).filter(|one| one.max_neurons < self.neurons).collect()
    }

    /// Fewer cores, and so fewer packets and tiles.
    fn fewer_cores(&self) -> Vec<Lever> {
        if let Some(cores) = self.search.cores.filter(|cores| *cores > 1) {
            let half = cores.div_ceil(2);
            return vec![self.searched(format!("--cores {half}"), MappingOptions { cores: Some(half), ..self.search })];
        }
        let search = MappingOptions { sharing: Sharing::Always, ..self.search };
        vec![self.searched("--share-cores always".to_owned(), search), self.partitioner(Partitioner::Tiled)]
    }

    fn partitioner(&self, partitioner: Partitioner) -> Lever {
        // One that changes nothing is no option.
        let used = partitioner == self.partitioner;
        let partitioner = if used { self.search.partitioner } else { partitioner };
        let search = MappingOptions { partitioner, ..self.search };
        self.searched(format!("--partitioner {}", partitioner.word()), search)
    }

    fn placer(&self, placer: Placer) -> Lever {
        self.searched(format!("--placer {}", placer.word()), MappingOptions { placer, ..self.search })
    }
}
