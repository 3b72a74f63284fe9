//! Routers with several virtual channels. State and arrivals are here, each allocator has its own file.
//!
//! Each stage has a work list, as with one channel: inputs whose head is routed, output units with VCs to allocate, and
//! routers with input VCs that request the switch.

mod switch_allocation;
mod vc_allocation;

use super::packets::{Flit, Tag};
use super::shared::{FlitOut, PartState, RouterBank, Waiting};
use super::signals::{ROUTED, SWITCH_RETRY};
use super::stage::StageQueue;
use super::tables::{MOST_CHANNELS, PortTable, channel};
use crate::trace::{Kind, Tap};
use crate::units::Tick;

/// A router. Sets of input VCs are bits, by port and virtual channel.
#[derive(Clone, Debug, Default)]
struct RouterState {
    /// Input VCs that request the switch: they hold an output VC with a credit, and have a flit.
    requests: u64,
    /// Input VCs that request the switch from the next tick on.
    next_requests: u64,
    /// Input VCs whose head is in the upper class of virtual channels.
    upper: u64,
    /// Earliest pending signal to retry; in the past when there is none.
    retry: Tick,
    /// Whether it is in the work list of switch allocation.
    queued: bool,
    /// Whether a flit has come since the step began.
    used: bool,
}

impl RouterState {
    #[inline]
    fn queue(&mut self, list: &mut Vec<u32>, router: usize) {
        if !self.queued {
            self.queued = true;
            list.push(router as u32);
        }
    }
}

/// An output port and its link.
#[derive(Clone, Debug, Default)]
struct OutputUnit {
    /// Input VCs that request an output VC here.
    requests: u64,
    /// Input VCs that hold an output VC here.
    holders: u64,
    /// Virtual channels that no packet holds.
    free: u64,
    /// Virtual channels with a credit.
    with_credit: u64,
    flits_sent: u64,
    /// When the link can take the next flit, under flit serialisation.
    busy_until: Tick,
    /// The channel at the end of the link (of virtual channel 0), and the ticks of a flit on it.
    downstream: u32,
    latency: u32,
    downstream_shard: u16,
    /// Round-robin pointer over input units.
    pointer: u8,
    /// Whether it is in the work list of VC allocation.
    queued: bool,
}

impl OutputUnit {
    /// Adds it to a work list of VC allocation if it is requested.
    #[inline]
    fn queue(&mut self, list: &mut Vec<u32>, port: u32) {
        if self.requests != 0 && !self.queued {
            self.queued = true;
            list.push(port);
        }
    }
}

/// An input port and its link.
#[derive(Clone, Debug, Default)]
struct InputUnit {
    /// When it can send the next flit, under flit serialisation.
    busy_until: Tick,
    /// The channel at the other end of the link (of virtual channel 0), and the ticks of a credit.
    upstream: u32,
    credit_delay: u32,
    upstream_shard: u16,
    /// Round-robin pointers over output units and over its virtual channels.
    output_pointer: u8,
    vc_pointer: u8,
}

/// A virtual channel of an input unit: its buffer is a ring.
#[derive(Clone, Debug, Default)]
struct InputVc {
    first: u16,
    len: u16,
    /// Output VC that it holds.
    held: u8,
    /// Output port that it requests.
    port: u8,
    /// Round-robin pointer over output VCs.
    pointer: u8,
}

/// A virtual channel of an output unit.
#[derive(Clone, Copy, Debug, Default)]
struct OutputVc {
    credits: u16,
    /// Round-robin pointer over input VCs.
    pointer: u8,
    /// Input VC that holds it.
    holder: u8,
}

/// A virtual channel of a router: its index among all, its port, and its index at the port.
#[derive(Clone, Copy, Debug)]
struct VcIndex {
    index: usize,
    port: usize,
    vc: usize,
}

/// Routers with several virtual channels.
#[derive(Debug)]
pub(super) struct MultiVc {
    routers: Vec<RouterState>,
    inputs: Vec<InputUnit>,
    outputs: Vec<OutputUnit>,
    input_vcs: Vec<InputVc>,
    output_vcs: Vec<OutputVc>,
    /// Buffers of all input VCs.
    flits: Vec<Tag>,
    /// Port of each virtual channel of a router.
    port_of: [u8; MOST_CHANNELS],
    /// Bits of the virtual channels of a port.
    vc_mask: u64,
    /// Ports and channels of a router.
    ports: usize,
    channels: usize,
    /// Input VCs whose head is routed.
    route_queue: StageQueue,
    /// Output units that are requested.
    va_queue: StageQueue,
    /// Routers whose input VCs request the switch.
    sa_queue: StageQueue,
    /// Routers to which a flit has come since the step began.
    used: Vec<u32>,
}

