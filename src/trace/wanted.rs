//! Which records are wanted.

use super::{Kind, Record};
use crate::units::Tick;
use std::ops::Range;

/// A choice of records, in the form in which millions of them are looked at.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRecords {
    kinds: u32,
    /// By node; `None` where all are wanted.
    nodes: Option<Box<[bool]>>,
    /// Ticks from the beginning of a sample.
    ticks: Range<Tick>,
}

impl WantedRecords {
    /// All records of these kinds.
    pub fn kinds(kinds: &[Kind]) -> Self {
        let kinds = kinds.iter().fold(0, |set, kind| set | 1 << *kind as u32);
        Self { kinds, nodes: None, ticks: 0..Tick::MAX }
    }

    /// Those of some kinds only.
    pub fn only(&self, kinds: &[Kind]) -> Self {
        Self { kinds: self.kinds & Self::kinds(kinds).kinds, ..self.clone() }
    }

    /// Only of some nodes: whether it is one of them, by node.
    pub fn of_nodes(self, nodes: Vec<bool>) -> Self {
        Self { nodes: Some(nodes.into()), ..self }
    }

    /// Only from a tick to another, from the beginning of each sample.
    pub fn within(self, ticks: Range<Tick>) -> Self {
        Self { ticks, ..self }
    }

    /// Whether some records of a kind are wanted.
    #[inline]
    pub fn hears(&self, kind: Kind) -> bool {
        self.kinds >> kind as u32 & 1 != 0
    }

    /// Whether records of a node are wanted.
    #[inline]
    pub fn has_node(&self, node: u32) -> bool {
        self.nodes.as_ref().is_none_or(|nodes| nodes.get(node as usize).copied().unwrap_or(false))
    }

    /// Whether a record is wanted.
    #[inline]
    pub fn takes(&self, record: &Record) -> bool {
        self.hears(record.kind) && self.ticks.contains(&record.tick) && self.has_node(record.node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_nodes_and_ticks_are_looked_at() {
        let wanted = WantedRecords::kinds(&[Kind::Spike, Kind::Hop]).of_nodes(vec![false, true]).within(5..8);
        let record =
            |tick, node, kind| Record { tick, node, port: 0, kind, channel: 0, serial: 0, item: 0, value: 0, step: 0 };
        assert!(wanted.takes(&record(5, 1, Kind::Spike)) && wanted.takes(&record(7, 1, Kind::Hop)));
        for (tick, node, kind) in [(4, 1, Kind::Spike), (8, 1, Kind::Spike), (5, 0, Kind::Spike), (5, 2, Kind::Spike)] {
            assert!(!wanted.takes(&record(tick, node, kind)), "{tick}, {node}");
        }
        assert!(!wanted.takes(&record(5, 1, Kind::Step)));
    }
}
