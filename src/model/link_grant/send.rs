//! Terminals send: each flit leaves when its packet is ready, its link is idle and there is a credit.

use super::units::{Buffered, FlitTarget};
use super::{Running, TREES, WORMS};
use crate::ids::TerminalId;
use crate::model::ends::Ends;
use crate::units::Tick;

impl Running<'_> {
    /// Sends what a terminal has credits for.
    ///
    /// A flit that leaves much later is not put into the buffer yet: an output that it requests would be planned for it
    /// again after every other flit. It has a plan of its own, and those behind it wait for it.
    #[inline(always)]
    pub(super) fn send<const KIND: u8, E: Ends>(&mut self, terminal: usize, ends: &mut E) {
        loop {
            let source = &mut self.sources[terminal];
            if source.credits == 0 || source.is_planned {
                return;
            }
            let credit = self.source_credits[self.buffer_rings.place(terminal, source.sent as usize)];
            let open = source.idle.max(credit);
            let (mut flit, at, left) = if KIND & WORMS != 0 && source.left > 0 {
                (source.packet, open, source.left)
            } else {
                let id = TerminalId::from_index(terminal);
                let Some(ready) = ends.next(id) else { return };
                let at = open.max(self.origin + ready);
                let packet = ends.take(id, at - self.origin);
                let to = match KIND & (TREES | WORMS) {
                    TREES => packet.router,
                    WORMS => FlitTarget::new(packet.router, packet.exit).0 | FlitTarget::HEAD,
                    _ => FlitTarget::new(packet.router, packet.exit).0,
                };
                self.under_way += 1;
                (Buffered { ready: 0, born: packet.born, to, load: packet.load }, at, packet.flits.max(1))
            };
            source.idle = at + self.pace.flit;
            source.sent = source.sent.wrapping_add(1);
            source.credits -= 1;
            flit.ready = at + Tick::from(source.latency) + if is_head::<KIND>(flit.to) { self.pace.head } else { 0 };
            if KIND & WORMS != 0 {
                source.left = left - 1;
                source.packet = Buffered { to: flit.to & !FlitTarget::HEAD, ..flit };
                if left == 1 {
                    flit.to |= FlitTarget::TAIL;
                }
            }
            if at > self.now + self.pace.far {
                (source.planned, source.is_planned) = (flit, true);
                let own = self.inputs.len() + terminal;
                return self.agenda.plan(self.outputs, own as u32, at);
            }
            let to = source.to as usize;
            self.enter::<KIND>(to, flit);
        }
    }

    /// The flit that was planned leaves its terminal.
    #[inline(always)]
    pub(super) fn send_planned<const KIND: u8, E: Ends>(&mut self, terminal: usize, ends: &mut E) {
        let source = &mut self.sources[terminal];
        source.is_planned = false;
        let (to, flit) = (source.to as usize, source.planned);
        self.enter::<KIND>(to, flit);
        self.send::<KIND, E>(terminal, ends);
    }
}

#[inline(always)]
fn is_head<const KIND: u8>(to: u32) -> bool {
    KIND & WORMS == 0 || to & FlitTarget::HEAD != 0
}
