//! Where a fabric is cut into shards.
//!
//! Shards run side by side for as long as the least latency of the links between them, and every flit over such a link
//! costs more than one within. So a cut should go through slow links, those between chips, and through few. Routers are
//! laid in a row, and the row is cut near equal parts. Two kinds of rows are tried: that of the routers' numbers, and, as
//! numbers run along one side of a grid, those that run along the other.

use super::tables::{FabricTable, node_of};

/// A border may be this part of a shard's length away from where shards are equally long, to cut fewer links.
const NEAR: usize = 8;

/// And this part, to cut links that are slower by half at least.
const FAR: usize = 4;

/// Rows that are tried, at most.
const ROWS: usize = 8;

/// The shard of every router, for at most `shards` shards.
pub(super) fn shard_of_routers(tables: &FabricTable, shards: usize) -> Vec<u16> {
    let routers = tables.routers as usize;
    let shards = shards.clamp(1, routers.min(1 << 12));
    if shards == 1 {
        return vec![0; routers];
    }
    let rows = strides(tables).into_iter().map(|stride| RouterRow::new(tables, stride, shards));
    // The first of equal ones: consecutive numbers are found fastest.
    let best = rows.reduce(|best, row| if row.is_better(&best) { row } else { best });
    best.map_or_else(|| vec![0; routers], |row| row.shard_of())
}

/// The lengths of a side of the grid that the numbers of linked routers allow; 1 for the numbers as they are.
fn strides(tables: &FabricTable) -> Vec<u32> {
    let mut all = vec![1];
    for port in 0..tables.first_local {
        let Some(next) = tables.next_router(0, port) else { continue };
        if next > 1 && tables.routers.is_multiple_of(next) && !all.contains(&next) && all.len() < ROWS {
            all.push(next);
        }
    }
    all
}

/// All routers in a row, cut into shards.
struct RouterRow {
    /// Routers of a side of the grid: the row goes along the other side. 1 for the order of their numbers.
    stride: u32,
    routers: u32,
    /// Positions of the first router of every shard but the first.
    borders: Vec<usize>,
    /// Least latency of the links that are cut (ticks), and their number.
    latency: u32,
    links: usize,
}

impl RouterRow {
    fn new(tables: &FabricTable, stride: u32, shards: usize) -> Self {
        let routers = tables.routers as usize;
        let mut row = Self { stride, routers: tables.routers, borders: Vec::new(), latency: u32::MAX, links: 0 };
        let cuts = row.cuts(tables);
        let length = routers / shards;
        for shard in 1..shards {
            let equal = shard * routers / shards;
            let best = |part: usize| {
                let positions = equal - length / part..=equal + length / part;
                let better = |a: &usize, b: &usize| {
                    let key = |at: usize| (cuts[at].0, std::cmp::Reverse((cuts[at].1, at.abs_diff(equal))));
                    key(*a).cmp(&key(*b))
                };
                positions.filter(|at| (1..routers).contains(at)).max_by(better).unwrap_or(equal)
            };
            let (near, far) = (best(NEAR), best(FAR));
            let pays = cuts[far].0 / 3 >= cuts[near].0 / 2;
            let border = if pays && cuts[far].0 > cuts[near].0 { far } else { near };
            row.borders.push(border);
            row.latency = row.latency.min(cuts[border].0);
            row.links += cuts[border].1;
        }
        row
    }

    /// The position of a router.
    fn position(&self, router: u32) -> usize {
        let other = self.routers / self.stride;
        if self.stride == 1 { router as usize } else { (router % self.stride * other + router / self.stride) as usize }
    }

    /// By position: the least latency of the links over a border before it, and their number.
    fn cuts(&self, tables: &FabricTable) -> Vec<(u32, usize)> {
        let links = || {
            (0..tables.routers).flat_map(|from| {
                (0..tables.first_local).filter_map(move |port| {
                    let table = &tables.links[tables.link(from, port)];
                    let to = node_of(table.to);
                    (to < tables.routers).then(|| {
                        let (from, to) = (self.position(from), self.position(to));
                        (from.min(to), from.max(to), table.latency)
                    })
                })
            })
        };
        let mut latencies: Vec<u32> = links().map(|(.., latency)| latency).collect();
        latencies.sort_unstable();
        latencies.dedup();
        let mut cuts = vec![(u32::MAX, 0); self.routers as usize + 1];
        // From the slowest to the fastest, so that the last one noted is the least. Chips have a handful.
        for latency in latencies.into_iter().rev() {
            let mut changes = vec![0i64; cuts.len() + 1];
            for (first, last, _) in links().filter(|(.., other)| *other == latency) {
                changes[first + 1] += 1;
                changes[last + 1] -= 1;
            }
            let mut over = 0;
            for (cut, change) in cuts.iter_mut().zip(changes) {
                over += change;
                if over > 0 {
                    *cut = (latency, cut.1 + over as usize);
                }
            }
        }
        cuts
    }

    fn is_better(&self, other: &Self) -> bool {
        (self.latency, other.links) > (other.latency, self.links)
    }

