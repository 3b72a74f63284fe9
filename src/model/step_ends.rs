//! The terminals of a step that is timed: they send the packets of a [`StepLoad`], and take in what comes.

use super::core::ReceiveStages;
use super::ends::{Ends, Incoming, Outgoing};
use super::order::ArrivalOrder;
use super::step_load::{Homes, Sender, StepLoad};
use super::step_log::StepLog;
use super::{Audit, CoreWork, FirstPacket, LatencySpread, Tables};
use crate::ids::{AxonId, IdRange, IdVec, LocalTerminal, TerminalId};
use crate::stats::{Distribution, Op};
use crate::units::Tick;

/// The terminals of a step.
#[derive(Debug)]
pub(super) struct StepEnds<'t> {
    tables: &'t Tables,
    homes: &'t Homes,
    load: StepLoad,
    senders: IdVec<TerminalId, SendCursor>,
    cores: IdVec<TerminalId, StepCore>,
    /// Cores that have worked in this step.
    worked: Vec<TerminalId>,
    sent: Audit,
    delivered: Audit,
    busy: Tick,
    pub(super) order: ArrivalOrder,
    pub(super) packet_latency: Distribution,
    /// What a trace hears; `None` where there is none.
    pub(super) log: Option<Box<StepLog>>,
}

/// The next packet of a terminal.
#[derive(Clone, Copy, Debug, Default)]
struct SendCursor {
    /// When it is ready (ticks).
    ready: Tick,
    /// Its spike, and the end of those of the terminal.
    burst: u32,
    last: u32,
    /// Its axon, or the root of its tree, and the end of those of the spike.
    next: u32,
    end: u32,
    /// As in [`Sender`].
    gap: Tick,
}

/// A core in a step.
#[derive(Clone, Copy, Debug, Default)]
struct StepCore {
    stages: ReceiveStages,
    work: CoreWork,
    /// The load of the packet that found idle stages, and the axon by which it came.
    first: (u32, AxonId),
    /// Whether it is among those that have worked.
    listed: bool,
}

impl<'t> StepEnds<'t> {
    pub(super) fn new(tables: &'t Tables, homes: &'t Homes) -> Self {
        let terminals = tables.fabric.terminals.len();
        Self {
            tables,
            homes,
            load: StepLoad::default(),
            senders: IdVec::filled(SendCursor::default(), terminals),
            cores: IdVec::filled(StepCore::default(), terminals),
            worked: Vec::new(),
            sent: Audit::default(),
            delivered: Audit::default(),
            busy: 0,
            order: ArrivalOrder::new(terminals),
            packet_latency: Distribution::default(),
            log: None,
        }
    }

    /// Begins a step with its load.
    pub(super) fn begin(&mut self, load: StepLoad) {
        self.load = load;
        (self.sent, self.delivered, self.busy) = (self.load.sent, Audit::default(), 0);
        for (core, work) in &self.load.cores {
            self.cores[*core] = StepCore { work: *work, listed: true, ..StepCore::default() };
            self.worked.push(*core);
            self.busy = self.busy.max(work.soma_done);
        }
        for sender in &self.load.terminals {
            let mut cursor =
                SendCursor { burst: sender.first, last: sender.end, gap: sender.gap, ..SendCursor::default() };
            cursor.open(&self.load);
            self.senders[sender.terminal] = cursor;
        }
    }

    /// Terminals that send in this step.
    pub(super) fn sending(&self) -> impl Iterator<Item = TerminalId> {
        self.load.terminals.iter().map(|sender| sender.terminal)
    }

    /// When the last core is done.
    pub(super) fn busy(&self) -> Tick {
        self.busy
    }

    /// Packets that have not come, and whether those that have came to where they were made for.
    pub(super) fn audit(&self) -> (u64, bool) {
        let waiting =
            self.load.terminals.iter().map(|sender| self.senders[sender.terminal].left(&self.load)).sum::<u64>();
        (waiting + self.sent.count.saturating_sub(self.delivered.count), self.sent == self.delivered)
    }

    /// Ends a step: gives its load back, and puts the work of its cores into a list, which is empty.
    pub(super) fn end(&mut self, work: &mut Vec<(TerminalId, CoreWork)>) -> (StepLoad, LatencySpread) {
        let load = std::mem::take(&mut self.load);
        let mut latencies = LatencySpread::default();
        for terminal in self.worked.drain(..) {
            latencies.merge(&self.order.end_step_at(LocalTerminal::new(terminal.get())));
            let StepCore { stages, work: mut done, first, .. } = std::mem::take(&mut self.cores[terminal]);
            stages.complete(&mut done);
            if done.received > 0 {
                let source = self.homes.of_axon(self.tables, first.1);
                (done.first.source, done.first.sending) = (source, load.sending(source, first.0));
            }
            work.push((terminal, done));
        }
        (load, latencies)
    }

