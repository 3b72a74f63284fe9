//! Populations of sparse networks: neurons with their values, and sources.

use super::edges::{read_records, records_in};
use crate::files;
use crate::json::record::{names, record};
use crate::json::schema::add_rules;
use crate::json::shape::{self, described, elsewhere, flag, flat, list, optional, or, pair, plain, whole};
use crate::json::{Cursor, Object};
use crate::net::beside::{check_digest, file_beside, file_name, read_sha256, sha256};
use crate::net::graph::{Drive, Graph, MAX_NEURONS, Population, Window};
use crate::net::neuron::{
    self, If, Model, Neuron, Params, PerNeuron, Ranges, Reset, Traits, models_with_traits, rules_of_models,
};
use schemars::Schema;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// Most spikes of a source.
pub(super) const MAX_SPIKES: u64 = 1 << 22;
/// Most spikes of all sources of a network together.
pub(super) const MAX_ALL_SPIKES: u64 = 1 << 24;
pub(super) const SPIKE_BYTES: u64 = 8;
/// Last step of a run.
pub(super) const MAX_STEP: u32 = 1 << 24;

record! {
    /// Neurons on the chip, or with "spikes" sources outside of it. A value by neuron is one number for all, or a list of one for
    /// each; its range follows from the model and its width.
    pub(super) struct Fields as "Population" {
        /// Its name, which no other has; at most 200 characters.
        name: () = elsewhere(shape::name());
        /// How many neurons, 1 to 2^24.
        size: () = elsewhere(whole(SIZES));
        /// The values of neurons.
        of_neurons: OfNeurons = flat::<OfNeurons, _>();
        /// Makes the population a source outside the chip: pairs of a time step from 1 and a neuron from 0, none of them twice.
        /// Example: [[1, 0], [3, 1]].
        spikes: () = elsewhere(optional(list(pair(whole(1..=MAX_STEP), whole(0..=*SIZES.end() - 1)), 0..=MAX_SPIKES as usize)));
        /// The same in a file beside this one with 8 bytes a spike, little endian: step u32, neuron u32. A source has at most
        /// 2^22 spikes, all sources together 2^24.
        spikes_file: () = elsewhere(optional(file_name()));
        /// SHA-256 of that file, which says that it belongs to this one.
        spikes_sha256: () = elsewhere(optional(sha256()));
    }
    rules of_population;
}

record! {
    /// The fields that only neurons have.
    pub(super) struct OfNeurons {
        /// The model of its neurons.
        neuron: () = elsewhere(optional(plain::<Neuron, _, _>(neuron::read)));
        /// Thresholds (membrane units).
        threshold: () = elsewhere(optional(described::<PerNeuron, _>()));
        /// Added to the membrane in every step (membrane units).
        bias: () = elsewhere(or(described::<PerNeuron, _>(), (), 0));
        /// The membrane after a spike (membrane units), of MODELS.
        reset_potential: () = elsewhere(or(described::<PerNeuron, _>(), (), 0));
        /// Where the membrane is held or reset below (membrane units), of MODELS. Where nothing is
        /// said, the farthest from 0 that the model can have.
        negative_threshold: () = elsewhere(optional(described::<PerNeuron, _>()));
        /// The membrane before its first step (membrane units).
        start: () = elsewhere(or(described::<PerNeuron, _>(), (), 0));
        /// The first time step in which its neurons act, 1 to 2^24; before, they rest, and no spike may reach them.
        first_step: () = elsewhere(or(whole(1..=MAX_STEP), 1, 1));
        /// The last time step in which its neurons act, first_step to 2^24; after it they neither integrate nor fire. Where
        /// nothing is said, they act to the end of the run. A run of more or fewer steps moves it (--steps).
        last_step: () = elsewhere(optional(whole(1..=MAX_STEP)));
        /// Whether its neurons fire; if not, they only add up, and need no threshold.
        fires: () = elsewhere(or(flag(), true, true));
    }
}

/// Neurons of a population.
const SIZES: RangeInclusive<u32> = 1..=MAX_NEURONS as u32;

