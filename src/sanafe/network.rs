//! A network mapped to an architecture, as a sparse network and a mapping.

use super::architecture::{Architecture, SomaModel};
use super::groups::{Group, base, groups};
use super::synapses::{address, projections};
use super::yaml::{Node, Source};
use crate::json::FileError;
use crate::net::graph::SynapseFormat;
use crate::net::{Network, NetworkBuilder, Neuron, SparseNetwork};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// A network with its mapping.
#[derive(Clone, Debug)]
pub struct ImportedNetwork {
    /// The network.
    pub network: SparseNetwork,
    /// The mapping file.
    pub mapping: Value,
    /// What has no counterpart.
    pub notes: Vec<String>,
}

/// Units of a membrane of ours in one of SANA-FE's: both keep 1/64.
const PARTS: f64 = 64.0;
/// Largest mantissa of a bias, and its exponents.
const MANTISSA: f64 = 4095.0;
const EXPONENTS: u32 = 7;

/// Reads a network for an architecture; `name` is the network's.
pub fn network(path: &Path, architecture: &Architecture, name: &str) -> Result<ImportedNetwork, FileError> {
    let source = Source::open(path)?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let mut notes = Vec::new();
    let read = read(&source, architecture, (name, &file), &mut notes);
    let (builder, mapping) = source.finish(read)?;
    Ok(ImportedNetwork { network: builder.build()?, mapping, notes })
}

fn read(
    source: &Source,
    architecture: &Architecture,
    (name, file): (&str, &str),
    notes: &mut Vec<String>,
) -> Option<(NetworkBuilder, Value)> {
    let root = source.need(&source.root, "network")?;
    let mut groups = groups(source, root, notes)?;
    let cores = cores(source, architecture, &mut groups);
    let projections = projections(source, root, &groups, notes);
    let mut builder = Network::builder(name).description(format!("imported from SANA-FE's {file}"));
    let mut sound = Some(());
    let mut inputs = Vec::new();
    for group in &groups {
        match population(source, architecture, group, builder.clone(), notes) {
            Some((with, is_input)) => {
                builder = with;
                inputs.push(is_input);
            }
            None => sound = None,
        }
    }
    let (cores, projections) = (cores?, projections?);
    sound?;
    for projection in projections {
        let ends = [projection.from, projection.to].map(|group| groups[group].name.clone());
        builder = builder.connect(&ends[0], &ends[1], projection.edges);
    }
    let mapping = json!({
        "format": "spikemesh.mapping/1", "network": name, "chip": architecture.chip["name"],
        "partitioner": "sequential", "placer": "linear", "cores": core_list(&groups, &cores, &inputs),
    });
    Some((builder, mapping))
}

/// The neurons of each site: by group, in their order.
type Cores = BTreeMap<u32, BTreeMap<usize, Vec<u32>>>;

