//! RANC's test benches, replayed on the simulated chip: packets at the output bus, tick by tick.
//!
//! Every core becomes a population on its own core of a mesh of RANC's size, every neuron with its word's parameters,
//! and spikes that reach an axon in the same tick are one spike there. Packets in come from the host; the output bus is a
//! core of neurons that count what arrives. The network on chip, the cores and the neurons are those of any run.
//!
//! Ticks: packets in before tick k, delivered d ticks later, act in tick k + d. Outputs are compared from the tick in
//! which the first packets in can have reached the output bus: before it, hardware and test bench ignore what comes.

mod grid;
mod read;

use super::simulate::{StepwiseRun, session};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::ids::SiteId;
use crate::map::Limits;
use crate::net::Graph;
use crate::net::graph::{Csr, Drive, NO_AXON, Population, Window};
use crate::net::neuron::{After, If, Model, Params, Ranc, Reset, Traits};
use crate::session::Deployment;
use grid::RancGrid;
use read::{RancTarget, TestBench};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "ranc", about: "RANC's test benches: packets out, tick by tick, bit for bit", run };

const SOURCE: &str =
    "UA-RCL/RANC, commit 08ae4bd, hardware/IP/RANCNetwork/src/simulations/memory_files (expected packets)";

/// A test bench to replay.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Where its files are.
    pub path: PathBuf,
    /// Width and height of its grid of cores, where they are to be given.
    pub grid: Option<(u32, u32)>,
}

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let mut folders = bench.ranc.clone();
    if let Some(data) = &bench.data {
        let entries = std::fs::read_dir(data.join("ranc")).into_iter().flatten().flatten();
        let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
        found.sort();
        folders.extend(found.into_iter().map(|path| Folder { path, grid: None }));
    }
    if folders.is_empty() {
        let why = "its test benches are not here: give --ranc DIR, or --data DIR with ranc/*";
        return Err(Trouble::Absent(why.into()));
    }
    folders.iter().map(|folder| replay(bench, folder)).collect()
}

/// Replays one test bench.
pub fn replay(bench: &ValidationBench, folder: &Folder) -> Result<Finding, Trouble> {
    let name = folder.path.file_name().map_or("bench".into(), |name| name.to_string_lossy().into_owned());
    let within = |trouble: Trouble| match trouble {
        Trouble::Failed(why) if !why.starts_with(&folder.path.display().to_string()) => {
            Trouble::Failed(format!("{}: {why}", folder.path.display()))
        }
        other => other,
    };
    let test = read::read(&folder.path)?;
    let grid = grid::find(&test, folder.grid).map_err(within)?;
    let first = first_tick(&test, &grid).ok_or_else(|| within(Trouble::Failed("no packet in leads out".into())))?;
    let ours = outputs(bench, &test, &grid, first).map_err(within)?;
    let equal = ours.iter().zip(&test.outputs).filter(|(a, b)| a == b).count();
    let (packets, wanted) =
        (ours.iter().map(Vec::len).sum::<usize>(), test.outputs.iter().map(Vec::len).sum::<usize>());
    let mut notes = vec![format!(
        "{}x{} cores, {} packets in, {packets} packets out ({wanted} expected), compared from tick {first}",
        grid.width,
        grid.height,
        test.inputs.iter().map(Vec::len).sum::<usize>()
    )];
    if let Some(tick) = ours.iter().zip(&test.outputs).position(|(a, b)| a != b) {
        notes.push(format!(
            "first difference {} ticks on: axons {:?}, expected {:?}",
            tick, ours[tick], test.outputs[tick]
        ));
    }
    Ok(Finding {
        case: format!("ranc, ticks of {name} with the expected packets"),
        ours: equal as f64,
        published: test.outputs.len() as f64,
        unit: "ticks".into(),
        tolerance: Some(0.0),
        kind: FindingKind::BitExact,
        source: SOURCE.into(),
        notes,
    })
}

/// The tick, from 1, in which packets that came in before tick 1 can first leave.
fn first_tick(test: &TestBench, grid: &RancGrid) -> Option<u32> {
    let mut reached: BTreeMap<u32, u32> = BTreeMap::new();
    let mut open: Vec<(u32, u32)> =
        test.inputs.first()?.iter().filter_map(|packet| Some((grid.place(0, packet)?, 1 + packet.tick))).collect();
    let mut out = None;
    while let Some((place, tick)) = open.pop() {
        if reached.get(&place).is_some_and(|before| *before <= tick) {
            continue;
        }
        reached.insert(place, tick);
        let neurons = test.cores.get(place as usize).into_iter().flatten().flat_map(|core| &core.neurons);
        for neuron in neurons.filter(|neuron| neuron.is_active()) {
            match grid.place(place, &neuron.to) {
                Some(to) if to == grid.output => out = Some(out.map_or(tick, |first: u32| first.min(tick))),
                Some(to) => open.push((to, tick + 1 + neuron.to.tick)),
                None => {}
            }
        }
    }
    out
}

