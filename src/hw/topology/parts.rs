//! Routers and the links between them, however they are joined.

use super::TopologyKind;
use crate::hw::error::NocError;
use crate::hw::rule::RoutingRule;
use crate::json::schema::Describe;
use crate::json::{Cursor, Object};
use crate::stats::Op;

/// Most routers of a network on chip, unless their routes are those of a mesh or a torus: routes by tables take memory for
/// every pair of routers.
pub const MAX_ROUTERS: u32 = 1 << 12;
/// Most routers of a torus by coordinates: freedom from deadlock is checked for every distance along its rings.
pub const MAX_ROUTERS_OF_TORUS: u32 = 1 << 14;
/// Most routers of a mesh by coordinates.
pub const MAX_ROUTERS_OF_MESH: u32 = 1 << 20;

/// A place in a plane, for pictures and names; on a mesh, column and row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

impl Place {
    /// Manhattan distance.
    pub fn hops(self, other: Self) -> u32 {
        u32::from(self.x.abs_diff(other.x)) + u32::from(self.y.abs_diff(other.y))
    }
}

/// Columns and rows of routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

/// A kind of topology: how it is read and built.
#[derive(Clone, Copy)]
pub(in crate::hw) struct Family {
    /// The name in chip files.
    pub name: &'static str,
    /// Fields of this topology in a chip file, and the field of the host's place.
    pub names: fn() -> Vec<&'static str>,
    /// Routing rules, the usual one first.
    pub rules: &'static [RoutingRule],
    /// Reads these fields.
    pub read: fn(&Object<'_>) -> Option<Topology>,
    /// Reads the router at which the host's packets enter.
    pub read_host: fn(&Cursor<'_>, &Topology) -> Option<u32>,
    /// Builds a topology from a width and a height.
    pub synthetic: fn(u32, u32) -> Result<Topology, NocError>,
    /// The name of a link by its router and port, as in `(1, 0) east`.
    pub link_name: fn(&Topology, &LinkSpec) -> String,
    /// The topology in words, as in `mesh of 8 x 8 routers`.
    pub in_words: fn(&Topology) -> String,
    /// A topology with at least a number of tiles, in words.
    pub with_tiles: fn(&Topology, u64) -> String,
    /// Describes these fields and the host's place.
    pub describe: Describe,
}

/// A router in the topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterSite {
    /// Position of the router.
    pub place: Place,
    /// Name in messages and tables.
    pub name: String,
    /// Tile at this router, if any.
    pub tile: Option<u32>,
}

/// One direction of a link between two routers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSpec {
    /// Router that sends.
    pub from: u32,
    /// Port of that router.
    pub from_port: u8,
    /// Router that receives.
    pub to: u32,
    /// Port of that router.
    pub to_port: u8,
    /// The operation of a flit over it: that of its direction on a mesh or a torus, else [`Op::HopEw`] or [`Op::HopNs`];
    /// between chips [`Op::HopChip`].
    pub op: Op,
}

/// Routers and the links between them.
///
/// Ports `0..ports` of a router lead to other routers. The cores of its tile follow at `ports`, `ports + 1`, …, and
/// the host's port is the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Kind and size.
    pub kind: TopologyKind,
    /// The routers.
    pub routers: Vec<RouterSite>,
    /// The links, each direction on its own.
    pub links: Vec<LinkSpec>,
    /// Ports of a router that lead to other routers; not every router uses all.
    pub ports: u8,
    /// Columns and rows of chips that the routers are spread over, if these stand in columns and rows.
    pub(in crate::hw) chip_grid: Size,
    pub(super) router_of_tile: Vec<u32>,
    /// Position of the link that leaves by a port, by router x port.
    pub(super) link_at: Vec<Option<u32>>,
}

impl Topology {
    /// Puts routers and links together. Tiles are numbered from 0 without gaps, and no port has two links.
    pub(in crate::hw) fn new(kind: TopologyKind, routers: Vec<RouterSite>, links: Vec<LinkSpec>, ports: u8) -> Self {
        let mut tiles: Vec<(u32, u32)> = (0..).zip(&routers).filter_map(|(r, site)| Some((site.tile?, r))).collect();
        tiles.sort_unstable();
        let mut link_at = vec![None; routers.len() * usize::from(ports)];
        for (index, link) in (0..).zip(&links) {
            link_at[link.from as usize * usize::from(ports) + usize::from(link.from_port)] = Some(index);
        }
        let router_of_tile = tiles.into_iter().map(|(_, router)| router).collect();
        let chip_grid = Size { width: 1, height: 1 };
        Self { kind, routers, links, ports, chip_grid, router_of_tile, link_at }
    }

    /// Number of chips.
    pub fn chips(&self) -> u32 {
        u32::from(self.chip_grid.width) * u32::from(self.chip_grid.height)
    }

    /// The chip that holds a router, by column and row of chips.
    pub fn chip_of(&self, router: u32) -> (u16, u16) {
        let Place { x, y } = self.routers[router as usize].place;
        match self.size().filter(|_| self.chips() > 1) {
            Some(size) => (x / (size.width / self.chip_grid.width), y / (size.height / self.chip_grid.height)),
            None => (0, 0),
        }
    }

    /// Number of tiles.
    pub fn tiles(&self) -> u32 {
        self.router_of_tile.len() as u32
    }

    /// Router of a tile.
    pub fn router_of_tile(&self, tile: u32) -> u32 {
        self.router_of_tile[tile as usize]
    }

    /// Position of the link that leaves a router by a port.
    #[inline]
    pub fn link_at(&self, router: u32, port: u8) -> Option<u32> {
        if port >= self.ports {
            return None;
        }
        self.link_at[router as usize * usize::from(self.ports) + usize::from(port)]
    }

    /// The link that leaves a router by a port.
    #[inline]
    pub fn link(&self, router: u32, port: u8) -> Option<&LinkSpec> {
        self.link_at(router, port).map(|index| &self.links[index as usize])
    }
}
