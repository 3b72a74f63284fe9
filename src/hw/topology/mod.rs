//! Topologies: which routers there are, where they stand, and the links between them.
//!
//! Adding a topology: one file here, a variant of [`TopologyKind`], and its lines below. If its packets take other
//! routes, also a line in [`super::routing::Routing::of`].

mod grid;
mod links;
mod mesh;
mod parts;
mod ring;
mod torus;
mod tree;

pub(super) use links::RouterNames;
pub(super) use parts::Family;

pub use grid::{EAST, NORTH, PORTS_OF_MESH, SOUTH, WEST};
pub use parts::{LinkSpec, MAX_ROUTERS, MAX_ROUTERS_OF_MESH, MAX_ROUTERS_OF_TORUS, Place, RouterSite, Size, Topology};

use super::error::NocError;
use super::rule::RoutingRule;

/// Kind and size of a topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopologyKind {
    /// Columns and rows, every router joined to its neighbours.
    Mesh(Size),
    /// A mesh whose rows and columns close to rings.
    Torus(Size),
    /// Every router joined to the one before and the one after it; one row.
    Ring(Size),
    /// A root, `arity` routers below each, and tiles at the leaves.
    Tree {
        /// Routers below each.
        arity: u32,
        /// Levels of routers, root and leaves included.
        levels: u32,
    },
    /// Links listed in a chip file.
    Links,
}

impl TopologyKind {
    /// Names of all topologies.
    pub const NAMES: &'static [&'static str] = FAMILY_NAMES;

    /// The implementation of this kind.
    fn family(self) -> &'static Family {
        match self {
            Self::Mesh(_) => &mesh::FAMILY,
            Self::Torus(_) => &torus::FAMILY,
            Self::Ring(_) => &ring::FAMILY,
            Self::Tree { .. } => &tree::FAMILY,
            Self::Links => &links::FAMILY,
        }
    }

    /// The name in chip files.
    pub fn name(self) -> &'static str {
        self.family().name
    }

    /// The routing rules that it supports; the first is the default.
    pub fn rules(self) -> &'static [RoutingRule] {
        self.family().rules
    }
}

const FAMILIES: &[Family] = &[mesh::FAMILY, torus::FAMILY, ring::FAMILY, tree::FAMILY, links::FAMILY];

/// Names of all topologies, in the same order.
const FAMILY_NAMES: &[&str] = &{
    let mut names = [""; FAMILIES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = FAMILIES[index].name;
        index += 1;
    }
    names
};

impl Family {
    /// All topologies, in the order of [`TopologyKind::NAMES`].
    pub(in crate::hw) const ALL: &'static [Self] = FAMILIES;

    /// Fields of all topologies that are not common to them.
    pub(in crate::hw) fn all_names() -> Vec<&'static str> {
        FAMILIES.iter().flat_map(|family| (family.names)()).collect()
    }
}

impl Topology {
    /// A topology by name. A tree has the width as its arity and the height as its levels; a ring has width x height
    /// routers.
    pub fn named(name: &str, width: u32, height: u32) -> Result<Self, NocError> {
        let family = FAMILIES.iter().find(|family| family.name == name);
        let unknown = || NocError::UnknownTopology { name: name.to_owned(), known: TopologyKind::NAMES.join(", ") };
        (family.ok_or_else(unknown)?.synthetic)(width, height)
    }

    /// The name of a link, as in `(1, 0) east` or `a to b`.
    pub fn link_name(&self, link: &LinkSpec) -> String {
        (self.kind.family().link_name)(self, link)
    }

    /// Columns and rows, if the routers stand in such.
    pub fn size(&self) -> Option<Size> {
        match self.kind {
            TopologyKind::Mesh(size) | TopologyKind::Torus(size) | TopologyKind::Ring(size) => Some(size),
            TopologyKind::Tree { .. } | TopologyKind::Links => None,
        }
    }

    /// The topology in words, as in `mesh of 8 x 8 routers`.
    pub fn in_words(&self) -> String {
        (self.kind.family().in_words)(self)
    }

    /// A topology of the same kind with at least a number of tiles, in words.
    pub fn with_tiles(&self, tiles: u64) -> String {
        (self.kind.family().with_tiles)(self, tiles)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topology_has_rules() {
        for (name, family) in TopologyKind::NAMES.iter().zip(FAMILIES) {
            assert!(!family.rules.is_empty(), "{name}");
        }
        assert!(matches!(Topology::named("moebius", 2, 2), Err(NocError::UnknownTopology { .. })));
    }
}
