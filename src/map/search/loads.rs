//! Load of every link, updated as cores swap places: packets on single routes or on trees, as the chip routes them.
//!
//! A change takes the packets of the moved cores off their links and puts them on others, so the cost is exact.

use super::hypergraph::OUTSIDE;
use super::stop::is_asked_at;
use super::temperature::{Exponential, cooling};
use crate::hw::Noc;
use crate::hw::routing::way;
use crate::ids::SiteId;
use crate::rng::Stream;
use rand::RngExt;

/// A site without a core.
const FREE: u32 = u32::MAX;
/// Temperatures of a search, and proposals for estimating the first one.
const STAGES: usize = 60;
const TRIALS: usize = 100;
/// First temperature as a share of the mean size of a change, and the factor by which it falls.
const HEAT: f64 = 0.1;
const FALL: f64 = 100.0;
/// Bits of a temperature: larger costs are shifted down to these.
const BITS: u32 = 40;

/// The figure that the search minimises.
#[derive(Clone, Debug)]
pub(in crate::map) enum Aim {
    /// The sum of all packets on links, each at its link's price.
    Priced(Vec<u64>),
    /// The sum of the squares of link loads, which falls most where the load is highest.
    Even,
}

/// Packets of one source with the same destination cores: (source or [`OUTSIDE`], cores, packets).
pub(in crate::map) type Bundle = (u32, Vec<u32>, u64);

#[derive(Clone, Debug)]
pub(in crate::map) struct Loads<'a> {
    noc: &'a Noc,
    aim: Aim,
    bundles: &'a [Bundle],
    /// Bundles from or to each core.
    of_core: Vec<Vec<u32>>,
    site: Vec<u32>,
    core_at: Vec<u32>,
    load: Vec<u64>,
    cost: i128,
    /// The last tree that uses each link.
    seen: Vec<u32>,
    tree: u32,
    looks: u64,
    /// The kind of each site; empty where cores are alike. Cores stay on sites of their kind.
    kinds: &'a [u8],
}

impl<'a> Loads<'a> {
    /// Cores on their first sites.
    pub(in crate::map) fn new(noc: &'a Noc, aim: Aim, bundles: &'a [Bundle], site: Vec<u32>) -> Self {
        let mut core_at = vec![FREE; noc.cores() as usize];
        (0..).zip(&site).for_each(|(core, at)| core_at[*at as usize] = core);
        let mut of_core = vec![Vec::new(); site.len()];
        for (at, (source, cores, _)) in (0..).zip(bundles) {
            let source = Some(*source).filter(|source| *source != OUTSIDE && !cores.contains(source));
            cores.iter().copied().chain(source).for_each(|core| of_core[core as usize].push(at));
        }
        let links = noc.topology.links.len();
        let (load, seen) = (vec![0; links], vec![0; links]);
        let mut all =
            Self { noc, aim, bundles, of_core, site, core_at, load, cost: 0, seen, tree: 0, looks: 0, kinds: &[] };
        (0..bundles.len() as u32).for_each(|bundle| all.carry(bundle, true));
        all
    }

    /// Cores that stay on sites of their kind, given that of each site.
    pub(in crate::map) fn of_kinds(self, kinds: &'a [u8]) -> Self {
        Self { kinds, ..self }
    }

    fn suits(&self, core: u32, to: u32) -> bool {
        self.kinds.is_empty() || self.kinds[self.site[core as usize] as usize] == self.kinds[to as usize]
    }

    pub(in crate::map) fn site(&self) -> &[u32] {
        &self.site
    }

    /// Objective, and a tie-breaker: for an even load the highest load of a link and the sum of all; for priced links
    /// the total price and the highest load.
    pub(in crate::map) fn key(&self) -> (i128, i128) {
        let most = self.load.iter().copied().max().unwrap_or(0).into();
        match self.aim {
            Aim::Priced(_) => (self.cost, most),
            Aim::Even => (most, self.load.iter().map(|load| i128::from(*load)).sum()),
        }
    }

