//! Routes by tables: for every destination, the output port of each router.

use super::hops::Hops;
use crate::hw::error::NocError;
use crate::hw::topology::Topology;
use crate::stats::Op;
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

/// No route.
const NONE: u8 = u8::MAX;

/// A routing table; clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RouteTable {
    routers: usize,
    ports: usize,
    /// Port by destination x router.
    port: Arc<[u8]>,
    /// The router beyond a port and the operation of the hop there, by router x port.
    beyond: Arc<[(u32, Op)]>,
}

impl RouteTable {
    /// `port` is indexed by destination x router.
    fn new(topology: &Topology, port: Vec<u8>) -> Self {
        let (routers, ports) = (topology.routers.len(), usize::from(topology.ports));
        let mut beyond = vec![(u32::MAX, Op::HopEw); routers * ports];
        for link in &topology.links {
            beyond[link.from as usize * ports + usize::from(link.from_port)] = (link.to, link.op);
        }
        Self { routers, ports, port: port.into(), beyond: beyond.into() }
    }

    #[inline]
    pub(super) fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        let port = self.port[to as usize * self.routers + here as usize];
        (port != NONE).then_some((port, 0))
    }

    /// Follows the route: no table of hops, which would be several times as large as this one.
    pub(super) fn hops(&self, from: u32, to: u32) -> Hops {
        let (mut here, mut hops) = (from, Hops::default());
        // No route between tiles has more hops than there are routers; for other pairs an explicit table may be wrong.
        for _ in 0..self.routers {
            let Some((port, _)) = self.route(here, to) else { break };
            let (next, op) = self.beyond[here as usize * self.ports + usize::from(port)];
            hops.add(op);
            here = next;
        }
        hops
    }

    /// The shortest routes, and of equally short ones that by the lowest port.
    pub(super) fn shortest(topology: &Topology) -> Self {
        let all = Sides::new(topology, |_, _| true);
        let routers = topology.routers.len();
        let mut port = vec![NONE; routers * routers];
        for (to, row) in port.chunks_mut(routers).enumerate() {
            let distance = all.distances(to as u32);
            (0..routers).filter(|here| *here != to).for_each(|here| {
                row[here] = all.nearer(here, &distance).unwrap_or(NONE);
            });
        }
        Self::new(topology, port)
    }

    /// Up, then down: a link leads up if it leads nearer to the first router, or as near and to a lower number. A
    /// router from which a route leads down takes it, so that a packet on its way down continues down; all others go
    /// up. No packet waits for a link up while it holds one down: that is free of deadlock on any links (Schroeder et
    /// al. 1991, Autonet, doi:10.1109/49.105178). There is a route if enough of the links lead both ways.
    pub(super) fn up_down(topology: &Topology) -> Self {
        let routers = topology.routers.len();
        // A spanning tree of links in both directions: a route leads up it and down it from each router to each.
        let ways: HashSet<(u32, u32)> = topology.links.iter().map(|link| (link.from, link.to)).collect();
        let level = Sides::new(topology, |from, to| ways.contains(&(to, from))).levels();
        let rank = |router: u32| (level[router as usize], router);
        let down = Sides::new(topology, |from, to| rank(from) < rank(to));
        let up = Sides::new(topology, |from, to| rank(from) > rank(to));
        let mut from_top: Vec<u32> = (0..routers as u32).collect();
        from_top.sort_unstable_by_key(|router| rank(*router));
        let mut port = vec![NONE; routers * routers];
        for (to, row) in port.chunks_mut(routers).enumerate() {
            let mut distance = down.distances(to as u32);
            let goes_down: Vec<bool> = distance.iter().map(|hops| *hops != u32::MAX).collect();
            for &here in &from_top {
                let here = here as usize;
                if here == to {
                    continue;
                }
                // Entries below are unchanged until their turn.
                if goes_down[here] {
                    row[here] = down.nearer(here, &distance).unwrap_or(NONE);
                } else if let Some((hops, port)) = up.nearest(here, &distance) {
                    // Entries above are known by now.
                    (distance[here], row[here]) = (hops + 1, port);
                }
            }
        }
        Self::new(topology, port)
    }

    /// A user's rule: the next router from the current one towards the destination.
    pub(super) fn explicit(topology: &Topology, next: &dyn Fn(u32, u32) -> Option<u32>) -> Self {
        let routers = topology.routers.len();
        let port_to = |here: u32, next: u32| {
            let leads = |port: &u8| topology.link(here, *port).is_some_and(|link| link.to == next);
            (0..topology.ports).find(leads).unwrap_or(NONE)
        };
        let pairs = (0..routers as u32).flat_map(|to| (0..routers as u32).map(move |here| (here, to)));
        let port = pairs.map(|(here, to)| match next(here, to) {
            Some(next) if here != to => port_to(here, next),
            _ => NONE,
        });
        Self::new(topology, port.collect())
    }

    /// Reasons why packets between tiles do not arrive: (router, destination) pairs without an entry, and circles.
    pub(super) fn gaps(&self, topology: &Topology) -> Vec<NocError> {
        let tiles: Vec<u32> = (0..topology.tiles()).map(|tile| topology.router_of_tile(tile)).collect();
        let name = |router: u32| topology.routers[router as usize].name.clone();
        let mut found = Vec::new();
        // The visitor of each router: 0 if none, else the number of the walk.
        let mut visited = vec![0u32; self.routers];
        for &to in &tiles {
            visited.fill(0);
            for (walk, &from) in (1..).zip(&tiles) {
                let mut here = from;
                while visited[here as usize] == 0 && here != to {
                    visited[here as usize] = walk;
                    match self.route(here, to) {
                        Some((port, _)) => here = self.beyond[here as usize * self.ports + usize::from(port)].0,
                        None => {
                            found.push(NocError::NoWay { at: name(here), from: name(from), to: name(to) });
                            break;
                        }
                    }
                }
                // Back on its own path, and the table has an entry there: a circle.
                if here != to && visited[here as usize] == walk && self.route(here, to).is_some() {
                    found.push(NocError::Round { to: name(to), circle: self.circle(here, to, &name) });
                }
            }
        }
        found
    }

    fn circle(&self, start: u32, to: u32, name: &dyn Fn(u32) -> String) -> String {
        let mut names = vec![name(start)];
        let mut here = start;
        while let Some((port, _)) = self.route(here, to) {
            here = self.beyond[here as usize * self.ports + usize::from(port)].0;
            names.push(name(here));
            if here == start {
                break;
            }
        }
        names.join(", ")
    }
}

