//! The network on chip: topology, routing, and router parameters.

use super::deadlock;
use super::error::{MAX_CHANNELS, NocError};
use super::routing::{Hops, Place, Routing, RoutingRule};
use super::topology::{Size, Topology, TopologyKind};
use crate::ids::SiteId;
use crate::json::record::words;

words! {
    /// When a flit may cross a router.
    pub enum Allocation derive(Default) {
        /// Virtual channel and switch in one decision.
        #[default]
        Joint = "joint",
        /// The switch one flit interval after the virtual channel.
        Staged = "staged",
    }
}

/// Most routers and cores, the host included: each has a number of 23 bits, next to its virtual channels and kinds of
/// signals.
pub const MAX_NODES: u32 = 1 << 23;

/// Routers, links and the routing of packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noc {
    /// Routers and links.
    pub topology: Topology,
    /// Routing of packets.
    pub routing: Routing,
    /// Cores on each tile.
    pub cores_per_tile: u16,
    /// Virtual channels of every input; at least 1.
    pub virtual_channels: u8,
    /// Flits that a virtual channel of an input holds.
    pub buffer_flits: u16,
    /// Shortest time between two flits of an input or on a link (ticks).
    pub flit_interval: u32,
    /// Time until a freed buffer slot is known upstream (ticks).
    pub credit_delay: u32,
    /// Time from a head flit's arrival at the front of its buffer until it may first ask for a virtual channel
    /// (ticks).
    pub head_delay: u32,
    /// When a flit may cross a router.
    pub allocation: Allocation,
    /// Flits of a spike's packet.
    pub packet_flits: u16,
    /// Whether one packet serves all destinations of a spike, and routers replicate it.
    pub multicast: bool,
    /// Tile where the host's packets enter.
    pub host: u32,
}

/// Why there are no numbers for these routers and cores and the host, if there are none.
fn too_many(routers: u64, cores: u64) -> Option<NocError> {
    let nodes = routers.saturating_add(cores).saturating_add(1);
    (nodes > MAX_NODES.into()).then_some(NocError::Nodes { nodes, most: MAX_NODES })
}

impl Noc {
    /// A network without a chip file, with the usual routing of its topology and one core on each tile.
    ///
    /// The routing knows the virtual channels; all other fields can be set afterwards.
    pub fn synthetic(topology: &str, width: u32, height: u32, virtual_channels: u8) -> Result<Self, NocError> {
        let topology = Topology::named(topology, width, height)?;
        let routing = Routing::of(&topology, topology.kind.rules()[0], virtual_channels)?;
        Self::routed(topology, routing, virtual_channels)
    }

    /// A network without a chip file, with a topology and its routing, like [`Self::synthetic`].
    pub fn routed(topology: Topology, routing: Routing, virtual_channels: u8) -> Result<Self, NocError> {
        let noc = Self {
            topology,
            routing,
            cores_per_tile: 1,
            virtual_channels,
            buffer_flits: 4,
            flit_interval: 1,
            credit_delay: 1,
            head_delay: 0,
            allocation: Allocation::Joint,
            packet_flits: 1,
            multicast: false,
            host: 0,
        };
        match noc.problems().into_iter().next() {
            None => Ok(noc),
            Some((_, problem)) => Err(problem),
        }
    }

    /// Problems, each with its field of the chip file.
    pub fn problems(&self) -> Vec<(&'static str, NocError)> {
        let mut found = Vec::new();
        let (ports, cores, virtual_channels) = (self.topology.ports, self.cores_per_tile, self.virtual_channels);
        if self.ports() * u32::from(virtual_channels) > MAX_CHANNELS {
            found.push(("virtual_channels", NocError::Channels { ports, cores, virtual_channels }));
        }
        let routers = self.topology.routers.len() as u64;
        found.extend(too_many(routers, u64::from(self.tiles()) * u64::from(cores)).map(|why| ("cores_per_tile", why)));
        let classes = self.routing.classes();
        if virtual_channels == 0 || !virtual_channels.is_multiple_of(classes) {
            found.push(("virtual_channels", NocError::Classes { virtual_channels, classes }));
        }
        if self.multicast && self.packet_flits != 1 {
            found.push(("packet_flits", NocError::Multicast { packet_flits: self.packet_flits }));
        }
        if let Some(cycle) = deadlock::cycle(&self.topology, &self.routing) {
            let cycle = deadlock::describe(&self.topology, &self.routing, &cycle);
            found.push(("routing", NocError::Deadlock { cycle, remedy: self.remedy() }));
        }
        found
    }