/// A test bench on its chip, for callers that follow it tick by tick. Tick k, from 0, is step k + 2.
pub fn deployment(bench: &ValidationBench, folder: &Folder) -> Result<Deployment, Trouble> {
    let test = read::read(&folder.path)?;
    let grid = grid::find(&test, folder.grid)?;
    placed(bench, &test, &grid, &build(&test, &grid))
}

/// A test bench on a chip of its size, with every core at its place.
fn placed(bench: &ValidationBench, test: &TestBench, grid: &RancGrid, built: &Built) -> Result<Deployment, Trouble> {
    let (axons, neurons) = (test.axons.max(2), built.graph.neurons_per_core.unwrap_or(1));
    let edits = [
        ("/mesh/width", json!(grid.width)),
        ("/mesh/height", json!(grid.height)),
        ("/core/max_axons_in", json!(axons)),
        ("/core/max_neurons", json!(neurons)),
        ("/gating", json!("window")),
    ];
    let chip = bench.chip("ranc", &edits)?;
    // Several sources may share an axon, which the mapping counts apart.
    let (session, options) = session(&built.graph, &chip, None, Limits::Report)?;
    let mut arranged = session.arrange(&options).map_err(Trouble::failed)?;
    for core in arranged.mapping.cores.iter_mut() {
        core.site = SiteId::new(built.places[core.parts[0].population as usize]);
    }
    session.deploy(arranged, &options).map_err(Trouble::failed)
}

/// Axons of the packets out, ascending, in as many ticks as are expected.
fn outputs(bench: &ValidationBench, test: &TestBench, grid: &RancGrid, first: u32) -> Result<Vec<Vec<u32>>, Trouble> {
    let built = build(test, grid);
    let deployment = placed(bench, test, grid, &built)?;
    let mut course = StepwiseRun::new(&deployment);
    // Step t + 1 is tick t, and what is sent in it is counted in the step after it.
    course.steps(first + 1)?;
    let arrived = |course: &StepwiseRun<'_>| course.runner.neurons(0).1[built.output.clone()].to_vec();
    let mut before = arrived(&course);
    let mut all = Vec::new();
    for _ in &test.outputs {
        course.steps(1)?;
        let now = arrived(&course);
        let new =
            (0..).zip(now.iter().zip(&before)).flat_map(|(axon, (now, before))| vec![axon; (now - before) as usize]);
        all.push(new.collect());
        before = now;
    }
    Ok(all)
}

struct Built {
    graph: Graph,
    /// The place on the grid of each population.
    places: Vec<u32>,
    /// Neurons that stand for the axons of the output bus.
    output: std::ops::Range<usize>,
}

/// Where a row of synapses leads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Axon {
    place: u32,
    axon: u32,
    delay: u32,
}

/// Populations: the host's packets, potentials before the first tick, the cores, and the output bus.
fn build(test: &TestBench, grid: &RancGrid) -> Built {
    let (sent, spikes) = packets_in(test, grid);
    let kicked = kicked(test);
    let mut layout = RancLayout { graph: Graph::default(), places: Vec::new() };
    let source = |params| Params { fires: false, ..params };
    let ranc = Params { model: Model::Ranc(Ranc), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 9, fires: true };
    layout.add("packets in", sent.len() as u32, source(ranc), 0, Some(spikes));
    let all_at_once = (0..kicked.len() as u32).map(|k| (1, k)).collect();
    layout.add("potentials", kicked.len() as u32, source(ranc), 0, Some(all_at_once));
    let mut firsts = BTreeMap::new();
    for (place, core) in (0..).zip(&test.cores) {
        if let Some(core) =
            core.as_ref().filter(|core| place != grid.output && core.neurons.iter().any(|n| n.is_active()))
        {
            firsts.insert(place, layout.graph.threshold.len() as u32);
            layout.add(&format!("core{place}"), core.neurons.len() as u32, ranc, place, None);
        }
    }
    let most = test.cores.iter().flatten().flat_map(|core| &core.neurons).map(|neuron| neuron.to.axon).max();
    let bus = layout.graph.threshold.len() as u32;
    let count = Params { model: Model::If(If), membrane_bits: 32, fires: false, ..ranc };
    layout.add("output bus", most.unwrap_or(0) + 1, count, grid.output, None);
    let RancLayout { mut graph, places } = layout;
    let rows = RancRows { test, grid, firsts: &firsts, bus };
    let mut synapses = Csr::with_capacity(graph.threshold.len(), 0);
    for axon in &sent {
        rows.axon(*axon, &mut synapses, &mut graph.axons);
    }
    for (place, neuron) in &kicked {
        let potential = test.cores[*place as usize].as_ref().map_or(0, |core| core.neurons[*neuron as usize].potential);
        if let Some(first) = firsts.get(place) {
            synapses.push(first + neuron, potential as i16, 1);
        }
        synapses.end_row();
        graph.axons.push(NO_AXON);
    }
    for (place, first) in &firsts {
        for (i, neuron) in test.cores[*place as usize].iter().flat_map(|core| &core.neurons).enumerate() {
            let here = *first as usize + i;
            (graph.threshold[here], graph.bias[here]) = (neuron.threshold, neuron.leak);
            let after = if neuron.linear { After::Linear } else { After::Absolute };
            graph.traits[here] = Traits { after, reset_potential: neuron.reset_potential, floor: neuron.floor };
            rows.neuron(*place, neuron, &mut synapses, &mut graph.axons);
        }
    }
    while synapses.sources() < graph.threshold.len() {
        synapses.end_row();
        graph.axons.push(NO_AXON);
    }
    graph.synapses = Arc::new(synapses);
    let output = bus as usize..graph.threshold.len();
    graph.neurons_per_core = graph.populations.iter().skip(2).map(|population| population.count).max();
    Built { graph, places, output }
}