/// Some of the links, by the router that sends and by the one that receives.
struct Sides {
    /// (port, router beyond it), in the order of ports.
    out: Vec<Vec<(u8, u32)>>,
    into: Vec<Vec<u32>>,
}

impl Sides {
    fn new(topology: &Topology, wanted: impl Fn(u32, u32) -> bool) -> Self {
        let routers = topology.routers.len();
        let (mut out, mut into) = (vec![Vec::new(); routers], vec![Vec::new(); routers]);
        for link in topology.links.iter().filter(|link| wanted(link.from, link.to)) {
            out[link.from as usize].push((link.from_port, link.to));
            into[link.to as usize].push(link.from);
        }
        out.iter_mut().for_each(|ports| ports.sort_unstable());
        Self { out, into }
    }

    /// Hops to a router from every other; the largest number where there is no route.
    fn distances(&self, to: u32) -> Vec<u32> {
        breadth_first(to, self.into.len(), |router, visit| self.into[router].iter().copied().for_each(visit))
    }

    /// Hops from the first router to every other.
    fn levels(&self) -> Vec<u32> {
        breadth_first(0, self.out.len(), |router, visit| self.out[router].iter().map(|(_, to)| *to).for_each(visit))
    }

    /// The lowest port that leads one hop closer.
    fn nearer(&self, here: usize, distance: &[u32]) -> Option<u8> {
        let leads = |(_, next): &&(u8, u32)| distance[*next as usize].checked_add(1) == Some(distance[here]);
        self.out[here].iter().find(leads).map(|(port, _)| *port)
    }

    /// The nearest of the routers beyond, with the lowest port to it: (hops, port).
    fn nearest(&self, here: usize, distance: &[u32]) -> Option<(u32, u8)> {
        let ways = self.out[here].iter().map(|(port, next)| (distance[*next as usize], *port));
        ways.filter(|(hops, _)| *hops != u32::MAX).min()
    }
}

fn breadth_first(start: u32, routers: usize, neighbours: impl Fn(usize, &mut dyn FnMut(u32))) -> Vec<u32> {
    let mut distance = vec![u32::MAX; routers];
    distance[start as usize] = 0;
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        let hops = distance[here as usize] + 1;
        neighbours(here as usize, &mut |next| {
            if distance[next as usize] == u32::MAX {
                distance[next as usize] = hops;
                queue.push_back(next);
            }
        });
    }
    distance
}
