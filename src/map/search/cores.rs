//! Annealing of whole cores: two swap places, or one moves to a free site, with the exact change of the cost.

use super::distances::Distances;
use super::stop::is_asked_at;
use super::temperature::{Exponential, cooling};
use crate::rng::Stream;
use rand::RngExt;

/// A site without a core.
const FREE: u32 = u32::MAX;
/// Temperatures of a search.
const STAGES: usize = 80;
/// Proposals for estimating the first temperature.
const TRIALS: usize = 400;

/// Near sites among which a core is moved if its place is nearly good.
const NEAR: usize = 24;

/// Packets between cores: (from, to, packets).
pub(super) type CoreTraffic = Vec<(u32, u32, u64)>;

/// Cores to place, and their possible sites.
#[derive(Clone, Debug)]
pub struct Sites<'a> {
    distances: &'a Distances,
    tile: &'a [u32],
    /// Neighbours of each core from `start`: (core, packets to it and, if distances are asymmetric, packets back).
    start: Vec<usize>,
    other: Vec<u32>,
    there: Vec<u64>,
    back: Vec<u64>,
    /// Packets of the host to each core.
    outside: &'a [u64],
    site: Vec<u32>,
    core_at: Vec<u32>,
    /// The kind of each site; empty where cores are alike. Cores stay on sites of their kind.
    kinds: &'a [u8],
}

impl<'a> Sites<'a> {
    /// Cores on their first sites; traffic is (from, to, packets), and from the host to each core.
    pub fn new(
        distances: &'a Distances,
        tile: &'a [u32],
        traffic: &[(u32, u32, u64)],
        outside: &'a [u64],
        site: Vec<u32>,
    ) -> Self {
        let mut core_at = vec![FREE; tile.len()];
        (0..).zip(&site).for_each(|(core, at)| core_at[*at as usize] = core);
        let mut all = Self {
            distances,
            tile,
            start: vec![0; site.len() + 1],
            other: Vec::new(),
            there: Vec::new(),
            back: Vec::new(),
            outside,
            site,
            core_at,
            kinds: &[],
        };
        all.meet(traffic);
        all
    }

    /// Cores that stay on sites of their kind, given that of each site.
    pub(in crate::map) fn of_kinds(self, kinds: &'a [u8]) -> Self {
        Self { kinds, ..self }
    }

    /// Whether a core may go to a site, and the core there to its own.
    pub(in crate::map) fn suits(&self, core: u32, to: u32) -> bool {
        self.kinds.is_empty() || self.kinds[self.site[core as usize] as usize] == self.kinds[to as usize]
    }

