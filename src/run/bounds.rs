//! What bounds the time steps of a run.
//!
//! A step lasts until its last core is done, and then for the barrier. The *last way* of a step leads to that end: from the
//! release through the soma of the core that ends last, or through the soma and the axon stage of another one, over the
//! network as a packet, and through the receiving stages of the core that ends last, which were without a pause since. Its
//! time is divided among [`BoundClass`]es, which add up to the length of the step. The class with the largest part bounds
//! the step, and the core where that was spent is the one that bounds it.
//!
//! What a step takes without a class is the longest of all ways, two for each core, without their parts of that class. It is
//! an estimate: other packets would wait for each other elsewhere, and ways are followed only from each core's end.

use crate::ids::TerminalId;
use crate::model::{CoreWork, Synchronization, Tables};
use crate::stats::Op;
use crate::units::Tick;

/// What the time of a step is spent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoundClass {
    /// Axon stages take packets in.
    Receive,
    /// Synapses are worked on; arrays of crossbars are read and converted.
    Synapse,
    /// Somas work through their neurons.
    Soma,
    /// Axon stages make packets.
    Send,
    /// A packet is on its way, which is as long as in an empty network.
    Network,
    /// A packet waits for a link, a place in a buffer or a credit.
    Blocked,
    /// The barrier, with credits that come home later; with a clock the rest of the tick.
    Barrier,
}

impl BoundClass {
    /// How many there are.
    pub const COUNT: usize = 7;
    /// All of them.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Receive, Self::Synapse, Self::Soma, Self::Send, Self::Network, Self::Blocked, Self::Barrier];
    /// Their names.
    pub const NAMES: [&'static str; Self::COUNT] =
        ["receive", "synapse", "soma", "send", "network", "blocked", "barrier"];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

/// Times by class (ticks).
type ByClass = [Tick; BoundClass::COUNT];

/// Steps and their time (ticks).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoundSteps {
    /// The steps.
    pub steps: u64,
    /// Their length, barriers included.
    pub ticks: Tick,
}

impl BoundSteps {
    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.ticks += other.ticks;
    }
}

/// What bounded the steps of a run; of a free-running chip, which has none, the work of its cores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepBounds {
    /// All steps.
    pub all: BoundSteps,
    /// The least time that they can take by what each core works in them, barriers included (ticks).
    pub lower_bound: Tick,
    /// Steps that each class bounds, by core, and last those that no core bounds; empty on a free-running chip.
    pub cores: Vec<[BoundSteps; BoundClass::COUNT]>,
    /// Time of the steps' last ways by class (ticks).
    pub time: ByClass,
    /// Time of the steps if a class took none, as an estimate (ticks).
    pub without: ByClass,
    /// Work of each core's axon stage, synapses, soma and packets made, of a free-running chip (ticks); else empty.
    pub work: Vec<[Tick; 4]>,
}

impl StepBounds {
    /// Adds those of other steps.
    pub fn merge(&mut self, other: &Self) {
        self.all.add(other.all);
        self.lower_bound += other.lower_bound;
        self.cores.resize(self.cores.len().max(other.cores.len()), Default::default());
        let of_cores = self.cores.iter_mut().zip(&other.cores);
        of_cores.flat_map(|(own, more)| own.iter_mut().zip(more)).for_each(|(own, more)| own.add(*more));
        self.work.resize(self.work.len().max(other.work.len()), Default::default());
        let work = self.work.iter_mut().zip(&other.work);
        work.flat_map(|(own, more)| own.iter_mut().zip(more)).for_each(|(own, more)| *own += more);
        for class in 0..BoundClass::COUNT {
            self.time[class] += other.time[class];
            self.without[class] += other.without[class];
        }
    }

