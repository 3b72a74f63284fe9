//! Switch allocation and traversal: which input VC sends a flit.

use super::{Grants, InputVc, MultiVc, VcIndex};
use crate::model::fabric::packets::{Flit, Tag};
use crate::model::fabric::shared::{FlitOut, PartState};
use crate::model::fabric::signals::SWITCH_RETRY;
use crate::model::fabric::stage::{pointer_after, round_robin};
use crate::model::fabric::tables::{channel, delay};
use crate::trace::{Kind, Tap};
use crate::units::{Delay, Tick};

impl MultiVc {
    /// Switch allocation of a router: every output unit grants an input unit, every input unit accepts one grant.
    pub(super) fn allocate_switch<P: Tap>(
        &mut self,
        r: usize,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        if !shared.staged {
            // It may have been queued after the others of this tick.
            self.routers[r].queued = false;
        }
        let requests =
            if shared.serialised { self.idle_requests(r, out.now(), shared) } else { self.routers[r].requests };
        let (base, vcs) = (r * shared.channels, shared.vcs);
        let (mut outputs, mut rest) = (0u64, requests);
        while rest != 0 {
            let input = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            outputs |= 1 << self.port_of[usize::from(self.input_vcs[base + input].held)];
        }
        let mut grants = Grants::new();
        let mut granted = 0u64;
        while outputs != 0 {
            let output = outputs.trailing_zeros() as usize;
            outputs &= outputs - 1;
            let unit = &self.outputs[r * shared.ports + output];
            let input = self.port_of[round_robin(requests & unit.holders, unit.pointer * vcs as u8)];
            grants.add(usize::from(input), output);
            granted |= 1 << input;
        }
        while granted != 0 {
            let port = granted.trailing_zeros() as usize;
            granted &= granted - 1;
            let input = &mut self.inputs[r * shared.ports + port];
            let output = round_robin(grants.of(port), input.output_pointer);
            let unit = &mut self.outputs[r * shared.ports + output];
            let vc = round_robin((requests & unit.holders) >> (port * vcs) & self.vc_mask, input.vc_pointer);
            unit.pointer = pointer_after(port, shared.ports);
            input.output_pointer = pointer_after(output, shared.ports);
            input.vc_pointer = pointer_after(vc, vcs);
            let input = VcIndex { index: port * vcs + vc, port, vc };
            if !self.traverse(r, input, output, shared, out) {
                self.routers[r].requests &= !(1 << input.index);
            }
        }
        if self.routers[r].requests == 0 {
            return;
        }
        if shared.serialised {
            return self.retry_when_idle(r, shared, out);
        }
        self.routers[r].queue(&mut self.sa_queue.next, r);
    }

    /// Under flit serialisation: the requests of a router whose input unit and output unit are both idle.
    fn idle_requests(&self, r: usize, now: Tick, shared: &PartState<'_, impl Tap>) -> u64 {
        let mut idle = self.routers[r].requests;
        for port in 0..shared.ports {
            let output = &self.outputs[r * shared.ports + port];
            if output.busy_until > now {
                idle &= !output.holders;
            }
            if self.inputs[r * shared.ports + port].busy_until > now {
                idle &= !(self.vc_mask << (port * shared.vcs));
            }
        }
        idle
    }

    /// Signals a router with requests when the first of its busy ports is idle.
    fn retry_when_idle<P: Tap>(&mut self, r: usize, shared: &PartState<'_, P>, out: &mut impl FlitOut<P>) {
        let (now, requests) = (out.now(), self.routers[r].requests);
        let mut retry = Tick::MAX;
        for port in 0..shared.ports {
            let output = &self.outputs[r * shared.ports + port];
            if output.busy_until > now && output.holders & requests != 0 {
                retry = retry.min(output.busy_until);
            }
            let input = &self.inputs[r * shared.ports + port];
            if input.busy_until > now && requests >> (port * shared.vcs) & self.vc_mask != 0 {
                retry = retry.min(input.busy_until);
            }
        }
        // A request that lost without a busy port is tried again at once.
        let retry = if retry == Tick::MAX { now + 1 } else { retry };
        let state = &mut self.routers[r];
        if state.retry <= now || retry < state.retry {
            state.retry = retry;
            let wait = Delay::new(retry - now).unwrap_or(Delay::MIN);
            out.signal(wait, SWITCH_RETRY | shared.channel(r, 0));
        }
    }

    /// Switch and link traversal: sends the flit at the front of an input VC over the output VC that it holds, one of the
    /// output port. Returns whether the next flit of the packet can request the switch.
    #[inline]
    fn traverse<P: Tap>(
        &mut self,
        r: usize,
        input: VcIndex,
        output: usize,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) -> bool {
        let at = r * shared.channels + input.index;
        let InputVc { first, held, .. } = self.input_vcs[at];
        let output = VcIndex { index: held.into(), port: output, vc: usize::from(held) - output * shared.vcs };
        let mut tag = self.flits[at * shared.places + usize::from(first)];
        let stays = shared.multicast && shared.split(&mut tag);
        shared.note_hop(out.now(), (r, output.port, output.vc), tag);
        if !stays {
            self.free_place(r, input, shared, out);
        }
        if shared.serialised {
            self.inputs[r * shared.ports + input.port].busy_until = out.now() + shared.interval;
        }
        let has_credit = self.send(r, input, output, tag, shared, out);
        let has_flit = self.input_vcs[at].len > 0;
        if tag.tail() && has_flit {
            self.begin_head((r, input.index), 1 + shared.head_delay, shared, out);
        }
        !tag.tail() && has_flit && has_credit
    }

    /// The flit at the front of an input VC has left: its place is free, and the node before gets a credit.
    #[inline]
    fn free_place<P: Tap>(
        &mut self,
        r: usize,
        VcIndex { index, port, vc }: VcIndex,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) {
        let input = &mut self.input_vcs[r * shared.channels + index];
        input.first = if usize::from(input.first) + 1 == shared.places { 0 } else { input.first + 1 };
        input.len -= 1;
        let unit = &self.inputs[r * shared.ports + port];
        shared.send_credit(unit.upstream_shard, delay(unit.credit_delay), unit.upstream + vc as u32, out);
        shared.note_buffer(out.now(), Kind::Freed, (r, port, vc), input.len);
    }

    /// Sends a flit over an output VC; its tail frees the VC for the next tick. Returns whether the VC has more credits.
    #[inline]
    fn send<P: Tap>(
        &mut self,
        r: usize,
        input: VcIndex,
        VcIndex { index, port, vc }: VcIndex,
        tag: Tag,
        shared: &mut PartState<'_, P>,
        out: &mut impl FlitOut<P>,
    ) -> bool {
        let held = &mut self.output_vcs[r * shared.channels + index];
        held.credits -= 1;
        let has_credit = held.credits > 0;
        let unit = &mut self.outputs[r * shared.ports + port];
        unit.flits_sent += 1;
        unit.with_credit &= !(u64::from(!has_credit) << vc);
        if shared.serialised {
            unit.busy_until = out.now() + shared.interval;
        }
        if tag.tail() {
            unit.free |= 1 << vc;
            unit.holders &= !(1 << input.index);
            unit.queue(&mut self.va_queue.next, channel(r as u32, port));
        }
        let flit = Flit { to: unit.downstream + vc as u32, tag };
        shared.send_flit(unit.downstream_shard, delay(unit.latency), flit, out);
        has_credit
    }
}
