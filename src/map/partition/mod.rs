//! Partition: neurons are assigned to cores in their order, each core filled until a limit is reached.
//!
//! Every population fills cores of its own first. Then, where populations may share cores ([`Sharing`]), what is left of
//! them is put together (`pack`), if that takes fewer cores.
//!
//! A limit that a single neuron breaks alone is noted and raised to what that neuron needs, so that the list of
//! problems is complete, and so that `--limits report` can continue.

mod counted;
mod filler;
mod incoming;
mod pack;
mod settings;

use super::check::{MapError, Violation, grow, place_name, worst};
use super::runs::Runs;
use super::{CoreLoad, Limits, Sharing};
use crate::hw::Chip;
use crate::net::{Graph, Order};

pub(super) use filler::Ranges;

use filler::{CoreNeed, Filler};
use incoming::IncomingSynapses;
use settings::CoreSettings;
use std::ops::Range;

/// Splits all populations; gives the cores in use, with their outgoing axons, and the broken limits. A run of neurons
/// that begins at one of `tiles` stays together if it fits on a core.
pub(super) fn partition(
    net: &Graph,
    chip: &Chip,
    (limits, sharing): (Limits, Sharing),
    tiles: &[u32],
) -> Result<(Vec<CoreLoad>, Vec<Violation>), MapError> {
    let (incoming, settings) = (IncomingSynapses::new(net), CoreSettings::new(net, chip));
    let mut filler = Filler::new(net, chip, &incoming, &settings);
    let mut cores = fewest(net, &mut filler, sharing, tiles);
    let mut violations = broken(net, chip, &cores);
    let available = chip.seats();
    if cores.len() as u32 > available {
        violations.push(too_many_cores((net, chip), (&incoming, &settings), (cores.len() as u64, sharing), tiles));
        if limits == Limits::Report {
            cores = filler.holding(&squeezed(net, chip));
        }
    }
    Ok((cores, violations))
}

/// Whether populations of a network share cores, given the cores that it takes if they do not.
fn may_share(net: &Graph, chip: &Chip, sharing: Sharing, own: usize) -> bool {
    match sharing {
        Sharing::Never => false,
        Sharing::Always => true,
        // Layers work at the same time, each on its own cores.
        Sharing::Auto => !net.is_layered() || own > chip.seats() as usize,
    }
}

/// The fewest cores: those of populations alone, or shared ones if these are fewer.
fn fewest(net: &Graph, filler: &mut Filler<'_>, sharing: Sharing, tiles: &[u32]) -> Vec<CoreLoad> {
    let chip = filler.chip;
    // Most neurons of each population on a core.
    let mut caps = vec![chip.core.limits.max_neurons; net.populations.len()];
    let mut own = alone(net, filler, &caps, tiles);
    let mut shared = may_share(net, chip, sharing, own.len()).then(|| pack::fewest(net, filler, &own, tiles)).flatten();
    // Outgoing axons depend on the partition of their targets, so they are only known afterwards: populations with too
    // many get fewer neurons per core, until all limits hold or nothing more can be done. Caps only shrink.
    while net.neurons_per_core.is_none() && shrink(&mut caps, &own, chip) {
        own = alone(net, filler, &caps, tiles);
        if shared.is_none() && may_share(net, chip, sharing, own.len()) {
            shared = pack::fewest(net, filler, &own, tiles);
        }
    }
    match shared {
        Some(shared) if shared.len() < own.len() || pack::sends_too_much(&own, chip) => shared,
        _ => own,
    }
}

/// Loads of cores that hold these neurons, and the limits that they break.
pub(super) fn loads(net: &Graph, chip: &Chip, cores: &[Ranges]) -> (Vec<CoreLoad>, Vec<Violation>) {
    let (incoming, settings) = (IncomingSynapses::new(net), CoreSettings::new(net, chip));
    let mut filler = Filler::new(net, chip, &incoming, &settings);
    let loads = filler.holding(cores);
    let violations = broken(net, chip, &loads);
    (loads, violations)
}

/// Splits all populations, each on cores of its own and with a cap on the neurons of a core.
fn alone(net: &Graph, filler: &mut Filler<'_>, caps: &[u32], tiles: &[u32]) -> Vec<CoreLoad> {
    if let Some(each) = net.neurons_per_core {
        let cores: Vec<Ranges> = on_chip(net).flat_map(|run| evenly(std::slice::from_ref(&run), each)).collect();
        return filler.holding(&cores);
    }
    let mut cores = Vec::new();
    for run in on_chip(net) {
        let cap = caps[run.population as usize];
        fill(filler, &mut cores, &[run], (tiles, cap));
    }
    count_axons_out(net, &mut cores);
    cores
}

