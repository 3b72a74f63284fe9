//! The timing of steps, one by one, apart from their function.
//!
//! A step begins in an empty network, so it can be timed by any timer, in any order, on any thread: what a timer adds up are
//! integers, and the sums of several timers do not depend on who timed which step.

use super::fabric::{Flit, Waiting};
use super::step_ends::StepEnds;
use super::step_events::EventNetwork;
use super::step_load::{Homes, StepLoad};
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
    engine: Engines<'t>,
    /// The work of cores in the last step.
    work: Vec<(TerminalId, CoreWork)>,
    sending: Vec<TerminalId>,
}

type Events<'t> = EventNetwork<'t, StepEnds<'t>, Pending<Flit>>;

#[derive(Debug)]
enum Engines<'t> {
    Events(Box<Events<'t>>),
}

impl<'t> StepTimer<'t> {
    /// Whether the steps of a system can be timed apart from their function.
    pub fn fits(tables: &Tables) -> bool {
        !tables.synchronization.is_free_running() && !tables.has_events() && !tables.timing.ideal
    }

    /// A timer of the steps of a system.
    pub fn new(tables: &'t Tables, homes: &'t Homes, engine: StepEngine) -> Self {
        let ends = StepEnds::new(tables, homes);
        let events = |ends| Engines::Events(Box::new(events(tables, ends)));
        let engine = match engine {
            StepEngine::Fastest | StepEngine::Events => events(ends),
        };
        Self { tables, engine, work: Vec::new(), sending: Vec::new() }
    }

    fn ends(&mut self) -> &mut StepEnds<'t> {
        match &mut self.engine {
            Engines::Events(network) => network.ends(),
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
        };
        self.sending = sending;
        let (in_flight, all_came) = self.ends().audit();
        if in_flight > 0 {
            return Err(StepFault::Stuck { in_flight, waiting: self.waiting() });
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

    /// Packets that wait, of a step that is stuck.
    fn waiting(&mut self) -> Vec<Waiting> {
        match &self.engine {
            Engines::Events(network) => network.waiting(),
        }
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
        }
    }

    /// The tables of the system.
    pub fn tables(&self) -> &'t Tables {
        self.tables
    }
}

fn events<'t>(tables: &'t Tables, ends: StepEnds<'t>) -> Events<'t> {
    EventNetwork::new(&tables.fabric, Pending::new(&tables.usual_delays()), ends)
}
