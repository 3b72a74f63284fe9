//! Routers with one virtual channel: the common case, and the fastest.
//!
//! The input unit and output unit of a port are one record of a cache line, and all work goes by its position (router x
//! port). An output unit is held by at most one packet and an input unit has one packet to send, so VC allocation settles
//! switch allocation as well: the holder of an output sends when there is a credit.
//!
//! Each stage has a work list: inputs whose head is routed, outputs to allocate, inputs with a flit to send. A list
//! holds what can go on, so that most of what is looked at does. What is blocked is in no list; the event that ends the
//! blocking adds it: a free output, a credit, a flit, an idle link.

use super::packets::{Flit, Tag};
use super::shared::{FlitOut, PartState, RouterBank, VcPlace, Waiting};
use super::signals::{LINK_IDLE, ROUTED, SWITCH_RETRY};
use super::stage::{StageQueue, round_robin};
use super::tables::PortTable;
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};
use std::num::NonZeroU32;

/// The input unit and output unit of a port, in a line of a cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct PortUnits {
    /// Input ports of the router that request this output, as bits.
    requests: u64,
    /// Flits that left by the output.
    flits_sent: u64,
    /// The channel at the end of the link out, and the ticks of a flit on it.
    downstream: u32,
    latency: NonZeroU32,
    /// The channel at the other end of the link in, and the ticks of a credit.
    upstream: u32,
    credit_delay: NonZeroU32,
    /// The first flit in the input's buffer; those behind it are in a ring.
    front: Tag,
    /// Position of the output that the first packet requests or holds.
    output: u32,
    router: u32,
    downstream_shard: u16,
    upstream_shard: u16,
    /// Free places at the end of the link out.
    credits: u16,
    /// Flits in the input's buffer, and where in the ring the second of them is.
    buffered: u16,
    second: u16,
    port: u8,
    /// Round-robin pointer of the output's arbiter.
    pointer: u8,
    /// Input port that holds the output, unless `free`.
    holder: u8,
    free: bool,
    /// Whether the holder of the output waits for a credit.
    starved: bool,
    /// Whether the output is in the work list of VC allocation.
    queued: bool,
}

const _: () = assert!(size_of::<PortUnits>() == 64);

/// When the units of a port can send the next flit, under flit serialisation.
#[derive(Clone, Copy, Debug, Default)]
struct BusyUntil {
    input: Tick,
    output: Tick,
    /// Whether a signal is pending that requests the output again.
    woken: bool,
}

impl PortUnits {
    fn new(table: &PortTable, position: usize, shared: &PartState<'_, impl Tap>) -> Self {
        let ticks = |delay| NonZeroU32::new(delay).unwrap_or(NonZeroU32::MIN);
        Self {
            requests: 0,
            flits_sent: 0,
            downstream: table.to,
            latency: ticks(table.latency),
            upstream: table.back,
            credit_delay: ticks(table.back_delay),
            front: Tag::default(),
            output: 0,
            router: (position / shared.ports) as u32,
            downstream_shard: shared.part.shard_of_channel(table.to),
            upstream_shard: shared.part.shard_of_channel(table.back),
            credits: table.places,
            buffered: 0,
            second: 0,
            port: (position % shared.ports) as u8,
            pointer: 0,
            holder: 0,
            free: true,
            starved: false,
            queued: false,
        }
    }

    fn reset(&mut self, credits: u16) {
        (self.requests, self.credits, self.buffered, self.second, self.pointer) = (0, credits, 0, 0, 0);
        (self.free, self.starved, self.queued) = (true, false, false);
    }

    #[inline]
    fn place(&self) -> VcPlace {
        (self.router as usize, usize::from(self.port), 0)
    }
}

/// Routers with one virtual channel.
#[derive(Debug)]
pub(super) struct SingleVc {
    units: Vec<PortUnits>,
    /// By position; empty without flit serialisation.
    busy: Vec<BusyUntil>,
    /// Rings of the flits behind the first one of each input.
    flits: Vec<Tag>,
    /// Inputs whose head is routed.
    route_queue: StageQueue,
    /// Outputs that are requested.
    va_queue: StageQueue,
    /// Inputs that hold an output and have a flit.
    sa_queue: StageQueue,
    /// Outputs whose pointer has moved, and ports whose link was used, since the step began.
    moved: Vec<u32>,
    /// Whether there is neither flit serialisation nor multicast nor another shard.
    plain: bool,
}

