//! Routing: from the current router and the destination to the next port and the class of virtual channels.
//!
//! Stateless and deterministic: a packet's route depends on its position and its destination, and on nothing else.

mod grid;
mod hops;
mod table;
mod tree;

pub use super::rule::RoutingRule;
pub use super::topology::Place;
pub use hops::Hops;

use super::error::NocError;
use super::topology::{LinkSpec, MAX_ROUTERS, MAX_ROUTERS_OF_MESH, MAX_ROUTERS_OF_TORUS, Size, Topology, TopologyKind};
use grid::{Mesh, Torus};
use table::RouteTable;
use tree::RouterTree;

/// A rule on a topology.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    rule: RoutingRule,
    classes: u8,
    ways: RouteFinder,
}

/// Implementation of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum RouteFinder {
    /// Coordinates on a mesh.
    Mesh(Mesh),
    /// Coordinates round rings.
    Torus(Torus),
    Tree(RouterTree),
    Table(RouteTable),
}

impl Routing {
    /// A rule on a topology; for [`RoutingRule::Table`] see [`Self::table`].
    pub fn of(topology: &Topology, rule: RoutingRule, virtual_channels: u8) -> Result<Self, NocError> {
        let rules = topology.kind.rules();
        if rule == RoutingRule::Table || !rules.contains(&rule) {
            let own = rules.iter().filter(|rule| **rule != RoutingRule::Table);
            let known = own.map(|rule| rule.name()).collect::<Vec<_>>().join(", ");
            return Err(NocError::RoutingRule { rule: rule.name(), topology: topology.kind.name(), known });
        }
        check_size(topology, rule)?;
        match (topology.kind, rule) {
            (TopologyKind::Mesh(_), RoutingRule::Xy | RoutingRule::Yx) => Ok(Self::dimension_order(topology, rule)),
            (TopologyKind::Torus(_), RoutingRule::Xy | RoutingRule::Yx)
            | (TopologyKind::Ring(_), RoutingRule::Shortest) => Ok(Self::around(topology, rule, virtual_channels)),
            (TopologyKind::Tree { .. }, _) => Ok(Self::in_tree(topology)),
            (_, RoutingRule::Shortest) => Self::shortest(topology),
            _ => Self::up_down(topology),
        }
    }

    /// First along one dimension of a mesh, then along the other.
    fn dimension_order(topology: &Topology, rule: RoutingRule) -> Self {
        Self { rule, classes: 1, ways: RouteFinder::Mesh(Mesh::new(topology, rule == RoutingRule::Yx)) }
    }

    /// The shorter direction round the rings of a torus, or round a ring, with datelines if there are channels for them.
    fn around(topology: &Topology, rule: RoutingRule, virtual_channels: u8) -> Self {
        let classes = virtual_channels.clamp(1, 2);
        let size = topology.size().unwrap_or(Size { width: 1, height: 1 });
        Self {
            rule,
            classes,
            ways: RouteFinder::Torus(Torus::new(topology, size, rule == RoutingRule::Yx, classes == 2)),
        }
    }

    fn in_tree(topology: &Topology) -> Self {
        Self { rule: RoutingRule::UpDown, classes: 1, ways: RouteFinder::Tree(RouterTree::new(topology)) }
    }

    /// Fewest hops, by a table.
    fn shortest(topology: &Topology) -> Result<Self, NocError> {
        Self::sound(topology, RoutingRule::Shortest, RouteTable::shortest(topology))
    }

    /// Towards the first router, then away from it, by a table.
    fn up_down(topology: &Topology) -> Result<Self, NocError> {
        Self::sound(topology, RoutingRule::UpDown, RouteTable::up_down(topology))
    }