    /// Gives up a step, and gives its load back.
    pub(super) fn abandon(&mut self) -> StepLoad {
        let load = std::mem::take(&mut self.load);
        load.terminals.iter().for_each(|sender| self.senders[sender.terminal] = SendCursor::default());
        self.worked.drain(..).for_each(|terminal| self.cores[terminal] = StepCore::default());
        load
    }

    /// The work on a packet's synapses (ticks).
    #[inline]
    fn synapses(&self, terminal: TerminalId, axon: AxonId) -> Tick {
        let (tables, timing) = (self.tables, self.tables.timing_at(terminal));
        if timing.converters.is_some() {
            return 0;
        }
        let work = u64::from(tables.synapses_of(axon)) * timing.of(tables.synapse_op(axon));
        // Most chips have one lane, and a division takes as long as all else here.
        if timing.synapse_lanes == 1 { work } else { work.div_ceil(Tick::from(timing.synapse_lanes)) }
    }
}

/// A packet that comes under ideal timing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct IdealPacket {
    /// When it comes, and how long it is on its way (ticks).
    pub(super) at: Tick,
    pub(super) way: Tick,
    pub(super) axon: AxonId,
    /// Synapses of the axon.
    pub(super) synapses: u32,
}

/// All packets of a terminal at once, where none waits for another one. Packets go to one core each.
impl StepEnds<'_> {
    /// When the last packet is ready (ticks).
    pub(super) fn last_ready(&self) -> Tick {
        let of_sender = |sender: &Sender| {
            let bursts = &self.load.bursts[sender.first as usize..sender.end as usize];
            bursts.last().map_or(0, |burst| burst.ready + Tick::from(burst.end - burst.next) * sender.gap)
        };
        self.load.terminals.iter().map(of_sender).max().unwrap_or(0)
    }

    /// Number of terminals that send.
    pub(super) fn senders(&self) -> usize {
        self.load.terminals.len()
    }

    /// A terminal that sends.
    pub(super) fn sender(&self, at: usize) -> TerminalId {
        self.load.terminals[at].terminal
    }

    /// Sends all packets of a terminal, each with where it goes to; they come when they are ready, as long as nobody adds their way.
    pub(super) fn send_all(&mut self, at: usize, mut each: impl FnMut(TerminalId, IdealPacket)) {
        let (tables, sender) = (self.tables, self.load.terminals[at]);
        let mut sent = self.sent;
        for burst in &self.load.bursts[sender.first as usize..sender.end as usize] {
            let mut ready = burst.ready;
            let axons = IdRange { start: AxonId::new(burst.next), end: AxonId::new(burst.end) };
            for (axon, core) in axons.ids().zip(&tables.destinations[axons]) {
                let target = tables.terminal(*core);
                sent.note(target, axon);
                each(target, IdealPacket { at: ready, way: 0, axon, synapses: tables.synapses_of(axon) });
                ready += sender.gap;
            }
        }
        self.sent = sent;
        let cursor = &mut self.senders[sender.terminal];
        cursor.burst = cursor.last;
    }

    /// Takes in all packets that come to a core, in their order.
    pub(super) fn receive_all(&mut self, terminal: TerminalId, packets: impl Iterator<Item = IdealPacket> + Clone) {
        let (tables, timing) = (self.tables, self.tables.timing_at(terminal));
        let (axon_in, lanes) = (timing.of(Op::AxonIn), Tick::from(timing.synapse_lanes));
        let each = timing.of(Op::Synapse);
        let mut core = self.cores[terminal];
        if !core.listed {
            core.listed = true;
            self.worked.push(terminal);
        }
        for IdealPacket { at, way, axon, synapses } in packets.clone() {
            let each = if tables.formats.is_empty() { each } else { timing.of(tables.synapse_op(axon)) };
            let work = match timing.converters {
                Some(_) => 0,
                None if lanes == 1 => u64::from(synapses) * each,
                None => (u64::from(synapses) * each).div_ceil(lanes),
            };
            let StepCore { stages, work: noted, first, .. } = &mut core;
            let found_idle = || {
                *first = (axon.get(), axon);
                FirstPacket { born: at - way, came: at, ..FirstPacket::default() }
            };
            self.busy =
                self.busy.max(stages.take_in(noted, found_idle, (axon_in, work), (timing.pipelined_receive, at)).done);
        }
        self.cores[terminal] = core;
        packets.clone().for_each(|packet| self.delivered.note(terminal, packet.axon));
        self.packet_latency.record_all(packets.clone().map(|packet| packet.way));
        let times = packets.map(|packet| (packet.at - packet.way, packet.at));
        self.order.note_all(LocalTerminal::new(terminal.get()), 1, times);
    }
}

