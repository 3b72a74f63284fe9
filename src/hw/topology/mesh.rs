//! A mesh: columns and rows, every router joined to its neighbours.
//!
//! `"topology": "mesh", "width": 8, "height": 4, "tile_order": "row_major" | "column_major"`; the host's tile is a
//! place `[x, y]`. `"chips": [2, 1]` spreads the columns over two chips: a hop from one to the other is a `hop_chip`.

use super::TopologyKind;
use super::grid::{self, GridFields};
use super::parts::Family;
use crate::hw::rule::RoutingRule;
use crate::json::FileRecord;
use crate::json::record::names;
use crate::json::schema::described;

pub(super) const FAMILY: Family = Family {
    name: "mesh",
    names: names::<GridFields>,
    rules: &[RoutingRule::Xy, RoutingRule::Yx, RoutingRule::UpDown, RoutingRule::Table],
    read: |object| GridFields::read_fields(object, ()).map(|layout| grid::build(TopologyKind::Mesh, &layout, false)),
    read_host: grid::read_host,
    synthetic: |width, height| {
        let size = grid::size_of(width, height)?;
        Ok(grid::build(TopologyKind::Mesh, &grid::Layout::plain(size), false))
    },
    link_name: grid::link_name,
    in_words: grid::in_words,
    with_tiles: grid::with_tiles,
    describe: described::<GridFields>,
};
