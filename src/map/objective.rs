//! The figures that searches for mappings minimise.

use super::search::Distances;
use super::{Figures, Mapping};
use crate::digest::all_fields;
use crate::hw::routing::Hops;
use crate::hw::{Chip, Energy};
use crate::json::record::words;
use crate::net::Graph;

words! {
    /// The figure that a search minimises, in the chip's own terms: packets go as the chip routes them, one to every core
    /// that hears, or one on a tree to all of them.
    pub enum Objective derive(Default) {
        /// Hops of all packets.
        #[default]
        Hops = "hops",
        /// Packets on the link that carries most, then hops.
        BusiestLink = "busiest-link",
        /// Energy of all hops by the chip's default constants, by direction and from chip to chip.
        Energy = "energy",
    }
}

all_fields! { enum Objective { 0 = Hops, 1 = BusiestLink, 2 = Energy } }

impl Objective {
    /// Whether it is the sum of the hops of single routes, which searches track without looking at links.
    pub(super) fn is_of_ways(self, chip: &Chip) -> bool {
        self == Self::Hops && !chip.noc.multicast
    }

    /// Cost of a packet on its route from tile to tile, as far as the objective depends on it.
    pub(super) fn distances(self, chip: &Chip) -> Distances {
        match (self, prices(chip)) {
            (Self::Energy, Some(prices)) => Distances::priced(&chip.noc, prices),
            _ => Distances::hops(&chip.noc),
        }
    }

    /// Cost of a mapping, with a second figure that breaks ties.
    pub(super) fn cost(self, graph: &Graph, chip: &Chip, mapping: &Mapping, spikes: Option<&[u32]>) -> (u64, u64) {
        if self.is_of_ways(chip) {
            return (mapping.all_hops(chip), 0);
        }
        let figures = Figures::of(graph, chip, mapping, spikes);
        let busiest = figures.busiest().map_or(0, |(_, packets)| packets);
        match self {
            Self::Hops => (figures.all_hops(), busiest),
            Self::BusiestLink => (busiest, figures.all_hops()),
            Self::Energy => {
                let prices = prices(chip).unwrap_or_default();
                (figures.hops.iter().zip(prices).map(|(hops, price)| hops.saturating_mul(price)).sum(), busiest)
            }
        }
    }
}

/// Energy of hops by the chip's default constants (aJ) by direction ([`Hops::DIRECTIONS`]); 0 for those without a link.
/// `None` if one of the others is not published, or is part of another operation's figure.
pub(super) fn prices(chip: &Chip) -> Option<[u64; 5]> {
    let links = link_prices(chip)?;
    let mut prices = [0; 5];
    for (link, price) in chip.noc.topology.links.iter().zip(links) {
        let mut hop = Hops::default();
        hop.add(link.op);
        for (known, hops) in prices.iter_mut().zip(hop.by_direction()) {
            *known = if hops > 0 { price } else { *known };
        }
    }
    Some(prices)
}

/// Energy of a hop over each link (aJ) by the same constants.
pub(super) fn link_prices(chip: &Chip) -> Option<Vec<u64>> {
    let calibration = chip.calibration(None)?;
    let price = |op| match calibration.cost(op).energy {
        Energy::Priced { nominal, .. } => Some(nominal.0),
        Energy::IncludedIn(_) | Energy::Unpriced | Energy::NoTerm => None,
    };
    chip.noc.topology.links.iter().map(|link| price(link.op)).collect()
}