    fn meet(&mut self, traffic: &[(u32, u32, u64)]) {
        let between = traffic.iter().filter(|(from, to, _)| from != to);
        let ends = between.flat_map(|(from, to, packets)| [(*from, *to, *packets, 0), (*to, *from, 0, *packets)]);
        let mut all: Vec<(u32, u32, u64, u64)> = ends.collect();
        all.sort_unstable();
        for pair in all.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let there: u64 = pair.iter().map(|(_, _, there, _)| there).sum();
            let back: u64 = pair.iter().map(|(_, _, _, back)| back).sum();
            let both = self.distances.is_symmetric();
            self.start[pair[0].0 as usize + 1] += 1;
            self.other.push(pair[0].1);
            self.there.push(if both { there + back } else { there });
            self.back.push(if both { 0 } else { back });
        }
        for core in 1..self.start.len() {
            self.start[core] += self.start[core - 1];
        }
    }

    /// Site of each core.
    pub fn site(&self) -> &[u32] {
        &self.site
    }

    /// Mean number of neighbours of a core.
    pub(in crate::map) fn neighbours(&self) -> u64 {
        (self.other.len() / self.site.len().max(1)) as u64
    }

    /// Cost of all packets.
    pub fn cost(&self) -> u64 {
        let cores = || (0..self.site.len() as u32).map(|core| (core, self.tile_of(core)));
        let twice: u64 = cores().map(|(core, tile)| self.cost_of(core, tile, FREE)).sum();
        let outside: u64 = cores().map(|(core, tile)| self.host_cost(core, tile)).sum();
        // Every pair was met from both ends, and the host's packets once.
        (twice - outside) / 2 + outside
    }

    /// Lower bound of all placements of these cores: for every core the largest traffic to the nearest place, the next
    /// to the next nearest, and so on; the host's packets cost nothing.
    pub fn bound(&self) -> u64 {
        let mut nearest = vec![u64::MAX; self.tile.len().saturating_sub(1)];
        // Sites of one tile are equivalent.
        let firsts = self.tile.iter().enumerate().filter(|(at, tile)| *at == 0 || self.tile[at - 1] != **tile);
        for (at, from) in firsts {
            let others = self.tile.iter().enumerate().filter(|(other, _)| *other != at);
            let way = |(_, to): (usize, &u32)| {
                u64::from(self.distances.between(*from, *to).min(self.distances.between(*to, *from)))
            };
            let mut ways: Vec<u64> = others.map(way).collect();
            ways.sort_unstable();
            nearest.iter_mut().zip(ways).for_each(|(least, way)| *least = way.min(*least));
        }
        let of_core = |core: usize| {
            let row = self.start[core]..self.start[core + 1];
            let mut packets: Vec<u64> = row.map(|at| self.there[at] + self.back[at]).collect();
            packets.sort_unstable_by(|a, b| b.cmp(a));
            packets.iter().zip(&nearest).map(|(packets, way)| packets * way).sum::<u64>()
        };
        // Every pair of cores was met from both ends.
        (0..self.site.len()).map(of_core).sum::<u64>().div_ceil(2)
    }

    fn tile_of(&self, core: u32) -> u32 {
        self.tile[self.site[core as usize] as usize]
    }

    fn host_cost(&self, core: u32, tile: u32) -> u64 {
        self.outside
            .get(core as usize)
            .map_or(0, |packets| packets * u64::from(self.distances.from_host()[tile as usize]))
    }

    /// Cost of a core's packets if it were on a tile, without those of one other core.
    #[inline]
    fn cost_of(&self, core: u32, tile: u32, but: u32) -> u64 {
        let (from, to) = (self.distances.from(tile), self.distances.to(tile));
        let mut sum = self.host_cost(core, tile);
        for at in self.start[core as usize]..self.start[core as usize + 1] {
            let other = self.other[at];
            if other == but {
                continue;
            }
            let there = self.tile_of(other) as usize;
            sum += self.there[at] * u64::from(from[there]);
            if self.back[at] != 0 {
                sum += self.back[at] * u64::from(to[there]);
            }
        }
        sum
    }

    /// Change of the cost when a core moves to another site, and the core there comes to its own.
    pub fn change(&self, core: u32, to: u32) -> i64 {
        let (here, there) = (self.tile_of(core), self.tile[to as usize]);
        let other = self.core_at[to as usize];
        let one = |core, but| self.cost_of(core, there, but) as i64 - self.cost_of(core, here, but) as i64;
        if other == FREE {
            return one(core, FREE);
        }
        let back = self.cost_of(other, here, core) as i64 - self.cost_of(other, there, core) as i64;
        one(core, other) + back + self.turned(core, other, here, there)
    }

    /// Change of the cost of the packets between two cores when these swap places.
    fn turned(&self, core: u32, other: u32, here: u32, there: u32) -> i64 {
        if self.distances.is_symmetric() {
            return 0;
        }
        let row = self.start[core as usize]..self.start[core as usize + 1];
        let Ok(at) = self.other[row.clone()].binary_search(&other) else { return 0 };
        let at = row.start + at;
        let (out, back) =
            (i64::from(self.distances.between(here, there)), i64::from(self.distances.between(there, here)));
        (self.there[at] as i64 - self.back[at] as i64) * (back - out)
    }

    /// Moves a core to another site, and the core there to its own.
    pub fn swap(&mut self, core: u32, to: u32) {
        let from = self.site[core as usize];
        let other = self.core_at[to as usize];
        self.core_at[from as usize] = other;
        if other != FREE {
            self.site[other as usize] = from;
        }
        self.site[core as usize] = to;
        self.core_at[to as usize] = core;
    }

    /// Searches with a number of proposals; never ends worse than it began. `heat` is the first temperature as a share
    /// of the mean size of a change.
    pub fn anneal(&mut self, proposals: u64, heat: f64, stream: &mut Stream) {
        self.anneal_by(proposals, heat, stream, Self::propose);
    }

    /// The same, but moves cores only to sites near their own and near those they communicate with.
    pub(super) fn anneal_near(&mut self, proposals: u64, heat: f64, stream: &mut Stream) {
        let near = self.near_sites();
        self.anneal_by(proposals, heat, stream, |sites, stream| {
            let core = stream.random_range(0..sites.site.len() as u32);
            let row = sites.start[core as usize]..sites.start[core as usize + 1];
            let beside = match stream.random_range(0..2u32) {
                0 if !row.is_empty() => sites.other[row.start + stream.random_range(0..row.len() as u32) as usize],
                _ => core,
            };
            let near = &near[sites.site[beside as usize] as usize];
            (core, near[stream.random_range(0..near.len() as u32) as usize])
        });
    }

    fn near_sites(&self) -> Vec<Vec<u32>> {
        let of = |at: usize| {
            let from = self.distances.from(self.tile[at]);
            let mut all: Vec<u32> = (0..self.tile.len() as u32).filter(|site| *site as usize != at).collect();
            let key = |site: &u32| (from[self.tile[*site as usize] as usize], *site);
            if all.len() > NEAR {
                all.select_nth_unstable_by_key(NEAR, key);
                all.truncate(NEAR);
            }
            all.sort_unstable();
            all
        };
        (0..self.tile.len()).map(of).collect()
    }

    fn anneal_by(
        &mut self,
        proposals: u64,
        heat: f64,
        stream: &mut Stream,
        propose: impl Fn(&Self, &mut Stream) -> (u32, u32),
    ) {
        if self.site.is_empty() || self.tile.len() < 2 {
            return;
        }
        let mut cost = self.cost() as i64;
        let mut best = (cost, self.site.clone());
        let first = (self.usual_change(stream) as f64 * heat) as u64;
        let draws = Exponential::new();
        for temperature in cooling(first, first / 400, STAGES) {
            for number in 0..proposals.div_ceil(STAGES as u64) {
                if is_asked_at(number) {
                    break;
                }
                let (core, to) = propose(self, stream);
                if self.tile[to as usize] == self.tile_of(core) || !self.suits(core, to) {
                    continue;
                }
                let change = self.change(core, to);
                if change <= 0 || change < draws.draw(temperature, stream) {
                    self.swap(core, to);
                    cost += change;
                }
            }
            if cost < best.0 {
                best = (cost, self.site.clone());
            }
        }
        self.put(best.1);
    }

    fn propose(&self, stream: &mut Stream) -> (u32, u32) {
        (stream.random_range(0..self.site.len() as u32), stream.random_range(0..self.tile.len() as u32))
    }

    fn usual_change(&self, stream: &mut Stream) -> u64 {
        let one = |_| {
            let (core, to) = self.propose(stream);
            self.change(core, to).unsigned_abs()
        };
        (0..TRIALS).map(one).sum::<u64>() / TRIALS as u64
    }

    /// Takes another placement of all cores, if packets then cost less.
    pub fn put_if_better(&mut self, site: Vec<u32>) {
        let (cost, before) = (self.cost(), self.site.clone());
        self.put(site);
        if self.cost() >= cost {
            self.put(before);
        }
    }

    fn put(&mut self, site: Vec<u32>) {
        self.core_at.fill(FREE);
        (0..).zip(&site).for_each(|(core, at)| self.core_at[*at as usize] = core);
        self.site = site;
    }
}
