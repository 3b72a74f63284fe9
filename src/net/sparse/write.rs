//! Writing sparse networks for [`super::read`], with edges and spikes in separate files.

use super::events::write_events;
use super::sources::{MAX_ALL_SPIKES, MAX_SPIKES, SPIKE_BYTES};
use crate::files;
use crate::json::{MAX_NAME, MAX_TEXT};
use crate::net::graph::{Graph, Population};
use crate::net::network::{Origin, SparseNetwork};
use crate::net::neuron::{self, Traits};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

pub(in crate::net) const FORMAT: &str = "spikemesh.sparse/1";

/// Magnitude of the least exponent of weights: names of files have no signs.
const LEAST_EXPONENT: i16 = 8;

/// Most spikes that are written to the file itself.
const INLINE_SPIKES: usize = 64;

/// Writes a network into a folder as `network.json` and binary files. It has their digests, so that the reader refuses
/// it with an earlier version of one of them. `more` are other files that belong to it, by name. Graphs whose neurons
/// were renumbered, or that share axons, cannot be written.
pub fn save(network: &SparseNetwork, folder: &Path, more: &[(String, Vec<u8>)]) -> io::Result<()> {
    readable(network).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
    std::fs::create_dir_all(folder)?;
    let graph = &network.graph;
    let mut beside = Vec::new();
    let populations = populations(graph, &mut beside);
    let projections = projections(graph, &mut beside);
    let mut file = json!({"format": FORMAT, "description": network.description});
    if !network.notes.is_empty() {
        file["notes"] = json!(network.notes);
    }
    if let Some(Origin { file: source, arguments, contents: _ }) = &network.imported {
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        file["imported"] = json!({"file": name, "arguments": arguments});
        if let Some((_, bytes)) = more.iter().find(|(other, _)| *other == name) {
            file["imported"]["sha256"] = json!(files::digest(bytes));
        }
    }
    if let Some(steps) = network.time_steps {
        file["time_steps"] = json!(steps);
    }
    if !network.samples.is_empty() {
        file["samples"] = network.samples.write();
    }
    if !graph.events.is_empty() {
        file["events"] = write_events(graph);
    }
    (file["populations"], file["projections"]) = (populations.into(), projections.into());
    let mut all = vec![("network.json".to_owned(), (crate::json::layout(&file) + "\n").into_bytes())];
    all.append(&mut beside);
    all.extend_from_slice(more);
    files::write_together(folder, &all)?;
    remove_others(folder, &all)
}

/// The populations; long lists of spikes go into files beside.
fn populations(graph: &Graph, beside: &mut Vec<(String, Vec<u8>)>) -> Vec<Value> {
    let mut populations = Vec::new();
    for (index, population) in graph.populations.iter().enumerate() {
        let mut value = describe(graph, index, population);
        if let Some(spikes) = &population.source {
            if spikes.len() <= INLINE_SPIKES {
                value["spikes"] = spikes.iter().map(|(step, neuron)| json!([step, neuron])).collect();
            } else {
                let name = format!("spikes-{index}.bin");
                let bytes = bytes_of(spikes);
                (value["spikes_file"], value["spikes_sha256"]) = (json!(name), json!(files::digest(&bytes)));
                beside.push((name, bytes));
            }
        }
        populations.push(value);
    }
    populations
}

/// The projections, whose edges go into files beside.
fn projections(graph: &Graph, beside: &mut Vec<(String, Vec<u8>)>) -> Vec<Value> {
    let mut projections = Vec::new();
    for (from, source) in graph.populations.iter().enumerate() {
        for ((to, exponent), edges) in edges(graph, source) {
            let part = exponent.map_or(String::new(), |exponent| format!("-{}", i16::from(exponent) + LEAST_EXPONENT));
            let name = format!("edges-{from}-{to}{part}.bin");
            let (sha256, target) = (files::digest(&edges), &graph.populations[to].name);
            let mut value = json!({"from": source.name, "to": target, "edges_file": name, "edges_sha256": sha256});
            if let Some(exponent) = exponent {
                value["weight_exponent"] = json!(exponent);
            }
            projections.push(value);
            beside.push((name, edges));
        }
    }
    projections
}

/// Removes files of an earlier network.
fn remove_others(folder: &Path, written: &[(String, Vec<u8>)]) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| is_of_a_network(name)) else { continue };
        if written.iter().all(|(other, _)| other != name) {
            std::fs::remove_file(folder.join(name))?;
        }
    }
    Ok(())
}

