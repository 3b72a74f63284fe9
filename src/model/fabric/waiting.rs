//! Who waits for whom: for the error that ends a stuck network.

use super::Fabric;
use crate::trace::Tap;

/// A packet that does not go on, at the front of an input's virtual channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The router.
    pub router: u32,
    /// Input port and virtual channel where it waits.
    pub input: (u8, u8),
    /// Flits in that buffer.
    pub flits: u16,
    /// The output port it wants.
    pub output: u8,
    /// The input port and virtual channel that hold what it needs; `None` where it lacks a credit.
    pub held_by: Option<(u8, u8)>,
}

impl<P: Tap> Fabric<'_, P> {
    /// All packets at the front of a buffer.
    pub fn waiting(&self) -> Vec<Waiting> {
        if self.vcs == 1 { self.waiting_single() } else { self.waiting_many() }
    }

    fn waiting_single(&self) -> Vec<Waiting> {
        let occupied = self.sides.iter().enumerate().filter(|(_, side)| side.len > 0);
        let describe = |(at, side): (usize, &super::Side)| {
            let (router, port) = (at / self.ports, (at % self.ports) as u8);
            let holder = self.sides[side.output()].holder();
            Waiting {
                router: self.part.first + router as u32,
                input: (port, 0),
                flits: side.len,
                output: (side.output() % self.ports) as u8,
                held_by: holder.filter(|holder| *holder != port).map(|holder| (holder, 0)),
            }
        };
        occupied.map(describe).collect()
    }

    fn waiting_many(&self) -> Vec<Waiting> {
        let mut all = Vec::new();
        for (at, lane) in self.lanes.iter().enumerate().filter(|(_, lane)| lane.len > 0) {
            let (r, index) = (at / self.channels, at % self.channels);
            let waits = self.port[r * self.ports + usize::from(lane.port)].want >> index & 1 != 0;
            let output = if waits { lane.port } else { self.port_of[usize::from(lane.out)] };
            let side = &self.port[r * self.ports + usize::from(output)];
            let taken = (0..self.vcs).find(|vc| side.free >> *vc & 1 == 0);
            let owner =
                |vc: usize| usize::from(self.outs[r * self.channels + usize::from(output) * self.vcs + vc].owner);
            let holder = taken.filter(|_| waits).map(owner);
            all.push(Waiting {
                router: self.part.first + r as u32,
                input: self.port_and_vc(index),
                flits: lane.len,
                output,
                held_by: holder.map(|index| self.port_and_vc(index)),
            });
        }
        all
    }

    fn port_and_vc(&self, index: usize) -> (u8, u8) {
        ((index / self.vcs) as u8, (index % self.vcs) as u8)
    }
}