impl SingleVc {
    pub(super) fn new(shared: &PartState<'_, impl Tap>) -> Self {
        let unit = |(position, table)| PortUnits::new(table, position, shared);
        let units: Vec<PortUnits> = shared.links.iter().enumerate().map(unit).collect();
        Self {
            busy: vec![BusyUntil::default(); if shared.serialised { units.len() } else { 0 }],
            flits: vec![Tag::default(); units.len() * shared.places],
            units,
            route_queue: StageQueue::default(),
            va_queue: StageQueue::default(),
            sa_queue: StageQueue::default(),
            moved: Vec::new(),
            plain: !shared.serialised && !shared.multicast && shared.is_alone(),
        }
    }

    /// The number by which signals name a port.
    #[inline]
    fn channel_of(&self, at: usize, shared: &PartState<'_, impl Tap>) -> u32 {
        let (router, port, _) = self.units[at].place();
        shared.channel(router, port)
    }

    /// A head flit reached the front of its buffer, and is routed after some ticks.
    #[inline]
    fn begin_head<P: Tap>(&mut self, at: usize, ticks: Tick, shared: &PartState<'_, P>, out: &mut impl FlitOut<P>) {
        if let Some(delay) = self.route_queue.push_after(ticks, at as u32) {
            out.signal(delay, ROUTED | self.channel_of(at, shared));
        }
    }

    /// The stages of phase two. `PLAIN` is as in [`SingleVc`]; `STAGED` routers allocate the switch in the tick after the
    /// output.
    #[inline(always)]
    fn stages<const PLAIN: bool, const STAGED: bool, P: Tap>(
        &mut self,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        // A list is taken out to be gone through, which is not worth it for nothing.
        if !self.route_queue.now.is_empty() {
            let heads = std::mem::take(&mut self.route_queue.now);
            heads.iter().for_each(|at| self.compute_route::<PLAIN, P>(*at as usize, shared));
            self.route_queue.now = heads;
        }
        if !self.va_queue.now.is_empty() {
            let outputs = std::mem::take(&mut self.va_queue.now);
            outputs.iter().for_each(|at| self.allocate::<PLAIN, STAGED, P>(*at as usize, shared, out));
            self.va_queue.now = outputs;
        }
        if !self.sa_queue.now.is_empty() {
            let inputs = std::mem::take(&mut self.sa_queue.now);
            for at in &inputs {
                let at = *at as usize;
                self.traverse::<PLAIN, P>(at, self.units[at].output as usize, shared, out);
            }
            self.sa_queue.now = inputs;
        }
    }

    /// Route computation: the input requests the output of the head at its front.
    #[inline(always)]
    fn compute_route<const PLAIN: bool, P: Tap>(&mut self, at: usize, shared: &PartState<'_, P>) {
        let input = &mut self.units[at];
        let (port, _) = if PLAIN {
            shared.route::<false>(input.router, input.front.id())
        } else {
            shared.route::<true>(input.router, input.front.id())
        };
        let request = 1 << input.port;
        let position = at - usize::from(input.port) + usize::from(port);
        input.output = position as u32;
        let output = &mut self.units[position];
        output.requests |= request;
        if output.free && !output.queued {
            output.queued = true;
            self.va_queue.now.push(position as u32);
        }
    }

    /// VC allocation, which is switch allocation as well: grants an output to one of the inputs that request it.
    #[inline(always)]
    fn allocate<const PLAIN: bool, const STAGED: bool, P: Tap>(
        &mut self,
        at: usize,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        let output = &mut self.units[at];
        output.queued = false;
        if !output.free || output.requests == 0 {
            return;
        }
        if !STAGED {
            // The credit, or the idle link, puts it into the work list again.
            if output.credits == 0 {
                return;
            }
            if !PLAIN && shared.serialised && self.busy[at].output > out.now() {
                return self.wake_when_idle(at, shared, out);
            }
        }
        let input = round_robin(output.requests, output.pointer);
        output.requests &= !(1 << input);
        output.free = false;
        output.holder = input as u8;
        if output.pointer == 0 {
            self.moved.push(at as u32);
        }
        output.pointer = input as u8 + 1;
        let input = at - usize::from(output.port) + input;
        if STAGED {
            self.sa_queue.next.push(input as u32);
        } else {
            self.traverse::<PLAIN, P>(input, at, shared, out);
        }
    }

