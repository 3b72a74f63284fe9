//! Routes by coordinates: one dimension first, then the other, on a mesh or round the rings of a torus.

use super::hops::Hops;
use crate::hw::topology::{EAST, NORTH, Place, Size, Topology, TopologyKind};
use crate::stats::Op;

/// Dimension order on a mesh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mesh {
    places: Vec<Place>,
    y_first: bool,
    /// The column and row of the chip of each router, where there is more than one chip; else empty.
    chips: Vec<Place>,
}

/// Columns and rows of tiles of a chip, where there is more than one.
fn chip_size(topology: &Topology) -> Option<Size> {
    let (size, chips) = (topology.size()?, topology.chip_grid);
    (topology.chips() > 1).then(|| Size { width: size.width / chips.width, height: size.height / chips.height })
}

impl Mesh {
    pub(super) fn new(topology: &Topology, y_first: bool) -> Self {
        let places: Vec<Place> = topology.routers.iter().map(|router| router.place).collect();
        let chips = chip_size(topology).map_or_else(Vec::new, |chip| {
            places.iter().map(|place| Place { x: place.x / chip.width, y: place.y / chip.height }).collect()
        });
        Self { places, y_first, chips }
    }

    /// Columns, if routers are numbered row by row, and whether y comes first.
    pub(super) fn order(&self) -> Option<(u16, bool)> {
        let width = self.places.iter().map(|place| place.x).max()?.checked_add(1)?;
        let at =
            |index: usize| Place { x: (index % usize::from(width)) as u16, y: (index / usize::from(width)) as u16 };
        let by_row = self.places.iter().enumerate().all(|(index, place)| *place == at(index));
        by_row.then_some((width, self.y_first))
    }

    /// Both ports are computed and one is chosen: that is cheaper than branches that depend on the packet.
    #[inline]
    pub(super) fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        let (a, b) = (self.places[here as usize], self.places[to as usize]);
        let (x, y) = (EAST + u8::from(b.x < a.x), NORTH + u8::from(b.y > a.y));
        let (first, second, whether) = if self.y_first { (y, x, a.y != b.y) } else { (x, y, a.x != b.x) };
        (a != b).then_some((if whether { first } else { second }, 0))
    }

    #[inline]
    pub(super) fn hops(&self, from: u32, to: u32) -> Hops {
        let (a, b) = (self.places[from as usize], self.places[to as usize]);
        let (ew, ns) = (u32::from(a.x.abs_diff(b.x)), u32::from(a.y.abs_diff(b.y)));
        let (west, north) = (u32::from(a.x.saturating_sub(b.x)), u32::from(a.y.saturating_sub(b.y)));
        if self.chips.is_empty() {
            return Hops { ew, ns, chip: 0, west, north };
        }
        // Along a line, every change of chip is one link between chips.
        let (a, b) = (self.chips[from as usize], self.chips[to as usize]);
        let (x, y) = (u32::from(a.x.abs_diff(b.x)), u32::from(a.y.abs_diff(b.y)));
        // All along a line lead in one direction.
        Hops { ew: ew - x, ns: ns - y, chip: x + y, west: west.saturating_sub(x), north: north.saturating_sub(y) }
    }
}

/// Dimension order on a torus, or along a ring: the shorter direction, and of two equal ones that towards larger
/// coordinates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Torus {
    places: Vec<Place>,
    size: Size,
    y_first: bool,
    /// Whether packets change their class where a ring closes.
    dateline: bool,
    /// The operation of hops along x within a chip; hops along y are [`Op::HopNs`].
    along_x: Op,
    /// Whether its links are east, west, north or south; those of a ring are not.
    is_directed: bool,
    /// Columns and rows of tiles of a chip, where there is more than one; 0 along a side that has only one.
    chip: Option<Size>,
}

/// The route along one ring.
#[derive(Clone, Copy)]
struct Turn {
    forward: bool,
    /// Whether it takes the link that closes the ring.
    closing: bool,
    hops: u16,
}

