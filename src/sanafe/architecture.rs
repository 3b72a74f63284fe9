//! An architecture as a chip file.

use super::units::{Constant, HardwareUnit, note_others, time, units};
use super::yaml::{Kind, Node, Source, counted};
use crate::json::FileError;
use crate::net::graph::SynapseFormat;
use serde_json::{Map, Value, json};
use std::path::Path;

/// A chip file made of an architecture.
#[derive(Clone, Debug, PartialEq)]
pub struct PeerChip {
    /// The chip file.
    pub chip: Value,
    /// What has no counterpart, and what was assumed.
    pub notes: Vec<String>,
    /// Tiles, and cores of each.
    pub(super) size: (u32, u32),
    /// Soma units by name: model, and the name in the chip file where it has several.
    pub(super) somas: Vec<(String, SomaModel)>,
    /// Synapse units by name, with the format that each became where there are several.
    pub(super) synapses: Vec<(String, Option<SynapseFormat>)>,
}

/// The models of soma units that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SomaModel {
    /// Leaky integrate and fire, with the chip's name for its unit.
    Lif,
    /// Spikes from outside.
    Input,
    /// Any other.
    Other,
}

/// Most soma units that do not read input.
const MOST_SOMAS: usize = 4;
/// Synapse units that carry over: one for each format.
const FORMATS: [SynapseFormat; 3] = [SynapseFormat::Dense, SynapseFormat::Sparse, SynapseFormat::Conv];
const HOPS: [&str; 4] = ["east", "west", "north", "south"];

/// Reads an architecture.
pub fn architecture(path: &Path) -> Result<PeerChip, FileError> {
    let source = Source::open(path)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let read = read(&source, &file);
    source.finish(read)
}

/// The parts of the description.
struct Parts<'n> {
    name: String,
    attributes: &'n Node,
    tile: &'n Node,
    core: &'n Node,
    size: (u32, u32),
}

fn read(source: &Source, file: &str) -> Option<PeerChip> {
    let parts = parts(source, source.need(&source.root, "architecture")?)?;
    let mut notes = Vec::new();
    let somas = units(source, parts.core, "soma");
    let synapses = units(source, parts.core, "synapse").and_then(|units| formats(source, units, &mut notes));
    let costs = costs(source, &parts, (somas.as_deref(), synapses.as_deref()), &mut notes);
    let mesh = mesh(source, &parts, &mut notes);
    let core = core(source, &parts, somas.as_deref(), &mut notes);
    let barrier = barrier(source, parts.attributes);
    let (costs, barrier) = (costs?, barrier?);
    let tick = tick(&costs, &barrier);
    let calibration = json!({
        "description": format!("constants of {file}"),
        "scope": "per_term",
        "costs": costs_of_file(&costs, tick),
        "barrier": {
            "by_tiles": barrier.iter().map(|(tiles, fs)| json!([tiles, time((*fs).max(tick))])).collect::<Vec<_>>(),
            "kind": "model", "source": "file",
        },
        "static_power": null,
    });
    let (mut mesh, mut core) = (mesh?, core?);
    for field in ["flit_interval", "credit_delay"] {
        mesh.insert(field.into(), json!(time(tick)));
    }
    let several = synapses.as_ref().is_some_and(|units| units.len() > 1);
    core.insert("updates_on_zero".into(), json!(true));
    let chip = json!({
        "format": "spikemesh.chip/1",
        "name": parts.name,
        "description": format!("{}, imported from SANA-FE's {file}", parts.name),
        "tick": time(tick),
        "clock": {"mhz": 1000, "reference": true},
        "mesh": mesh,
        "core": core,
        "neurons": [{"model": "loihi"}],
        "gating": "none",
        "default_calibration": "sanafe",
        "calibrations": {"sanafe": calibration},
        "sources": {"file": file, "assumed": "no term in the file; the least that the model can have"},
        "structure_sources": ["file"],
        "estimates": [
            "mesh.flit_interval, mesh.credit_delay and the times of inject and eject: no term in the file; one tick",
            "core.max_axons_in and core.synapses: no limit in the file; as large as a chip file may have",
        ],
    });
    let somas = somas?.iter().map(|unit| (unit.name.to_owned(), model(unit))).collect();
    let synapses =
        synapses?.into_iter().map(|(unit, format)| (unit.name.to_owned(), several.then_some(format))).collect();
    Some(PeerChip { chip, notes, size: parts.size, somas, synapses })
}

