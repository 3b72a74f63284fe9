//! Distances between tiles, in the cost of a packet on the route.

use crate::hw::Noc;
#[cfg(doc)]
use crate::hw::routing::Hops;
use crate::hw::topology::TopologyKind;

/// Most tiles between any two of which there is a distance in a table: 512 MB.
pub const MOST_TILES: u32 = 1 << 14;

/// Cost of a packet's route between any two tiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distances {
    tiles: usize,
    table: Vec<u16>,
    /// Reverse distances, if some differ from the forward ones.
    back: Option<Vec<u16>>,
    /// Distances of the host's packets to each tile.
    host: Vec<u16>,
}

impl Distances {
    /// Hops of the routes of a network on chip.
    pub fn hops(noc: &Noc) -> Self {
        let router = |tile| noc.router_of_tile(tile as u32);
        Self::of(noc.tiles() as usize, noc.host as usize, |from, to| {
            noc.hops_between(router(from), router(to)).total() as u16
        })
    }

    /// Cost of the hops of routes, with a price for each direction ([`Hops::DIRECTIONS`]): in units of their greatest
    /// common divisor, or larger ones if the longest route would not fit.
    pub(in crate::map) fn priced(noc: &Noc, prices: [u64; 5]) -> Self {
        let common = prices.into_iter().fold(0, divisor).max(1);
        let prices = prices.map(|price| price / common);
        let cost = |from, to| {
            let router = |tile| noc.router_of_tile(tile as u32);
            let hops = noc.hops_between(router(from), router(to)).by_direction();
            hops.into_iter().zip(prices).map(|(hops, price)| u64::from(hops) * price).sum::<u64>()
        };
        let tiles = noc.tiles() as usize;
        let longest = (0..tiles).flat_map(|from| (0..tiles).map(move |to| (from, to))).map(|(a, b)| cost(a, b)).max();
        let unit = longest.unwrap_or(0).div_ceil(u16::MAX.into()).max(1);
        Self::of(tiles, noc.host as usize, |from, to| ((cost(from, to) + unit / 2) / unit) as u16)
    }

    /// One for every packet that leaves its tile, however far: the cost of a partition before its placement.
    pub fn unit(tiles: usize) -> Self {
        Self::of(tiles, 0, |from, to| u16::from(from != to))
    }

    /// Distances from a function; a tile has distance 0 from itself.
    pub fn of(tiles: usize, host: usize, between: impl Fn(usize, usize) -> u16) -> Self {
        let mut table = Vec::with_capacity(tiles * tiles);
        for from in 0..tiles {
            table.extend((0..tiles).map(|to| between(from, to)));
        }
        let symmetric = (0..tiles).all(|a| (0..a).all(|b| table[a * tiles + b] == table[b * tiles + a]));
        let transposed = || (0..tiles * tiles).map(|at| table[at % tiles * tiles + at / tiles]).collect();
        let back = (!symmetric).then(transposed);
        let host = table.get(host * tiles..(host + 1) * tiles).unwrap_or(&[]).to_vec();
        Self { tiles, table, back, host }
    }

    /// The same distances between objects on tiles, each as its own tile.
    pub(super) fn between_those(&self, tile: &[u32]) -> Self {
        let among = |table: &[u16]| -> Vec<u16> {
            let row = |from: &u32| &table[*from as usize * self.tiles..][..self.tiles];
            tile.iter().flat_map(|from| tile.iter().map(move |to| row(from)[*to as usize])).collect()
        };
        Self {
            tiles: tile.len(),
            table: among(&self.table),
            back: self.back.as_deref().map(among),
            host: tile.iter().map(|tile| self.host[*tile as usize]).collect(),
        }
    }

