//! VC allocation: which input VC gets which output VC.

use super::block::{BlockGrants, VcBlock};
use super::lanes::{ChannelSet, LANES, PORTS, Plane};

impl<S: ChannelSet, const V: usize> VcBlock<S, V> {
    /// Every free output VC grants one of the input VCs that request it, and every input VC accepts one of its grants. In a
    /// `JOINT` router output VCs are only for use at once, and need a credit.
    #[inline(always)]
    pub(super) fn allocate_vcs<const JOINT: bool>(&mut self, grants: &mut BlockGrants<S, V>) {
        grants.got = Plane::EMPTY;
        grants.got_before.fill(Plane::EMPTY);
        for output in 0..PORTS {
            if self.requests[output].is_empty() {
                grants.got_at[output] = Plane::EMPTY;
            } else {
                self.allocate_at::<JOINT>(output, grants);
            }
        }
        if !grants.got.is_empty() {
            self.move_pointers(grants);
        }
    }

    /// VC allocation at an output port.
    #[inline(always)]
    fn allocate_at<const JOINT: bool>(&mut self, output: usize, noted: &mut BlockGrants<S, V>) {
        let (requests, holders) = (&mut self.requests[output], &mut self.holders[output]);
        let (turns, with_credit) = (&mut self.output_vc_turns[output], &self.credits.some);
        let (input_turns, here) = (&self.input_vc_turns, &self.input_vc_ports[output]);
        for r in 0..LANES {
            let (asking, here) = (requests.0[r], here.0[r]);
            let mut grants = [S::EMPTY; V];
            let (mut first, mut in_turn) = ([S::EMPTY; V], S::EMPTY);
            for vc in 0..V {
                let mut asking = asking.if_else(holders[vc].0[r].is_empty(), S::EMPTY);
                if JOINT {
                    let credit = with_credit.0[r] & S::only(output * V + vc);
                    asking = S::EMPTY.if_else(credit.is_empty(), asking);
                }
                grants[vc] = asking.in_turn(turns[vc].0[r]);
                first[vc] = grants[vc] & input_turns[vc].0[r] & here;
                in_turn |= first[vc];
            }
            let mut taken = S::EMPTY;
            for vc in 0..V {
                let offered = first[vc] | grants[vc] & !in_turn;
                let accept = offered & !taken;
                noted.got_before[vc].0[r] |= taken;
                taken |= offered;
                holders[vc].0[r] |= accept;
                turns[vc].0[r] = turns[vc].0[r].if_else(accept.is_empty(), accept.after());
            }
            requests.0[r] = asking & !taken;
            noted.got.0[r] |= taken;
            noted.got_at[output].0[r] = taken;
        }
    }

    /// Moves the pointers of input VCs behind the output VC that they got.
    #[inline(always)]
    fn move_pointers(&mut self, grants: &BlockGrants<S, V>) {
        for r in 0..LANES {
            let got = grants.got.0[r];
            self.active.0[r] |= got;
            for vc in 0..V {
                let turns = &mut self.input_vc_turns[vc].0[r];
                *turns = *turns & !got | grants.got_before[vc].0[r];
            }
            for output in 0..PORTS {
                let here = &mut self.input_vc_ports[output].0[r];
                *here = *here & !got | grants.got_at[output].0[r];
            }
        }
    }
}