/// Whether any neurons of a network may be on one core, as far as their settings go.
pub(super) fn settings_fit(net: &Graph, chip: &Chip) -> bool {
    let ([compartments, thresholds], limits) = (CoreSettings::new(net, chip).distinct(), CoreNeed::limits(chip));
    compartments <= limits.compartments && thresholds <= limits.thresholds
}

/// An order in which neurons of equal settings are neighbours, where a population has more settings than a core.
pub(super) fn by_settings(net: &Graph, chip: &Chip) -> Option<Order> {
    let limits = CoreNeed::limits(chip);
    CoreSettings::new(net, chip).order(net, [limits.compartments, limits.thresholds])
}

/// Counts the pairs of a neuron and a destination core, for every core.
pub(super) fn count_axons_out(net: &Graph, cores: &mut [CoreLoad]) {
    // A neuron of another kind of cores is counted with all of them.
    let mut runs = Runs::of(net, cores);
    for core in cores {
        let mut pairs = 0;
        core.numbers().for_each(|neuron| runs.reached(net, neuron as usize, |_, _| pairs += 1));
        core.axons_out = pairs;
    }
}

/// Lowers the caps of populations with too many outgoing axons on a core; gives whether any could be lowered.
fn shrink(caps: &mut [u32], cores: &[CoreLoad], chip: &Chip) -> bool {
    let Some(allowed) = chip.core.limits.max_axons_out else { return false };
    let mut lowered = false;
    for core in cores.iter().filter(|core| core.axons_out > allowed) {
        let neurons = core.neurons();
        let share = (u64::from(neurons) * u64::from(allowed) / u64::from(core.axons_out)) as u32;
        for part in &core.parts {
            let cap = &mut caps[part.population as usize];
            if share.max(1) < *cap && neurons > 1 {
                *cap = share.max(1);
                lowered = true;
            }
        }
    }
    // A mapping with more cores than the chip has will not be run: no need to split further.
    lowered && cores.len() as u32 <= chip.seats()
}

/// Neurons of a population to assign to cores.
#[derive(Clone, Debug)]
struct NeuronRun {
    population: u32,
    neurons: Range<u32>,
}

/// The neurons of every population on the chip.
fn on_chip(net: &Graph) -> impl Iterator<Item = NeuronRun> {
    let on_chip = net.populations.iter().enumerate().filter(|(_, population)| population.source.is_none());
    on_chip.map(|(at, p)| NeuronRun { population: at as u32, neurons: p.first..p.first + p.count })
}

/// Fills cores until a limit is reached, with one run after the other. A run of neurons that begins at one of `tiles`
/// stays together where it fits a core.
fn fill(filler: &mut Filler<'_>, cores: &mut Vec<CoreLoad>, runs: &[NeuronRun], (tiles, cap): (&[u32], u32)) {
    let mut limits = CoreNeed::limits(filler.chip);
    limits.neurons = limits.neurons.min(cap.into());
    let mut core = Ranges::new();
    filler.start();
    for NeuronRun { population, neurons } in runs {
        let within = |at: u32| tiles.partition_point(|first| *first < at);
        let mut tiles = tiles[within(neurons.start)..within(neurons.end)].iter().copied().peekable();
        core.push((*population, neurons.start..neurons.start));
        for neuron in neurons.clone() {
            let begins_tile = tiles.next_if_eq(&neuron).is_some();
            let is_used = core.len() > 1 || core.iter().any(|(_, range)| range.start < neuron);
            let end = tiles.peek().copied().unwrap_or(neurons.end);
            if begins_tile && is_used && !filler.has_room_for(neuron..end, limits) {
                close(filler, cores, &mut core, neuron);
            }
            filler.add(neuron);
            if !filler.need().is_within(limits) {
                if core.len() > 1 || core[0].1.start < neuron {
                    filler.remove(neuron);
                    close(filler, cores, &mut core, neuron);
                    filler.add(neuron);
                }
                let need = filler.need();
                limits.axons = limits.axons.max(need.axons);
                limits.memory = limits.memory.max(need.memory);
            }
            if let Some((_, range)) = core.last_mut() {
                range.end = neuron + 1;
            }
        }
    }
    if !core.is_empty() {
        cores.push(filler.load(&core));
    }
}

/// Ends a core before a neuron, with which another one of the same population begins.
fn close(filler: &mut Filler<'_>, cores: &mut Vec<CoreLoad>, core: &mut Ranges, next: u32) {
    let last = core.last().map_or(0, |(population, _)| *population);
    core.retain(|(_, range)| !range.is_empty());
    cores.push(filler.load(core));
    core.clear();
    core.push((last, next..next));
    filler.start();
}