impl SendCursor {
    /// Goes to the first packet of the spike that it is at.
    #[inline]
    fn open(&mut self, load: &StepLoad) {
        if self.burst < self.last {
            let burst = &load.bursts[self.burst as usize];
            (self.ready, self.next, self.end) = (burst.ready, burst.next, burst.end);
        }
    }

    /// Packets that have not left.
    fn left(&self, load: &StepLoad) -> u64 {
        if self.burst >= self.last {
            return 0;
        }
        let later = &load.bursts[self.burst as usize + 1..self.last as usize];
        u64::from(self.end - self.next) + later.iter().map(|burst| u64::from(burst.end - burst.next)).sum::<u64>()
    }
}

impl StepLoad {
    /// Time of a terminal's axon stage when one of its packets is ready, which is up to 2^32 - 1 (ticks).
    fn sending(&self, terminal: TerminalId, packet: u32) -> u32 {
        let Ok(at) = self.terminals.binary_search_by_key(&terminal, |sender| sender.terminal) else { return 0 };
        let Sender { first, end, gap, .. } = self.terminals[at];
        let bursts = &self.bursts[first as usize..end as usize];
        let burst = bursts.iter().find(|burst| (burst.next..burst.end).contains(&packet));
        let time = burst.map_or(0, |burst| Tick::from(burst.sending) + Tick::from(packet - burst.next) * gap);
        u32::try_from(time).unwrap_or(u32::MAX)
    }
}

impl Ends for StepEnds<'_> {
    #[inline]
    fn next(&self, terminal: TerminalId) -> Option<Tick> {
        let cursor = &self.senders[terminal];
        (cursor.burst < cursor.last).then_some(cursor.ready)
    }

    #[inline]
    fn take(&mut self, terminal: TerminalId, at: Tick) -> Outgoing {
        let tables = self.tables;
        let cursor = &mut self.senders[terminal];
        let (load, born) = (cursor.next, cursor.ready);
        (cursor.next, cursor.ready) = (cursor.next + 1, cursor.ready + cursor.gap);
        if cursor.next == cursor.end {
            cursor.burst += 1;
            cursor.open(&self.load);
        }
        if let Some(log) = &mut self.log {
            log.note_sent(terminal, (load, born), at);
        }
        if tables.trees.is_some() {
            return Outgoing { router: load, exit: 0, flits: 1, load, born };
        }
        let axon = AxonId::new(load);
        let core = tables.terminal(tables.destinations[axon]);
        self.sent.note(core, axon);
        let target = &tables.fabric.terminals[core];
        Outgoing { router: target.router, exit: target.port, flits: tables.packet_flits, load, born }
    }

    #[inline]
    fn arrive(&mut self, terminal: TerminalId, packet: Incoming, at: Tick) -> Tick {
        let axon = AxonId::new(if self.tables.trees.is_some() { packet.branch } else { packet.load });
        let (timing, work) = (self.tables.timing_at(terminal), self.synapses(terminal, axon));
        self.packet_latency.record(at - packet.born);
        self.order.note(LocalTerminal::new(terminal.get()), 1, (packet.born, at));
        self.delivered.note(terminal, axon);
        let core = &mut self.cores[terminal];
        if !core.listed {
            core.listed = true;
            self.worked.push(terminal);
        }
        let StepCore { stages, work: noted, first, .. } = core;
        let found_idle = || {
            *first = (packet.load, axon);
            // Its source, and the time of that, are looked up at the end of the step.
            FirstPacket { born: packet.born, came: at, ..FirstPacket::default() }
        };
        let times = (timing.of(Op::AxonIn), work);
        let taken = stages.take_in(noted, found_idle, times, (timing.pipelined_receive, at));
        self.busy = self.busy.max(taken.done);
        if let Some(log) = &mut self.log {
            log.note_taken(terminal, (packet, axon), at, &taken);
        }
        taken.start - at
    }
}
