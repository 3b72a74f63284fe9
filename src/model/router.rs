//! A router: input buffers, one allocation per output and tick, credits.
//!
//! Every input has a buffer of some flits; the first of them asks for the output that leads to its core. An
//! output with a credit and a free link takes one of those that ask, in turn (round robin: the turn passes to
//! the input after the one served). The flit leaves at once and arrives after the link's latency; the place it
//! held is known upstream after the credit delay. An input gives and a link takes one flit per interval.
//!
//! A packet is one flit, and there is one virtual channel.

use super::{Message, Simulator, Tables, delay, until};
use crate::engine::{EventSet, NodeId, Outbox};
use crate::hw::routing::Place;
use crate::units::Tick;

/// State of all routers, by router x port.
#[derive(Debug)]
pub struct RouterState {
    /// Ring buffers of packets, `buffer` places each.
    flits: Vec<u32>,
    head: Vec<u16>,
    len: Vec<u16>,
    /// Inputs whose first flit asks for an output, as bits, by output.
    asking: Vec<u64>,
    /// Outputs that are asked for, as bits, by router.
    wanted: Vec<u64>,
    input_free: Vec<Tick>,
    credits: Vec<u16>,
    link_free: Vec<Tick>,
    /// Input whose turn is next, by output.
    turn: Vec<u8>,
    link_flits: Vec<u64>,
    /// Earliest pending wake-up, by router; the past when there is none.
    wake: Vec<Tick>,
}

impl RouterState {
    pub(super) fn new(tables: &Tables) -> Self {
        let routers = tables.router_count() as usize;
        let ports = routers * usize::from(tables.routers.ports);
        Self {
            flits: vec![0; ports * usize::from(tables.routers.buffer)],
            head: vec![0; ports],
            len: vec![0; ports],
            asking: vec![0; ports],
            wanted: vec![0; routers],
            input_free: vec![0; ports],
            credits: tables.routers.out.iter().map(|link| link.places).collect(),
            link_free: vec![0; ports],
            turn: vec![0; ports],
            link_flits: vec![0; ports],
            wake: vec![0; routers],
        }
    }

    pub(super) fn reset(&mut self, tables: &Tables) {
        self.head.fill(0);
        self.len.fill(0);
        self.asking.fill(0);
        self.wanted.fill(0);
        self.input_free.fill(0);
        self.link_free.fill(0);
        self.turn.fill(0);
        self.wake.fill(0);
        for (credits, link) in self.credits.iter_mut().zip(&tables.routers.out) {
            *credits = link.places;
        }
    }

    pub(super) fn waiting(&self, tables: &Tables) -> Vec<(Place, u64)> {
        let ports = usize::from(tables.routers.ports);
        let flits = self.len.chunks(ports).map(|lens| lens.iter().map(|len| u64::from(*len)).sum());
        tables.routers.place.iter().copied().zip(flits).filter(|(_, flits)| *flits > 0).collect()
    }

    pub(super) fn link_flits(&self) -> &[u64] {
        &self.link_flits
    }
}

