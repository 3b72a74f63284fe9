//! Switch allocation: which input VC sends a flit.

use super::block::{BlockGrants, VcBlock};
use super::lanes::{ChannelSet, LANES, PORTS, Plane};

impl<S: ChannelSet, const V: usize> VcBlock<S, V> {
    /// Every output port grants an input port that has a flit and a credit for it, every input port accepts one grant, and
    /// selects one of its virtual channels. Then buffers have a flit less, and output VCs a credit. Notes the input VCs that
    /// send.
    #[inline(always)]
    pub(super) fn allocate_switch(&mut self, grants: &mut BlockGrants<S, V>) {
        let mut ready = S::EMPTY;
        for r in 0..LANES {
            ready |= self.active.0[r] & self.flits.some.0[r];
        }
        self.sends = !ready.is_empty();
        if !self.sends {
            (grants.popped, self.sent) = (Plane::EMPTY, Plane::EMPTY);
            return;
        }
        (grants.in_turn, grants.taken, grants.candidates) = (Plane::EMPTY, Plane::EMPTY, Plane::EMPTY);
        (0..PORTS).for_each(|output| self.grant_input_port(output, grants));
        (0..PORTS).for_each(|output| self.accept_output_port(output, grants));
        (0..PORTS).for_each(|output| {
            let (turns, taken, before) = (&mut self.input_turns[output], &grants.taken, &grants.taken_before[output]);
            for r in 0..LANES {
                turns.0[r] = turns.0[r] & !taken.0[r] | before.0[r];
            }
        });
        self.select_vcs(grants);
        self.note_sent(&grants.popped);
        self.flits.decrease(&grants.popped);
        self.credits.decrease(&self.sent);
    }

    /// An output port grants an input port.
    #[inline(always)]
    fn grant_input_port(&mut self, output: usize, grants: &mut BlockGrants<S, V>) {
        let (holders, turns) = (&self.holders[output], &self.output_turns[output]);
        let (with_flit, with_credit) = (&self.flits.some, &self.credits.some);
        let (input_turns, in_turn) = (&self.input_turns[output], &mut grants.in_turn);
        let (all_asking, granted) = (&mut grants.asking[output], &mut grants.granted[output]);
        for r in 0..LANES {
            let mut asking = S::EMPTY;
            for (vc, holders) in holders.iter().enumerate() {
                let credit = with_credit.0[r] & S::only(output * V + vc);
                asking |= S::EMPTY.if_else(credit.is_empty(), holders.0[r]);
            }
            let asking = asking & with_flit.0[r];
            let grant = Self::ports_of(asking).in_turn(turns.0[r]);
            all_asking.0[r] = asking;
            granted.0[r] = grant;
            in_turn.0[r] |= grant & input_turns.0[r];
        }
    }

    /// Input ports accept the grants of an output port, or do not.
    #[inline(always)]
    fn accept_output_port(&mut self, output: usize, grants: &mut BlockGrants<S, V>) {
        let (turns, input_turns) = (&mut self.output_turns[output], &self.input_turns[output]);
        let (asking, granted) = (&grants.asking[output], &grants.granted[output]);
        let (in_turn, before) = (&grants.in_turn, &mut grants.taken_before[output]);
        let (all_taken, candidates) = (&mut grants.taken, &mut grants.candidates);
        for r in 0..LANES {
            let taken = all_taken.0[r];
            let offered = granted.0[r] & (input_turns.0[r] | !in_turn.0[r]);
            let accept = offered & !taken;
            before.0[r] = taken;
            all_taken.0[r] = taken | offered;
            candidates.0[r] |= asking.0[r] & Self::whole_ports(accept);
            turns.0[r] = turns.0[r].if_else(accept.is_empty(), accept.after());
        }
    }

    /// Each input port that accepted a grant selects one of its virtual channels.
    #[inline(always)]
    fn select_vcs(&mut self, grants: &mut BlockGrants<S, V>) {
        let (turns, ports, popped) = (&mut self.vc_turns, &grants.taken, &mut grants.popped);
        for r in 0..LANES {
            let (candidates, ports) = (grants.candidates.0[r], ports.0[r]);
            let first = candidates & turns.0[r];
            let requests = first | candidates & !Self::whole_ports(Self::ports_of(first));
            // All ports in one subtraction: each has a request, so none borrows from the next.
            let selected = requests & !requests.minus(ports);
            let (whole, up_to) = (Self::whole_ports(ports), (selected << 1).minus(ports));
            turns.0[r] = turns.0[r] & !whole | whole & !up_to;
            popped.0[r] = selected;
        }
    }

    /// Notes the output VCs that the selected input VCs hold.
    #[inline(always)]
    fn note_sent(&mut self, popped: &Plane<S>) {
        let sent = &mut self.sent;
        for output in 0..PORTS {
            let (holders, sends) = (&self.holders[output], &mut self.sends_at[output]);
            for (r, sends) in sends.iter_mut().enumerate() {
                let mut here = S::EMPTY;
                for (vc, holders) in holders.iter().enumerate() {
                    let held = holders.0[r] & popped.0[r];
                    here |= S::EMPTY.if_else(held.is_empty(), S::only(output * V + vc));
                }
                sent.0[r] = if output == 0 { here } else { sent.0[r] | here };
                *sends = u8::from(!here.is_empty());
            }
        }
    }
}
