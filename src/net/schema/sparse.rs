//! Sparse networks: populations and projections.

use super::super::file::SPARSE;
use super::super::graph::{MAX_DELAY, MAX_NEURONS};
use super::super::neuron::{Neuron, PerNeuron, rules_of_models};
use super::super::sparse::{MAX_WEIGHT, MIN_WEIGHT, OF_NEURONS};
use crate::json::schema::{FileName, Name, Sha256, Text, absent, add_rules, value_type};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

/// # Sparse network of Spikemesh
///
/// Populations of neurons and of sources, and the synapses between them; recurrent ones too.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Network {
    /// The schema against which an editor checks the file, as in "schema/sparse.json"; no reader uses it.
    #[schemars(rename = "$schema", default = "absent")]
    schema: Text,
    /// The format of this file.
    format: Format,
    /// One sentence for people.
    description: Text,
    /// Time steps of a run where the command line gives none, 1 to 2^24.
    #[schemars(range(min = 1, max = 16_777_216), default = "absent")]
    time_steps: u32,
    /// What reports say of the network, such as how it was imported; at most 100 sentences.
    #[schemars(length(max = 100), default = "no_notes")]
    notes: Vec<Text>,
    /// What it was imported from, which runs compare it with.
    #[schemars(default = "absent")]
    imported: Imported,
    /// Populations, 1 to 4,096.
    #[schemars(length(min = 1, max = 4096))]
    populations: Vec<Population>,
    /// Projections, at most 65,536; there may be several between two populations.
    #[schemars(length(max = 65_536))]
    projections: Vec<Projection>,
}

/// The real network of an imported one.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Imported {
    /// The NIR graph beside this file.
    file: FileName,
    /// Options of "import" that say how it was read and made integer; at most 100. Example: ["--reset=subtract"].
    #[schemars(length(max = 100))]
    arguments: Vec<Text>,
    /// SHA-256 of that graph, which says that it belongs to this file.
    #[schemars(default = "absent")]
    sha256: Sha256,
}

value_type!(Format, inline: true, json_schema!({"const": SPARSE}));

/// Neurons on the chip, or with "spikes" sources outside of it. A value by neuron is one number for all, or a list of one for
/// each; its range follows from the model and its width.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = of_population)]
struct Population {
    /// Its name, which no other has; at most 200 characters.
    name: Name,
    /// How many neurons, 1 to 2^24.
    #[schemars(range(min = 1, max = MAX_NEURONS))]
    size: u32,
    /// The model of its neurons.
    #[schemars(default = "absent")]
    neuron: Neuron,
    /// Thresholds (membrane units).
    #[schemars(default = "absent")]
    threshold: PerNeuron,
    /// Added to the membrane in every step (membrane units).
    #[schemars(default = "none")]
    bias: PerNeuron,
    /// The membrane after a spike (membrane units), of truenorth, ranc, paicore and cuba_lif.
    #[schemars(default = "none")]
    reset_potential: PerNeuron,
    /// Where the membrane is held or reset below (membrane units), of truenorth, ranc, paicore and cuba_lif. Where nothing is
    /// said, the farthest from 0 that the model can have.
    #[schemars(default = "absent")]
    negative_threshold: PerNeuron,
    /// The membrane before its first step (membrane units).
    #[schemars(default = "none")]
    start: PerNeuron,
    /// The first time step in which its neurons act, 1 to 2^24; before, they rest, and no spike may reach them.
    #[schemars(range(min = 1, max = 16_777_216), default = "first")]
    first_step: u32,
    /// The last time step in which its neurons act, first_step to 2^24; after it they neither integrate nor fire. Where
    /// nothing is said, they act to the end of the run. A run of more or fewer steps moves it (--steps).
    #[schemars(range(min = 1, max = 16_777_216), default = "absent")]
    last_step: u32,
    /// Whether its neurons fire; if not, they only add up, and need no threshold.
    #[schemars(default = "yes")]
    fires: bool,
    /// Makes the population a source outside the chip: pairs of a time step from 1 and a neuron from 0, none of them twice.
    /// Example: [[1, 0], [3, 1]].
    #[schemars(length(max = 4_194_304), default = "absent")]
    spikes: Vec<(Step, Index)>,
    /// The same in a file beside this one with 8 bytes a spike, little endian: step u32, neuron u32. A source has at most
    /// 2^22 spikes, all sources together 2^24.
    #[schemars(default = "absent")]
    spikes_file: FileName,
    /// SHA-256 of that file, which says that it belongs to this one.
    #[schemars(default = "absent")]
    spikes_sha256: Sha256,
}

fn no_notes() -> [(); 0] {
    []
}

fn none() -> u32 {
    0
}

fn first() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// Sources have no neurons, and what neurons have follows from their model.
fn of_population(schema: &mut Schema) {
    let none: serde_json::Map<_, _> = OF_NEURONS.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
    let is_source = json!({"anyOf": [{"required": ["spikes"]}, {"required": ["spikes_file"]}]});
    let not_both = json!({"not": {"required": ["spikes", "spikes_file"]}});
    let fires = json!({
        "if": {"properties": {"fires": {"const": false}}, "required": ["fires"]},
        "then": {"required": ["neuron"]},
        "else": {"required": ["neuron", "threshold"]},
    });
    let source = json!({"if": is_source, "then": {"properties": none}, "else": fires});
    let file = json!({"dependentRequired": {"spikes_sha256": ["spikes_file"]}});
    add_rules(schema, [source, not_both, file].into_iter().chain(rules_of_models()));
}

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Step(#[schemars(range(min = 1, max = 16_777_216))] u32);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Index(#[schemars(range(min = 0, max = MAX_NEURONS - 1))] u32);

/// Synapses from one population to another or itself; exactly one of edges and edges_file.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, transform = one_of_edges)]
struct Projection {
    /// The name of a population.
    from: Name,
    /// The name of a population of neurons.
    to: Name,
    /// Lists of source, target, weight (-256 to 255) and delay (time steps, 1 to 255); neurons are counted from 0 in their
    /// populations. Example: [[0, 1, 30, 1]].
    #[schemars(length(max = 4_194_304), default = "absent")]
    edges: Vec<(Index, Index, Weight, Delay)>,
    /// A file beside this one with 12 bytes an edge, little endian: source u32, target u32, weight i16, delay u16.
    #[schemars(default = "absent")]
    edges_file: FileName,
    /// SHA-256 of that file, which says that it belongs to this one.
    #[schemars(default = "absent")]
    edges_sha256: Sha256,
}

fn one_of_edges(schema: &mut Schema) {
    let file = json!({"dependentRequired": {"edges_sha256": ["edges_file"]}});
    add_rules(schema, [json!({"oneOf": [{"required": ["edges"]}, {"required": ["edges_file"]}]}), file]);
}

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Weight(#[schemars(range(min = MIN_WEIGHT, max = MAX_WEIGHT))] i64);

#[derive(JsonSchema)]
#[schemars(transparent, inline)]
struct Delay(#[schemars(range(min = 1, max = MAX_DELAY))] u32);
