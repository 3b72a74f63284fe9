//! Route computation and VC allocation: which input VC gets which output VC.

use super::{Grants, MultiVc};
use crate::model::fabric::shared::PartState;
use crate::model::fabric::stage::{pointer_after, round_robin};
use crate::model::fabric::tables::{channel, index_of, node_of};
use crate::trace::Tap;

impl MultiVc {
    /// Route computation: the input VC requests an output VC for the head at its front.
    #[inline]
    pub(super) fn compute_route(&mut self, input: u32, shared: &PartState<'_, impl Tap>) {
        let (r, index) = (node_of(input) as usize, index_of(input));
        let at = r * shared.channels + index;
        let input = &mut self.input_vcs[at];
        let tag = self.flits[at * shared.places + usize::from(input.first)];
        let (port, class) = shared.route::<true>(r as u32, tag.id());
        input.port = port;
        let upper = &mut self.routers[r].upper;
        *upper = *upper & !(1 << index) | u64::from(class) << index;
        let output = &mut self.outputs[r * shared.ports + usize::from(port)];
        output.requests |= 1 << index;
        if output.free != 0 {
            output.queue(&mut self.va_queue.now, channel(r as u32, usize::from(port)));
        }
    }

    /// VC allocation at an output unit: every free output VC grants an input VC, every input VC accepts one grant.
    pub(super) fn allocate_vcs(&mut self, unit: u32, shared: &PartState<'_, impl Tap>) {
        let (r, port) = (node_of(unit) as usize, index_of(unit));
        let base = r * shared.channels;
        let output = &mut self.outputs[r * shared.ports + port];
        output.queued = false;
        let (requests, first) = (output.requests, port * shared.vcs);
        // A joint router allocates only what can be used at once.
        let available = if shared.staged { output.free } else { output.free & output.with_credit };
        if requests == 0 || available == 0 {
            return;
        }
        let has_classes = shared.tables.classes > 1 && port < usize::from(shared.tables.first_local);
        let upper = shared.tables.channels_of(port, 1) >> first;
        let mut grants = Grants::new();
        let (mut rest, mut granted) = (available, 0u64);
        while rest != 0 {
            let vc = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let class = if upper >> vc & 1 != 0 { self.routers[r].upper } else { !self.routers[r].upper };
            let requests = if has_classes { requests & class } else { requests };
            if requests != 0 {
                let input = round_robin(requests, self.output_vcs[base + first + vc].pointer);
                grants.add(input, first + vc);
                granted |= 1 << input;
            }
        }
        let mut left = granted;
        while left != 0 {
            let input = left.trailing_zeros() as usize;
            left &= left - 1;
            let vc = round_robin(grants.of(input), self.input_vcs[base + input].pointer);
            self.input_vcs[base + input].pointer = pointer_after(vc, shared.channels);
            self.hold_vc(r, input, (vc, port), shared);
        }
        // A grant that was not accepted is for another input VC in the next tick.
        let output = &mut self.outputs[r * shared.ports + port];
        if granted != 0 && output.free != 0 {
            output.queue(&mut self.va_queue.next, unit);
        }
    }

    /// The packet at the front of an input VC holds an output VC from now on.
    #[inline]
    fn hold_vc(&mut self, r: usize, input: usize, (vc, port): (usize, usize), shared: &PartState<'_, impl Tap>) {
        let base = r * shared.channels;
        let held = &mut self.output_vcs[base + vc];
        held.holder = input as u8;
        held.pointer = pointer_after(input, shared.channels);
        let has_credit = held.credits > 0;
        self.input_vcs[base + input].held = vc as u8;
        let output = &mut self.outputs[r * shared.ports + port];
        output.requests &= !(1 << input);
        output.holders |= 1 << input;
        output.free &= !(1 << (vc - port * shared.vcs));
        if !has_credit {
            return;
        }
        if !shared.staged {
            return self.request_switch(r, input);
        }
        let state = &mut self.routers[r];
        state.next_requests |= 1 << input;
        state.queue(&mut self.sa_queue.next, r);
    }
}