    /// Puts the packets of a bundle on their links, or takes them off.
    fn carry(&mut self, bundle: u32, on: bool) {
        let (source, cores, packets) = &self.bundles[bundle as usize];
        let from = match *source {
            OUTSIDE => self.noc.host_router(),
            core => self.noc.router_of(SiteId::new(self.site[core as usize])),
        };
        self.tree = self.tree.wrapping_add(1);
        for core in cores {
            let to = self.noc.router_of(SiteId::new(self.site[*core as usize]));
            for (link, _) in way(&self.noc.topology, &self.noc.routing, from, to) {
                let Some(at) = self.noc.topology.link_at(link.from, link.from_port) else { continue };
                self.looks += 1;
                // Routers of a tree replicate a packet: it takes each of its links once.
                if self.noc.multicast && std::mem::replace(&mut self.seen[at as usize], self.tree) == self.tree {
                    continue;
                }
                let before = self.load[at as usize];
                let after = if on { before + packets } else { before - packets };
                self.load[at as usize] = after;
                self.cost += match &self.aim {
                    Aim::Priced(price) => i128::from(price[at as usize]) * (i128::from(after) - i128::from(before)),
                    Aim::Even => i128::from(after).pow(2) - i128::from(before).pow(2),
                };
            }
        }
    }

    /// Moves a core to another site, and the core there to its own.
    fn swap(&mut self, core: u32, to: u32) {
        let other = self.core_at[to as usize];
        let mut bundles = self.of_core[core as usize].clone();
        if other != FREE {
            bundles.extend(&self.of_core[other as usize]);
            bundles.sort_unstable();
            bundles.dedup();
        }
        bundles.iter().for_each(|bundle| self.carry(*bundle, false));
        let from = std::mem::replace(&mut self.site[core as usize], to);
        self.core_at[from as usize] = other;
        self.core_at[to as usize] = core;
        if other != FREE {
            self.site[other as usize] = from;
        }
        bundles.iter().for_each(|bundle| self.carry(*bundle, true));
    }

    /// Searches until `looks` links were visited; never ends worse than it began.
    pub(in crate::map) fn anneal(&mut self, looks: u64, stream: &mut Stream) {
        if self.site.is_empty() || self.core_at.len() < 2 || self.bundles.is_empty() {
            return;
        }
        let mut best = (self.key(), self.site.clone());
        let usual = self.usual_change(stream);
        let shift = (u128::BITS - usual.leading_zeros()).saturating_sub(BITS);
        let first = ((usual >> shift) as f64 * HEAT) as u64;
        let draws = Exponential::new();
        for (stage, temperature) in (1..).zip(cooling(first, (first as f64 / FALL) as u64, STAGES)) {
            let mut number = 0;
            while self.looks < looks / STAGES as u64 * stage && !is_asked_at(number) {
                number += 1;
                let (core, to) = self.propose(stream);
                if !self.suits(core, to) {
                    self.looks += 1;
                    continue;
                }
                let (from, before) = (self.site[core as usize], self.cost);
                self.swap(core, to);
                // A core without traffic looks at no link.
                self.looks += 1;
                let change = self.cost - before;
                if change > 0 && change >> shift >= i128::from(draws.draw(temperature, stream)) {
                    self.swap(core, from);
                }
            }
            let key = self.key();
            if key < best.0 {
                best = (key, self.site.clone());
            }
        }
        self.site = best.1;
    }

    fn propose(&self, stream: &mut Stream) -> (u32, u32) {
        (stream.random_range(0..self.site.len() as u32), stream.random_range(0..self.core_at.len() as u32))
    }

    fn usual_change(&mut self, stream: &mut Stream) -> u128 {
        let mut sum = 0;
        for _ in 0..TRIALS {
            let (core, to) = self.propose(stream);
            let (from, before) = (self.site[core as usize], self.cost);
            self.swap(core, to);
            sum += (self.cost - before).unsigned_abs();
            self.swap(core, from);
        }
        sum / TRIALS as u128
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, mix, stream};