    fn shard_of(&self) -> Vec<u16> {
        let shard = |router| self.borders.partition_point(|border| *border <= self.position(router)) as u16;
        (0..self.routers).map(shard).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hw::Noc;
    use crate::ids::IdVec;
    use crate::model::fabric::{Part, PortTable};
    use crate::units::Delay;

    /// The table of a network, with a latency for each link by the routers at its ends.
    fn table(noc: &Noc, latency: impl Fn(u32, u32) -> u32) -> FabricTable {
        let (ports, routers) = (noc.topology.ports + 1, noc.topology.routers.len());
        let mut table = FabricTable {
            routers: routers as u32,
            ports,
            first_local: noc.topology.ports,
            vcs: 1,
            classes: 1,
            buffer: 4,
            interval: 1,
            head_delay: 0,
            staged: false,
            links: IdVec::filled(PortTable::NONE, routers * usize::from(ports)),
            routing: noc.routing.clone(),
            terminals: IdVec::default(),
            branches: Vec::new(),
        };
        for link in &noc.topology.links {
            let (to, back) =
                (table.first_channel(link.to, link.to_port), table.first_channel(link.from, link.from_port));
            let [out, into] = [table.link(link.from, link.from_port), table.link(link.to, link.to_port)];
            let latency = latency(link.from, link.to);
            table.links[out] = PortTable { to, latency, places: 4, ..table.links[out] };
            table.links[into] = PortTable { back, back_delay: 3, ..table.links[into] };
        }
        table
    }

    fn mesh(width: u32, height: u32) -> Noc {
        Noc::synthetic("mesh", width, height, 1).unwrap()
    }

    /// Routers of each shard, links between shards (both ways), and the least of their latencies.
    fn cut(table: &FabricTable, shards: usize) -> (Vec<usize>, usize, u64) {
        let of = shard_of_routers(table, shards);
        let mut sizes = vec![0; of.iter().max().map_or(0, |last| usize::from(*last) + 1)];
        of.iter().for_each(|shard| sizes[usize::from(*shard)] += 1);
        let next = |router: u32| (0..table.first_local).filter_map(move |port| table.next_router(router, port));
        let links = (0..table.routers).flat_map(|from| next(from).map(move |to| (from as usize, to as usize)));
        let apart = links.filter(|(from, to)| of[*from] != of[*to]).count();
        let ahead = Part::lookaheads(table, &Part::of(table, of));
        (sizes, apart, ahead.iter().map(|ahead| ahead.strict.get()).min().unwrap())
    }

    #[test]
    fn a_mesh_is_cut_across_its_longer_side() {
        let even = |width, height| table(&mesh(width, height), |_, _| 5);
        assert_eq!(cut(&even(8, 8), 2), (vec![32, 32], 16, 5));
        assert_eq!(cut(&even(4, 16), 2), (vec![32, 32], 8, 5));
        assert_eq!(cut(&even(16, 4), 2), (vec![32, 32], 8, 5), "columns, though numbers go by rows");
        assert_eq!(cut(&even(16, 4), 4), (vec![16; 4], 24, 5));
        // 9 rows: a border in the middle of one would cut a link more each way.
        assert_eq!(cut(&even(8, 9), 2).1, 16);
        let all = even(3, 3);
        assert_eq!(cut(&all, 9).0, [1; 9]);
        assert_eq!(cut(&all, 4_000).0, [1; 9]);
        assert_eq!(shard_of_routers(&all, 1), [0; 9]);
    }

    #[test]
    fn slow_links_are_cut_first() {
        // Links along rows take 4 ticks, those along columns 65.
        let rows = table(&mesh(4, 8), |from, to| if from / 4 == to / 4 { 4 } else { 65 });
        assert_eq!(cut(&rows, 2), (vec![16, 16], 8, 65));
        let rows = table(&mesh(16, 4), |from, to| if from / 16 == to / 16 { 4 } else { 65 });
        assert_eq!(cut(&rows, 2), (vec![32, 32], 32, 65), "more links, but slow ones");
        // Chips of 6 x 5 routers side by side: no two halves are equal, but each is whole chips.
        let chips = table(&mesh(18, 5), |from, to| if from % 18 / 6 == to % 18 / 6 { 4 } else { 500 });
        assert_eq!(cut(&chips, 3), (vec![30; 3], 20, 500));
        let (sizes, links, least) = cut(&chips, 2);
        assert_eq!((sizes.iter().sum::<usize>(), links, least), (90, 10, 4), "a third of a shard is too far");
        let chips = table(&mesh(20, 5), |from, to| if (from % 20 < 9) == (to % 20 < 9) { 4 } else { 500 });
        assert_eq!(cut(&chips, 2), (vec![45, 55], 10, 500));
    }

    #[test]
    fn every_part_knows_what_comes_into_it() {
        let table = table(&mesh(4, 3), |from, to| from + to);
        let parts = Part::of(&table, vec![0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        let ahead = Part::lookaheads(&table, &parts);
        // The first column has the fastest links: 0 to 4, and 4 to 8.
        assert_eq!(ahead.iter().map(|ahead| ahead.strict.get()).collect::<Vec<_>>(), [4, 4, 12]);
        assert!(ahead.iter().all(|ahead| ahead.lenient.get() == 3));
        assert_eq!(Part::lookaheads(&table, &Part::split(&table, 1))[0].strict, Delay::MAX);
    }
}
