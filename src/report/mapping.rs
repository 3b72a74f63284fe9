//! The figures of a mapping: cores, use of their limits, traffic, what does not fit.

use super::bill;
use super::origin::{FileOrigin, origins_json};
use super::saved::Save;
use super::sections::{CoreNeeds, mixed_signs, needs, occupancy, utilisation_json};
use super::summary::Occupancy;
use super::table::{count, label, thousands};
use crate::hw::routing::Hops;
use crate::hw::{Chip, Energy, SynapseArray};
use crate::map::{Arranged, CoreLoad, Figures, Mapping, Objective, Saving, Toeplitz, least_hops, toeplitz};
use crate::net::architecture::Kernel;
use crate::net::graph::Graph;
use crate::stats::Counts;
use crate::units::sum_to_pj;
use serde_json::{Value, json};

/// Schema name of a mapping's report.
#[doc(hidden)]
pub const MAP_SCHEMA: &str = "spikemesh.map/1";

/// Resources of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerLoad {
    /// Name.
    pub layer: String,
    /// Neurons.
    pub neurons: u32,
    /// Cores.
    pub cores: u32,
    /// Most distinct sources into one of its cores.
    pub axons_in: u32,
    /// Synapses.
    pub synapses: u64,
    /// Synapse memory (bits).
    pub memory_bits: u64,
    /// Cores of the plain mapping of its whole matrix, of a network with convolutions on crossbars.
    pub toeplitz: Option<Toeplitz>,
}

/// The limit that a core comes nearest to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearestLimit {
    /// Site of the core.
    pub core: u32,
    /// Layers on it.
    pub layers: String,
    /// What is limited.
    pub name: &'static str,
    /// What the core takes of it.
    pub needed: u64,
    /// What it has.
    pub allowed: u64,
}

impl NearestLimit {
    fn of(chip: &Chip, graph: &Graph, mapping: &Mapping) -> Option<Self> {
        let mut nearest: Option<(f64, Self)> = None;
        for CoreNeeds { name, of } in needs(chip, mapping) {
            for (core, of) in mapping.cores.iter().zip(of) {
                let Some((needed, allowed)) = of else { continue };
                let share = needed as f64 / allowed as f64;
                if nearest.as_ref().is_none_or(|(most, _)| share > *most) {
                    let (layers, core) = (core.names(graph), core.site.get());
                    nearest = Some((share, Self { core, layers, name, needed, allowed }));
                }
            }
        }
        nearest.map(|(_, nearest)| nearest)
    }

    /// In words, as in `core 3 (dense1): synapse memory, 93 % of 1,048,576 bits`.
    pub(super) fn text(&self) -> String {
        let Self { core, layers, name, needed, allowed } = self;
        let unit = if *name == "synapse_memory" { " bits" } else { "" };
        let percent = 100.0 * *needed as f64 / *allowed as f64;
        format!("core {core} ({layers}): {}, {percent:.0} % of {}{unit}", label(name), thousands(*allowed as i64))
    }
}

/// The changes that save a core, in words.
pub(super) fn savings_text(savings: &[Saving]) -> Option<String> {
    let one = |saving: &Saving| format!("{} ({})", saving.change, count(saving.cores, "core"));
    (!savings.is_empty()).then(|| savings.iter().map(one).collect::<Vec<_>>().join(", or "))
}

/// All figures of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingSummary {
    /// Chip name.
    pub chip: String,
    /// Files that stood for what the program does not carry.
    pub origins: Vec<FileOrigin>,
    /// How neurons were put together.
    pub partitioner: &'static str,
    /// Objective of the searches.
    pub objective: &'static str,
    /// Use of the chip.
    pub occupancy: Occupancy,
    /// By layer.
    pub layers: Vec<LayerLoad>,
    /// Training samples by whose spikes packets are counted; none where every neuron has one spike.
    pub profile: Option<u32>,
    /// Packets if every neuron spiked once.
    pub packets: u64,
    /// Hops of those packets.
    pub hops: u64,
    /// Cores of the plain mapping of all layers, of a network with convolutions on crossbars.
    pub toeplitz: Option<Toeplitz>,
    /// The limit that a core comes nearest to.
    pub nearest: Option<NearestLimit>,
    /// Changes with which it takes fewer cores; empty if none was looked for or found.
    pub savings: Vec<Saving>,
    /// Omissions of the counts.
    pub notes: Vec<String>,
    /// Cost of its packets on the chip.
    pub traffic: MappingTraffic,
    /// Cost in the network's own order, where the mapping has another order.
    pub before: Option<MappingTraffic>,
}