impl Simulator<'_> {
    pub(super) fn apply_router<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        router: NodeId,
        message: Message,
        out: &mut Outbox<'_, Message, S>,
    ) {
        let table = &self.tables.routers;
        let base = router as usize * usize::from(table.ports);
        let state = &mut self.state.routers;
        match message {
            Message::Arrive { port, packet } => {
                let input = base + usize::from(port);
                let places = usize::from(table.buffer);
                debug_assert!(state.len[input] < table.buffer, "a flit without a credit");
                let mut tail = usize::from(state.head[input]) + usize::from(state.len[input]);
                tail -= if tail >= places { places } else { 0 };
                state.flits[input * places + tail] = packet;
                state.len[input] += 1;
                // A flit behind another changes nothing yet.
                if state.len[input] == 1 {
                    self.ask(router, usize::from(port), packet);
                    out.decide(router);
                }
            }
            Message::Credit { port } => {
                let output = base + usize::from(port);
                state.credits[output] += 1;
                if state.asking[output] != 0 {
                    out.decide(router);
                }
            }
            Message::Wake => {
                if state.wake[router as usize] <= now {
                    state.wake[router as usize] = 0;
                }
                out.decide(router);
            }
            Message::Step => unreachable!("the barrier releases steps to cores and the source"),
        }
    }

    /// Notes that the first flit of an input asks for the output that leads to its core.
    #[inline]
    fn ask(&mut self, router: NodeId, input: usize, packet: u32) {
        let table = &self.tables.routers;
        let packet = &self.state.packets[packet as usize];
        let output = usize::from(table.route(router, packet.to, packet.port));
        let state = &mut self.state.routers;
        state.asking[router as usize * usize::from(table.ports) + output] |= 1 << input;
        state.wanted[router as usize] |= 1 << output;
    }

    /// Serves every output that can be served, and sees to it that the router looks again when it must.
    pub(super) fn decide_router<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        router: NodeId,
        out: &mut Outbox<'_, Message, S>,
    ) {
        let base = router as usize * usize::from(self.tables.routers.ports);
        let again = now + Tick::from(self.tables.routers.interval);
        let mut outputs = self.state.routers.wanted[router as usize];
        let mut look_again = Tick::MAX;
        while outputs != 0 {
            let output = outputs.trailing_zeros() as usize;
            outputs &= outputs - 1;
            let state = &self.state.routers;
            if state.link_free[base + output] > now {
                look_again = look_again.min(state.link_free[base + output]);
                continue;
            }
            // Without a credit there is nothing to wait for but the credit, whose message decides anew.
            if state.credits[base + output] == 0 {
                continue;
            }
            let (able, next) = state.able(base, state.asking[base + output], now);
            look_again = look_again.min(next);
            if able == 0 {
                continue;
            }
            let input = pick(able, state.turn[base + output]);
            let another = self.grant(now, router, input, output, out);
            if another || self.state.routers.asking[base + output] != 0 {
                look_again = look_again.min(again);
            }
        }
        let wake = &mut self.state.routers.wake[router as usize];
        if look_again != Tick::MAX && (*wake <= now || look_again < *wake) {
            *wake = look_again;
            out.send(until(now, look_again), router, Message::Wake);
        }
    }

    /// Sends the first flit of an input over an output; says whether the input has another.
    fn grant<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        router: NodeId,
        input: usize,
        output: usize,
        out: &mut Outbox<'_, Message, S>,
    ) -> bool {
        let table = &self.tables.routers;
        let (ports, places) = (usize::from(table.ports), usize::from(table.buffer));
        let (from, to) = (router as usize * ports + input, router as usize * ports + output);
        let free = now + Tick::from(table.interval);
        let state = &mut self.state.routers;
        let head = usize::from(state.head[from]);
        let packet = state.flits[from * places + head];
        let next = if head + 1 == places { 0 } else { head + 1 };
        state.head[from] = next as u16;
        state.len[from] -= 1;
        state.input_free[from] = free;
        state.asking[to] &= !(1 << input);
        if state.asking[to] == 0 {
            state.wanted[router as usize] &= !(1 << output);
        }
        state.credits[to] -= 1;
        state.link_free[to] = free;
        state.turn[to] = if input + 1 == ports { 0 } else { input as u8 + 1 };
        state.link_flits[to] += 1;
        let link = table.out[to];
        out.send(delay(link.latency), link.to, Message::Arrive { port: link.port, packet });
        let (upstream, port) = table.upstream[from];
        out.send(delay(table.credit_delay), upstream, Message::Credit { port });
        let another = state.len[from] > 0;
        if another {
            let packet = state.flits[from * places + next];
            self.ask(router, input, packet);
        }
        another
    }
}

impl RouterState {
    /// Of the inputs that ask, those that may give a flit now, and when the next of the others may.
    #[inline]
    fn able(&self, base: usize, asking: u64, now: Tick) -> (u64, Tick) {
        let (mut able, mut next, mut rest) = (0, Tick::MAX, asking);
        while rest != 0 {
            let input = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            match self.input_free[base + input] {
                free if free <= now => able |= 1 << input,
                free => next = next.min(free),
            }
        }
        (able, next)
    }
}

/// The first set bit at or after `turn`, going round.
#[inline]
fn pick(asking: u64, turn: u8) -> usize {
    let later = asking & (!0 << turn);
    (if later != 0 { later } else { asking }).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::pick;

    #[test]
    fn turns_go_round() {
        assert_eq!([0, 1, 2, 3, 4, 5].map(|turn| pick(0b01_0110, turn)), [1, 1, 2, 4, 4, 1]);
    }
}
