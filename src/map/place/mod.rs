//! Placers: the assignment of cores to sites of the chip.

mod annealing;
mod force;
mod greedy;
mod hilbert;
mod linear;

use super::search::{Distances, Sites};
use crate::digest::all_fields;
use crate::hw::Noc;
use crate::ids::{CoreId, SiteId};
use crate::json::record::words;

words! {
    /// A placer.
    pub enum Placer derive(Default) {
        /// In the chip file's core order.
        #[default]
        Linear = "linear",
        /// Each core next to those it talks to most; never worse than linear.
        Greedy = "greedy",
        /// Along a Hilbert curve over the tiles; never worse than linear.
        Hilbert = "hilbert",
        /// Cores change places with neighbours while that shortens ways; never worse than hilbert.
        Force = "force",
        /// Any cores change places, at first for the worse too; never worse than those above.
        Annealing = "annealing",
    }
}

all_fields! { enum Placer { 0 = Linear, 1 = Greedy, 2 = Hilbert, 3 = Force, 4 = Annealing } }

/// Length of a search, in moves that it tries, and its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Moves to try.
    pub moves: u64,
    /// Seed of its draws.
    pub seed: u64,
}

impl Default for Effort {
    fn default() -> Self {
        Self { moves: 1_000_000, seed: 1 }
    }
}

/// Cores to place, and the packets between them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand<'a> {
    pub(super) cores: u32,
    /// (from, to, packets).
    pub(super) traffic: &'a [(u32, u32, u64)],
    /// Packets of the host to each core.
    pub(super) outside: &'a [u64],
    /// Which sites suit which core.
    pub(super) seats: &'a CoreSeats<'a>,
}

/// The kinds of cores to place and of sites; both are empty where cores are alike.
#[derive(Clone, Debug, Default)]
pub(in crate::map) struct CoreSeats<'a> {
    pub(in crate::map) of_core: Vec<u8>,
    pub(in crate::map) of_site: &'a [u8],
}

impl CoreSeats<'_> {
    /// Whether a core may stand on a site.
    pub(super) fn suit(&self, core: u32, site: u32) -> bool {
        self.of_core.get(core as usize).is_none_or(|kind| self.of_site[site as usize] == *kind)
    }

    /// The site of each core: the first one of those in an order that suits it and is free.
    pub(in crate::map) fn first(&self, cores: u32, order: impl Iterator<Item = u32>) -> Vec<u32> {
        if self.of_core.is_empty() {
            return order.take(cores as usize).collect();
        }
        let mut by_kind: Vec<std::collections::VecDeque<u32>> = vec![Default::default(); 1 + usize::from(u8::MAX)];
        order.for_each(|site| by_kind[usize::from(self.of_site[site as usize])].push_back(site));
        let next = |kind: &u8| by_kind[usize::from(*kind)].pop_front();
        self.of_core
            .iter()
            .map(next)
            .map(|site| site.expect("a kind has no more cores in use than there are"))
            .collect()
    }
}

impl Placer {
    /// Whether it tries a given number of moves.
    pub(super) fn is_search(self) -> bool {
        matches!(self, Self::Force | Self::Annealing)
    }

    pub(super) fn place(self, demand: Demand<'_>, noc: &Noc, effort: Effort) -> Vec<u32> {
        match self {
            Self::Linear => linear::place(demand, noc),
            Self::Greedy => greedy::place(demand, noc),
            Self::Hilbert => with_sites(demand, noc, |sites| hilbert::improve(sites, demand.seats, noc)),
            Self::Force => with_sites(demand, noc, |sites| {
                hilbert::improve(sites, demand.seats, noc);
                force::improve(sites, noc, effort.moves);
            }),
            Self::Annealing => {
                let greedy = greedy::place(demand, noc);
                with_sites(demand, noc, |sites| {
                    hilbert::improve(sites, demand.seats, noc);
                    sites.put_if_better(greedy);
                    annealing::improve(sites, noc, effort);
                })
            }
        }
    }
}

/// Lets a search improve on the linear order.
fn with_sites(demand: Demand<'_>, noc: &Noc, improve: impl FnOnce(&mut Sites<'_>)) -> Vec<u32> {
    let tile = noc.tiles_of_sites();
    let distances = Distances::hops(noc);
    let begin = linear::place(demand, noc);
    let sites = Sites::new(&distances, &tile, demand.traffic, demand.outside, begin);
    let mut sites = sites.of_kinds(demand.seats.of_site);
    improve(&mut sites);
    sites.site().to_vec()
}

/// Hops of all packets for given sites.
pub(super) fn cost(traffic: &[(u32, u32, u64)], site: &dyn Fn(CoreId) -> SiteId, noc: &Noc) -> u64 {
    let site = |core: u32| site(CoreId::new(core));
    traffic.iter().map(|(from, to, packets)| packets * u64::from(noc.total_hops(site(*from), site(*to)))).sum()
}

#[cfg(test)]
mod tests;