fn model(unit: &HardwareUnit<'_>) -> SomaModel {
    match unit.model() {
        Some("leaky_integrate_fire" | "leaky_integrate_and_fire") => SomaModel::Lif,
        Some("input") => SomaModel::Input,
        _ => SomaModel::Other,
    }
}

/// The tiles and cores, all of which have to be alike.
fn parts<'n>(source: &Source, root: &'n Node) -> Option<Parts<'n>> {
    let (attributes, tiles) = (source.need(root, "attributes"), source.need(root, "tile"));
    let name = root.get("name").and_then(Node::text).unwrap_or("chip").to_owned();
    let (tile, tile_count) = only(source, tiles?, "tile")?;
    let (core, core_count) = only(source, source.need(tile, "core")?, "core")?;
    let attributes = attributes?;
    let side = |name: &str| source.need(attributes, name).and_then(|node| source.whole(node, 1..=1024));
    let (width, height) = (side("width"), side("height"));
    if i64::from(tile_count) > width? * height? {
        source.problem(tile, format!("{tile_count} tiles on a mesh of {} x {}", width?, height?));
        return None;
    }
    Some(Parts { name, attributes, tile, core, size: (tile_count, core_count) })
}

/// The one entry of a list of tiles or cores, and how many there are of it.
fn only<'n>(source: &Source, list: &'n Node, what: &str) -> Option<(&'n Node, u32)> {
    let [one] = list.items() else {
        let message = format!("{} entries of {what}; one is read, which all {what}s are like", list.items().len());
        source.problem(list, format!("{message}: write kinds of cores into the chip file (guide chip_file)"));
        return None;
    };
    let name = source.need(one, "name")?;
    let count = name.text().and_then(counted);
    if count.is_none() {
        source.problem(name, format!("found {}, expected a name such as \"{what}[0..3]\"", name.describe()));
    }
    count.map(|(_, count)| (one, count))
}

fn mesh(source: &Source, parts: &Parts<'_>, notes: &mut Vec<String>) -> Option<Map<String, Value>> {
    let attributes = parts.attributes;
    let whole = |name: &str, most: i64| source.need(attributes, name).and_then(|node| source.whole(node, 1..=most));
    let (width, height, buffer) = (whole("width", 1024), whole("height", 1024), whole("link_buffer_size", 65_535));
    if let Some(other) = attributes.get("topology").and_then(Node::text).filter(|topology| *topology != "mesh") {
        notes.push(format!("topology \"{other}\": SANA-FE does not read it, and routes on a mesh; so does this chip"));
    }
    let known = ["topology", "width", "height", "link_buffer_size", "sync_model", "latency_sync"];
    note_others(notes, "architecture", attributes, &known);
    if i64::from(parts.size.0) < width? * height? {
        notes.push(format!(
            "{} tiles on a mesh of {} x {}: the other places have tiles here, too",
            parts.size.0, width?, height?
        ));
    }
    let value = json!({
        "topology": "mesh", "width": width?, "height": height?, "cores_per_tile": parts.size.1,
        "tile_order": "column_major", "routing": "xy", "buffer_flits": buffer?, "flit_interval": "", "credit_delay": "",
        "host_tile": [0, 0],
    });
    value.as_object().cloned()
}

