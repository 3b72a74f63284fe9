//! The search compared with recomputed costs, and with all possible assignments.

use super::*;
use crate::rng::{Domain, mix, stream};

/// Random nets on vertices of two kinds, some from outside.
fn random(vertices: u32, nets: u32, seed: u64) -> Hypergraph {
    let draw = |x: u32| mix(seed << 40 ^ u64::from(x));
    let net = |net: u32| {
        let source = if draw(net) % 8 == 0 { OUTSIDE } else { (draw(net) >> 8) as u32 % vertices };
        let pins = (0..vertices).filter(|pin| draw(net << 12 | pin << 1 | 1) % 4 == 0).collect();
        Net { source, pins, weight: (draw(net + 7777) % 50) as u32, axons: 1 + net % 2 }
    };
    let kind = (0..vertices).map(|vertex| vertex % 2).collect();
    Hypergraph::new((0..vertices).map(|vertex| 1 + vertex % 3).collect(), kind, (0..nets).map(net))
}

/// Asymmetric distances.
fn uneven(tiles: usize) -> Distances {
    Distances::of(tiles, 1, |from, to| (mix((from * 31 + to) as u64) % 9) as u16 * u16::from(from != to))
}

/// Cost of all packets, from the definition.
fn cost(graph: &Hypergraph, distances: &Distances, core: &[u32], tile: &[u32]) -> u64 {
    let mut sum = 0;
    for net in 0..graph.nets() as u32 {
        let mut cores: Vec<u32> = graph.pins(net).iter().map(|pin| core[*pin as usize]).collect();
        cores.sort_unstable();
        cores.dedup();
        let way = |to: &u32| match graph.source[net as usize] {
            OUTSIDE => distances.from_host()[tile[*to as usize] as usize],
            source => distances.between(tile[core[source as usize] as usize], tile[*to as usize]),
        };
        sum += u64::from(graph.weight[net as usize]) * cores.iter().map(|to| u64::from(way(to))).sum::<u64>();
    }
    sum
}

/// Every change, of one vertex or of two, equals the difference of recomputed costs, as do axons and memory.
#[test]
fn changes_are_exact() {
    let (tile, kind) = (vec![3, 0, 4, 1, 2, 0], vec![0, 1, 0, 1, 0, 1]);
    // Rows of the second kind of core are longer.
    let rows = |each: u64| (0..6).map(|k| (k * each + 10).next_multiple_of(64) * u64::from(k > 0)).collect();
    let rows: [Vec<u64>; 2] = [rows(18), rows(40)];
    let capacity = Capacity { neurons: 99, axons_in: 999, axons_out: 999, memory: 1 << 20, row_bits: &rows };
    for distances in [uneven(5), Distances::of(5, 0, |a, b| a.abs_diff(b) as u16)] {
        let graph = random(24, 30, 5);
        let core = (0..24).map(|vertex: u32| vertex % 2 + 2 * (mix(vertex.into()) % 3) as u32).collect();
        let mut at = Assignment::new(&graph, &distances, capacity, core, (tile.clone(), kind.clone()));
        assert!(at.is_dense());
        let mut costs = (vec![0; 6], vec![0; 6]);
        for draw in 0..400u64 {
            let (one, other) = ((mix(draw) % 24) as u32, (mix(draw + 500) % 24) as u32);
            let (from, to) = (at.core()[one as usize], at.core()[other as usize]);
            let now = |at: &Assignment<'_>| cost(&graph, &distances, at.core(), &tile) as i64;
            let before = now(&at);
            assert_eq!(at.cost() as i64, before);
            if one % 2 != other % 2 || from == to {
                continue;
            }
            let (change, back) = (at.change(one, to), at.change(other, from));
            at.costs(one, &mut costs.0, &mut costs.1);
            assert_eq!(costs.0[to as usize] as i64 - costs.0[from as usize] as i64, change);
            let together = at.together(one, other);
            assert!(together >= 0);
            at.shift(one, to);
            assert_eq!(now(&at) - before, change, "{one} from {from} to {to}");
            at.shift(other, from);
            assert_eq!(now(&at) - before, change + back + together, "{one} and {other}");
            let fresh = Assignment::new(&graph, &distances, capacity, at.core().to_vec(), (tile.clone(), kind.clone()));
            assert_eq!((at.axons_in(), at.axons_out()), (fresh.axons_in(), fresh.axons_out()));
            assert_eq!((at.memory(), at.neurons()), (fresh.memory(), fresh.neurons()));
        }
    }
}

