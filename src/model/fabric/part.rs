//! The partition of a fabric into shards.

use super::tables::{FabricTable, node_of};
use crate::ids::{IdVec, LocalTerminal, TerminalId};

/// The routers and terminals of a shard.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Number of the shard.
    pub shard: u16,
    /// First router.
    pub first: u32,
    /// Number of routers.
    pub count: u32,
    /// Terminals, ascending.
    pub terminals: IdVec<LocalTerminal, TerminalId>,
    /// Every terminal of the fabric within its shard.
    local: IdVec<TerminalId, LocalTerminal>,
    /// Shard of every router of the fabric.
    shard_of: Vec<u16>,
}

impl Part {
    /// Partitions a fabric into at most `shards` parts of consecutive routers.
    pub(crate) fn split(tables: &FabricTable, shards: usize) -> Vec<Self> {
        let shards = shards.clamp(1, (tables.routers as usize).min(1 << 12));
        let border = |i: usize| (i as u64 * u64::from(tables.routers) / shards as u64) as u32;
        let mut shard_of = vec![0; tables.routers as usize];
        let mut parts: Vec<Self> = (0..shards)
            .map(|i| {
                shard_of[border(i) as usize..border(i + 1) as usize].fill(i as u16);
                Self { shard: i as u16, first: border(i), count: border(i + 1) - border(i), ..Self::default() }
            })
            .collect();
        let mut local = IdVec::default();
        for (id, terminal) in tables.terminals.with_ids() {
            local.push(parts[usize::from(shard_of[terminal.router as usize])].terminals.push(id));
        }
        for part in &mut parts {
            (part.local, part.shard_of) = (local.clone(), shard_of.clone());
        }
        parts
    }

    /// A terminal of the fabric within its shard.
    #[inline]
    pub(super) fn local(&self, terminal: TerminalId) -> LocalTerminal {
        self.local[terminal]
    }

    pub(super) fn shard_of_router(&self, router: u32) -> u16 {
        self.shard_of[router as usize]
    }

    /// The shard of the node that a channel of one of this part's links belongs to.
    pub(super) fn shard_of_channel(&self, channel: u32) -> u16 {
        // A terminal is in the shard of its router.
        self.shard_of.get(node_of(channel) as usize).copied().unwrap_or(self.shard)
    }
}
