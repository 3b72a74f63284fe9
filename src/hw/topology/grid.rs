//! Routers in columns and rows: the common part of mesh and torus.

use super::TopologyKind;
use super::parts::{LinkSpec, MAX_ROUTERS_OF_MESH, Place, RouterSite, Size, Topology};
use crate::hw::error::NocError;
use crate::json::record::{record, words};
use crate::json::shape::{elsewhere, of_object, or, pair, whole, with, word};
use crate::json::{Cursor, Object};
use crate::stats::Op;

/// Port to larger x.
pub const EAST: u8 = 0;
/// Port to smaller x.
pub const WEST: u8 = 1;
/// Port to smaller y.
pub const NORTH: u8 = 2;
/// Port to larger y.
pub const SOUTH: u8 = 3;

/// Most columns or rows in a chip file.
const MAX_SIDE: u16 = 1024;

/// Ports that lead to other routers.
pub const PORTS_OF_MESH: u8 = 4;

words! {
    /// Numbering of tiles. Routers are always numbered row by row.
    pub(super) enum TileOrder {
        /// Row by row.
        RowMajor = "row_major",
        /// Column by column.
        ColumnMajor = "column_major",
    }
}

record! {
    /// Columns and rows of routers, every one joined to its neighbours; on a torus rows and columns close to rings. Routers are
    /// called "(x, y)".
    pub(super) struct GridFields {
        /// Columns of tiles, 1 to 1,024.
        width: u16 = whole(1..=MAX_SIDE);
        /// Rows of tiles, 1 to 1,024.
        height: u16 = whole(1..=MAX_SIDE);
        /// How tiles are numbered: row by row or column by column.
        tile_order: TileOrder = word();
        /// Columns and rows of chips over which the tiles are spread evenly. A hop from one chip to another is a hop_chip.
        chips: Size = with(
            (width, height),
            of_object(read_chips, or(pair(whole::<_, u16>(1..=MAX_SIDE), whole::<_, u16>(1..=MAX_SIDE)), (1, 1), [1, 1])),
        );
        /// Where the host's packets enter: column and row of a tile, from [0, 0].
        host_tile: () = elsewhere(pair(whole::<_, u16>(0..=MAX_SIDE - 1), whole::<_, u16>(0..=MAX_SIDE - 1)));
    }
    check |fields: Self, _: &Object<'_>, _| {
        let GridFields { width, height, tile_order: order, chips, .. } = fields;
        Some(Layout { size: Size { width, height }, order, chips })
    } => Layout;
}

/// Size, numbering, and columns and rows of chips.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) size: Size,
    order: TileOrder,
    chips: Size,
}

impl Layout {
    /// One chip, whose tiles are numbered row by row.
    pub(super) fn plain(size: Size) -> Self {
        Self { size, order: TileOrder::RowMajor, chips: Size { width: 1, height: 1 } }
    }

    /// The chip that holds a router.
    fn chip_of(&self, Place { x, y }: Place) -> (u16, u16) {
        (x / (self.size.width / self.chips.width), y / (self.size.height / self.chips.height))
    }
}

/// Reads columns and rows of chips, over which tiles are spread evenly.
fn read_chips(object: &Object<'_>, (columns, rows): (Option<u16>, Option<u16>)) -> Option<Size> {
    let (columns, rows) = (columns?, rows?);
    let Some(cursor) = object.get("chips") else { return Some(Size { width: 1, height: 1 }) };
    let pair = cursor.list(2..=2)?;
    let number = |cursor: &Cursor<'_>, tiles: u16, side: &str| {
        let chips = cursor.unsigned(1..=tiles.into())? as u16;
        if !tiles.is_multiple_of(chips) {
            cursor.problem(format!("a {side} of {tiles} tiles cannot be spread evenly over {chips} chips"));
            return None;
        }
        Some(chips)
    };
    let (width, height) = (number(&pair[0], columns, "width"), number(&pair[1], rows, "height"));
    Some(Size { width: width?, height: height? })
}

/// Reads the host's place.
pub(super) fn read_host(cursor: &Cursor<'_>, topology: &Topology) -> Option<u32> {
    let Size { width, height } = topology.size()?;
    let pair = cursor.list(2..=2)?;
    let (x, y) = (pair[0].unsigned(0..=u32::from(width) - 1), pair[1].unsigned(0..=u32::from(height) - 1));
    Some(y? * u32::from(width) + x?)
}