/// Above the table's limit, lists give the same results.
#[test]
fn lists_count_as_the_table_does() {
    let (graph, distances) = (random(24, 30, 6), uneven(5));
    let core: Vec<u32> = (0..24).map(|vertex| vertex % 2 + 2 * (vertex / 2 % 3)).collect();
    let place = || (vec![3, 0, 4, 1, 2, 0], vec![0, 1, 0, 1, 0, 1]);
    let mut table = Assignment::new(&graph, &distances, Capacity::of_neurons(99), core.clone(), place());
    let mut lists = Assignment::with_lists(&graph, &distances, Capacity::of_neurons(99), core, place());
    assert!(!lists.is_dense());
    for draw in 0..300u64 {
        let vertex = (mix(draw) % 24) as u32;
        let to = vertex % 2 + 2 * (mix(draw + 999) % 3) as u32;
        if to == table.core()[vertex as usize] {
            continue;
        }
        assert_eq!(table.change(vertex, to), lists.change(vertex, to));
        table.shift(vertex, to);
        lists.shift(vertex, to);
        assert_eq!(table.cost(), lists.cost());
        assert_eq!(table.axons_in(), lists.axons_in());
    }
}

/// The limits of cores hold after every search, and it is never worse than its start.
#[test]
fn searches_keep_the_limits_and_the_best() {
    for seed in 0..20 {
        let graph = random(30, 60, seed);
        let (tile, kind): (Vec<u32>, Vec<u32>) = ((0..9).collect(), (0..8).map(|core| core % 2).collect());
        let distances = Distances::of(9, 4, |a, b| ((a % 3).abs_diff(b % 3) + (a / 3).abs_diff(b / 3)) as u16);
        let core: Vec<u32> = (0..30).map(|vertex: u32| vertex % 2 + 2 * (vertex / 2 % 4)).collect();
        let site: Vec<u32> = (0..8).collect();
        let free = Capacity::of_neurons(99);
        let start = Assignment::new(&graph, &distances, free, core.clone(), (site.clone(), kind.clone()));
        let most = |all: &[u64]| *all.iter().max().unwrap();
        let (axons_in, axons_out) = (most(start.axons_in()), most(start.axons_out()) + 2);
        let capacity = Capacity { neurons: most(start.neurons()) + 1, axons_in, axons_out, ..free };
        let problem = SearchProblem { graph: &graph, kind: &kind, capacity, distances: &distances, tile: &tile, seed };
        let begin = Solution { core, site, cost: start.cost() };
        let found = solve(problem, Some(begin.clone()), 3000);
        assert!(found.cost < begin.cost, "seed {seed}: nothing was gained");
        let tiles: Vec<u32> = found.site.iter().map(|site| tile[*site as usize]).collect();
        assert_eq!(cost(&graph, &distances, &found.core, &tiles), found.cost);
        let at = Assignment::new(&graph, &distances, capacity, found.core.clone(), (found.site.clone(), kind.clone()));
        assert_eq!(at.broken(), 0, "seed {seed}");
        assert!(found.core.iter().enumerate().all(|(vertex, core)| kind[*core as usize] == graph.kind[vertex]));
        assert_eq!(found, solve(problem, Some(begin), 3000), "seed {seed}: two runs differ");
    }
}

