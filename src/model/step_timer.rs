//! The timing of steps, one by one, apart from their function.
//!
//! A step begins in an empty network, so it can be timed by any timer, in any order, on any thread: what a timer adds up are
//! integers, and the sums of several timers do not depend on who timed which step.

use super::ends::StepNetwork;
use super::fabric::{Flit, Waiting};
use super::ideal::IdealNetwork;
use super::link_grant::LinkGrant;
use super::step_ends::StepEnds;
use super::step_events::EventSteps;
use super::step_load::{Homes, StepLoad};
use super::step_log::StepLog;
use super::{CoreOrder, CoreWork, LatencySpread, Tables};
use crate::engine::Pending;
use crate::ids::TerminalId;
use crate::stats::Distribution;
use crate::units::Tick;

/// Times of a step, from its release (ticks).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepTimes {
    /// When the last core is done.
    pub busy: Tick,
    /// When the last flit or credit has arrived.
    pub last: Tick,
    /// How far the latencies of its packets are apart.
    pub latencies: LatencySpread,
}

/// Why a step has no times: a fault of the model or the chip file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepFault {
    /// Nothing is pending, but packets are not delivered.
    Stuck {
        /// How many.
        in_flight: u64,
        /// Who waits for whom.
        waiting: Vec<Waiting>,
    },
    /// Packets came to a core that they were not made for.
    Misdelivered,
}

/// Which engine times steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StepEngine {
    /// The fastest that fits the network.
    #[default]
    Fastest,
    /// That of events, as a measure of the others.
    Events,
}

/// Times steps.
#[derive(Debug)]
pub struct StepTimer<'t> {
    tables: &'t Tables,
    homes: &'t Homes,
    engine: Engines<'t>,
    /// The work of cores in the last step.
    work: Vec<(TerminalId, CoreWork)>,
    sending: Vec<TerminalId>,
}

type Events<'t> = EventSteps<'t, StepEnds<'t>, Pending<Flit>>;

#[derive(Debug)]
enum Engines<'t> {
    Events(Box<Events<'t>>),
    Grants(Box<LinkGrant>, Box<StepEnds<'t>>),
    Ideal(Box<IdealNetwork<'t>>, Box<StepEnds<'t>>),
}

impl<'t> StepTimer<'t> {
    /// Whether the steps of a system can be timed apart from their function.
    pub fn fits(tables: &Tables) -> bool {
        let waits = !tables.synchronization.is_free_running() && !tables.has_events();
        waits && (!tables.timing.ideal || IdealNetwork::longest_way(tables).is_some())
    }

    /// A timer of the steps of a system.
    pub fn new(tables: &'t Tables, homes: &'t Homes, engine: StepEngine) -> Self {
        let ends = StepEnds::new(tables, homes);
        if let Some(network) = tables.timing.ideal.then(|| IdealNetwork::new(tables)).flatten() {
            let engine = Engines::Ideal(Box::new(network), Box::new(ends));
            return Self { tables, homes, engine, work: Vec::new(), sending: Vec::new() };
        }
        let most_flits = if tables.trees.is_some() { 1 } else { tables.packet_flits };
        let fast = (engine == StepEngine::Fastest).then(|| LinkGrant::new(&tables.fabric, most_flits)).flatten();
        let engine = match fast {
            Some(network) => Engines::Grants(Box::new(network), Box::new(ends)),
            None => Engines::Events(Box::new(events(tables, ends))),
        };
        Self { tables, homes, engine, work: Vec::new(), sending: Vec::new() }
    }

    fn ends(&mut self) -> &mut StepEnds<'t> {
        match &mut self.engine {
            Engines::Events(network) => network.ends(),
            Engines::Grants(_, ends) | Engines::Ideal(_, ends) => ends,
        }
    }

    /// Times a step; gives its load back, too.
    pub fn time(&mut self, load: StepLoad) -> Result<(StepTimes, StepLoad), StepFault> {
        let mut sending = std::mem::take(&mut self.sending);
        sending.clear();
        self.ends().begin(load);
        sending.extend(self.ends().sending());
        let last = match &mut self.engine {
            Engines::Events(network) => network.run(&sending),
            Engines::Grants(network, ends) => match network.run(&mut **ends) {
                Some(last) => last,
                None => return Err(self.fault()),
            },
            Engines::Ideal(network, ends) => network.time(ends),
        };
        self.sending = sending;
        let (in_flight, all_came) = self.ends().audit();
        if in_flight > 0 {
            let waiting = match &self.engine {
                Engines::Events(network) => network.waiting(),
                Engines::Grants(..) | Engines::Ideal(..) => Vec::new(),
            };
            return Err(StepFault::Stuck { in_flight, waiting });
        }
        if !all_came {
            return Err(StepFault::Misdelivered);
        }
        let mut work = std::mem::take(&mut self.work);
        work.clear();
        let ends = self.ends();
        let busy = ends.busy();
        let (load, latencies) = ends.end(&mut work);
        self.work = work;
        Ok((StepTimes { busy, last, latencies }, load))
    }

    /// Why the step has no times, which the engine of events can tell.
    fn fault(&mut self) -> StepFault {
        let load = self.ends().abandon();
        let found = StepTimer::new(self.tables, self.homes, StepEngine::Events).time(load);
        found.err().unwrap_or(StepFault::Misdelivered)
    }

    /// Exchanges the log that hears of packets for another one, or for none.
    pub fn exchange_log(&mut self, log: &mut Option<Box<StepLog>>) {
        std::mem::swap(&mut self.ends().log, log);
    }

    /// The work of cores in the step that was timed last.
    pub fn work(&self) -> &[(TerminalId, CoreWork)] {
        &self.work
    }

    /// Latencies of the packets of all steps (ticks).
    pub fn packet_latency(&mut self) -> &Distribution {
        &self.ends().packet_latency
    }

    /// What came to each terminal, how far latencies at a core were apart in a step, and by how much packets were overtaken.
    pub fn order(&mut self) -> (Vec<CoreOrder>, Distribution, &Distribution) {
        let (cores, spreads, overtaken_by) = self.ends().order.so_far();
        (cores.into_vec(), spreads, overtaken_by)
    }

    /// Flits over each link in all steps, by router and port.
    pub fn link_flits(&self) -> Vec<u64> {
        match &self.engine {
            Engines::Events(network) => network.link_flits().collect(),
            Engines::Grants(network, _) => network.link_flits().collect(),
            Engines::Ideal(network, _) => network.link_flits().collect(),
        }
    }
}

fn events<'t>(tables: &'t Tables, ends: StepEnds<'t>) -> Events<'t> {
    EventSteps::new(&tables.fabric, Pending::new(&tables.usual_delays()), ends)
}