fn core(
    source: &Source,
    parts: &Parts<'_>,
    somas: Option<&[HardwareUnit<'_>]>,
    notes: &mut Vec<String>,
) -> Option<Map<String, Value>> {
    let attributes = source.need(parts.core, "attributes")?;
    let neurons = source.need(attributes, "max_neurons_supported").and_then(|node| source.whole(node, 1..=65_536))?;
    note_others(notes, "core", attributes, &["buffer_position", "buffer_inside_unit", "max_neurons_supported"]);
    let position = attributes.get("buffer_position").and_then(Node::text);
    if let Some(other) = position.filter(|position| *position != "soma") {
        notes.push(format!("core: buffer_position \"{other}\": here a core keeps what arrived in front of its soma"));
    }
    let own: Vec<&HardwareUnit<'_>> = somas?.iter().filter(|unit| model(unit) != SomaModel::Input).collect();
    let mut core = json!({
        "max_neurons": neurons, "max_axons_in": 1 << 24, "max_axons_out": null, "max_fan_in": null, "max_fan_out": null,
        "weight_bits": 16, "max_delay": 1, "membrane_bits": 24,
        "synapses": {
            "kind": "sram", "bits": 1_u64 << 40, "word_bits": 1, "row_overhead_bits": 0,
            "index_bits": i64::from(64 - (neurons - 1).leading_zeros()),
        },
        "receive": "serial", "receive_queue": 16, "synapse_lanes": 1, "soma_lanes": 1,
    });
    if own.len() > 1 {
        core["soma_units"] = own.iter().map(|unit| json!(unit.name)).collect();
    }
    core.as_object().cloned()
}

/// Which format each synapse unit becomes.
fn formats<'n>(
    source: &Source,
    units: Vec<HardwareUnit<'n>>,
    notes: &mut Vec<String>,
) -> Option<Vec<(HardwareUnit<'n>, SynapseFormat)>> {
    if let Some(extra) = units.get(FORMATS.len()) {
        source.problem(extra.node, format!("{} synapse units; at most {} carry over", units.len(), FORMATS.len()));
        return None;
    }
    let by_name = |unit: &HardwareUnit<'_>| FORMATS.into_iter().find(|format| unit.name.contains(format.name()));
    let mut taken: Vec<SynapseFormat> = Vec::new();
    let named: Vec<Option<SynapseFormat>> = units.iter().map(by_name).collect();
    let alone = units.len() == 1;
    for (unit, named_so) in units.iter().zip(&named) {
        let free = |format: &SynapseFormat| !taken.contains(format) && !named.contains(&Some(*format));
        let format = named_so.filter(|format| !taken.contains(format));
        let chosen = format.or_else(|| FORMATS.into_iter().find(free)).unwrap_or(SynapseFormat::Dense);
        if format.is_none() && !alone {
            notes.push(format!("synapse unit {} is the format \"{}\" here", unit.name, chosen.name()));
        }
        taken.push(chosen);
    }
    Some(units.into_iter().zip(taken).collect())
}

/// A synapse unit, and the format of its synapses.
type FormattedUnit<'u> = (HardwareUnit<'u>, SynapseFormat);
type CostTerms = Vec<(String, Constant)>;

fn costs(
    source: &Source,
    parts: &Parts<'_>,
    (somas, synapses): (Option<&[HardwareUnit<'_>]>, Option<&[FormattedUnit<'_>]>),
    notes: &mut Vec<String>,
) -> Option<CostTerms> {
    let mut all: Vec<Option<(String, Constant)>> = Vec::new();
    let mut add = |name: String, constant: Option<Constant>| all.push(constant.map(|constant| (name, constant)));
    let tile = source.need(parts.tile, "attributes")?;
    for (index, direction) in HOPS.into_iter().enumerate() {
        // Rows are counted the other way: towards higher numbers is north there, and south here.
        let here = HOPS[[0, 1, 3, 2][index]];
        add(format!("hop_{here}"), Constant::read(source, tile, &format!("{direction}_hop")));
    }
    for (section, term, op) in [("axon_in", "message_in", "axon_in"), ("axon_out", "message_out", "axon_out")] {
        let first = units(source, parts.core, section).and_then(|units| units.into_iter().next());
        add(op.into(), first.and_then(|unit| Constant::read(source, unit.attributes, term)));
    }
    for (unit, format) in synapses? {
        let constant = Constant::read(source, unit.attributes, "process_spike");
        let several = synapses?.len() > 1;
        add(if several { format!("synapse_{}", format.name()) } else { "synapse".into() }, constant);
        note_others(notes, unit.name, unit.attributes, &["model", "energy_process_spike", "latency_process_spike"]);
    }
    let own = somas?.iter().filter(|unit| model(unit) != SomaModel::Input);
    for (index, unit) in own.enumerate() {
        if index == MOST_SOMAS {
            source.problem(unit.node, format!("more than {MOST_SOMAS} soma units besides those of inputs"));
            break;
        }
        let kind = if index == 0 { String::new() } else { format!("_{}", index + 1) };
        for (op, term) in [("access", "access_neuron"), ("update", "update_neuron"), ("spike", "spike_out")] {
            add(format!("soma_{op}{kind}"), Constant::read(source, unit.attributes, term));
        }
        let terms = ["access_neuron", "update_neuron", "spike_out"];
        let terms = terms.iter().flat_map(|term| ["energy", "latency"].map(|what| format!("{what}_{term}")));
        let known: Vec<String> = terms.chain(["model".into()]).collect();
        note_others(notes, unit.name, unit.attributes, &known.iter().map(String::as_str).collect::<Vec<_>>());
    }
    dendrites(source, parts, notes);
    let inputs = somas?.iter().filter(|unit| model(unit) == SomaModel::Input);
    inputs.for_each(|unit| {
        let note = "its neurons are sources of the host here, whose packets no axon unit makes and no soma pays for";
        notes.push(format!("soma unit {}: {note}", unit.name));
    });
    all.into_iter().collect()
}

