//! The partition of a fabric into shards.

use super::cut::shard_of_routers;
use super::tables::{FabricTable, NO_NODE, PortTable, node_of};
use crate::engine::Lookahead;
use crate::ids::{IdRange, IdVec, LocalTerminal, TerminalId};
use crate::units::Delay;
use std::borrow::Cow;
use std::sync::Arc;

/// The routers and terminals of a shard.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Number of the shard.
    pub shard: u16,
    /// Its routers, ascending; empty where they are consecutive.
    scattered: Vec<u32>,
    /// First router.
    first: u32,
    /// Number of routers.
    pub count: u32,
    /// Terminals, ascending.
    pub terminals: IdVec<LocalTerminal, TerminalId>,
    /// Where everything else is.
    whole: Arc<WholeFabric>,
}

/// Where every router and terminal of a fabric is.
#[derive(Debug, Default)]
struct WholeFabric {
    /// Every terminal within its shard.
    terminals: IdVec<TerminalId, LocalTerminal>,
    /// Every router within its shard; empty where each shard has consecutive ones.
    routers: Vec<u32>,
    /// Shard of every router.
    shard_of: Vec<u16>,
}

impl Part {
    /// Partitions a fabric into at most `shards` parts, where it costs least.
    pub(crate) fn split(tables: &FabricTable, shards: usize) -> Vec<Self> {
        Self::of(tables, shard_of_routers(tables, shards))
    }

    /// The parts of a partition that names the shard of every router; each has at least one.
    pub(crate) fn of(tables: &FabricTable, shard_of: Vec<u16>) -> Vec<Self> {
        let count = shard_of.iter().max().map_or(0, |last| usize::from(*last) + 1);
        let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
        let mut within = vec![0; shard_of.len()];
        for ((router, shard), within) in shard_of.iter().enumerate().zip(&mut within) {
            let members = &mut members[usize::from(*shard)];
            *within = members.len() as u32;
            members.push(router as u32);
        }
        let consecutive =
            |members: &Vec<u32>| members.len() == members[members.len() - 1] as usize - members[0] as usize + 1;
        let consecutive = members.iter().all(consecutive);
        let mut parts: Vec<Self> = members
            .into_iter()
            .enumerate()
            .map(|(shard, members)| Self {
                shard: shard as u16,
                first: members[0],
                count: members.len() as u32,
                scattered: if consecutive { Vec::new() } else { members },
                ..Self::default()
            })
            .collect();
        let mut terminals = IdVec::default();
        for (id, terminal) in tables.terminals.with_ids() {
            terminals.push(parts[usize::from(shard_of[terminal.router as usize])].terminals.push(id));
        }
        let routers = if consecutive { Vec::new() } else { within };
        let whole = Arc::new(WholeFabric { terminals, routers, shard_of });
        parts.iter_mut().for_each(|part| part.whole = Arc::clone(&whole));
        parts
    }

    /// How far each part can run ahead of the others: the least delays of flits and of credits that come into it. Flits
    /// must come in time; credits may come late while no output at the border is short of them.
    pub(crate) fn lookaheads(tables: &FabricTable, parts: &[Self]) -> Vec<Lookahead> {
        let mut all = vec![Lookahead { strict: Delay::MAX, lenient: Delay::MAX }; parts.len()];
        let Some(whole) = parts.first().map(|part| &part.whole) else { return all };
        let shard_of = |channel: u32| whole.shard_of.get(node_of(channel) as usize);
        for (table, from) in tables.links.iter().zip(whole.shard_of.iter().flat_map(|s| vec![s; tables.ports.into()])) {
            let PortTable { to, latency, back, back_delay, .. } = *table;
            if let Some(into) = shard_of(to).filter(|into| *into != from && to != NO_NODE) {
                let least = &mut all[usize::from(*into)].strict;
                *least = super::tables::delay(latency).min(*least);
            }
            if let Some(into) = shard_of(back).filter(|into| *into != from && back != NO_NODE) {
                let least = &mut all[usize::from(*into)].lenient;
                *least = super::tables::delay(back_delay).min(*least);
            }
        }
        all
    }

    /// A terminal of the fabric within its shard.
    #[inline]
    pub(super) fn local(&self, terminal: TerminalId) -> LocalTerminal {
        self.whole.terminals[terminal]
    }

    /// The number in the fabric of a router of this part.
    #[inline]
    pub(super) fn router(&self, local: u32) -> u32 {
        if self.scattered.is_empty() { self.first + local } else { self.scattered[local as usize] }
    }

    /// The number within this part of one of its routers.
    #[inline]
    pub(super) fn local_router(&self, router: u32) -> u32 {
        if self.scattered.is_empty() { router - self.first } else { self.whole.routers[router as usize] }
    }

    /// The tables of this part's ports, by router and port.
    pub(super) fn links<'t>(&self, tables: &'t FabricTable) -> Cow<'t, [PortTable]> {
        let of = |first: u32, count: u32| IdRange { start: tables.link(first, 0), end: tables.link(first + count, 0) };
        if self.scattered.is_empty() {
            return Cow::Borrowed(&tables.links[of(self.first, self.count)]);
        }
        self.scattered.iter().flat_map(|router| tables.links[of(*router, 1)].iter().copied()).collect()
    }

    pub(super) fn shard_of_router(&self, router: u32) -> u16 {
        self.whole.shard_of[router as usize]
    }

    /// The shard of the node that a channel of one of this part's links belongs to.
    pub(super) fn shard_of_channel(&self, channel: u32) -> u16 {
        // A terminal is in the shard of its router.
        self.whole.shard_of.get(node_of(channel) as usize).copied().unwrap_or(self.shard)
    }
}