    /// Mean distances between groups of sites, each as its own tile; all of them scaled up, so that rounding matters
    /// little.
    pub(super) fn between_groups(&self, groups: &[Vec<u32>], tile: &[u32]) -> Self {
        let scale = u64::from((u16::MAX / 2 / self.longest().max(1)).max(1));
        let tiles = |group: usize| groups[group].iter().map(|site| tile[*site as usize]);
        let mean = |sum: u64, pairs: usize| (sum * scale / pairs.max(1) as u64) as u16;
        let between = |from: usize, to: usize| {
            let sum = tiles(from).flat_map(|a| tiles(to).map(move |b| u64::from(self.between(a, b)))).sum::<u64>();
            if from == to { 0 } else { mean(sum, groups[from].len() * groups[to].len()) }
        };
        let mut all = Self::of(groups.len(), 0, between);
        let host =
            |group: usize| mean(tiles(group).map(|to| u64::from(self.host[to as usize])).sum(), groups[group].len());
        all.host = (0..groups.len()).map(host).collect();
        all
    }

    /// Number of tiles.
    pub fn tiles(&self) -> usize {
        self.tiles
    }

    /// Whether all reverse distances equal the forward ones.
    pub fn is_symmetric(&self) -> bool {
        self.back.is_none()
    }

    /// Distance from one tile to another.
    #[inline]
    pub fn between(&self, from: u32, to: u32) -> u16 {
        self.table[from as usize * self.tiles + to as usize]
    }

    /// Distances from a tile to all others.
    #[inline]
    pub fn from(&self, tile: u32) -> &[u16] {
        &self.table[tile as usize * self.tiles..][..self.tiles]
    }

    /// Distances to a tile from all others.
    #[inline]
    pub fn to(&self, tile: u32) -> &[u16] {
        let table = self.back.as_ref().unwrap_or(&self.table);
        &table[tile as usize * self.tiles..][..self.tiles]
    }

    /// Distances from the host's tile to all others.
    #[inline]
    pub fn from_host(&self) -> &[u16] {
        &self.host
    }

    /// The longest distance.
    pub fn longest(&self) -> u16 {
        self.table.iter().copied().max().unwrap_or(0)
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// Tiles in the order of a Hilbert curve over the grid, or in their own order without a grid.
pub fn along_hilbert(noc: &Noc) -> Vec<u32> {
    let mut tiles: Vec<u32> = (0..noc.tiles()).collect();
    if matches!(noc.topology.kind, TopologyKind::Mesh(_) | TopologyKind::Torus(_)) {
        tiles.sort_by_key(|tile| {
            let place = noc.place(*tile);
            hilbert(place.x.into(), place.y.into())
        });
    }
    tiles
}

/// Levels of the curve: coordinates have 16 bits.
const LEVELS: u32 = 16;

/// Position of a point along the curve.
fn hilbert(mut x: u32, mut y: u32) -> u64 {
    let mut along = 0;
    for level in (0..LEVELS).rev() {
        let side = 1 << level;
        let (right, up) = (u32::from(x & side != 0), u32::from(y & side != 0));
        along += u64::from(side) * u64::from(side) * u64::from((3 * right) ^ up);
        if up == 0 {
            if right == 1 {
                (x, y) = (!x, !y);
            }
            (x, y) = (y, x);
        }
    }
    along
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SiteId;

    #[test]
    fn the_curve_goes_from_neighbour_to_neighbour() {
        let mut cells: Vec<(u32, u32)> = (0..16).flat_map(|y| (0..16).map(move |x| (x, y))).collect();
        cells.sort_by_key(|(x, y)| hilbert(*x, *y));
        assert!(cells.windows(2).all(|pair| pair[0].0.abs_diff(pair[1].0) + pair[0].1.abs_diff(pair[1].1) == 1));
    }

    #[test]
    fn hops_are_those_of_the_chip() {
        for (name, width, height) in [("mesh", 4, 3), ("torus", 5, 4), ("ring", 7, 1), ("tree", 2, 3)] {
            let noc = Noc::synthetic(name, width, height, 2).unwrap();
            let distances = Distances::hops(&noc);
            for (from, to) in (0..noc.tiles()).flat_map(|a| (0..noc.tiles()).map(move |b| (a, b))) {
                assert_eq!(
                    u32::from(distances.between(from, to)),
                    noc.total_hops(SiteId::new(from), SiteId::new(to)),
                    "{name}"
                );
            }
        }
    }
}