/// Whether [`save`] writes files with such a name next to `network.json`: `edges-A-B.bin`, `edges-A-B-C.bin`,
/// `spikes-A.bin`.
pub fn is_of_a_network(name: &str) -> bool {
    let numbers = |text: &str, count: usize| {
        let parts: Vec<&str> = text.split('-').collect();
        parts.len() == count && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let stem = name.strip_suffix(".bin").unwrap_or_default();
    stem.strip_prefix("edges-").is_some_and(|rest| numbers(rest, 2) || numbers(rest, 3))
        || stem.strip_prefix("spikes-").is_some_and(|rest| numbers(rest, 1))
}

/// Checks that the reader accepts the output.
fn readable(network: &SparseNetwork) -> Result<(), String> {
    let long = |text: &str, most: usize| text.len() > most && text.chars().count() > most;
    let populations = &network.graph.populations;
    if let Some(population) = populations.iter().find(|population| long(&population.name, MAX_NAME)) {
        let (start, count) = (population.name.chars().take(40).collect::<String>(), population.name.chars().count());
        return Err(format!("the name \"{start}…\" has {count} characters, at most {MAX_NAME} are allowed"));
    }
    if network.notes.iter().any(|note| long(note, MAX_TEXT)) {
        return Err(format!("a note on it has more than {MAX_TEXT} characters"));
    }
    let counts = || populations.iter().flat_map(|population| &population.source).map(|spikes| spikes.len() as u64);
    match (counts().max().unwrap_or(0), counts().sum::<u64>()) {
        (most, _) if most > MAX_SPIKES => Err(format!("an input has {most} spikes, at most {MAX_SPIKES} are allowed")),
        (_, all) if all > MAX_ALL_SPIKES => {
            Err(format!("its inputs have {all} spikes together, at most {MAX_ALL_SPIKES} are allowed"))
        }
        _ => Ok(()),
    }
}

fn bytes_of(spikes: &[(u32, u32)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(spikes.len() * SPIKE_BYTES as usize);
    for (step, neuron) in spikes {
        bytes.extend(step.to_le_bytes());
        bytes.extend(neuron.to_le_bytes());
    }
    bytes
}

/// The edges from a population, as bytes, by target population and by the exponent of weights that have one.
fn edges(graph: &Graph, from: &Population) -> BTreeMap<(usize, Option<i8>), Vec<u8>> {
    let mut edges = BTreeMap::new();
    for neuron in from.range() {
        for (target, weight, delay, exponent) in graph.synapses.scaled_row(neuron) {
            let to = graph.population_of(target as usize);
            let bytes: &mut Vec<u8> = edges.entry((to, (exponent != 0).then_some(exponent))).or_default();
            bytes.extend((neuron as u32 - from.first).to_le_bytes());
            bytes.extend((target - graph.populations[to].first).to_le_bytes());
            bytes.extend(weight.to_le_bytes());
            // Delays in graphs have at most eight bits.
            bytes.extend((delay as u16).to_le_bytes());
        }
    }
    edges
}

fn describe(graph: &Graph, index: usize, population: &Population) -> Value {
    let mut value = json!({"name": population.name, "size": population.count});
    let row = graph.row_of(population.first);
    if row != population.first {
        value["rows_of"] = json!(graph.populations[graph.population_of(row as usize)].name);
    }
    if population.source.is_some() {
        return value;
    }
    let (settings, range) = (&population.params, population.range());
    let traits = graph.traits.get(range.clone()).unwrap_or_default();
    let trait_of = |neuron: usize| traits.get(neuron).copied().unwrap_or_default();
    value["neuron"] = neuron::write(settings, range.len(), |neuron| trait_of(neuron).after);
    let model = settings.first().ranges();
    let unshifted = |all: &[i32], shift: &dyn Fn(usize) -> u32| {
        per_neuron(all.iter().enumerate().map(|(neuron, value)| i64::from(value >> shift(neuron))))
    };
    value["threshold"] = unshifted(&graph.threshold[range.clone()], &|_| model.threshold_shift);
    value["bias"] = unshifted(&graph.bias[range.clone()], &|neuron| settings.of(neuron).bias_shift());
    if settings.first().model.has_traits() {
        value["reset_potential"] = per_neuron(traits.iter().map(|t: &Traits| t.reset_potential.into()));
        value["negative_threshold"] = per_neuron(traits.iter().map(|t| i64::from(t.floor) * model.floor_sign));
    }
    if let Some(start) = graph.start.get(range).filter(|start| start.iter().any(|v| *v != 0)) {
        value["start"] = unshifted(start, &|_| 0);
    }
    if let Some(window) = population.window {
        if window.first > 1 {
            value["first_step"] = json!(window.first);
        }
        if window.ends {
            value["last_step"] = json!(window.first + window.steps - 1);
        }
    }
    if !settings.fires() {
        value["fires"] = json!(false);
    }
    if let Some(format) = graph.named_format(index) {
        value["synapse_format"] = json!(format.name());
    }
    if let Some(unit) = graph.named_soma(index) {
        value["soma_unit"] = json!(unit);
    }
    value
}

/// One value if all are equal, or a list.
fn per_neuron(mut values: impl Iterator<Item = i64> + Clone) -> Value {
    let all = values.clone();
    match values.next() {
        Some(first) if values.all(|value| value == first) => json!(first),
        _ => all.collect(),
    }
}
