//! Which fabrics are clocked meshes, and what sets one apart from another.

use super::lanes::LANES;
use crate::hw::topology::{EAST, NORTH, SOUTH, WEST};
use crate::ids::TerminalId;
use crate::model::fabric::{FabricTable, PortTable};

/// Longest delay (cycles) that engines keep a ring of cycles for.
const LONGEST: u32 = 64;

/// A mesh of equal routers with one terminal each, and equal links; packets go first along one dimension, then along the
/// other. Routers are numbered row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockedMesh {
    /// Columns and rows, at most 255.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Whether packets go along y first.
    pub y_first: bool,
    /// Virtual channels.
    pub vcs: usize,
    /// Flits that an input buffer holds, per virtual channel.
    pub buffer: u8,
    /// From the arrival of a head flit at the front of its buffer to its allocation (cycles).
    pub head_delay: u8,
    /// Whether the switch is allocated in the cycle after the virtual channel.
    pub staged: bool,
    /// From the grant of the switch to the arrival at the next router (cycles).
    pub link: usize,
    /// From the grant of the switch to the arrival of the credit at the router before (cycles).
    pub link_credit: usize,
    /// From the grant of the switch to the arrival at the terminal (cycles).
    pub eject: usize,
    /// From the grant of the switch to the arrival of the terminal's credit (cycles).
    pub eject_credit: usize,
    /// From a terminal to its router (cycles).
    pub inject: usize,
    /// From the grant of the switch to the arrival of the credit at the terminal (cycles).
    pub inject_credit: usize,
}

impl ClockedMesh {
    /// Ports of a router: four neighbours, and the terminal.
    pub const PORTS: usize = 5;
    /// The port of the terminal.
    pub const LOCAL: usize = 4;

    /// A fabric as a clocked mesh; `None` if it is none.
    pub fn of(table: &FabricTable) -> Option<Self> {
        let (width, y_first) = table.routing.mesh_order()?;
        let (width, routers) = (usize::from(width), table.routers as usize);
        let height = routers / width.max(1);
        let plain = table.interval == 1 && table.classes == 1 && !table.multicast() && table.first_local == 4;
        let sized = width * height == routers && (1..=255).contains(&width) && (1..=255).contains(&height);
        if !plain || !sized || table.ports != 5 || table.terminals.len() != routers {
            return None;
        }
        let delay = |ticks: u32| (1..=LONGEST).contains(&ticks).then_some(ticks as usize);
        let local = table.links[table.link(0, 4)];
        let terminal = table.terminals[TerminalId::new(0)];
        // A single router has no links between routers: any delay does.
        let between = (0..4u8).map(|port| table.links[table.link(0, port)]).find(|link| *link != PortTable::NONE);
        let (link, link_credit) = between.map_or((1, 1), |link| (link.latency, link.back_delay));
        let mesh = Self {
            width,
            height,
            y_first,
            vcs: usize::from(table.vcs),
            buffer: u8::try_from(table.buffer).ok().filter(|buffer| (1..=64).contains(buffer))?,
            head_delay: u8::try_from(table.head_delay).ok()?,
            staged: table.staged,
            link: delay(link)?,
            link_credit: delay(link_credit)?,
            eject: delay(local.latency)?,
            eject_credit: delay(local.latency.saturating_add(terminal.credit_delay))?,
            inject: delay(terminal.latency)?,
            inject_credit: delay(local.back_delay)?,
        };
        (0..routers).all(|router| mesh.is_usual(table, router)).then_some(mesh)
    }

    /// Whether a router of a fabric is like all others, and its links lead where those of a mesh do.
    fn is_usual(&self, table: &FabricTable, router: usize) -> bool {
        let at = |router: usize, port: u8| table.links[table.link(router as u32, port)];
        let (x, y) = (router % self.width, router / self.width);
        let neighbours = [
            (EAST, WEST, (x + 1 < self.width).then(|| router + 1)),
            (WEST, EAST, x.checked_sub(1).map(|_| router - 1)),
            (NORTH, SOUTH, y.checked_sub(1).map(|_| router - self.width)),
            (SOUTH, NORTH, (y + 1 < self.height).then(|| router + self.width)),
        ];
        let between = neighbours.into_iter().all(|(port, opposite, other)| {
            let channel = |other: usize| table.first_channel(other as u32, opposite);
            at(router, port)
                == other.map_or(PortTable::NONE, |other| PortTable {
                    to: channel(other),
                    latency: self.link as u32,
                    places: self.buffer.into(),
                    back: channel(other),
                    back_delay: self.link_credit as u32,
                })
        });
        let node = table.first_channel((table.routers as usize + router) as u32, 0);
        let local = PortTable {
            to: node,
            latency: self.eject as u32,
            places: self.buffer.into(),
            back: node,
            back_delay: self.inject_credit as u32,
        };
        let terminal = &table.terminals[TerminalId::new(router as u32)];
        let terminal_is = (terminal.router as usize, terminal.port, terminal.latency as usize)
            == (router, Self::LOCAL as u8, self.inject);
        let credit = self.eject as u32 + terminal.credit_delay == self.eject_credit as u32;
        between && at(router, 4) == local && terminal_is && credit
    }

