//! Terminals send: each flit leaves when its packet is ready, its link is idle and there is a credit.

use super::units::{Buffered, Target, behind};
use super::{LinkGrant, TREES, WORMS};
use crate::ids::TerminalId;
use crate::model::ends::Ends;
use crate::units::Tick;

impl LinkGrant {
    /// Sends what a terminal has credits for.
    #[inline(always)]
    pub(super) fn send<const KIND: u8, E: Ends>(&mut self, terminal: usize, ends: &mut E) {
        loop {
            let source = &mut self.sources[terminal];
            if source.credits == 0 {
                return;
            }
            let credit = self.source_credits[terminal * self.places + usize::from(source.credit)];
            let open = source.idle.max(credit);
            let at = if KIND & WORMS != 0 && source.left > 0 {
                source.packet.to &= !Target::HEAD;
                open
            } else {
                let id = TerminalId::from_index(terminal);
                let Some(ready) = ends.next(id) else { return };
                let at = open.max(self.origin + ready);
                let packet = ends.take(id, at - self.origin);
                let to = if KIND & TREES != 0 {
                    packet.router
                } else {
                    Target::new(packet.router, packet.exit).0 | if KIND & WORMS != 0 { Target::HEAD } else { 0 }
                };
                source.packet = Buffered { ready: 0, born: packet.born, to, load: packet.load };
                source.left = if KIND & WORMS != 0 { packet.flits.max(1) } else { 1 };
                self.under_way += 1;
                at
            };
            source.idle = at + self.pace.flit;
            source.credit = behind(source.credit, self.places);
            source.credits -= 1;
            source.left -= 1;
            let mut flit = source.packet;
            let mut ready = at + Tick::from(source.latency);
            if KIND & WORMS == 0 || flit.to & Target::HEAD != 0 {
                ready += self.pace.head;
            }
            if KIND & WORMS != 0 && source.left == 0 {
                flit.to |= Target::TAIL;
            }
            flit.ready = ready;
            let to = source.to as usize;
            self.enter::<KIND>(to, flit);
        }
    }
}