    fn remedy(&self) -> &'static str {
        match self.routing.rule() {
            RoutingRule::Xy | RoutingRule::Yx | RoutingRule::Shortest if self.routing.is_by_coordinates() => {
                "; with virtual_channels of 2 it is free of that"
            }
            _ => "; where links lead both ways, routing by up_down is free of that",
        }
    }

    /// Columns and rows, where the hops of a route are those along the columns and those along the rows.
    pub fn grid(&self) -> Option<Size> {
        self.topology.size().filter(|_| self.routing.is_by_coordinates())
    }

    /// Whether its links lead east, west, north or south.
    pub(super) fn is_directed(&self) -> bool {
        matches!(self.topology.kind, TopologyKind::Mesh(_) | TopologyKind::Torus(_))
    }

    /// Ports of a router: to other routers, to cores, to the host.
    pub fn ports(&self) -> u32 {
        u32::from(self.topology.ports) + u32::from(self.cores_per_tile) + 1
    }

    /// Number of tiles.
    pub fn tiles(&self) -> u32 {
        self.topology.tiles()
    }

    /// Number of cores.
    pub fn cores(&self) -> u32 {
        self.tiles() * u32::from(self.cores_per_tile)
    }

    /// Tile of a site.
    pub fn tile_of(&self, site: SiteId) -> u32 {
        site.get() / u32::from(self.cores_per_tile)
    }

    /// Tile of each site.
    pub fn tiles_of_sites(&self) -> Vec<u32> {
        (0..self.cores()).map(|site| self.tile_of(SiteId::new(site))).collect()
    }

    /// Router of a tile.
    pub fn router_of_tile(&self, tile: u32) -> u32 {
        self.topology.router_of_tile(tile)
    }

    /// Router of a site.
    pub fn router_of(&self, site: SiteId) -> u32 {
        self.router_of_tile(self.tile_of(site))
    }

    /// Router where the host's packets enter.
    pub fn host_router(&self) -> u32 {
        self.router_of_tile(self.host)
    }

    /// Position of a site on its tile.
    pub fn place_on_tile(&self, site: SiteId) -> u32 {
        site.get() % u32::from(self.cores_per_tile)
    }

    /// Port of its router that leads to the core on a site.
    pub fn port_of(&self, site: SiteId) -> u8 {
        self.topology.ports + self.place_on_tile(site) as u8
    }

    /// Port by which the host's packets enter.
    pub fn host_port(&self) -> u8 {
        self.topology.ports + self.cores_per_tile as u8
    }

    /// Place of a tile.
    pub fn place(&self, tile: u32) -> Place {
        self.topology.routers[self.router_of_tile(tile) as usize].place
    }

    /// Hops of all kinds on the route from one site to another.
    pub fn total_hops(&self, from: SiteId, to: SiteId) -> u32 {
        self.hops_between(self.router_of(from), self.router_of(to)).total()
    }

    /// Hops on the route from one router to another.
    pub fn hops_between(&self, from: u32, to: u32) -> Hops {
        self.routing.hops(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_numbers_for_so_many_routers_and_cores() {
        // The largest mesh, with six cores on each tile.
        assert_eq!(too_many(1 << 20, 6 << 20), None);
        assert_eq!(too_many(0, (1 << 23) - 1), None);
        let error = too_many(1 << 20, 7 << 20).map(|error| error.to_string());
        let said = "8388609 routers and cores, expected at most 8388608; use fewer cores on a tile, or fewer tiles";
        assert_eq!(error.as_deref(), Some(said));
        assert!(too_many(u64::MAX, u64::MAX).is_some(), "no overflow");
    }
}
