//! Mappings of three networks of 16,384 neurons on 256 cores of a mesh of 16 x 16: hops of all packets per spike.
//!
//! The networks are defined by integer hashing, so that anyone regenerates them: `hash`, `uniform` and `normals` below.
//! `cargo bench --bench mapping -- sheet moves=500000 seed=1` runs one of them; `write=FILE` writes its hypergraph instead,
//! for the peers in `peers/mapping.py`, and `place=FILE` places a partition of theirs. `-- million` maps a sheet of a million
//! neurons, `sheet=SIDE` one of that side (with
//! `write=FOLDER` it is written for the command `map` instead); `verbose` tells what the search
//! comes to.

mod million;

use cpu_time::ProcessTime;
use spikemesh::hw::Noc;
use spikemesh::map::search::{
    Assignment, Capacity, Distances, Hypergraph, Net, SearchProblem, Sites, along_hilbert, solve,
};
use spikemesh::rng::{Domain, mix, stream};
use spikemesh::validate::microcircuit;

const NEURONS: u64 = 16_384;
const SIDE: i64 = 128;
const FAN_OUT: u64 = 64;
const CORES: u32 = 256;
const MOST_NEURONS: u64 = 67;
/// Exchanges of cores that are tried to place a peer's partition.
const PLACING_MOVES: u64 = 2_000_000;
/// Weight of a rate of 1.
const RATE: f64 = 1024.0;

fn hash(seed: u64, stream: u64, index: u64) -> u64 {
    mix(mix((seed << 8) + stream) ^ index)
}

fn uniform(seed: u64, stream: u64, index: u64) -> f64 {
    (hash(seed, stream, index) >> 11) as f64 / (1u64 << 53) as f64
}

/// The two normal draws of a pair of uniform ones.
fn normals(seed: u64, stream: u64, index: u64) -> (f64, f64) {
    let (a, b) = (uniform(seed, stream, 2 * index), uniform(seed, stream, 2 * index + 1));
    let (radius, angle) = ((-2.0 * (1.0 - a).ln()).sqrt(), std::f64::consts::TAU * b);
    (radius * angle.cos(), radius * angle.sin())
}

/// Target k of neuron i on a sheet that closes on itself: near it, or one in five anywhere.
fn on_sheet(seed: u64, side: i64, long_range: bool, (i, k): (u64, u64)) -> u64 {
    let x = FAN_OUT * i + k;
    if long_range && uniform(seed, 12, x) < 0.2 {
        return hash(seed, 13, x) % (side * side) as u64;
    }
    let (g1, g2) = normals(seed, 11, x);
    let (mut dx, dy) = ((6.0 * g1).round() as i64, (6.0 * g2).round() as i64);
    if (dx, dy) == (0, 0) {
        dx = 1;
    }
    let (column, row) = ((i as i64 % side + dx).rem_euclid(side), (i as i64 / side + dy).rem_euclid(side));
    (row * side + column) as u64
}

/// Targets of every neuron, before labels.
fn sheet(seed: u64, long_range: bool) -> Vec<Vec<u64>> {
    (0..NEURONS).map(|i| (0..FAN_OUT).map(|k| on_sheet(seed, SIDE, long_range, (i, k))).collect()).collect()
}

/// Populations in the proportions and with the connections of Potjans and Diesmann 2014.
fn blocks(seed: u64) -> Vec<Vec<u64>> {
    let populations = microcircuit::NEURONS.map(u64::from);
    let all: u64 = populations.iter().sum();
    let mut sizes: Vec<u64> = populations.iter().map(|n| n * NEURONS / all).collect();
    let mut by_remainder: Vec<usize> = (0..8).collect();
    by_remainder.sort_by_key(|p| std::cmp::Reverse(populations[*p] * NEURONS % all));
    let missing = (NEURONS - sizes.iter().sum::<u64>()) as usize;
    by_remainder[..missing].iter().for_each(|p| sizes[*p] += 1);
    let first: Vec<u64> = (0..8).map(|p| sizes[..p].iter().sum()).collect();
    let mut targets = Vec::new();
    for from in 0..8 {
        let weight: Vec<f64> = (0..8).map(|to| microcircuit::CONNECTED[to][from] * sizes[to] as f64).collect();
        let sum: f64 = weight.iter().sum();
        for i in first[from]..first[from] + sizes[from] {
            let target = |k: u64| {
                let x = FAN_OUT * i + k;
                let mut draw = uniform(seed, 14, x) * sum;
                let mut to = 0;
                while to < 7 && draw >= weight[to] {
                    draw -= weight[to];
                    to += 1;
                }
                // A population that nothing goes to is none.
                while weight[to] == 0.0 {
                    to -= 1;
                }
                first[to] + hash(seed, 15, x) % sizes[to]
            };
            targets.push((0..FAN_OUT).map(target).collect());
        }
    }
    targets
}

fn hypergraph(seed: u64, neurons: u64, target: impl Fn(u64, u64) -> u64) -> Hypergraph {
    let (order, label) = labels(seed, neurons);
    let rates: Vec<f64> = (0..neurons).map(|i| normals(seed, 10, i).0.exp()).collect();
    let mean = rates.iter().sum::<f64>() / neurons as f64;
    let net = |i: &u32| {
        let mut pins: Vec<u32> = (0..FAN_OUT).map(|k| label[target((*i).into(), k) as usize]).collect();
        pins.sort_unstable();
        pins.dedup();
        let weight = (rates[*i as usize] / mean * RATE).round().max(1.0) as u32;
        Net { source: label[*i as usize], pins, weight, axons: 1 }
    };
    let n = neurons as usize;
    Hypergraph::new(vec![1; n], vec![0; n], order.iter().map(net))
}