impl MultiVc {
    pub(super) fn new(shared: &PartState<'_, impl Tap>) -> Self {
        let (routers, channels) = (shared.part.count as usize, shared.channels);
        let mut port_of = [0; MOST_CHANNELS];
        port_of.iter_mut().enumerate().for_each(|(index, port)| *port = (index / shared.vcs) as u8);
        let input = |table: &PortTable| InputUnit {
            upstream: table.back,
            credit_delay: table.back_delay,
            upstream_shard: shared.part.shard_of_channel(table.back),
            ..InputUnit::default()
        };
        let output = |table: &PortTable| OutputUnit {
            downstream: table.to,
            latency: table.latency,
            downstream_shard: shared.part.shard_of_channel(table.to),
            ..OutputUnit::default()
        };
        Self {
            routers: vec![RouterState::default(); routers],
            inputs: shared.links.iter().map(input).collect(),
            outputs: shared.links.iter().map(output).collect(),
            input_vcs: vec![InputVc::default(); routers * channels],
            output_vcs: vec![OutputVc::default(); routers * channels],
            flits: vec![Tag::default(); routers * channels * shared.places],
            port_of,
            ports: shared.ports,
            channels,
            vc_mask: if shared.vcs == 64 { !0 } else { (1 << shared.vcs) - 1 },
            route_queue: StageQueue::default(),
            va_queue: StageQueue::default(),
            sa_queue: StageQueue::default(),
            used: Vec::new(),
        }
    }

    /// A head flit reached the front of its input VC, and is routed after some ticks.
    #[inline]
    fn begin_head<P: Tap>(
        &mut self,
        (router, index): (usize, usize),
        ticks: Tick,
        shared: &PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        if let Some(delay) = self.route_queue.push_after(ticks, channel(router as u32, index)) {
            out.signal(delay, ROUTED | shared.channel(router, index));
        }
    }

    /// An input VC requests the switch in this tick.
    #[inline]
    fn request_switch(&mut self, router: usize, index: usize) {
        let state = &mut self.routers[router];
        state.requests |= 1 << index;
        state.queue(&mut self.sa_queue.now, router);
    }

    #[inline]
    fn vc_index(&self, index: usize, shared: &PartState<'_, impl Tap>) -> VcIndex {
        let port = usize::from(self.port_of[index]);
        VcIndex { index, port, vc: index - port * shared.vcs }
    }

    /// The stages of phase two.
    fn stages<P: Tap>(&mut self, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) {
        // Input VCs that got an output VC in the tick before request the switch from now on. A joint router remains in the
        // list until its switch is allocated: VC allocation may add it, and a port sends one flit in a tick.
        if shared.staged {
            for position in 0..self.sa_queue.now.len() {
                let state = &mut self.routers[self.sa_queue.now[position] as usize];
                state.requests |= std::mem::take(&mut state.next_requests);
                state.queued = false;
            }
        }
        for position in 0..self.route_queue.now.len() {
            self.compute_route(self.route_queue.now[position], shared);
        }
        for position in 0..self.va_queue.now.len() {
            self.allocate_vcs(self.va_queue.now[position], shared);
        }
        for position in 0..self.sa_queue.now.len() {
            self.allocate_switch(self.sa_queue.now[position] as usize, shared, out);
        }
    }
}

impl RouterBank for MultiVc {
    fn reset<P: Tap>(&mut self, shared: &PartState<'_, P>) {
        self.routers.fill(RouterState::default());
        self.input_vcs.fill(InputVc::default());
        self.output_vcs.fill(OutputVc::default());
        for input in &mut self.inputs {
            (input.busy_until, input.output_pointer, input.vc_pointer) = (0, 0, 0);
        }
        for (output, table) in self.outputs.iter_mut().zip(shared.links.iter()) {
            (output.requests, output.holders, output.busy_until) = (0, 0, 0);
            (output.pointer, output.queued) = (0, false);
            output.free = self.vc_mask;
            output.with_credit = if table.places > 0 { self.vc_mask } else { 0 };
        }
        for (position, vc) in self.output_vcs.iter_mut().enumerate() {
            vc.credits = shared.links[position / shared.vcs].places;
        }
        [&mut self.route_queue, &mut self.va_queue, &mut self.sa_queue].into_iter().for_each(StageQueue::clear);
        self.used.clear();
    }

    fn begin_step(&mut self) {
        let (ports, channels) = (self.ports, self.channels);
        for router in self.used.drain(..) {
            let router = router as usize;
            (self.routers[router].used, self.routers[router].retry) = (false, 0);
            for port in router * ports..(router + 1) * ports {
                let (input, output) = (&mut self.inputs[port], &mut self.outputs[port]);
                (input.busy_until, input.output_pointer, input.vc_pointer) = (0, 0, 0);
                (output.busy_until, output.pointer) = (0, 0);
            }
            for channel in router * channels..(router + 1) * channels {
                (self.input_vcs[channel].pointer, self.output_vcs[channel].pointer) = (0, 0);
            }
        }
    }