    /// Adds a step that was released at a tick, by the work of its cores and when the next one is released.
    pub(super) fn add_step(&mut self, tables: &Tables, work: &StepWork, (start, next): (Tick, Tick)) {
        let (cores, length) = (tables.cores.len(), next - start);
        let step = Step::of(tables, work, start);
        let times = step.times(length);
        let (class, core) = step.bound(tables.synchronization, (length, &times));
        self.cores.resize(cores + 1, Default::default());
        let one = BoundSteps { steps: 1, ticks: length };
        self.cores[core.map_or(cores, |core| core.index().min(cores))][class as usize].add(one);
        self.all.add(one);
        self.lower_bound += step.length_of(tables.synchronization, step.least, length).min(length);
        for class in BoundClass::ALL {
            self.time[class as usize] += times[class as usize];
            let without = match class {
                BoundClass::Barrier => step.end(),
                _ => step.length_of(tables.synchronization, step.without[class as usize], length),
            };
            self.without[class as usize] += without.min(length);
        }
    }

    /// Adds an inference of a free-running chip.
    pub(super) fn add_work(&mut self, cores: usize, work: impl Iterator<Item = (TerminalId, CoreWork)>, ticks: Tick) {
        self.all.ticks += ticks;
        self.work.resize(cores, Default::default());
        for (terminal, work) in work {
            if let Some(own) = self.work.get_mut(terminal.index()) {
                let more = [work.axon_in, work.synapses + work.array, work.soma, work.axon_out];
                own.iter_mut().zip(more).for_each(|(own, more)| *own += more);
            }
        }
    }

    /// Steps that a class bounds, whatever the core.
    pub fn of_class(&self, class: BoundClass) -> BoundSteps {
        let mut all = BoundSteps::default();
        self.cores.iter().for_each(|core| all.add(core[class as usize]));
        all
    }
}

/// A way to the end of a core's work in a step: its time by class, from the release.
#[derive(Clone, Copy, Debug)]
struct LastWay {
    time: ByClass,
    end: Tick,
    /// The core whose work ends, the one whose soma begins it, and the one of these whose synapses take more of it.
    core: TerminalId,
    source: TerminalId,
    synapses: TerminalId,
}

/// The ways of a step so far.
struct Step {
    last: Option<LastWay>,
    /// The longest way without each class.
    without: ByClass,
    /// The longest work of a core.
    least: Tick,
}

impl Step {
    fn of(tables: &Tables, all: &StepWork, start: Tick) -> Self {
        let mut step = Self { last: None, without: Default::default(), least: 0 };
        let arrays = &all.arrays;
        for (terminal, work) in &all.cores {
            let terminal = *terminal;
            if work.soma_done > start {
                step.least = step.least.max(work.soma_done - start);
                step.take((terminal, work.soma_done - start), || LastWay::of_soma(terminal, work, start));
            }
            if work.received > start {
                let timing = tables.timing_at(terminal);
                let both = work.axon_in + work.synapses;
                let least = match timing.pipelined_receive {
                    // The first packet has no synapses before it.
                    true => work.axon_in.max(timing.of(Op::AxonIn) + work.synapses),
                    false => both,
                };
                step.least = step.least.max(least);
                let way = || LastWay::of_packet(tables, (terminal, work), start, arrays.of_core(work.first.source));
                step.take((terminal, work.received - start), way);
            }
        }
        step
    }

    /// Takes a way to the end of a core's work, if it changes anything.
    #[inline]
    fn take(&mut self, (core, end): (TerminalId, Tick), way: impl FnOnce() -> LastWay) {
        let is_last = self.last.is_none_or(|last| end > last.end || end == last.end && core < last.core);
        if !is_last && self.without.iter().all(|without| end <= *without) {
            return;
        }
        let way = way();
        for (without, part) in self.without.iter_mut().zip(way.time) {
            *without = (*without).max(end - part);
        }
        if is_last {
            self.last = Some(way);
        }
    }

    /// When the last core is done, from the release.
    fn end(&self) -> Tick {
        self.last.map_or(0, |last| last.end)
    }

    /// The time of the step by class.
    fn times(&self, length: Tick) -> ByClass {
        let mut times = self.last.map_or([0; BoundClass::COUNT], |last| last.time);
        times[BoundClass::Barrier as usize] = length.saturating_sub(self.end());
        times
    }