impl Turn {
    /// Links between chips on the route from a coordinate on a ring, with `chip` routers on each chip.
    fn crossings(self, from: u16, count: u16, chip: u16) -> u32 {
        if chip == 0 {
            return 0;
        }
        // One lap ahead, so that no number is below zero.
        let (from, count, hops, chip) = (u32::from(from), u32::from(count), u32::from(self.hops), u32::from(chip));
        if self.forward {
            (from + hops) / chip - from / chip
        } else {
            (from + count) / chip - (from + count - hops) / chip
        }
    }
}

/// The route from one coordinate to another on a ring.
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
        let in_file = topology.links.first().map_or(Op::HopEw, |link| link.op);
        let is_directed = !matches!(topology.kind, TopologyKind::Ring(_));
        let along_x = if is_directed { Op::HopEw } else { in_file };
        let along = |tiles, chips| if chips > 1 { tiles } else { 0 };
        let chip = chip_size(topology).map(|chip| Size {
            width: along(chip.width, topology.chip_grid.width),
            height: along(chip.height, topology.chip_grid.height),
        });
        Self { places, size, y_first, dateline, along_x, is_directed, chip }
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
        // A packet passes the link that closes the ring once and does not return to it: class 1 has no circle, and
        // those of class 0 are cut where they change to it.
        Some((port, u8::from(self.dateline && !closing)))
    }

    #[inline]
    pub(super) fn hops(&self, from: u32, to: u32) -> Hops {
        let (a, b) = (self.places[from as usize], self.places[to as usize]);
        let (x, y) = (turn(a.x, b.x, self.size.width), turn(a.y, b.y, self.size.height));
        let (ew, ns) = (u32::from(x.hops), u32::from(y.hops));
        let (goes_west, goes_north) = (!x.forward && self.is_directed, !y.forward && self.is_directed);
        let directed = |ew, ns, chip| Hops {
            ew,
            ns,
            chip,
            west: if goes_west { ew } else { 0 },
            north: if goes_north { ns } else { 0 },
        };
        let Some(chip) = self.chip else {
            let (ew, ns) = if self.along_x == Op::HopNs { (0, ew + ns) } else { (ew, ns) };
            return directed(ew, ns, 0);
        };
        let x = x.crossings(a.x, self.size.width, chip.width);
        let y = y.crossings(a.y, self.size.height, chip.height);
        directed(ew - x, ns - y, x + y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_of_chips_is_crossed_at_their_borders() {
        // Six routers, two on each of three chips: borders 1-2, 3-4 and 5-0.
        let crossings = |from, to| turn(from, to, 6).crossings(from, 6, 2);
        assert_eq!([(0, 1), (0, 2), (1, 2), (0, 3), (1, 4)].map(|(a, b)| crossings(a, b)), [0, 1, 1, 1, 2]);
        assert_eq!([(5, 0), (4, 0), (0, 5), (1, 5), (2, 1), (3, 3)].map(|(a, b)| crossings(a, b)), [1, 1, 1, 1, 1, 0]);
        // A single chip is never left, not even where its ring closes.
        assert_eq!(turn(5, 0, 6).crossings(5, 6, 0), 0);
    }

    #[test]
    fn the_shorter_way_round_is_taken() {
        let way = |from, to, count| {
            let turn = turn(from, to, count);
            (turn.forward, turn.closing, turn.hops)
        };
        assert_eq!(way(0, 2, 5), (true, false, 2));
        assert_eq!(way(0, 3, 5), (false, true, 2));
        assert_eq!(way(4, 1, 5), (true, true, 2));
        // Of two equal routes the one towards larger coordinates.
        assert_eq!((way(0, 2, 4), way(2, 0, 4)), ((true, false, 2), (true, true, 2)));
        assert_eq!((way(1, 0, 2), way(0, 0, 1)), ((true, true, 1), (true, false, 0)));
    }
}