/// Cost of packets on the network on chip, as the chip routes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MappingTraffic {
    /// Cores in use.
    pub cores: u32,
    /// Packets, the host's too.
    pub packets: u64,
    /// Hops.
    pub hops: u64,
    /// Energy of the hops by the chip's default constants, where all are published (pJ).
    pub energy_pj: Option<f64>,
    /// The link that carries most, and its packets.
    pub busiest: Option<(String, u64)>,
    /// Lower bound of the hops of any placement of the same cores, where every destination gets its own packet.
    pub least_hops: Option<u64>,
    /// Packets over each link of the topology.
    pub links: Vec<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Count,
    Energy,
}

/// A figure of a mapping: its name, how it is written, and what it is of.
pub(super) type MappingFigure = (&'static str, Written, fn(&MappingTraffic) -> Option<f64>);

pub(super) const FIGURES: &[MappingFigure] = &[
    ("cores", Written::Count, |t| Some(t.cores.into())),
    ("packets", Written::Count, |t| Some(t.packets as f64)),
    ("hops", Written::Count, |t| Some(t.hops as f64)),
    ("energy of the hops", Written::Energy, |t| t.energy_pj),
    ("packets on the busiest link", Written::Count, |t| {
        Some(t.busiest.as_ref().map_or(0, |(_, packets)| *packets) as f64)
    }),
];

impl MappingTraffic {
    /// Works it out for a mapping; `spikes` are those of every neuron in the order of its graph, or one each.
    pub fn of(arranged: &Arranged, chip: &Chip, spikes: Option<&[u32]>) -> Self {
        let Arranged { graph, mapping } = arranged;
        let figures = Figures::of(graph, chip, mapping, spikes);
        let mut counts = Counts::default();
        for (op, hops) in Hops::DIRECTIONS.into_iter().zip(figures.hops) {
            counts.add(op, hops);
        }
        let priced = chip.calibration(None).filter(|calibration| {
            let is_priced = |op| matches!(calibration.cost(op).energy, Energy::Priced { .. });
            // A chip without a price of hops has no energy of them, even where there are none.
            let directions = || Hops::DIRECTIONS.into_iter();
            directions().any(is_priced) && directions().all(|op| counts.of(op) == 0 || is_priced(op))
        });
        let name = |(link, packets): (usize, u64)| {
            let topology = &chip.noc.topology;
            (topology.link_name(&topology.links[link]), packets)
        };
        Self {
            cores: mapping.cores.len() as u32,
            packets: figures.packets,
            hops: figures.all_hops(),
            energy_pj: priced.map(|calibration| sum_to_pj(bill(&counts, 0, calibration).total())),
            busiest: figures.busiest().map(name),
            least_hops: least_hops(chip, mapping),
            links: figures.links,
        }
    }
}

/// Summarises a mapping.
#[doc(hidden)]
pub fn summarise_mapping(chip: &Chip, graph: &Graph, mapping: &Mapping) -> MappingSummary {
    let layers = layers(chip, graph, mapping);
    let add = |sum: Toeplitz, layer: Toeplitz| Toeplitz {
        pieces: sum.pieces + layer.pieces,
        filled: sum.filled + layer.filled,
    };
    MappingSummary {
        chip: chip.name.clone(),
        origins: Vec::new(),
        partitioner: mapping.partitioner.name(),
        objective: Objective::default().name(),
        occupancy: occupancy(chip, mapping),
        profile: None,
        toeplitz: layers.iter().filter_map(|layer| layer.toeplitz).reduce(add),
        layers,
        packets: mapping.traffic.iter().map(|(_, _, packets)| packets).sum(),
        hops: mapping.weighted_hops(chip),
        nearest: NearestLimit::of(chip, graph, mapping),
        savings: Vec::new(),
        notes: mixed_signs(graph).into_iter().collect(),
        traffic: MappingTraffic::default(),
        before: None,
    }
}

fn layers(chip: &Chip, graph: &Graph, mapping: &Mapping) -> Vec<LayerLoad> {
    let convolves = graph.operations.iter().any(|(_, operation)| matches!(operation.kernel, Kernel::Conv(_)));
    let is_crossbar = chip
        .kinds()
        .iter()
        .any(|kind| matches!(kind.core.synapses, SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar));
    let plain = if convolves && is_crossbar { toeplitz(graph, chip) } else { Vec::new() };
    let on_chip = graph.populations.iter().enumerate().filter(|(_, p)| p.source.is_none());
    let layer = |(index, population): (usize, &crate::net::graph::Population)| {
        let cores: Vec<&CoreLoad> = mapping.cores.iter().filter(|core| core.part(index).is_some()).collect();
        LayerLoad {
            layer: population.name.clone(),
            neurons: population.count,
            cores: cores.len() as u32,
            axons_in: cores.iter().map(|core| core.axons_in).max().unwrap_or(0),
            synapses: cores.iter().filter_map(|core| core.part(index)).map(|part| part.synapses).sum(),
            memory_bits: cores.iter().map(|core| core.memory_of(index)).sum(),
            toeplitz: plain.get(index).copied(),
        }
    };
    on_chip.map(layer).collect()
}

fn mapping_traffic(t: &MappingTraffic) -> Value {
    json!({
        "cores": t.cores, "packets": t.packets, "hops": t.hops, "hop_energy_pj": t.energy_pj,
        "busiest_link": t.busiest.as_ref().map(|(link, packets)| json!({"link": link, "packets": packets})),
        "least_hops": t.least_hops,
    })
}

/// The report of a mapping.
pub fn mapping_json(network: &str, m: &MappingSummary) -> Value {
    let plain = |t: Toeplitz| json!({"cores": t.pieces, "cores_with_synapses": t.filled});
    let layer = |l: &LayerLoad| {
        json!({
            "layer": l.layer, "neurons": l.neurons, "cores": l.cores, "axons_in": l.axons_in,
            "synapses": l.synapses, "memory_bits": l.memory_bits, "toeplitz": l.toeplitz.map(plain),
        })
    };
    json!({
        "schema": MAP_SCHEMA,
        "chip": m.chip,
        "origins": origins_json(&m.origins),
        "network": network,
        "partitioner": m.partitioner,
        "placer": m.occupancy.placer,
        "objective": m.objective,
        "profile_samples": m.profile,
        "cores_used": m.occupancy.cores_used,
        "nearest_limit": m.nearest.as_ref().map(|nearest| json!({
            "core": nearest.core, "layers": nearest.layers, "limit": nearest.name,
            "needed": nearest.needed, "allowed": nearest.allowed,
        })),
        "fewer_cores": m.savings.iter().map(|saving| json!({"change": saving.change, "cores": saving.cores})).collect::<Value>(),
        "toeplitz": m.toeplitz.map(plain),
        "cores": m.occupancy.cores,
        "chips": m.occupancy.chips,
        "tiles_used": m.occupancy.tiles_used,
        "area_mm2": m.occupancy.area.as_ref().map(Save::save),
        "utilisation": utilisation_json(&m.occupancy.utilisation),
        "traffic": mapping_traffic(&m.traffic),
        "before": m.before.as_ref().map(mapping_traffic),
        "per_layer": m.layers.iter().map(layer).collect::<Vec<_>>(),
        "packets_per_spike_of_every_neuron": m.packets,
        "hops_per_spike_of_every_neuron": m.hops,
        "limit_violations": m.occupancy.violations,
        "notes": m.notes,
    })
}