    fn bundles(cores: u64, seed: u64) -> Vec<Bundle> {
        let bundle = |n: u64| {
            let draw = |x: u64| mix(seed << 40 ^ n << 8 ^ x);
            let source = if draw(0) % 7 == 0 { OUTSIDE } else { (draw(1) % cores) as u32 };
            let to: Vec<u32> = (0..cores as u32).filter(|core| draw(10 + u64::from(*core)) % 3 == 0).collect();
            (source, to, 1 + draw(2) % 50)
        };
        (0..20).map(bundle).collect()
    }

    /// Load of every link, from the definition: the set of links of all routes, or all routes one by one.
    fn loads(noc: &Noc, bundles: &[Bundle], site: &[u32]) -> Vec<u64> {
        let mut load = vec![0; noc.topology.links.len()];
        for (source, cores, packets) in bundles {
            let from =
                if *source == OUTSIDE { noc.host_router() } else { noc.router_of(SiteId::new(site[*source as usize])) };
            let mut taken = Vec::new();
            for core in cores {
                let mut here = from;
                while let Some((port, _)) = noc.routing.route(here, noc.router_of(SiteId::new(site[*core as usize]))) {
                    let at = noc.topology.links.iter().position(|link| (link.from, link.from_port) == (here, port));
                    taken.push(at.unwrap());
                    here = noc.topology.links[at.unwrap()].to;
                }
            }
            if noc.multicast {
                taken.sort_unstable();
                taken.dedup();
            }
            taken.into_iter().for_each(|link| load[link] += packets);
        }
        load
    }

    /// After any swaps, loads and cost equal those of a full recomputation.
    #[test]
    fn changes_are_exact() {
        for (name, width, height) in [("mesh", 4, 3), ("torus", 4, 4), ("ring", 6, 1), ("tree", 2, 3)] {
            for multicast in [false, true] {
                let mut noc = Noc::synthetic(name, width, height, 2).unwrap();
                noc.multicast = multicast;
                let cores = u64::from(noc.cores()) - 1;
                let price: Vec<u64> = (0..noc.topology.links.len() as u64).map(|link| 1 + link % 4).collect();
                let bundles = bundles(cores, 3);
                for aim in [Aim::Even, Aim::Priced(price.clone())] {
                    let mut at = Loads::new(&noc, aim.clone(), &bundles, (0..cores as u32).collect());
                    for draw in 0..60 {
                        at.swap((mix(draw) % cores) as u32, (mix(draw + 99) % (cores + 1)) as u32);
                        let load = loads(&noc, &bundles, &at.site);
                        assert_eq!(at.load, load, "{name}, multicast {multicast}");
                        let cost: u64 = match &aim {
                            Aim::Even => load.iter().map(|load| load * load).sum(),
                            Aim::Priced(price) => load.iter().zip(price).map(|(load, price)| load * price).sum(),
                        };
                        assert_eq!(at.cost, i128::from(cost));
                    }
                }
            }
        }
    }

    /// A search gains, and the final loads are consistent with its cost.
    #[test]
    fn searches_end_where_they_were_best() {
        for multicast in [false, true] {
            let mut noc = Noc::synthetic("mesh", 4, 4, 1).unwrap();
            noc.multicast = multicast;
            let bundles = bundles(12, 8);
            for aim in [Aim::Even, Aim::Priced(vec![1; noc.topology.links.len()])] {
                let start = Loads::new(&noc, aim.clone(), &bundles, (0..12).collect());
                let mut at = start.clone();
                at.anneal(2_000_000, &mut stream(1, Domain::Placement, 0));
                let found = Loads::new(&noc, aim, &bundles, at.site().to_vec());
                assert!(found.key() < start.key(), "multicast {multicast}");
            }
        }
    }
}
