//! Routing rules by name.

use crate::json::record::words;

words! {
    /// A routing rule.
    pub enum RoutingRule {
        /// First along x, then along y.
        Xy = "xy",
        /// First along y, then along x.
        Yx = "yx",
        /// The fewest hops: by a table, or on a ring the shorter way round.
        Shortest = "shortest",
        /// First towards the first router or the root, then away from it: free of deadlock.
        UpDown = "up_down",
        /// By the chip file's own table.
        Table = "table",
    }
}

impl RoutingRule {
    /// The rule with a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|rule| rule.name() == name).copied()
    }
}