/// Neurons in the order of their labels, and the label of each, which says nothing of where it is.
fn labels(seed: u64, neurons: u64) -> (Vec<u32>, Vec<u32>) {
    let mut order: Vec<u32> = (0..neurons as u32).collect();
    order.sort_by_cached_key(|i| hash(seed, 9, (*i).into()));
    let mut label = vec![0u32; neurons as usize];
    (0..).zip(&order).for_each(|(rank, i)| label[*i as usize] = rank);
    (order, label)
}

/// The hypergraph as text: a line for each net, with its weight, its source and its pins.
fn write(graph: &Hypergraph, path: &str) {
    let line = |net: u32| {
        let pins: Vec<String> = graph.pins(net).iter().map(u32::to_string).collect();
        let at = net as usize;
        format!("{} {} {}\n", graph.weight[at], graph.source[at], pins.join(" "))
    };
    let text: String = (0..graph.weight.len() as u32).map(line).collect();
    std::fs::write(path, text).expect("a file that can be written");
}

/// Hops of a partition, a core a line, on the cores in order and after annealing; and the CPU time of that (s).
fn place(graph: &Hypergraph, path: &str, noc: &Noc) -> (u64, u64, f64) {
    let text = std::fs::read_to_string(path).expect("a file that can be read");
    let core: Vec<u32> = text.lines().map(|line| line.parse().expect("the number of a core")).collect();
    let mut traffic = Vec::new();
    for net in 0..graph.weight.len() {
        let from = core[graph.source[net] as usize];
        let mut to: Vec<u32> =
            graph.pins(net as u32).iter().map(|pin| core[*pin as usize]).filter(|to| *to != from).collect();
        to.sort_unstable();
        to.dedup();
        traffic.extend(to.into_iter().map(|to| (from, to, u64::from(graph.weight[net]))));
    }
    let (distances, tile) = (Distances::hops(noc), (0..CORES).collect::<Vec<_>>());
    let outside = vec![0; CORES as usize];
    let start = ProcessTime::now();
    let mut sites = Sites::new(&distances, &tile, &traffic, &outside, tile.clone());
    let before = sites.cost();
    sites.put_if_better(along_hilbert(noc));
    sites.anneal(PLACING_MOVES, 1.0, &mut stream(1, Domain::Placement, 0));
    (before, sites.cost(), start.elapsed().as_secs_f64())
}

/// Makes a network of a seed.
type Make = fn(u64) -> Vec<Vec<u64>>;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    // A smoke test is one network with few moves.
    let test = arguments.iter().any(|a| a == "--test");
    if test {
        arguments = vec!["blocks".to_owned()];
    }
    let number = |name: &str, default: f64| {
        let found = arguments.iter().find_map(|a| a.strip_prefix(&format!("{name}=")));
        found.map_or(default, |text| text.parse().expect("a number"))
    };
    let file = |name: &str| arguments.iter().find_map(|a| a.strip_prefix(name)).map(str::to_owned);
    let seed = number("seed", 1.0) as u64;
    let networks: [(&str, Make); 3] =
        [("sheet", |seed| sheet(seed, false)), ("sheet_lr20", |seed| sheet(seed, true)), ("blocks", blocks)];
    if arguments.iter().any(|a| a == "verbose") {
        let timer = tracing_subscriber::fmt::time::uptime();
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_timer(timer).init();
    }
    if arguments.iter().any(|a| a == "million" || a.starts_with("sheet=")) {
        if let Some(folder) = file("write=") {
            return million::write(seed, number("sheet", 1024.0) as i64, &folder)
                .expect("a folder that can be written to");
        }
        return million::run(seed, number("sheet", 1024.0) as i64, number("moves", 0.0) as u64);
    }
    let noc = Noc::synthetic("mesh", 16, 16, 1).expect("a mesh");
    let distances = Distances::hops(&noc);
    for (name, make) in networks {
        if arguments.iter().any(|a| !a.contains('=') && a != name && a != "verbose") {
            continue;
        }
        let targets = make(seed);
        let graph = hypergraph(seed, NEURONS, |i, k| targets[i as usize][k as usize]);
        if let Some(path) = file("write=") {
            write(&graph, &path);
            continue;
        }
        let spikes: u64 = graph.weight.iter().map(|w| u64::from(*w)).sum();
        let (kind, tile) = (vec![0; CORES as usize], (0..CORES).collect::<Vec<_>>());
        let capacity = Capacity::of_neurons(MOST_NEURONS);
        let problem =
            SearchProblem { graph: &graph, kind: &kind, capacity, distances: &distances, tile: &tile, seed: 1 };
        let share = |cost: u64| cost as f64 / spikes as f64;
        if let Some(path) = file("place=") {
            let (before, after, seconds) = place(&graph, &path, &noc);
            println!("{name}: hops {:.3} in order, {:.3} annealed, {seconds:.2} CPU s", share(before), share(after));
            continue;
        }
        let start = ProcessTime::now();
        let found = solve(problem, None, number("moves", if test { 1e3 } else { 5e5 }) as u64);
        let seconds = start.elapsed().as_secs_f64();
        let at = |distances, tile: Vec<u32>| {
            Assignment::new(&graph, distances, capacity, found.core.clone(), (tile, kind.clone()))
        };
        let unit = Distances::unit(CORES as usize);
        let most = at(&unit, tile.clone()).neurons().iter().max().copied().unwrap_or(0);
        let packets = share(at(&unit, tile.clone()).cost());
        let hops = share(at(&distances, found.site.clone()).cost());
        println!("{name}: packets {packets:.3}, hops {hops:.3}, most neurons {most}, {seconds:.2} CPU s");
    }
}
