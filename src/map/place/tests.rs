//! Placers compared with each other and with all possible placements.

use super::*;
use crate::rng::mix;

/// Random traffic between cores.
fn traffic(cores: u32, seed: u64) -> Vec<(u32, u32, u64)> {
    let pairs = (0..cores).flat_map(|from| (0..cores).map(move |to| (from, to)));
    let packets = |(from, to)| (from, to, mix(seed << 32 | u64::from(from * cores + to)) % 100);
    pairs.map(packets).filter(|(from, to, packets)| from != to && *packets > 60).collect()
}

/// The lowest cost of all placements of cores on sites.
fn least(cores: u32, traffic: &[(u32, u32, u64)], noc: &Noc) -> u64 {
    fn each(site: &mut Vec<u32>, cores: u32, visit: &mut dyn FnMut(&[u32]), sites: u32) {
        if site.len() as u32 == cores {
            return visit(site);
        }
        for next in (0..sites).filter(|next| !site.contains(next)).collect::<Vec<_>>() {
            site.push(next);
            each(site, cores, visit, sites);
            site.pop();
        }
    }
    let mut least = u64::MAX;
    let mut visit = |site: &[u32]| least = least.min(cost(traffic, &|core| SiteId::new(site[core.index()]), noc));
    each(&mut Vec::new(), cores, &mut visit, noc.cores());
    least
}

#[test]
fn annealing_finds_the_best_of_all_placements() {
    for (name, width, height) in [("mesh", 4, 2), ("torus", 4, 2), ("ring", 7, 1), ("tree", 2, 3)] {
        let noc = Noc::synthetic(name, width, height, 2).unwrap();
        for seed in 0..5 {
            let cores = noc.cores().min(6);
            let traffic = traffic(cores, seed);
            let seats = CoreSeats { of_core: Vec::new(), of_site: &[] };
            let demand = Demand { cores, traffic: &traffic, outside: &[], seats: &seats };
            let best = least(cores, &traffic, &noc);
            let of = |placer: Placer| {
                let site = placer.place(demand, &noc, Effort { moves: 20_000, seed: 1 });
                let mut taken = site.clone();
                taken.sort_unstable();
                taken.dedup();
                assert_eq!(taken.len(), cores as usize, "{name}: two cores on a site by {}", placer.name());
                cost(&traffic, &|core| SiteId::new(site[core.index()]), &noc)
            };
            assert_eq!(of(Placer::Annealing), best, "{name}, seed {seed}");
            assert!(
                Placer::ALL.iter().all(|placer| of(*placer) >= best && of(*placer) <= of(Placer::Linear)),
                "{name}"
            );
            assert!(of(Placer::Force) <= of(Placer::Hilbert));
            let (distances, tile) = (Distances::hops(&noc), (0..noc.cores()).collect::<Vec<u32>>());
            let bound = Sites::new(&distances, &tile, &traffic, &[], (0..cores).collect()).bound();
            assert!(bound > best / 2 && bound <= best, "{name}: a bound of {bound}, the best is {best}");
        }
    }
}

/// Changes are exact, also for free sites and for reverse routes that are longer than forward ones.
#[test]
fn changes_are_those_of_the_cost() {
    let between = |from: usize, to: usize| (mix((from * 9 + to) as u64) % 7) as u16 * u16::from(from != to);
    let (distances, tile) = (Distances::of(9, 4, between), (0..9).collect::<Vec<u32>>());
    assert!(!distances.is_symmetric());
    let outside = [5, 0, 3, 1, 0];
    let all = traffic(5, 3);
    let mut sites = Sites::new(&distances, &tile, &all, &outside, vec![0, 1, 2, 3, 4]);
    for draw in 0..500u64 {
        let (core, to) = ((mix(draw) % 5) as u32, (mix(draw + 1000) % 9) as u32);
        if sites.site()[core as usize] == to {
            continue;
        }
        let site = |core: u32| sites.site()[core as usize];
        let ways = all.iter().map(|(from, to, packets)| packets * u64::from(distances.between(site(*from), site(*to))));
        let host = (0..5).map(|core| outside[core as usize] * u64::from(distances.between(4, site(core))));
        assert_eq!(sites.cost(), ways.sum::<u64>() + host.sum::<u64>());
        let (before, change) = (sites.cost() as i64, sites.change(core, to));
        sites.swap(core, to);
        assert_eq!(sites.cost() as i64 - before, change, "{core} to {to}");
    }
}