/// A search is no proof: on a tiny network whose mappings can all be tried, it ends within a tenth of the best one, and
/// no reported cost is lower than that.
#[test]
fn a_search_comes_near_the_best_of_all_mappings() {
    for seed in 0..10 {
        let mut graph = random(8, 12, seed);
        (graph.size, graph.kind) = (vec![1; 8], vec![0; 8]);
        let (tile, kind): (Vec<u32>, Vec<u32>) = ((0..4).collect(), vec![0; 4]);
        let distances = Distances::of(4, 0, |a, b| (a % 2).abs_diff(b % 2) as u16 + (a / 2).abs_diff(b / 2) as u16);
        let capacity = Capacity::of_neurons(2);
        let mut least = u64::MAX;
        for code in 0..1u32 << 16 {
            let core: Vec<u32> = (0..8).map(|vertex| code >> (2 * vertex) & 3).collect();
            if (0..4).all(|one| core.iter().filter(|core| **core == one).count() <= 2) {
                least = least.min(cost(&graph, &distances, &core, &tile));
            }
        }
        let problem =
            SearchProblem { graph: &graph, kind: &kind, capacity, distances: &distances, tile: &tile, seed: 1 };
        let found = solve(problem, None, 2000);
        assert!(found.cost >= least && found.cost <= least + least / 10, "seed {seed}: {} of {least}", found.cost);
    }
}

/// Passes end at their best state, and connectivity falls.
#[test]
fn passes_never_lose() {
    let mut all = 0;
    for seed in 0..20 {
        let graph = random(40, 60, seed);
        let unit = Distances::unit(6);
        let core = (0..40).map(|vertex: u32| vertex % 2 + 2 * (vertex / 2 % 3)).collect();
        let place = ((0..6).collect(), vec![0, 1, 0, 1, 0, 1]);
        let mut at = Assignment::new(&graph, &unit, Capacity::of_neurons(22), core, place);
        assert_eq!(at.broken(), 0);
        let before = at.cost();
        let gained = descend::passes(&mut at, 5, 0.0);
        assert_eq!(before - gained, at.cost());
        assert_eq!(at.broken(), 0, "seed {seed}");
        all += u32::from(gained > 0);
    }
    assert!(all >= 15, "connectivity fell in {all} of 20");
}

/// Coarser levels have the connectivity of the finer one, for assignments that do not split their vertices.
#[test]
fn contraction_keeps_the_cost() {
    let (graph, distances) = (random(30, 40, 3), uneven(4));
    let (group, groups) = coarsen::group(&graph, 6, 4, &mut stream(1, Domain::Placement, 0));
    assert!(groups < 30);
    let coarse = graph.contract(&group, groups);
    let of_group: Vec<u32> = (0..groups as u64).map(|group| (mix(group) % 4) as u32).collect();
    let core: Vec<u32> = group.iter().map(|group| of_group[*group as usize]).collect();
    let tile: Vec<u32> = (0..4).collect();
    assert_eq!(cost(&coarse, &distances, &of_group, &tile), cost(&graph, &distances, &core, &tile));
}

/// Costs of a vertex in near cores differ by the changes of its moves, with a table and with lists.
#[test]
fn near_costs_are_exact() {
    let place = || (vec![3, 0, 4, 1, 2, 0], vec![0, 1, 0, 1, 0, 1]);
    for seed in 0..4 {
        let (graph, distances) = (random(24, 30, seed), uneven(5));
        let core: Vec<u32> = (0..24).map(|vertex| vertex % 2 + 2 * (vertex / 2 % 3)).collect();
        let free = Capacity::of_neurons(99);
        let table = Assignment::new(&graph, &distances, free, core.clone(), place());
        let lists = Assignment::with_lists(&graph, &distances, free, core, place());
        for mut at in [table, lists] {
            let mut near = near::Near::new(6);
            for draw in 0..200u64 {
                let vertex = (mix(draw) % 24) as u32;
                near.look(&at, vertex);
                assert_eq!(near.found[0].0, at.core()[vertex as usize]);
                let own = near.found[0].1;
                for (to, cost) in &near.found[1..] {
                    assert_eq!(cost - own, at.change(vertex, *to), "vertex {vertex} to {to}");
                }
                let to = vertex % 2 + 2 * (mix(draw + 999) % 3) as u32;
                if to != at.core()[vertex as usize] {
                    at.shift(vertex, to);
                }
            }
        }
    }
}