/// The size for a width and a height, if there are not too many routers.
pub(super) fn size_of(width: u32, height: u32) -> Result<Size, NocError> {
    let routers = width.saturating_mul(height);
    // One column or row of the most routers is longer than 16 bits can count.
    if !(1..=MAX_ROUTERS_OF_MESH).contains(&routers) || width.max(height) > u16::MAX.into() {
        return Err(NocError::Routers { routers: u64::from(width) * u64::from(height), most: MAX_ROUTERS_OF_MESH });
    }
    Ok(Size { width: width as u16, height: height as u16 })
}

/// The neighbour beyond a port; on a torus the last router of a row or column is followed by the first.
fn neighbour(size: Size, Place { x, y }: Place, port: u8, around: bool) -> Option<Place> {
    let step = |at: u16, count: u16, up: bool| match (up, around && count > 1) {
        (true, _) if at + 1 < count => Some(at + 1),
        (false, _) if at > 0 => Some(at - 1),
        (true, true) => Some(0),
        (false, true) => Some(count - 1),
        (_, false) => None,
    };
    match port {
        EAST | WEST => step(x, size.width, port == EAST).map(|x| Place { x, y }),
        _ => step(y, size.height, port == SOUTH).map(|y| Place { x, y }),
    }
}

/// The port at which a flit from `port` arrives at the next router.
fn facing(port: u8) -> u8 {
    port ^ 1
}

/// Routers row by row, each joined to its neighbours.
pub(super) fn build(kind: fn(Size) -> TopologyKind, layout: &Layout, around: bool) -> Topology {
    let Layout { size, order, chips } = *layout;
    let Size { width, height } = size;
    let router_at = |place: Place| u32::from(place.y) * u32::from(width) + u32::from(place.x);
    let places = (0..height).flat_map(|y| (0..width).map(move |x| Place { x, y }));
    let tile = |Place { x, y }: Place| match order {
        TileOrder::RowMajor => u32::from(y) * u32::from(width) + u32::from(x),
        TileOrder::ColumnMajor => u32::from(x) * u32::from(height) + u32::from(y),
    };
    let site =
        |place: Place| RouterSite { place, name: format!("({}, {})", place.x, place.y), tile: Some(tile(place)) };
    let routers = places.clone().map(site).collect();
    let link = |place: Place, port: u8| {
        let next = neighbour(size, place, port, around)?;
        let op = match port {
            _ if layout.chip_of(place) != layout.chip_of(next) => Op::HopChip,
            EAST => Op::HopEast,
            WEST => Op::HopWest,
            NORTH => Op::HopNorth,
            _ => Op::HopSouth,
        };
        let to = router_at(next);
        Some(LinkSpec { from: router_at(place), from_port: port, to, to_port: facing(port), op })
    };
    let links = places.flat_map(|place| (EAST..=SOUTH).filter_map(move |port| link(place, port))).collect();
    Topology { chip_grid: chips, ..Topology::new(kind(size), routers, links, PORTS_OF_MESH) }
}

/// Name of a link by its router and direction.
pub(super) fn link_name(topology: &Topology, link: &LinkSpec) -> String {
    let direction = ["east", "west", "north", "south"][usize::from(link.from_port)];
    format!("{} {direction}", topology.routers[link.from as usize].name)
}

/// The topology in words.
pub(super) fn in_words(topology: &Topology) -> String {
    let size = topology.size().unwrap_or(Size { width: 1, height: 1 });
    format!("{} of {} x {} routers", topology.kind.name(), size.width, size.height)
}

/// A topology with at least that many tiles, grown along the side that needs fewer of them.
pub(super) fn with_tiles(topology: &Topology, tiles: u64) -> String {
    let size = topology.size().unwrap_or(Size { width: 1, height: 1 });
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    let (by_width, by_height) = (tiles.div_ceil(height), tiles.div_ceil(width));
    let (width, height) = if by_width * height <= width * by_height { (by_width, height) } else { (width, by_height) };
    format!("{} of {width} x {height} tiles", topology.kind.name())
}