/// Cores of the same number of neurons each, whatever the limits, with one run after the other.
fn evenly(runs: &[NeuronRun], each: u32) -> Vec<Ranges> {
    let mut cores = Vec::new();
    let (mut core, mut left) = (Ranges::new(), each);
    for NeuronRun { population, neurons } in runs {
        let mut first = neurons.start;
        while first < neurons.end {
            let end = neurons.end.min(first.saturating_add(left));
            core.push((*population, first..end));
            left -= end - first;
            first = end;
            if left == 0 {
                cores.push(std::mem::take(&mut core));
                left = each;
            }
        }
    }
    if !core.is_empty() {
        cores.push(core);
    }
    cores
}

/// The populations spread over all cores of the chip, whatever the limits: each on cores of its own if there are enough.
fn squeezed(net: &Graph, chip: &Chip) -> Vec<Ranges> {
    let runs: Vec<NeuronRun> = on_chip(net).collect();
    let available = u64::from(chip.seats());
    let share = runs.len() as u64 > available;
    // The fewest neurons per core for which all populations have enough cores.
    let fits = |each: u32| {
        let counts = runs.iter().map(|run| run.neurons.len() as u64);
        if share {
            counts.sum::<u64>().div_ceil(each.into()) <= available
        } else {
            counts.map(|count| count.div_ceil(each.into())).sum::<u64>() <= available
        }
    };
    let (mut low, mut high) = (1, net.neurons() as u32);
    while low < high {
        let middle = low + (high - low) / 2;
        if fits(middle) { high = middle } else { low = middle + 1 }
    }
    match share {
        true => evenly(&runs, low),
        false => runs.iter().flat_map(|run| evenly(std::slice::from_ref(run), low)).collect(),
    }
}

fn broken(net: &Graph, chip: &Chip, cores: &[CoreLoad]) -> Vec<Violation> {
    let limits = CoreNeed::limits(chip);
    let check = |limit: &str, allowed: u64, need: &dyn Fn(&CoreLoad) -> u64| {
        let places = cores.iter().filter(|c| need(c) > allowed).map(|c| (place_name(net, c), need(c)));
        worst(limit, places, allowed, grow(limit))
    };
    let checks = [
        check("core.max_neurons", limits.neurons, &|c| c.neurons().into()),
        check("core.max_axons_in", limits.axons, &|c| c.axons_in.into()),
        check("core.synapses.bits", limits.memory, &|c| c.memory_bits),
        check(COMPARTMENTS, limits.compartments, &|c| c.settings[0].into()),
        check(THRESHOLDS, limits.thresholds, &|c| c.settings[1].into()),
    ];
    checks.into_iter().flatten().collect()
}

const COMPARTMENTS: &str = "core.max_neuron_settings.compartments";
const THRESHOLDS: &str = "core.max_neuron_settings.thresholds";

/// More cores are needed than there are. If only their settings keep populations apart, the message says so.
fn too_many_cores(
    (net, chip): (&Graph, &Chip),
    (incoming, settings): (&IncomingSynapses, &CoreSettings),
    (needed, sharing): (u64, Sharing),
    tiles: &[u32],
) -> Violation {
    let noc = &chip.noc;
    let cores = u64::from(chip.seats());
    let limits = CoreNeed::limits(chip);
    let [compartments, thresholds] = settings.distinct();
    let is_apart = compartments > limits.compartments || thresholds > limits.thresholds;
    if is_apart && sharing != Sharing::Never {
        let free = CoreSettings::none();
        let without = fewest(net, &mut Filler::new(net, chip, incoming, &free), sharing, tiles);
        if without.len() as u64 <= cores {
            let (limit, needed, each) = match compartments > limits.compartments {
                true => (COMPARTMENTS, compartments, limits.compartments),
                false => (THRESHOLDS, thresholds, limits.thresholds),
            };
            return Violation {
                limit: limit.into(),
                place: "the network".into(),
                needed: needed.max(cores * each + 1),
                allowed: cores * each,
                remedy: format!("a core holds {each}: give more neurons the same setting, or use a chip of more cores"),
            };
        }
    }
    Violation {
        limit: "mesh".into(),
        place: "the network".into(),
        needed,
        allowed: cores,
        remedy: format!(
            "it would fit on a {} with {} each{}",
            noc.topology.with_tiles(needed.div_ceil(noc.cores_per_tile.into())),
            if noc.cores_per_tile == 1 { "1 core".to_owned() } else { format!("{} cores", noc.cores_per_tile) },
            if sharing == Sharing::Never { ", or perhaps with shared cores (--share-cores auto)" } else { "" },
        ),
    }
}