    #[inline]
    fn take_flit<P: Tap>(&mut self, flit: Flit, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) {
        let (router, index) = shared.router_and_index(flit.to);
        let at = router * shared.channels + index;
        if !self.routers[router].used {
            self.routers[router].used = true;
            self.used.push(router as u32);
        }
        let input = &mut self.input_vcs[at];
        debug_assert!(usize::from(input.len) < shared.places, "a flit without a credit");
        let mut last = usize::from(input.first) + usize::from(input.len);
        last -= if last >= shared.places { shared.places } else { 0 };
        input.len += 1;
        self.flits[at * shared.places + last] = flit.tag;
        let (buffered, held) = (input.len, usize::from(input.held));
        let VcIndex { port, vc, .. } = self.vc_index(index, shared);
        shared.note_buffer(out.now(), Kind::Filled, (router, port, vc), buffered);
        // A flit behind another changes nothing yet.
        if buffered > 1 {
            return;
        }
        if flit.tag.head() {
            self.begin_head((router, index), shared.head_delay, shared, out);
        } else if self.output_vcs[router * shared.channels + held].credits > 0 {
            self.request_switch(router, index);
        }
    }

    #[inline]
    fn take_credit<P: Tap>(&mut self, output: u32, shared: &PartState<'_, P>) {
        let (router, index) = shared.router_and_index(output);
        let VcIndex { port, vc, .. } = self.vc_index(index, shared);
        let output = &mut self.output_vcs[router * shared.channels + index];
        output.credits += 1;
        if output.credits > 1 {
            return;
        }
        let holder = usize::from(output.holder);
        let unit = &mut self.outputs[router * shared.ports + port];
        unit.with_credit |= 1 << vc;
        if unit.free >> vc & 1 == 0 {
            // A packet holds it, and may have waited for just this.
            if self.input_vcs[router * shared.channels + holder].len > 0 {
                self.request_switch(router, holder);
            }
        } else if !shared.staged {
            unit.queue(&mut self.va_queue.now, channel(router as u32, port));
        }
    }

    fn wake<P: Tap>(&mut self, kind: u32, number: u32, now: Tick, shared: &PartState<'_, P>) {
        let (router, index) = shared.router_and_index(number);
        if kind != SWITCH_RETRY {
            return self.route_queue.now.push(channel(router as u32, index));
        }
        let state = &mut self.routers[router];
        if state.retry <= now {
            state.retry = 0;
        }
        state.queue(&mut self.sa_queue.now, router);
    }

    #[inline]
    fn decide<P: Tap>(&mut self, shared: &mut PartState<'_, P>, out: &mut impl FlitOut<P>) -> bool {
        if self.route_queue.is_idle() && self.va_queue.is_idle() && self.sa_queue.is_idle() {
            return false;
        }
        self.stages(shared, out);
        self.route_queue.advance() | self.va_queue.advance() | self.sa_queue.advance()
    }

    fn least_credits(&self, outputs: &[u32], vcs: usize) -> u16 {
        let credits = |at: &u32| self.output_vcs[*at as usize * vcs..][..vcs].iter().map(|vc| vc.credits);
        outputs.iter().flat_map(credits).min().unwrap_or(u16::MAX)
    }

    fn flits_sent(&self, position: usize) -> u64 {
        self.outputs[position].flits_sent
    }

    fn waiting<P: Tap>(&self, shared: &PartState<'_, P>) -> Vec<Waiting> {
        let name = |index: usize| (self.port_of[index], (index % shared.vcs) as u8);
        let describe = |(at, input): (usize, &InputVc)| {
            let (router, index) = (at / shared.channels, at % shared.channels);
            let unit = |port: u8| &self.outputs[router * shared.ports + usize::from(port)];
            let requests = unit(input.port).requests >> index & 1 != 0;
            let output = if requests { input.port } else { self.port_of[usize::from(input.held)] };
            let taken = (0..shared.vcs).find(|vc| requests && unit(output).free >> *vc & 1 == 0);
            let first = router * shared.channels + usize::from(output) * shared.vcs;
            Waiting {
                router: shared.part.router(router as u32),
                input: name(index),
                flits: input.len,
                output,
                held_by: taken.map(|vc| name(usize::from(self.output_vcs[first + vc].holder))),
            }
        };
        self.input_vcs.iter().enumerate().filter(|(_, input)| input.len > 0).map(describe).collect()
    }
}

/// Grants of a separable allocator: pairs of an input and an output, both as positions.
struct Grants {
    pairs: [(u8, u8); 64],
    len: usize,
}

impl Grants {
    #[inline]
    fn new() -> Self {
        Self { pairs: [(0, 0); 64], len: 0 }
    }

    #[inline]
    fn add(&mut self, input: usize, output: usize) {
        self.pairs[self.len] = (input as u8, output as u8);
        self.len += 1;
    }

    /// The outputs that grant an input, as bits.
    #[inline]
    fn of(&self, input: usize) -> u64 {
        let pairs = &self.pairs[..self.len];
        pairs.iter().filter(|(i, _)| usize::from(*i) == input).fold(0, |set, (_, output)| set | 1 << output)
    }
}