    /// Signals an output when its link is idle.
    fn wake_when_idle<P: Tap>(&mut self, at: usize, shared: &PartState<'_, P>, out: &mut impl FlitOut<P>) {
        let channel = self.channel_of(at, shared);
        let busy = &mut self.busy[at];
        if let Some(wait) = Delay::new(busy.output.saturating_sub(out.now()))
            && !busy.woken
        {
            busy.woken = true;
            out.signal(wait, LINK_IDLE | channel);
        }
    }

    /// Switch and link traversal: sends the flit at the front of an input over the output that it holds, if there is a
    /// credit.
    #[inline(always)]
    fn traverse<const PLAIN: bool, P: Tap>(
        &mut self,
        at: usize,
        output: usize,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        let mut tag = self.units[at].front;
        if self.units[output].credits == 0 {
            // The credit puts the input into the work list again.
            self.units[output].starved = true;
            return;
        }
        let mut stays = false;
        if !PLAIN {
            if shared.serialised && self.is_serialising(at, output, shared, out) {
                return;
            }
            stays = shared.multicast && shared.split(&mut tag);
        }
        let unit = &mut self.units[output];
        shared.note_hop(out.now(), unit.place(), tag);
        unit.credits -= 1;
        unit.flits_sent += 1;
        if tag.tail() {
            unit.free = true;
            if unit.requests != 0 {
                unit.queued = true;
                self.va_queue.next.push(output as u32);
            }
        }
        let (flit, latency) = (Flit { to: unit.downstream, tag }, Delay::from(unit.latency));
        if PLAIN {
            out.send(latency, flit)
        } else {
            shared.send_flit(unit.downstream_shard, latency, flit, out)
        }
        let unit = &mut self.units[at];
        if !stays {
            unit.buffered -= 1;
            let (credit, wait) = (unit.upstream, Delay::from(unit.credit_delay));
            if PLAIN {
                out.signal(wait, credit)
            } else {
                shared.send_credit(unit.upstream_shard, wait, credit, out)
            }
            shared.note_buffer(out.now(), Kind::Freed, unit.place(), unit.buffered);
        }
        if unit.buffered > 0 {
            self.go_on::<PLAIN, P>(at, tag.tail(), stays, shared, out);
        }
    }

    /// The next work of an input that has sent a flit and holds another.
    #[inline]
    fn go_on<const PLAIN: bool, P: Tap>(
        &mut self,
        at: usize,
        tail: bool,
        stays: bool,
        shared: &PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        let input = &mut self.units[at];
        if !stays {
            let second = usize::from(input.second);
            input.front = self.flits[at * shared.places + second];
            input.second = if second + 1 == shared.places { 0 } else { second as u16 + 1 };
        }
        if !tail {
            return self.sa_queue.next.push(at as u32);
        }
        let mut wait = 1 + shared.head_delay;
        if !PLAIN && shared.serialised {
            wait = wait.max(shared.interval);
        }
        self.begin_head(at, wait, shared, out);
    }

    /// Whether an input or its output is still busy with a flit; then the input tries again later. Otherwise both are busy
    /// from now on.
    fn is_serialising<P: Tap>(
        &mut self,
        input: usize,
        output: usize,
        shared: &PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) -> bool {
        let now = out.now();
        let idle = self.busy[output].output.max(self.busy[input].input);
        if let Some(wait) = Delay::new(idle.saturating_sub(now)) {
            out.signal(wait, SWITCH_RETRY | self.channel_of(input, shared));
            return true;
        }
        if self.busy[input].input == 0 {
            self.moved.push(input as u32);
        }
        self.busy[output].output = now + shared.interval;
        self.busy[input].input = now + shared.interval;
        false
    }
}

impl RouterBank for SingleVc {
    fn reset<P: Tap>(&mut self, shared: &PartState<'_, P>) {
        self.units.iter_mut().zip(shared.links.iter()).for_each(|(unit, table)| unit.reset(table.places));
        self.busy.fill(BusyUntil::default());
        [&mut self.route_queue, &mut self.va_queue, &mut self.sa_queue].into_iter().for_each(StageQueue::clear);
        self.moved.clear();
    }