/// Sources have no neurons, and the fields of neurons follow from their model. The models that have resets and floors by
/// neuron stand where the texts say MODELS.
fn of_population(schema: &mut Schema) {
    let models = models_with_traits();
    for field in ["reset_potential", "negative_threshold"] {
        if let Some(Value::String(text)) = schema.pointer_mut(&format!("/properties/{field}/description")) {
            *text = text.replace("MODELS", &models);
        }
    }
    let of_neurons = names::<OfNeurons>().into_iter();
    let none: serde_json::Map<_, _> = of_neurons.map(|name| (name.to_owned(), json!(false))).collect();
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

/// What a file of spikes holds.
#[derive(Default)]
struct SpikesFile {
    spikes: Vec<(u32, u32)>,
    /// SHA-256 of the file.
    digest: String,
}

/// What sources have in common.
pub(super) struct Sources<'f> {
    folder: &'f Path,
    /// Spikes that may still be read.
    room: u64,
    /// What files hold: a file that several sources name is read once.
    files: HashMap<PathBuf, SpikesFile>,
}

impl<'f> Sources<'f> {
    pub(super) fn new(folder: &'f Path) -> Self {
        Self { folder, room: MAX_ALL_SPIKES, files: HashMap::new() }
    }

    /// Takes so many spikes off the room; notes a problem where they do not fit.
    fn take(&mut self, cursor: &Cursor<'_>, spikes: u64) -> Option<()> {
        match self.room.checked_sub(spikes) {
            Some(room) => self.room = room,
            None => {
                let before = MAX_ALL_SPIKES - self.room;
                cursor.problem(format!(
                    "{spikes} spikes, and {before} of the sources before; all sources together have at most {MAX_ALL_SPIKES}"
                ));
                return None;
            }
        }
        Some(())
    }
}

/// Reads a population; `given` are the spikes of a source that a caller has in memory.
pub(super) fn read_population(
    cursor: &Cursor<'_>,
    given: Option<&[(u32, u32)]>,
    sources: &mut Sources<'_>,
    graph: &mut Graph,
) -> Option<()> {
    let object = cursor.object(&names::<Fields>())?;
    let name = object.need("name").and_then(|c| c.name());
    let size = object.need("size").and_then(|c| c.unsigned(SIZES));
    if let (Some(digest), None) = (object.get("spikes_sha256"), object.get("spikes_file")) {
        digest.problem("needs spikes_file, of which it is");
        return None;
    }
    let (values, source) = read_values((cursor, &object), given, size, sources)?;
    let name = name?;
    if graph.populations.iter().any(|p| p.name == name) {
        object.problem(format!("a second population named \"{name}\""));
        return None;
    }
    let (count, Neurons { params, threshold, bias, traits, start, window }, source) = (size?, values?, source?);
    if graph.neurons() as u64 + u64::from(count) > MAX_NEURONS {
        object.problem(format!(
            "{} neurons up to here; at most {MAX_NEURONS}",
            graph.neurons() as u64 + u64::from(count)
        ));
        return None;
    }
    let first = graph.neurons() as u32;
    let name = name.to_owned();
    graph.populations.push(Population { name, first, count, params, drive: Drive::EveryStep, window, source });
    graph.threshold.extend(threshold);
    graph.bias.extend(bias);
    if !start.is_empty() {
        // Those before begin at 0.
        graph.start.resize(first as usize, 0);
        graph.start.extend(start);
    } else if !graph.start.is_empty() {
        graph.start.resize(graph.threshold.len(), 0);
    }
    graph.add_traits(traits);
    Some(())
}

/// What a population holds: values of neurons, and the spikes of a source.
type Values = (Option<Neurons>, Option<Option<Vec<(u32, u32)>>>);

fn read_values(
    (cursor, object): (&Cursor<'_>, &Object<'_>),
    given: Option<&[(u32, u32)]>,
    size: Option<u32>,
    sources: &mut Sources<'_>,
) -> Option<Values> {
    let spikes = match (object.get("spikes"), object.get("spikes_file"), given) {
        (None, None, None) => return Some((read_neurons(object, size), Some(None))),
        (None, None, Some(spikes)) => size.and_then(|size| take_spikes(cursor, spikes, size, sources)),
        (Some(_), Some(_), _) => {
            object.problem("spikes and spikes_file: one of them is needed, not both");
            return None;
        }
        (Some(spikes), None, _) => {
            let neurons = read_no_neurons(object, size);
            return Some((neurons, size.and_then(|size| read_spikes(&spikes, size, sources)).map(Some)));
        }
        (None, Some(file), _) => {
            let sha256 = object.get("spikes_sha256").map_or(Some(None), |c| read_sha256(&c).map(Some))?;
            size.and_then(|size| read_spikes_file((&file, sha256.as_deref()), size, sources))
        }
    };
    Some((read_no_neurons(object, size), spikes.map(Some)))
}

