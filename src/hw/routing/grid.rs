//! Ways by coordinates: one dimension first, then the other, on a mesh or round the rings of a torus.

use super::Place;
use crate::hw::topology::{EAST, NORTH, Size, Topology};
use crate::stats::Op;

/// Dimension order on a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mesh {
    places: Vec<Place>,
    y_first: bool,
}

impl Mesh {
    pub(super) fn new(topology: &Topology, y_first: bool) -> Self {
        Self { places: topology.routers.iter().map(|router| router.place).collect(), y_first }
    }

    /// Both ports are worked out and one is chosen: that is cheaper than branches that depend on the packet.
    #[inline]
    pub(super) fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        let (a, b) = (self.places[here as usize], self.places[to as usize]);
        let (x, y) = (EAST + u8::from(b.x < a.x), NORTH + u8::from(b.y > a.y));
        let (first, second, whether) = if self.y_first { (y, x, a.y != b.y) } else { (x, y, a.x != b.x) };
        (a != b).then_some((if whether { first } else { second }, 0))
    }

    pub(super) fn hops(&self, from: u32, to: u32) -> (u32, u32) {
        let (a, b) = (self.places[from as usize], self.places[to as usize]);
        (a.x.abs_diff(b.x).into(), a.y.abs_diff(b.y).into())
    }
}

/// Dimension order on a torus, or along a ring: the shorter way round, and of two equal ones that towards larger
/// coordinates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Torus {
    places: Vec<Place>,
    size: Size,
    y_first: bool,
    /// Whether packets change their class where a ring closes.
    dateline: bool,
    /// What hops along x count as; those along y count as [`Op::HopNs`].
    along_x: Op,
}

/// The way along one ring.
#[derive(Clone, Copy)]
struct Turn {
    forward: bool,
    /// Whether it leads over the link that closes the ring.
    closing: bool,
    hops: u16,
}

/// The way from one coordinate to another on a ring of so many routers.
#[inline]
fn turn(from: u16, to: u16, count: u16) -> Turn {
    let ahead = if to >= from { to - from } else { to + count - from };
    let forward = u32::from(ahead) * 2 <= u32::from(count);
    let closing = if forward { to < from } else { to > from };
    Turn { forward, closing, hops: if forward { ahead } else { count - ahead } }
}

impl Torus {
    pub(super) fn new(topology: &Topology, size: Size, y_first: bool, dateline: bool) -> Self {
        let places = topology.routers.iter().map(|router| router.place).collect();
        let along_x = topology.links.first().map_or(Op::HopEw, |link| link.op);
        Self { places, size, y_first, dateline, along_x }
    }

    #[inline]
    pub(super) fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        let (a, b) = (self.places[here as usize], self.places[to as usize]);
        if a == b {
            return None;
        }
        let along_y = if self.y_first { a.y != b.y } else { a.x == b.x };
        let (from, to, count) = if along_y { (a.y, b.y, self.size.height) } else { (a.x, b.x, self.size.width) };
        let Turn { forward, closing, .. } = turn(from, to, count);
        let port = if along_y { NORTH + u8::from(forward) } else { EAST + u8::from(!forward) };
        // Once over the link that closes the ring a packet does not come to it again: no circle of class 1, and
        // those of class 0 are cut where they go over to it.
        Some((port, u8::from(self.dateline && !closing)))
    }

    pub(super) fn hops(&self, from: u32, to: u32) -> (u32, u32) {
        let (a, b) = (self.places[from as usize], self.places[to as usize]);
        let (x, y) = (turn(a.x, b.x, self.size.width).hops, turn(a.y, b.y, self.size.height).hops);
        if self.along_x == Op::HopNs { (0, u32::from(x) + u32::from(y)) } else { (x.into(), y.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_way_round_is_taken() {
        let way = |from, to, count| {
            let turn = turn(from, to, count);
            (turn.forward, turn.closing, turn.hops)
        };
        assert_eq!(way(0, 2, 5), (true, false, 2));
        assert_eq!(way(0, 3, 5), (false, true, 2));
        assert_eq!(way(4, 1, 5), (true, true, 2));
        // Of two equal ways that towards larger coordinates.
        assert_eq!((way(0, 2, 4), way(2, 0, 4)), ((true, false, 2), (true, true, 2)));
        assert_eq!((way(1, 0, 2), way(0, 0, 1)), ((true, true, 1), (true, false, 0)));
    }
}