    /// Number of routers.
    pub fn routers(&self) -> usize {
        self.width * self.height
    }

    /// Groups of routers that one instruction may work on.
    pub fn blocks(&self) -> usize {
        self.routers().div_ceil(LANES)
    }

    /// Most packets that can be under way in routers and on links at a time.
    pub fn most_packets(&self) -> usize {
        self.routers() * Self::PORTS * self.vcs * usize::from(self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::Noc;
    use crate::ids::{IdVec, LinkId};
    use crate::model::fabric::Terminal;

    /// A fabric of routers of two cycles with one terminal each.
    fn fabric(topology: &str, width: u32, height: u32) -> FabricTable {
        // A torus of one channel is not free of deadlock.
        let noc = Noc::synthetic(topology, width, height, if topology == "torus" { 2 } else { 1 }).unwrap();
        let (routers, ports) = (noc.topology.routers.len(), noc.topology.ports + 1);
        let mut table = FabricTable {
            routers: routers as u32,
            ports,
            first_local: ports - 1,
            vcs: 1,
            classes: noc.routing.classes(),
            buffer: 4,
            interval: 1,
            head_delay: 0,
            staged: false,
            links: IdVec::filled(PortTable::NONE, routers * usize::from(ports)),
            routing: noc.routing.clone(),
            terminals: IdVec::default(),
            branches: Vec::new(),
        };
        let there_and_back = |table: &mut FabricTable, out: LinkId, to: u32, input: LinkId, back: u32| {
            (table.links[out].to, table.links[out].latency, table.links[out].places) = (to, 3, 4);
            (table.links[input].back, table.links[input].back_delay) = (back, 5);
        };
        for link in &noc.topology.links {
            let (to, back) =
                (table.first_channel(link.to, link.to_port), table.first_channel(link.from, link.from_port));
            let (out, input) = (table.link(link.from, link.from_port), table.link(link.to, link.to_port));
            there_and_back(&mut table, out, to, input, back);
        }
        for router in 0..routers as u32 {
            let (link, node) = (table.link(router, ports - 1), table.first_channel(routers as u32 + router, 0));
            there_and_back(&mut table, link, node, link, node);
            table.terminals.push(Terminal { router, port: ports - 1, latency: 2, credit_delay: 6 });
        }
        table
    }

    #[test]
    fn meshes_of_equal_routers_fit() {
        let mesh = ClockedMesh::of(&fabric("mesh", 5, 3)).unwrap();
        let delays = [mesh.link, mesh.link_credit, mesh.eject, mesh.eject_credit, mesh.inject, mesh.inject_credit];
        assert_eq!((mesh.width, mesh.height, delays), (5, 3, [3, 5, 3, 9, 2, 5]));
        assert!(
            [("torus", 4, 4), ("tree", 2, 3)]
                .into_iter()
                .all(|(kind, a, b)| { ClockedMesh::of(&fabric(kind, a, b)).is_none() })
        );
    }

    #[test]
    fn what_differs_does_not_fit() {
        let changes: [fn(&mut FabricTable); 5] = [
            |table| table.interval = 2,
            |table| table.buffer = 65,
            |table| table.links[LinkId::new(5)].latency = 4,
            |table| table.links[LinkId::new(6)].back_delay = 9,
            |table| table.terminals[TerminalId::new(3)].credit_delay = 7,
        ];
        for change in changes {
            let mut table = fabric("mesh", 4, 4);
            assert!(ClockedMesh::of(&table).is_some());
            change(&mut table);
            assert_eq!(ClockedMesh::of(&table), None);
        }
    }
}