    /// The class that bounds the step, and the core. A clock does where a step needs no more than a tick.
    fn bound(
        &self,
        synchronization: Synchronization,
        (length, times): (Tick, &ByClass),
    ) -> (BoundClass, Option<TerminalId>) {
        let Some(last) = self.last else { return (BoundClass::Barrier, None) };
        let classes = match synchronization {
            Synchronization::FixedTick { length: tick } if length > tick => &BoundClass::ALL[..BoundClass::COUNT - 1],
            Synchronization::FixedTick { .. } => &[BoundClass::Barrier],
            _ => &BoundClass::ALL[..],
        };
        let larger = |best: BoundClass, one| if times[one as usize] > times[best as usize] { one } else { best };
        let class = classes.iter().copied().reduce(larger).unwrap_or(BoundClass::Barrier);
        (class, last.place_of(class))
    }

    /// The length of the step if its cores were done at another time.
    fn length_of(&self, synchronization: Synchronization, end: Tick, length: Tick) -> Tick {
        match synchronization {
            Synchronization::Barrier { latency } => end + latency,
            Synchronization::FixedTick { .. } => synchronization.next_release(0, end, 0),
            Synchronization::FreeRunning { .. } => length,
        }
    }
}

impl LastWay {
    /// The way through a core's soma, and the axon stage behind it.
    fn of_soma(core: TerminalId, work: &CoreWork, start: Tick) -> Self {
        let end = work.soma_done - start;
        let soma = end - work.array - work.axon_out;
        let mut time = [0; BoundClass::COUNT];
        time[BoundClass::Synapse as usize] = work.array;
        time[BoundClass::Soma as usize] = soma;
        time[BoundClass::Send as usize] = work.axon_out;
        Self { time, end, core, source: core, synapses: core }
    }

    /// The way of the packet that found the receiving stages idle, and through these. `array` is the time in which its
    /// source reads its array.
    fn of_packet(tables: &Tables, (core, work): (TerminalId, &CoreWork), start: Tick, array: Tick) -> Self {
        let (first, end) = (work.first, work.received - start);
        let (made, on_its_way, received) = (first.born - start, first.came - first.born, work.received - first.came);
        let array = array.min(made);
        let send = Tick::from(first.sending).min(made - array);
        let flits = if tables.trees.is_some() { 1 } else { tables.packet_flits };
        let routers = (tables.router_of(first.source), tables.router_of(core));
        let network = tables.zero_load_latency(routers, flits).min(on_its_way);
        let time = [
            received - first.synapses,
            first.synapses + array,
            made - array - send,
            send,
            network,
            on_its_way - network,
            0,
        ];
        let synapses = if array > first.synapses { first.source } else { core };
        Self { time, end, core, source: first.source, synapses }
    }

    /// The core where the time of a class was spent; `None` of the barrier.
    fn place_of(&self, class: BoundClass) -> Option<TerminalId> {
        match class {
            BoundClass::Barrier => None,
            BoundClass::Soma | BoundClass::Send => Some(self.source),
            BoundClass::Synapse => Some(self.synapses),
            _ => Some(self.core),
        }
    }
}

/// Work of cores in a step, kept from step to step for its memory.
#[derive(Debug, Default)]
pub(super) struct StepWork {
    /// The cores that worked.
    cores: Vec<(TerminalId, CoreWork)>,
    arrays: ArrayTimes,
}

impl StepWork {
    /// Holds the work of another step.
    pub(super) fn fill(&mut self, tables: &Tables, work: impl Iterator<Item = (TerminalId, CoreWork)>) {
        self.cores.clear();
        self.cores.extend(work);
        self.arrays.fill(tables, &self.cores);
    }
}

/// Times in which cores read their arrays in a step; nothing on chips without.
#[derive(Debug, Default)]
struct ArrayTimes(Vec<Tick>);

impl ArrayTimes {
    fn fill(&mut self, tables: &Tables, work: &[(TerminalId, CoreWork)]) {
        self.0.clear();
        let mut timings = std::iter::once(&tables.timing).chain(&tables.other_timings);
        if timings.any(|timing| timing.converters.is_some()) {
            self.0.resize(tables.fabric.terminals.len(), 0);
            work.iter().for_each(|(terminal, work)| self.0[terminal.index()] = work.array);
        }
    }

    fn of_core(&self, core: TerminalId) -> Tick {
        self.0.get(core.index()).copied().unwrap_or(0)
    }
}
