//! Populations of sparse networks: neurons with their values, and sources.

use super::edges::{read_records, records_in};
use crate::files;
use crate::json::{Cursor, Object};
use crate::net::file::{check_digest, file_beside, read_sha256};
use crate::net::graph::{Drive, Graph, MAX_NEURONS, Population, Window};
use crate::net::neuron::{self, Model, Params, Ranges, Reset, Traits};
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

const POPULATION_FIELDS: &[&str] = &[
    "name",
    "size",
    "neuron",
    "threshold",
    "bias",
    "reset_potential",
    "negative_threshold",
    "start",
    "first_step",
    "last_step",
    "fires",
    "spikes",
    "spikes_file",
    "spikes_sha256",
];

/// What only neurons have.
pub(in crate::net) const OF_NEURONS: &[&str] = &[
    "neuron",
    "threshold",
    "bias",
    "reset_potential",
    "negative_threshold",
    "start",
    "first_step",
    "last_step",
    "fires",
];

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
    let object = cursor.object(POPULATION_FIELDS)?;
    let name = object.need("name").and_then(|c| c.name());
    let size = object.need("size").and_then(|c| c.unsigned(1..=MAX_NEURONS as u32));
    let (values, source) = read_values(cursor, (&object, size), given, sources)?;
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

/// Neurons, and the spikes of a source; of what could not be read, none.
type Values = (Option<Neurons>, Option<Option<Vec<(u32, u32)>>>);

/// Reads the neurons of a population, or its spikes.
fn read_values(
    cursor: &Cursor<'_>,
    (object, size): (&Object<'_>, Option<u32>),
    given: Option<&[(u32, u32)]>,
    sources: &mut Sources<'_>,
) -> Option<Values> {
    if let (Some(digest), None) = (object.get("spikes_sha256"), object.get("spikes_file")) {
        digest.problem("needs spikes_file, of which it is");
        return None;
    }
    Some(match (object.get("spikes"), object.get("spikes_file")) {
        (None, None) => match given {
            Some(spikes) => {
                let spikes = size.and_then(|size| take_spikes(cursor, spikes, size, sources));
                (read_no_neurons(object, size), spikes.map(Some))
            }
            None => (read_neurons(object, size), Some(None)),
        },
        (Some(_), Some(_)) => {
            object.problem("spikes and spikes_file: one of them is needed, not both");
            return None;
        }
        (Some(spikes), None) => {
            (read_no_neurons(object, size), size.and_then(|size| read_spikes(&spikes, size, sources)).map(Some))
        }
        (None, Some(file)) => {
            let sha256 = object.get("spikes_sha256").map_or(Some(None), |c| read_sha256(&c).map(Some))?;
            let spikes = size.and_then(|size| read_spikes_file((&file, sha256.as_deref()), size, sources));
            (read_no_neurons(object, size), spikes.map(Some))
        }
    })
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
    for field in OF_NEURONS {
        if let Some(extra) = object.get(field) {
            extra.problem("a population with \"spikes\" is a source and has no neurons on the chip");
        }
    }
    let params = Params { model: Model::If, reset: Reset::Zero, fraction_bits: 0, membrane_bits: 24, fires: false };
    let n = size? as usize;
    let (traits, start) = (Vec::new(), Vec::new());
    Some(Neurons { params, threshold: vec![1; n], bias: vec![0; n], traits, start, window: None })
}

fn read_neurons(object: &Object<'_>, size: Option<u32>) -> Option<Neurons> {
    let neuron = object.need("neuron").and_then(|c| neuron::read(&c));
    // Of a neuron that could not be read nothing is held against its values.
    let ranges = neuron.as_ref().map(|(params, _)| Ranges::of(params));
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
    let (threshold_shift, bias_shift) = ranges.map_or((0, 0), |r| (r.threshold_shift, r.bias_shift));
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