/// The search of large networks keeps limits too, gains, reports the cost of its mapping, and is reproducible.
#[test]
fn searches_of_large_networks_keep_the_limits_and_the_best() {
    for seed in 0..10 {
        let graph = random(60, 120, seed);
        let (tile, kind): (Vec<u32>, Vec<u32>) = ((0..9).collect(), (0..8).map(|core| core % 2).collect());
        let distances = Distances::of(9, 4, |a, b| ((a % 3).abs_diff(b % 3) + (a / 3).abs_diff(b / 3)) as u16);
        let core: Vec<u32> = (0..60).map(|vertex: u32| vertex % 2 + 2 * (vertex / 2 % 4)).collect();
        let site: Vec<u32> = (0..8).collect();
        let free = Capacity::of_neurons(99);
        let start = Assignment::new(&graph, &distances, free, core.clone(), (site.clone(), kind.clone()));
        let most = |all: &[u64]| *all.iter().max().unwrap();
        let capacity = Capacity { neurons: most(start.neurons()) + 3, axons_in: most(start.axons_in()), ..free };
        let problem = SearchProblem { graph: &graph, kind: &kind, capacity, distances: &distances, tile: &tile, seed };
        let begin = Solution { core, site, cost: start.cost() };
        let found = large::solve(problem, Some(begin.clone()), 600);
        assert!(found.cost <= begin.cost, "seed {seed}");
        let tiles: Vec<u32> = found.site.iter().map(|site| tile[*site as usize]).collect();
        assert_eq!(cost(&graph, &distances, &found.core, &tiles), found.cost);
        let at = Assignment::new(&graph, &distances, capacity, found.core.clone(), (found.site.clone(), kind.clone()));
        assert_eq!(at.broken(), 0, "seed {seed}");
        assert!(found.core.iter().enumerate().all(|(vertex, core)| kind[*core as usize] == graph.kind[vertex]));
        assert_eq!(found, large::solve(problem, Some(begin), 600), "seed {seed}: two runs differ");
    }
}

/// Renumbering changes only the numbers.
#[test]
fn renumbered_vertices_cost_the_same() {
    let (graph, distances, tile) = (random(30, 40, 3), uneven(4), [2, 0, 3, 1]);
    let order = renumber::order(&graph);
    let new = renumber::renumbered(&graph, &order);
    let core: Vec<u32> = (0..30).map(|vertex: u64| (mix(vertex) % 4) as u32).collect();
    let renamed: Vec<u32> = order.iter().map(|vertex| core[*vertex as usize]).collect();
    assert_eq!((new.nets(), new.all_pins()), (graph.nets(), graph.all_pins()));
    assert_eq!(cost(&new, &distances, &renamed, &tile), cost(&graph, &distances, &core, &tile));
    let mut all = order;
    all.sort_unstable();
    assert!(all.into_iter().eq(0..30));
}

/// Cores of a grid with shuffled numbers get sites nearly as in the grid, one each.
#[test]
fn regions_unfold_a_grid() {
    const SIDE: u32 = 18;
    let noc = crate::hw::Noc::synthetic("mesh", SIDE, SIDE, 1).unwrap();
    let distances = Distances::hops(&noc);
    let cores = SIDE * SIDE;
    let mut name: Vec<u32> = (0..cores).collect();
    name.sort_by_key(|core| mix((*core).into()));
    let mut traffic = Vec::new();
    for core in 0..cores {
        let mut link = |other: u32| traffic.push((name[core as usize], name[other as usize], 10));
        if core % SIDE + 1 < SIDE {
            link(core + 1);
        }
        if core + SIDE < cores {
            link(core + SIDE);
        }
    }
    let tile: Vec<u32> = (0..cores).collect();
    let outside = vec![0; cores as usize];
    let demand = regions::RegionDemand {
        cores: cores as usize,
        traffic: &traffic,
        outside: &outside,
        distances: &distances,
        tile: &tile,
    };
    let site = regions::place(demand, &mut stream(1, Domain::Placement, 0));
    let mut taken = site.clone();
    taken.sort_unstable();
    assert_eq!(taken, tile, "a site holds two cores");
    let of = |site: Vec<u32>| Sites::new(&distances, &tile, &traffic, &outside, site).cost();
    // In the grid every packet takes one hop.
    let (least, found, linear) = (10 * traffic.len() as u64, of(site), of(tile.clone()));
    assert!(found < 2 * least && found * 5 < linear, "{found} hops, {least} in the grid, {linear} in order");
}
