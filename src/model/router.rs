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
    /// Output that the first flit asks for; valid while there is one.
    wanted: Vec<u8>,
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
            wanted: vec![0; ports],
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
                let tail = (usize::from(state.head[input]) + usize::from(state.len[input])) % places;
                state.flits[input * places + tail] = packet;
                state.len[input] += 1;
                if state.len[input] == 1 {
                    let to = &self.state.packets[packet as usize];
                    state.wanted[input] = table.route(router, to.to, to.port);
                }
            }
            Message::Credit { port } => state.credits[base + usize::from(port)] += 1,
            Message::Wake if state.wake[router as usize] <= now => state.wake[router as usize] = 0,
            Message::Wake | Message::Step => {}
        }
        out.decide(router);
    }

    /// Serves every output that can be served, and sees to it that the router looks again when it must.
    pub(super) fn decide_router<S: EventSet<Message>>(
        &mut self,
        now: Tick,
        router: NodeId,
        out: &mut Outbox<'_, Message, S>,
    ) {
        let ports = usize::from(self.tables.routers.ports);
        let base = router as usize * ports;
        // Inputs that ask for each output; at most 64 ports.
        let mut asking = [0u64; 64];
        let mut outputs = 0u64;
        let mut look_again = Tick::MAX;
        let state = &self.state.routers;
        for port in 0..ports {
            if state.len[base + port] == 0 {
                continue;
            }
            if state.input_free[base + port] > now {
                look_again = look_again.min(state.input_free[base + port]);
                continue;
            }
            let wanted = state.wanted[base + port];
            asking[usize::from(wanted)] |= 1 << port;
            outputs |= 1 << wanted;
        }
        while outputs != 0 {
            let output = outputs.trailing_zeros() as usize;
            outputs &= outputs - 1;
            let state = &self.state.routers;
            if state.link_free[base + output] > now {
                look_again = look_again.min(state.link_free[base + output]);
            } else if state.credits[base + output] > 0 {
                let input = pick(asking[output], state.turn[base + output]);
                let again = self.grant(now, router, input, output, out);
                if asking[output].count_ones() > 1 || again {
                    look_again = look_again.min(now + Tick::from(self.tables.routers.interval));
                }
            }
            // Without a credit there is nothing to wait for but the credit, whose message decides anew.
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
        let interval = Tick::from(table.interval);
        let state = &mut self.state.routers;
        let packet = state.flits[from * places + usize::from(state.head[from])];
        state.head[from] = ((usize::from(state.head[from]) + 1) % places) as u16;
        state.len[from] -= 1;
        state.input_free[from] = now + interval;
        state.credits[to] -= 1;
        state.link_free[to] = now + interval;
        state.turn[to] = ((input + 1) % ports) as u8;
        state.link_flits[to] += 1;
        let link = table.out[to];
        out.send(delay(link.latency), link.to, Message::Arrive { port: link.port, packet });
        let (upstream, port) = table.upstream[from];
        out.send(delay(table.credit_delay), upstream, Message::Credit { port });
        let another = state.len[from] > 0;
        if another {
            let next = state.flits[from * places + usize::from(state.head[from])];
            let packet = &self.state.packets[next as usize];
            state.wanted[from] = table.route(router, packet.to, packet.port);
        }
        another
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