/// What the neurons of a population are.
struct Neurons {
    params: Params,
    threshold: Vec<i32>,
    bias: Vec<i32>,
    /// Empty where the model has none.
    traits: Vec<Traits>,
    /// Where membranes begin; empty where at 0.
    start: Vec<i32>,
    /// The steps in which they act, where not in all.
    window: Option<Window>,
}

/// A source has no neurons on the chip.
fn read_no_neurons(object: &Object<'_>, size: Option<u32>) -> Option<Neurons> {
    for field in names::<OfNeurons>() {
        if let Some(extra) = object.get(field) {
            extra.problem("a population with \"spikes\" is a source and has no neurons on the chip");
        }
    }
    let params = Params { model: Model::If(If), reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let n = size? as usize;
    let (traits, start) = (Vec::new(), Vec::new());
    Some(Neurons { params, threshold: vec![1; n], bias: vec![0; n], traits, start, window: None })
}

fn read_neurons(object: &Object<'_>, size: Option<u32>) -> Option<Neurons> {
    let neuron = object.need("neuron").and_then(|c| neuron::read(&c));
    // Of a neuron that could not be read nothing is held against its values.
    let ranges = neuron.as_ref().map(|(params, _)| params.ranges());
    let anything = -i64::from(i32::MAX)..=i64::from(i32::MAX);
    let bounds =
        |range: fn(&Ranges) -> &RangeInclusive<i64>| ranges.as_ref().map_or(anything.clone(), |r| range(r).clone());
    let fires = object.get("fires").map_or(Some(true), |c| c.flag());
    let threshold = match (object.get("threshold"), fires) {
        // What never fires needs none.
        (None, Some(false)) => size.map(|n| vec![1; n as usize]),
        _ => object.need("threshold").and_then(|c| read_per_neuron(&c, size?, bounds(|r| &r.threshold))),
    };
    let bias = match object.get("bias") {
        Some(c) => size.and_then(|n| read_per_neuron(&c, n, bounds(|r| &r.bias))),
        None => size.map(|n| vec![0; n as usize]),
    };
    let start = object.get("start").map(|c| read_per_neuron(&c, size?, bounds(|r| &r.membrane)));
    let first_step = object.get("first_step").map_or(Some(1), |c| c.unsigned(1..=MAX_STEP));
    let last_step = object.get("last_step").map(|c| c.unsigned(first_step.unwrap_or(1)..=MAX_STEP));
    let (mut params, after) = neuron?;
    let each = |cursor: &Cursor<'_>, range| read_per_neuron(cursor, size?, range);
    let traits = neuron::read_traits(object, (&params, after), size?, &each);
    let (threshold_shift, bias_shift) = (ranges.map_or(0, |r| r.threshold_shift), params.bias_shift());
    let shifted = |all: Vec<i32>, shift: u32| all.into_iter().map(|value| value << shift).collect();
    params.fires = fires?;
    let first = first_step?;
    if first > 1 {
        rests_at_zero(object, threshold.as_deref(), traits.as_deref())?;
    }
    let start = start.map_or(Some(Vec::new()), |start| start)?;
    Some(Neurons {
        params,
        threshold: shifted(threshold?, threshold_shift),
        bias: shifted(bias?, bias_shift),
        traits: traits?,
        start: if start.iter().all(|v| *v == 0) { Vec::new() } else { start },
        window: match last_step {
            Some(last) => Some(Window { first, steps: last? - first + 1, ends: true }),
            None => (first > 1).then_some(Window::from(first)),
        },
    })
}

/// Neurons that rest at first would fire there with a threshold of 0, or be moved by a floor above it.
fn rests_at_zero(object: &Object<'_>, threshold: Option<&[i32]>, traits: Option<&[Traits]>) -> Option<()> {
    let moved = threshold?.iter().any(|threshold| *threshold < 1) || traits?.iter().any(|traits| traits.floor > 0);
    if moved {
        object.problem("a first_step goes with thresholds of at least 1 and floors of at most 0: it rests at 0 before");
    }
    (!moved).then_some(())
}

/// One value for all neurons, or one for each.
fn read_per_neuron(cursor: &Cursor<'_>, size: u32, range: RangeInclusive<i64>) -> Option<Vec<i32>> {
    if !cursor.is_list() {
        return cursor.integer(range).map(|v| vec![v as i32; size as usize]);
    }
    let items = cursor.list(size as usize..=size as usize)?;
    let values: Vec<_> = items.iter().map(|c| c.integer(range.clone()).map(|v| v as i32)).collect();
    values.into_iter().collect()
}

fn read_spikes(cursor: &Cursor<'_>, size: u32, sources: &mut Sources<'_>) -> Option<Vec<(u32, u32)>> {
    let items = cursor.list(0..=MAX_SPIKES as usize)?;
    sources.take(cursor, items.len() as u64)?;
    let spikes: Vec<_> = items.iter().map(|c| read_spike(c, size)).collect();
    sorted(cursor, spikes.into_iter().collect::<Option<Vec<_>>>()?)
}

/// Spikes by step; a neuron spikes once in a step.
fn sorted(cursor: &Cursor<'_>, mut spikes: Vec<(u32, u32)>) -> Option<Vec<(u32, u32)>> {
    spikes.sort_unstable();
    if let Some(twice) = spikes.windows(2).find(|pair| pair[0] == pair[1]) {
        cursor.problem(format!("neuron {} spikes twice in step {}", twice[0].1, twice[0].0));
        return None;
    }
    Some(spikes)
}

fn read_spike(cursor: &Cursor<'_>, size: u32) -> Option<(u32, u32)> {
    let pair = cursor.list(2..=2)?;
    let (step, neuron) = (pair[0].unsigned(1..=MAX_STEP), pair[1].unsigned(0..=size - 1));
    Some((step?, neuron?))
}

fn read_spikes_file(
    (cursor, sha256): (&Cursor<'_>, Option<&str>),
    size: u32,
    sources: &mut Sources<'_>,
) -> Option<Vec<(u32, u32)>> {
    let path = file_beside(cursor, sources.folder)?;
    let fail = |message: String| {
        cursor.problem(format!("{}: {message}", path.display()));
        None
    };
    if !sources.files.contains_key(&path) {
        let count = match records_in(&path, SPIKE_BYTES, MAX_SPIKES, "spikes") {
            Ok(count) => count,
            Err(why) => return fail(why),
        };
        // Before they are read.
        if count > sources.room {
            return sources.take(cursor, count).and(None);
        }
        let bytes = match read_records((&path, None), SPIKE_BYTES, MAX_SPIKES, "spikes") {
            Ok(bytes) => bytes,
            Err(why) => return fail(why),
        };
        let spikes = bytes.as_chunks::<{ SPIKE_BYTES as usize }>().0.iter().map(spike).collect();
        sources.files.insert(path.clone(), SpikesFile { spikes, digest: files::digest(&bytes) });
    }
    let count = sources.files.get(&path).map_or(0, |file| file.spikes.len()) as u64;
    // Before anything is done for each of them.
    sources.take(cursor, count)?;
    let SpikesFile { spikes, digest } = sources.files.get(&path)?;
    if let Err(why) = check_digest(digest, sha256) {
        return fail(why);
    }
    if let Err(why) = check_spikes(spikes, size) {
        return fail(why);
    }
    sorted(cursor, spikes.to_vec())
}

/// Takes the spikes of a caller.
fn take_spikes(
    cursor: &Cursor<'_>,
    spikes: &[(u32, u32)],
    size: u32,
    sources: &mut Sources<'_>,
) -> Option<Vec<(u32, u32)>> {
    let count = spikes.len() as u64;
    if count > MAX_SPIKES {
        cursor.problem(format!("{count} spikes, expected at most {MAX_SPIKES}"));
        return None;
    }
    sources.take(cursor, count)?;
    if let Err(why) = check_spikes(spikes, size) {
        cursor.problem(why);
        return None;
    }
    sorted(cursor, spikes.to_vec())
}

/// Whether spikes are of a population of this size, and in steps that a run can have.
fn check_spikes(spikes: &[(u32, u32)], size: u32) -> Result<(), String> {
    let outside = |(_, (step, neuron)): &(usize, &(u32, u32))| !(1..=MAX_STEP).contains(step) || *neuron >= size;
    match spikes.iter().enumerate().find(outside) {
        Some((index, (step, neuron))) => {
            Err(format!("spike {index} is ({step}, {neuron}); allowed: steps 1 to {MAX_STEP}, neurons below {size}"))
        }
        None => Ok(()),
    }
}

fn spike([a, b, c, d, e, f, g, h]: &[u8; SPIKE_BYTES as usize]) -> (u32, u32) {
    (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
}
