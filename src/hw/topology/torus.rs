//! A torus: a mesh whose rows and columns close to rings.
//!
//! Fields as for a mesh. Where a ring has two routers, two links join them; where it has one, none. Packets take the
//! shorter direction, and of two equal ones that towards the larger coordinate. With two virtual channels or more,
//! packets that have yet to pass from the last router of a ring to the first (or back) use the lower half of them in
//! that dimension, and all others the upper half: that keeps rings free of deadlock.

use super::TopologyKind;
use super::grid::{self, GridFields};
use super::parts::Family;
use crate::hw::rule::RoutingRule;
use crate::json::FileRecord;
use crate::json::record::names;
use crate::json::schema::described;

pub(super) const FAMILY: Family = Family {
    name: "torus",
    names: names::<GridFields>,
    rules: &[RoutingRule::Xy, RoutingRule::Yx, RoutingRule::UpDown, RoutingRule::Table],
    read: |object| GridFields::read_fields(object, ()).map(|layout| grid::build(TopologyKind::Torus, &layout, true)),
    read_host: grid::read_host,
    synthetic: |width, height| {
        let size = grid::size_of(width, height)?;
        Ok(grid::build(TopologyKind::Torus, &grid::Layout::plain(size), true))
    },
    link_name: grid::link_name,
    in_words: grid::in_words,
    with_tiles: grid::with_tiles,
    describe: described::<GridFields>,
};