/// Reads the mappings, which may name units, too.
fn cores(source: &Source, architecture: &Architecture, groups: &mut [Group<'_>]) -> Option<Cores> {
    let list = source.need(&source.root, "mappings")?;
    let mut site_of: Vec<Vec<Option<u32>>> = groups.iter().map(|group| vec![None; group.neurons.len()]).collect();
    for item in list.items() {
        for (text, node) in item.fields() {
            let Some((group, range)) = address(source, item, text, groups) else { continue };
            let (first, last) = range.unwrap_or((0, groups[group].neurons.len() as u32 - 1));
            let site = node.get("core").and_then(|core| site(source, architecture, core));
            let named = ["soma", "synapse"].map(|unit| node.get(unit).and_then(Node::text).map(base));
            for neuron in first..=last {
                let attributes = &mut groups[group].neurons[neuron as usize];
                let [soma, synapse] = named.clone();
                attributes.soma = soma.or(attributes.soma.take());
                attributes.synapse = synapse.or(attributes.synapse.take());
                site_of[group][neuron as usize] = site.or(site_of[group][neuron as usize]);
            }
        }
    }
    let mut cores = Cores::new();
    for (group, sites) in site_of.iter().enumerate() {
        if let Some(missing) = sites.iter().position(Option::is_none) {
            source.problem(list, format!("neuron {missing} of {} is mapped to no core", groups[group].name));
            return None;
        }
        for (neuron, site) in (0..).zip(sites.iter().flatten()) {
            cores.entry(*site).or_default().entry(group).or_default().push(neuron);
        }
    }
    Some(cores)
}

/// The site of a core such as `2.10`: the core 10 of tile 2.
fn site(source: &Source, architecture: &Architecture, node: &Node) -> Option<u32> {
    let (tiles, cores) = architecture.size;
    let parts = node.text().and_then(|text| text.split_once('.'));
    let numbers = parts.and_then(|(tile, core)| Some((tile.parse::<u32>().ok()?, core.parse::<u32>().ok()?)));
    let found = numbers.filter(|(tile, core)| *tile < tiles && *core < cores);
    if found.is_none() {
        let allowed = format!("a core such as 0.0 of {tiles} tiles of {cores}");
        source.problem(node, format!("found {}, expected {allowed}", node.describe()));
    }
    found.map(|(tile, core)| tile * cores + core)
}

fn core_list(groups: &[Group<'_>], cores: &Cores, inputs: &[bool]) -> Vec<Value> {
    let mut list = Vec::new();
    for (site, parts) in cores {
        let own = parts.iter().filter(|(group, _)| !inputs[**group]);
        let part = |(group, neurons): (&usize, &Vec<u32>)| json!({"population": groups[*group].name, "neurons": ranges(neurons)});
        let mut parts: Vec<Value> = own.map(part).collect();
        let core = match parts.len() {
            0 => continue,
            1 => {
                let mut core = parts.remove(0);
                core["site"] = json!(site);
                core
            }
            _ => json!({"site": site, "parts": parts}),
        };
        list.push(core);
    }
    list
}

/// Ascending numbers as ranges, both ends included.
fn ranges(numbers: &[u32]) -> Vec<[u32; 2]> {
    let mut all: Vec<[u32; 2]> = Vec::new();
    for number in numbers {
        match all.last_mut() {
            Some([_, last]) if *last + 1 == *number => *last = *number,
            _ => all.push([*number, *number]),
        }
    }
    all
}

/// Adds a group as a population; gives whether it is an input.
fn population(
    source: &Source,
    architecture: &Architecture,
    group: &Group<'_>,
    builder: NetworkBuilder,
    notes: &mut Vec<String>,
) -> Option<(NetworkBuilder, bool)> {
    let somas = &architecture.somas;
    let unit_of = |name: &Option<String>| match name {
        Some(name) => somas.iter().find(|(unit, _)| unit == name),
        None => somas.first(),
    };
    let first = &group.neurons[0];
    let Some((unit, model)) = unit_of(&first.soma) else {
        let known: Vec<&str> = somas.iter().map(|(unit, _)| unit.as_str()).collect();
        let named = first.soma.clone().unwrap_or_default();
        source.problem(group.node, format!("no soma unit \"{named}\"; known: {}", known.join(", ")));
        return None;
    };
    let differs = |same: &dyn Fn(&super::groups::Attributes) -> bool| group.neurons.iter().any(|neuron| !same(neuron));
    let same_units =
        |neuron: &super::groups::Attributes| (&neuron.soma, &neuron.synapse) == (&first.soma, &first.synapse);
    if differs(&same_units) {
        source.problem(group.node, "its neurons name different units; give each unit a group of its own");
        return None;
    }
    let count = group.neurons.len() as u32;
    match model {
        SomaModel::Input => {
            let spikes = (0..).zip(&group.neurons).flat_map(|(neuron, attributes)| {
                (1..).zip(&attributes.spikes).filter(|(_, spikes)| **spikes).map(move |(step, _)| (step, neuron))
            });
            let mut spikes: Vec<(u32, u32)> = spikes.collect();
            spikes.sort_unstable();
            Some((builder.source(&group.name, count, spikes), true))
        }
        SomaModel::Lif => {
            let builder = lif(source, group, builder, notes)?;
            let format = format_of(source, architecture, group);
            let builder = format.map_or(builder.clone(), |format| builder.set("synapse_format", format.name()));
            let several = somas.iter().filter(|(_, model)| *model != SomaModel::Input).count() > 1;
            Some((if several { builder.set("soma_unit", unit.as_str()) } else { builder }, false))
        }
        SomaModel::Other => {
            source.problem(
                group.node,
                format!("the model of soma unit {unit} does not carry over; allowed: leaky_integrate_fire, input"),
            );
            None
        }
    }
}

/// The format of the synapses into a group: that of the unit that it names, or of the first one.
fn format_of(source: &Source, architecture: &Architecture, group: &Group<'_>) -> Option<SynapseFormat> {
    let units = &architecture.synapses;
    let Some(name) = &group.neurons[0].synapse else { return units.first().and_then(|(_, format)| *format) };
    let found = units.iter().find(|(unit, _)| unit == name);
    if found.is_none() {
        let known: Vec<&str> = units.iter().map(|(unit, _)| unit.as_str()).collect();
        source.problem(group.node, format!("no synapse unit \"{name}\"; known: {}", known.join(", ")));
    }
    found.and_then(|(_, format)| *format)
}

/// Adds a group of leaky integrate and fire.
fn lif(source: &Source, group: &Group<'_>, builder: NetworkBuilder, notes: &mut Vec<String>) -> Option<NetworkBuilder> {
    let first = &group.neurons[0];
    let alike =
        |value: fn(&super::groups::Attributes) -> f64| group.neurons.iter().all(|one| value(one) == value(first));
    if !(alike(|one| one.leak_decay) && alike(|one| one.refractory_delay)) {
        source
            .problem(group.node, "its neurons have different leak_decay or refractory_delay; give each its own group");
        return None;
    }
    if group.neurons.iter().any(|one| one.reset != 0.0 || one.input_decay != 0.0) {
        source.problem(group.node, "reset and input_decay other than 0 do not carry over");
        return None;
    }
    let leak = (1.0 - first.leak_decay) * 4096.0;
    if !(0.0..=4096.0).contains(&leak) || !(0.0..=63.0).contains(&first.refractory_delay) {
        source.problem(group.node, "a leak_decay of 0 to 1 and a refractory_delay of 0 to 63 carry over");
        return None;
    }
    if leak != leak.round() {
        let taken = 4096.0 - leak.round();
        notes.push(format!("group {}: leak_decay {} is {taken}/4096 here", group.name, first.leak_decay));
    }
    let fractions =
        leak != 0.0 || group.neurons.iter().any(|one| (one.bias * PARTS).fract() != 0.0 || one.bias.fract() != 0.0);
    if fractions && group.neurons.iter().any(|one| one.threshold.fract() != 0.0) {
        source.problem(group.node, "thresholds that are no whole numbers carry over only where membranes are whole");
        return None;
    }
    let most = group.neurons.iter().map(|one| (one.bias * PARTS).abs()).fold(0.0, f64::max);
    let fits = |exponent: &u32| {
        let unit = f64::from(1 << exponent);
        most / unit <= MANTISSA && group.neurons.iter().all(|one| (one.bias * PARTS / unit).fract() == 0.0)
    };
    let Some(exponent) = (0..=EXPONENTS).find(fits) else {
        source.problem(group.node, "a bias that is no multiple of 1/64, or too large for a mantissa of 12 bits");
        return None;
    };
    let each = |value: &dyn Fn(&super::groups::Attributes) -> f64| -> Vec<i32> {
        let all = group.neurons.iter().map(|one| value(one) as i32);
        all.collect()
    };
    let neuron = Neuron::new("loihi")
        .with("current_decay", 4095)
        .with("voltage_decay", leak.round() as i64)
        .with("refractory", (first.refractory_delay as i64).max(1))
        .with("bias_exponent", exponent);
    let unit = f64::from(1 << exponent);
    let builder = builder.population(&group.name, group.neurons.len() as u32, neuron);
    let builder = builder.threshold(each(&|one| one.threshold.floor())).bias(each(&|one| one.bias * PARTS / unit));
    Some(builder.start(each(&|one| one.potential * PARTS)))
}