    /// A user's table: `next` gives the next router on the route from a router to another, for routers that a packet
    /// between two tiles can pass.
    pub fn table(topology: &Topology, next: &dyn Fn(u32, u32) -> Option<u32>) -> Result<Self, Vec<NocError>> {
        check_size(topology, RoutingRule::Table).map_err(|error| vec![error])?;
        let table = RouteTable::explicit(topology, next);
        let gaps = table.gaps(topology);
        if gaps.is_empty() {
            Ok(Self { rule: RoutingRule::Table, classes: 1, ways: RouteFinder::Table(table) })
        } else {
            Err(gaps)
        }
    }

    fn sound(topology: &Topology, rule: RoutingRule, table: RouteTable) -> Result<Self, NocError> {
        match table.gaps(topology).into_iter().next() {
            None => Ok(Self { rule, classes: 1, ways: RouteFinder::Table(table) }),
            Some(gap) => Err(gap),
        }
    }

    /// Whether the route depends on one coordinate at a time.
    pub(super) fn is_by_coordinates(&self) -> bool {
        matches!(self.ways, RouteFinder::Mesh(_) | RouteFinder::Torus(_))
    }

    /// Whether only the directions of the destination along the columns and rows count.
    pub(super) fn is_by_directions(&self) -> bool {
        matches!(self.ways, RouteFinder::Mesh(_))
    }

    /// Columns of a mesh whose routers are numbered row by row, and whether packets go along y first; `None` where routes
    /// are others than those of dimension order.
    pub fn mesh_order(&self) -> Option<(u16, bool)> {
        match &self.ways {
            RouteFinder::Mesh(mesh) => mesh.order(),
            _ => None,
        }
    }

    /// The rule.
    pub fn rule(&self) -> RoutingRule {
        self.rule
    }

    /// Classes of virtual channels: 1, or 2 where rings are cut by datelines. Of two, the lower half of the channels
    /// serves class 0 and the upper half class 1.
    pub fn classes(&self) -> u8 {
        self.classes
    }

    /// The port by which a packet at `here` leaves on its way `to` another router, and the class of virtual channels
    /// that it asks for; `None` on arrival.
    #[inline(always)]
    pub fn route(&self, here: u32, to: u32) -> Option<(u8, u8)> {
        match &self.ways {
            RouteFinder::Mesh(mesh) => mesh.route(here, to),
            RouteFinder::Torus(torus) => torus.route(here, to),
            RouteFinder::Tree(tree) => tree.route(here, to),
            RouteFinder::Table(table) => table.route(here, to),
        }
    }

    /// Hops on the route from one router to another.
    #[inline]
    pub fn hops(&self, from: u32, to: u32) -> Hops {
        match &self.ways {
            RouteFinder::Mesh(mesh) => mesh.hops(from, to),
            RouteFinder::Torus(torus) => torus.hops(from, to),
            RouteFinder::Tree(tree) => tree.hops(from, to),
            RouteFinder::Table(table) => table.hops(from, to),
        }
    }
}

/// Checks that a rule finds routes between so many routers, before a table of all pairs takes memory.
fn check_size(topology: &Topology, rule: RoutingRule) -> Result<(), NocError> {
    let most = match (topology.kind, rule) {
        (TopologyKind::Mesh(_), RoutingRule::Xy | RoutingRule::Yx) => MAX_ROUTERS_OF_MESH,
        (TopologyKind::Torus(_), RoutingRule::Xy | RoutingRule::Yx) => MAX_ROUTERS_OF_TORUS,
        _ => MAX_ROUTERS,
    };
    let (routers, topology) = (topology.routers.len() as u64, topology.kind.name());
    match routers > most.into() {
        true => Err(NocError::RoutersOfRule { routers, most, rule: rule.name(), topology }),
        false => Ok(()),
    }
}

/// The links on the route from one router to another.
pub fn way<'a>(
    topology: &'a Topology,
    routing: &'a Routing,
    from: u32,
    to: u32,
) -> impl Iterator<Item = (&'a LinkSpec, u8)> {
    let mut here = from;
    std::iter::from_fn(move || {
        let (port, class) = routing.route(here, to)?;
        let link = topology.link(here, port)?;
        here = link.to;
        Some((link, class))
    })
}

#[cfg(test)]
mod tests;
