//! A sheet of a million neurons and 64 million synapses on a mesh of 64 x 64 cores: time, memory, hops.

use super::{FAN_OUT, hypergraph, labels, on_sheet};
use cpu_time::ProcessTime;
use spikemesh::hw::Noc;
use spikemesh::map::search::{Assignment, Capacity, Distances, Hypergraph, SearchProblem, solve};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

/// Columns and rows of neurons that an ideal core holds; it may hold a twentieth more.
const PATCH: i64 = 16;
const MOST_NEURONS: u64 = 268;
/// Moves of a search for each neuron.
const MOVES: u64 = 8;

/// Maps a sheet of so many columns and rows.
pub fn run(seed: u64, side: i64, moves: u64) {
    let cores = (side / PATCH) as u32;
    let neurons = (side * side) as u64;
    let start = Instant::now();
    let graph = hypergraph(seed, neurons, |i, k| on_sheet(seed, side, false, (i, k)));
    println!(
        "{neurons} neurons, {} synapses: made in {:.1} s, {}",
        neurons * FAN_OUT,
        start.elapsed().as_secs_f64(),
        memory()
    );
    let noc = Noc::synthetic("mesh", cores, cores, 1).expect("a mesh");
    let distances = Distances::hops(&noc);
    let all = cores * cores;
    let (kind, tile) = (vec![0; all as usize], (0..all).collect::<Vec<_>>());
    let spikes: u64 = graph.weight.iter().map(|w| u64::from(*w)).sum();
    let figures = |name: &str, core: &[u32], site: &[u32]| {
        let (packets, hops) = cost(&graph, &distances, core, site);
        println!("{name}: packets {:.3}, hops {:.3}", packets as f64 / spikes as f64, hops as f64 / spikes as f64);
    };
    let in_order: Vec<u32> = (0..neurons).map(|label| (label * u64::from(all) / neurons) as u32).collect();
    figures("in order of labels", &in_order, &tile);
    let (order, _) = labels(seed, neurons);
    let patch = |i: &u32| (i64::from(*i) / side / PATCH * i64::from(cores) + i64::from(*i) % side / PATCH) as u32;
    figures("ideal patches", &order.iter().map(patch).collect::<Vec<_>>(), &tile);
    drop((order, in_order));
    let capacity = Capacity::of_neurons(MOST_NEURONS);
    let problem = SearchProblem { graph: &graph, kind: &kind, capacity, distances: &distances, tile: &tile, seed: 1 };
    let (start, cpu) = (Instant::now(), ProcessTime::now());
    let found = solve(problem, None, if moves == 0 { MOVES * neurons } else { moves });
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu.elapsed().as_secs_f64());
    println!("searched: {wall:.1} s, {cpu:.1} CPU s, {}", memory());
    figures("found", &found.core, &found.site);
}

/// Writes the sheet into a folder as a network for the command `map`.
pub fn write(seed: u64, side: i64, folder: &str) -> std::io::Result<()> {
    let neurons = (side * side) as u64;
    let (order, label) = labels(seed, neurons);
    let mut edges = BufWriter::new(File::create(format!("{folder}/edges.bin"))?);
    for (source, i) in (0u32..).zip(&order) {
        for k in 0..FAN_OUT {
            let target = label[on_sheet(seed, side, false, ((*i).into(), k)) as usize];
            edges.write_all(&source.to_le_bytes())?;
            edges.write_all(&target.to_le_bytes())?;
            // Weight 1, delay 1.
            edges.write_all(&[1, 0, 1, 0])?;
        }
    }
    edges.flush()?;
    let text = format!(
        r#"{{"format": "spikemesh.sparse/1", "description": "a sheet of {side} x {side} neurons",
 "populations": [{{"name": "sheet", "size": {neurons}, "threshold": 64, "bias": 1,
  "neuron": {{"model": "if", "reset": "subtract"}}}}],
 "projections": [{{"from": "sheet", "to": "sheet", "edges_file": "edges.bin"}}]}}"#
    );
    std::fs::write(format!("{folder}/sheet.json"), text)
}

/// Packets and hops of all of them.
fn cost(graph: &Hypergraph, distances: &Distances, core: &[u32], site: &[u32]) -> (u64, u64) {
    let unit = Distances::unit(site.len());
    let on = |distances: &Distances| {
        let place = (site.to_vec(), vec![0; site.len()]);
        Assignment::new(graph, distances, Capacity::of_neurons(u64::MAX), core.to_vec(), place).cost()
    };
    (on(&unit), on(distances))
}

/// The most memory that the process has taken, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or("peak memory unknown".into(), |peak| format!("at most {} resident", peak.trim()))
}