    fn begin_step(&mut self) {
        for at in self.moved.drain(..) {
            self.units[at as usize].pointer = 0;
            if let Some(busy) = self.busy.get_mut(at as usize) {
                *busy = BusyUntil::default();
            }
        }
    }

    #[inline(always)]
    fn take_flit<P: Tap>(&mut self, flit: Flit, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) {
        let (router, port) = shared.router_and_index(flit.to);
        let at = router * shared.ports + port;
        let input = &mut self.units[at];
        debug_assert!(usize::from(input.buffered) < shared.places, "a flit without a credit");
        input.buffered += 1;
        shared.note_buffer(out.now(), Kind::Filled, input.place(), input.buffered);
        if input.buffered > 1 {
            // A flit behind another changes nothing yet.
            let mut place = usize::from(input.second) + usize::from(input.buffered) - 2;
            place -= if place >= shared.places { shared.places } else { 0 };
            self.flits[at * shared.places + place] = flit.tag;
            return;
        }
        input.front = flit.tag;
        if !flit.tag.head() {
            return self.sa_queue.now.push(at as u32);
        }
        if shared.head_delay == 0 && !shared.serialised {
            return self.route_queue.now.push(at as u32);
        }
        let busy = if shared.serialised { self.busy[at].input.saturating_sub(out.now()) } else { 0 };
        self.begin_head(at, shared.head_delay.max(busy), shared, out);
    }

    #[inline]
    fn take_credit<P: Tap>(&mut self, output: u32, shared: &PartState<'_, P>) {
        let (router, port) = shared.router_and_index(output);
        let at = router * shared.ports + port;
        let output = &mut self.units[at];
        output.credits += 1;
        if output.starved {
            output.starved = false;
            self.sa_queue.now.push((at - port + usize::from(output.holder)) as u32);
        } else if !shared.staged && output.requests != 0 && output.free && !output.queued {
            output.queued = true;
            self.va_queue.now.push(at as u32);
        }
    }

    fn wake<P: Tap>(&mut self, kind: u32, channel: u32, _now: Tick, shared: &PartState<'_, P>) {
        let (router, port) = shared.router_and_index(channel);
        let at = router * shared.ports + port;
        match kind {
            LINK_IDLE => {
                self.busy[at].woken = false;
                let output = &mut self.units[at];
                if output.requests != 0 && !output.queued {
                    output.queued = true;
                    self.va_queue.now.push(at as u32);
                }
            }
            SWITCH_RETRY => self.sa_queue.now.push(at as u32),
            _ => self.route_queue.now.push(at as u32),
        }
    }

    #[inline]
    fn decide<P: Tap>(&mut self, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) -> bool {
        if self.route_queue.is_idle() && self.va_queue.is_idle() && self.sa_queue.is_idle() {
            return false;
        }
        match (self.plain, shared.staged) {
            (true, true) => self.stages::<true, true, P>(shared, out),
            (true, false) => self.stages::<true, false, P>(shared, out),
            (false, true) => self.stages::<false, true, P>(shared, out),
            (false, false) => self.stages::<false, false, P>(shared, out),
        }
        self.route_queue.advance() | self.va_queue.advance() | self.sa_queue.advance()
    }

    fn least_credits(&self, outputs: &[u32], _vcs: usize) -> u16 {
        outputs.iter().map(|at| self.units[*at as usize].credits).min().unwrap_or(u16::MAX)
    }

    fn flits_sent(&self, position: usize) -> u64 {
        self.units[position].flits_sent
    }

    fn waiting<P: Tap>(&self, shared: &PartState<'_, P>) -> Vec<Waiting> {
        let describe = |input: &PortUnits| {
            let output = &self.units[input.output as usize];
            let is_held = !output.free && output.holder != input.port;
            Waiting {
                router: shared.part.router(input.router),
                input: (input.port, 0),
                flits: input.buffered,
                output: output.port,
                held_by: is_held.then_some((output.holder, 0)),
            }
        };
        self.units.iter().filter(|unit| unit.buffered > 0).map(describe).collect()
    }
}