/// The axons that packets in reach, and when: (step, position among the axons).
fn packets_in(test: &TestBench, grid: &RancGrid) -> (Vec<Axon>, Vec<(u32, u32)>) {
    let axon = |packet: &RancTarget| {
        let place = grid.place(0, packet)?;
        Some(Axon { place, axon: packet.axon, delay: packet.tick + 1 })
    };
    let mut axons: Vec<Axon> = test.inputs.iter().flatten().filter_map(axon).collect();
    axons.sort_unstable();
    axons.dedup();
    let mut spikes = Vec::new();
    // Packets before tick k + 1 are sent in step k + 1 and act in the step after it, or later.
    for (k, packets) in (0..).zip(&test.inputs) {
        let positions = packets.iter().filter_map(axon).filter_map(|axon| axons.binary_search(&axon).ok());
        spikes.extend(positions.map(|position| (k + 1, position as u32)));
    }
    spikes.sort_unstable();
    // A packet that comes twice is one spike at its axon.
    spikes.dedup();
    (axons, spikes)
}

/// Neurons with a potential before the first tick: (place, neuron).
fn kicked(test: &TestBench) -> Vec<(u32, u32)> {
    let of = |(place, core): (u32, &Option<read::RancCore>)| -> Vec<(u32, u32)> {
        let neurons = core.iter().flat_map(|core| &core.neurons);
        (0..).zip(neurons).filter(|(_, neuron)| neuron.potential != 0).map(|(i, _)| (place, i)).collect()
    };
    (0..).zip(&test.cores).flat_map(of).collect()
}

struct RancLayout {
    graph: Graph,
    places: Vec<u32>,
}

impl RancLayout {
    fn add(&mut self, name: &str, count: u32, params: Params, place: u32, source: Option<Vec<(u32, u32)>>) {
        let (first, graph) = (self.graph.threshold.len() as u32, &mut self.graph);
        // The first step only brings packets in: RANC's first tick is the second.
        let window = source.is_none().then_some(Window::from(2));
        let (name, drive) = (name.to_owned(), Drive::EveryStep);
        graph.populations.push(Population { name, first, count, params: params.into(), drive, window, source });
        graph.threshold.resize((first + count) as usize, 1);
        graph.bias.resize((first + count) as usize, 0);
        graph.traits.resize((first + count) as usize, Traits::default());
        self.places.push(place);
    }
}

struct RancRows<'a> {
    test: &'a TestBench,
    grid: &'a RancGrid,
    /// The first neuron of each core, by place.
    firsts: &'a BTreeMap<u32, u32>,
    bus: u32,
}

impl RancRows<'_> {
    fn neuron(&self, place: u32, neuron: &read::RancNeuron, synapses: &mut Csr, axons: &mut Vec<u32>) {
        match self.grid.place(place, &neuron.to) {
            Some(to) if to == self.grid.output => {
                if neuron.is_active() {
                    synapses.push(self.bus + neuron.to.axon, 1, 1);
                }
                synapses.end_row();
                axons.push(NO_AXON);
            }
            Some(to) if neuron.is_active() => {
                self.axon(Axon { place: to, axon: neuron.to.axon, delay: neuron.to.tick + 1 }, synapses, axons);
            }
            // It never fires, or its packets leave the grid.
            _ => {
                synapses.end_row();
                axons.push(NO_AXON);
            }
        }
    }

    fn axon(&self, axon: Axon, synapses: &mut Csr, axons: &mut Vec<u32>) {
        let core = self.test.cores.get(axon.place as usize).and_then(Option::as_ref);
        if let (Some(core), Some(first)) = (core, self.firsts.get(&axon.place)) {
            let kind = core.types[axon.axon as usize] as usize;
            for (i, neuron) in (0..).zip(&core.neurons).filter(|(_, neuron)| neuron.connected[axon.axon as usize]) {
                synapses.push(first + i, neuron.weights[kind], axon.delay);
            }
        }
        synapses.end_row();
        axons.push(axon.place * self.test.axons + axon.axon);
    }
}