/// Names dendrites that cost something.
fn dendrites(source: &Source, parts: &Parts<'_>, notes: &mut Vec<String>) {
    for unit in units(source, parts.core, "dendrite").into_iter().flatten() {
        let costs = |name: &str| unit.attributes.get(name).and_then(|node| source.number(node)).unwrap_or(0.0);
        if costs("energy_update") != 0.0 || costs("latency_update") != 0.0 {
            notes.push(format!(
                "dendrite unit {}: its cost is left out, as dendrites are not counted so here",
                unit.name
            ));
        }
    }
}

/// The largest tick of which all times are multiples; 100 ps if there are none.
fn tick(costs: &CostTerms, barrier: &[(u32, u64)]) -> u64 {
    let times = costs.iter().map(|(_, constant)| constant.latency_fs).chain(barrier.iter().map(|(_, fs)| *fs));
    match times.fold(0, divisor) {
        0 => 100_000,
        tick => tick.min(1_000_000_000_000),
    }
}

fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

/// All operations of a chip file.
fn costs_of_file(costs: &CostTerms, tick: u64) -> Value {
    let mut all = Map::new();
    for (name, constant) in costs {
        let cost = if name.starts_with("hop_") { constant.cost_of_way(tick) } else { constant.cost() };
        all.insert(name.clone(), cost);
        // The first unit of several is the one of neurons that name none.
        if name.starts_with("synapse_") && !all.contains_key("synapse") {
            all.insert("synapse".into(), constant.cost());
        }
    }
    let way = json!({
        "included_in": "axon_out", "latency": time(tick), "latency_kind": "assumed", "source": "assumed",
        "note": "no term in the file; one tick",
    });
    all.insert("inject".into(), way.clone());
    all.insert("eject".into(), way);
    all.insert("dendrite".into(), json!({"included_in": "soma_access"}));
    for op in ["host_write", "encoder_mac", "readout", "reset", "barrier"] {
        all.insert(op.into(), json!({"energy": null}));
    }
    Value::Object(all)
}

/// The times of the barrier (fs) by tiles: a time holds until the next number of tiles that is given.
fn barrier(source: &Source, attributes: &Node) -> Option<Vec<(u32, u64)>> {
    let seconds = |node: &Node| source.number(node).map(|value| (value.clamp(0.0, 1.0) * 1e15).round() as u64);
    let Some(node) = attributes.get("latency_sync") else { return Some(vec![(1, 0)]) };
    let steps: Vec<(u32, Option<u64>)> = match &node.kind {
        Kind::Text(_) => vec![(1, seconds(node))],
        Kind::List(items) => (0..).zip(items).map(|(tiles, item)| (tiles, seconds(item))).collect(),
        Kind::Map(fields) => fields
            .iter()
            .filter_map(|(tiles, time)| match tiles.trim().parse() {
                Ok(tiles) => Some((tiles, seconds(time))),
                Err(_) => {
                    source.problem(time, format!("found the number of tiles \"{tiles}\""));
                    None
                }
            })
            .collect(),
    };
    let mut steps: Vec<(u32, u64)> =
        steps.into_iter().map(|(tiles, fs)| Some((tiles.max(1), fs?))).collect::<Option<_>>()?;
    steps.sort_unstable_by_key(|(tiles, _)| *tiles);
    steps.dedup_by_key(|(tiles, _)| *tiles);
    let mut pairs: Vec<(u32, u64)> = Vec::new();
    for (tiles, fs) in steps {
        // Between two numbers of tiles a chip file interpolates.
        if let Some((last, held)) = pairs.last().copied().filter(|(last, _)| last + 1 < tiles) {
            debug_assert!(last < tiles);
            pairs.push((tiles - 1, held));
        }
        pairs.push((tiles, fs));
    }
    if pairs.windows(2).any(|pair| pair[0].1 > pair[1].1) {
        source.problem(node, "a barrier over more tiles takes less time, which a chip file cannot say");
        return None;
    }
    Some(pairs)
}
