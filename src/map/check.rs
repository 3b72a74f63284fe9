//! Limits that are checked on the network as a whole, and messages on broken limits.

use super::{CoreLoad, CorePart, MOST_NAMES};
use crate::hw::{Chip, CoreLimits, Devices, Stepping};
use crate::ids::CoreId;
use crate::net::Graph;
use crate::progress::poll_at_row;
use crate::text::some_of;
use thiserror::Error;

/// A broken limit, at its worst place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The limit's path in the chip file.
    pub limit: String,
    /// Place where it is broken worst.
    pub place: String,
    /// Amount needed there.
    pub needed: u64,
    /// Amount that the chip provides.
    pub allowed: u64,
    /// The smallest change that would make it fit.
    pub remedy: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { limit, place, needed, allowed, remedy } = self;
        let excess = needed - allowed;
        write!(f, "{limit}: {place} needs {needed}, the chip has {allowed}: {excess} too many; {remedy}")
    }
}

/// Why a network is not mapped.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MapError {
    /// Limits are broken. Nothing was mapped.
    #[error("the network does not fit on {chip}:\n{}", lines(.violations))]
    DoesNotFit {
        /// The chip.
        chip: String,
        /// All broken limits.
        violations: Vec<Violation>,
    },
    /// A mapping of little energy was requested, but the energy of hops is unknown.
    #[error(
        "objective energy: {chip} has no published energy of a hop apart from other operations; allowed then: hops, busiest-link"
    )]
    HopsUnpriced {
        /// The chip.
        chip: String,
    },
    /// A search was requested on a chip of too many tiles.
    #[error(
        "{chip} has {tiles} tiles, and searches have a distance between any two of at most {most}; allowed then: \
         partitioner sequential, shared or tiled, and placer linear or greedy"
    )]
    TooManyTiles {
        /// The chip.
        chip: String,
        /// Its tiles.
        tiles: u32,
        /// Most tiles of a search.
        most: u32,
    },
    /// A sum of weights could leave 32 bits, which is beyond all chips here and this simulator.
    #[error(
        "{population}: neuron {neuron} has weights of {sum} in all, more than {} can hold; use fewer or smaller synapses",
        i32::MAX
    )]
    Overflow {
        /// The population.
        population: String,
        /// The neuron within its population.
        neuron: u32,
        /// Sum of the magnitudes of its weights.
        sum: i64,
    },
    /// A core would hold more neurons than a synapse can name.
    #[error("{place} holds {neurons} neurons, and no core may hold more than {most}; use a chip of more cores")]
    CoreTooLarge {
        /// The core.
        place: String,
        /// Neurons.
        neurons: usize,
        /// Most neurons that a core may hold.
        most: usize,
    },
}

fn lines(violations: &[Violation]) -> String {
    violations.iter().map(|v| format!("  {v}")).collect::<Vec<_>>().join("\n")
}

/// Keeps the worst of the places where a limit is broken.
pub(super) fn worst(
    limit: &str,
    places: impl Iterator<Item = (String, u64)>,
    allowed: u64,
    remedy: impl Fn(u64) -> String,
) -> Option<Violation> {
    let broken = places.filter(|(_, needed)| *needed > allowed);
    // max_by_key keeps the last of equals; the first reads better.
    let (place, needed) = broken.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    Some(Violation { limit: limit.to_owned(), place, needed, allowed, remedy: remedy(needed) })
}

/// The sentence for a limit of the chip file that would have to grow.
pub(super) fn grow(limit: &str) -> impl Fn(u64) -> String + '_ {
    move |needed| format!("it would fit with {limit} of {needed} or more")
}

/// Which neurons are checked.
#[derive(Clone, Copy)]
struct Checked<'a> {
    net: &'a Graph,
    /// By population; all where nothing is said.
    holds: Option<&'a [bool]>,
}

impl Checked<'_> {
    /// Whether a neuron is checked.
    fn has(self, neuron: u32) -> bool {
        self.holds.is_none_or(|holds| holds[self.net.population_of(neuron as usize)])
    }

    /// Synapses of a source into neurons that are checked: target, weight and delay.
    fn row(self, source: usize) -> impl Iterator<Item = (u32, i16, u32)> {
        self.net.synapses.row(source).filter(move |(target, ..)| self.has(*target))
    }
}

/// Checks the limits that do not depend on the partition.
pub(super) fn network(net: &Graph, chip: &Chip) -> Result<Vec<Violation>, MapError> {
    checked(Checked { net, holds: None }, chip)
}

/// The same of some populations, as if all cores of the chip were of the kind that they go to.
pub(super) fn network_of(net: &Graph, chip: &Chip, holds: &[bool]) -> Result<Vec<Violation>, MapError> {
    checked(Checked { net, holds: Some(holds) }, chip)
}

/// A neuron whose sum of weights could overflow, if there is one.
pub(super) fn overflow(net: &Graph) -> Option<MapError> {
    // Most networks are far from it. Sums by neuron are accesses all over the memory, so bounds come first.
    let (most, allowed) = (net.synapses.most_added(), i32::MAX.unsigned_abs().into());
    let bound = |synapses: u64| synapses.saturating_mul(most);
    if bound(net.synapses.len() as u64) <= allowed {
        return None;
    }
    let fan_in = net.synapses.fan_in(net.neurons()).into_iter().max().unwrap_or(0);
    if bound(fan_in.into()) <= allowed {
        return None;
    }
    let magnitude = magnitudes(net);
    let i = magnitude.iter().position(|sum| *sum > i64::from(i32::MAX))?;
    let p = &net.populations[net.population_of(i)];
    let (population, neuron) = (p.name.clone(), i as u32 - p.first);
    Some(MapError::Overflow { population, neuron, sum: magnitude[i] })
}

fn checked(all: Checked<'_>, chip: &Chip) -> Result<Vec<Violation>, MapError> {
    let Checked { net, holds } = all;
    if let Some(error) = overflow(net) {
        return Err(error);
    }
    let limits = &chip.core.limits;
    let counted = |i: usize, n: u64| if all.has(i as u32) { n } else { 0 };
    let fan_in = limits.max_fan_in.map(|_| net.synapses.fan_in(net.neurons())).unwrap_or_default();
    let fan_in = fan_in.iter().enumerate().map(|(i, n)| counted(i, (*n).into()));
    let fan_out = (0..net.neurons()).map(|i| counted(i, net.synapses.fan_out(i) as u64));
    let mut found = Vec::new();
    found.extend(fan(net, "core.max_fan_in", fan_in, limits.max_fan_in));
    found.extend(fan(net, "core.max_fan_out", fan_out, limits.max_fan_out));
    found.extend(weights(all, limits));
    found.extend(limits.source_sign.then(|| both_signs(all)).flatten());
    found.extend(chip.core.synapses.devices().and_then(|devices| crosspoints(net, devices)));
    found.extend(delays(all, chip));
    let held = |at: usize| holds.is_none_or(|holds| holds[at]);
    let on_chip = net.populations.iter().enumerate().filter(|(at, p)| p.source.is_none() && held(*at));
    let runs = on_chip.flat_map(|(_, p)| p.all_runs().map(move |(_, params)| (p, params)));
    let membranes = runs.map(|(p, params)| (format!("a membrane of {}", p.name), u64::from(params.membrane_bits)));
    found.extend(worst("core.membrane_bits", membranes, limits.membrane_bits.into(), grow("core.membrane_bits")));
    found.extend(limits.axon_types.and_then(|allowed| axon_types(all, allowed)));
    found.extend(soma_units(all, chip));
    Ok(found)
}

/// Checks that the chip has the soma units that populations name.
fn soma_units(all: Checked<'_>, chip: &Chip) -> Option<Violation> {
    let Checked { net, holds } = all;
    let units = &chip.core.soma_units;
    let is_missing = |unit: &str| !units.iter().any(|own| own == unit);
    let held = net.populations.iter().enumerate().filter(|(at, _)| holds.is_none_or(|holds| holds[*at]));
    let mut named = held.filter_map(|(index, p)| Some((p, net.named_soma(index)?)));
    let (population, unit) = named.find(|(_, unit)| is_missing(unit))?;
    let has = if units.is_empty() { "one unit without a name".into() } else { units.join(", ") };
    Some(Violation {
        limit: "core.soma_units".into(),
        place: format!("{}, whose neurons name the soma unit \"{unit}\",", population.name),
        needed: 1,
        allowed: 0,
        remedy: format!("the chip has {has}"),
    })
}

/// A neuron by its population, as in `dense1 neuron 7`.
fn neuron_name(net: &Graph, i: usize) -> String {
    let p = &net.populations[net.population_of(i)];
    format!("{} neuron {}", p.name, i - p.first as usize)
}

/// Checks the synapses into or out of every neuron.
fn fan(
    net: &Graph,
    limit: &'static str,
    synapses: impl Iterator<Item = u64>,
    allowed: Option<u32>,
) -> Option<Violation> {
    let allowed = u64::from(allowed?);
    let places = synapses.enumerate().filter(|(_, n)| *n > allowed).map(|(i, n)| (neuron_name(net, i), n));
    worst(limit, places, allowed, grow(limit))
}

fn weights(all: Checked<'_>, limits: &CoreLimits) -> Option<Violation> {
    let net = all.net;
    let (low, high) = match all.holds {
        None => net.synapses.weight_range(),
        Some(_) => {
            let own = (0..net.neurons()).flat_map(|source| all.row(source)).map(|(_, weight, _)| weight);
            own.fold((0, 0), |(low, high): (i16, i16), weight| (low.min(weight), high.max(weight)))
        }
    };
    let bits = match (limits.source_sign, all.holds) {
        (true, _) => magnitude_bits(low, high) + 1,
        (false, None) => net.synapses.weight_bits(),
        (false, Some(_)) => signed_bits(low, high),
    };
    let weights = std::iter::once((format!("a weight of {low} to {high}"), bits.into()));
    let most = limits.weight_bits;
    let shrink =
        |needed| format!("it would fit with core.weight_bits of {needed} or more, or with weights of {most} bits");
    worst("core.weight_bits", weights, most.into(), shrink)
}

fn delays(all: Checked<'_>, chip: &Chip) -> Option<Violation> {
    let net = all.net;
    let longest = match all.holds {
        Some(_) if net.max_delay() > 1 => {
            let own = (0..net.neurons()).flat_map(|source| all.row(source));
            own.map(|(_, _, delay)| delay).max().unwrap_or(0)
        }
        _ => net.max_delay(),
    };
    let delay = std::iter::once(("the longest delay".to_owned(), u64::from(longest)));
    let shorten = |needed| match chip.stepping {
        Stepping::Barrier | Stepping::Fixed { .. } => grow("core.max_delay")(needed),
        Stepping::Free { .. } => {
            "it would fit with delays of 1: on a free-running chip spikes act when they arrive".into()
        }
    };
    worst("core.max_delay", delay, chip.core.limits.max_delay.into(), shorten)
}

/// Checks the distinct weights into every neuron.
fn axon_types(all: Checked<'_>, allowed: u32) -> Option<Violation> {
    let (net, counts) = (all.net, distinct_weights(all));
    let places = counts.iter().map(|(i, count)| (neuron_name(net, *i as usize), *count));
    worst("core.axon_types", places, allowed.into(), |needed| {
        format!(
            "it would need core.axon_types of {needed} or more, or fewer distinct weights into a neuron (a \
             necessary condition: whether the types of axons go with those of all their neurons is not checked)"
        )
    })
}

/// Bits of the largest magnitude of weights in a range; at least 1.
fn magnitude_bits(low: i16, high: i16) -> u32 {
    (u16::BITS - low.unsigned_abs().max(high.unsigned_abs()).leading_zeros()).max(1)
}

/// Bits of the weights of a range, sign included.
fn signed_bits(low: i16, high: i16) -> u32 {
    let holds = |bits: &u32| i32::from(low) >= -(1 << (bits - 1)) && i32::from(high) < 1 << (bits - 1);
    (1..16).find(holds).unwrap_or(16)
}

/// Checks that no source has synapses of both signs.
fn both_signs(all: Checked<'_>) -> Option<Violation> {
    let net = all.net;
    let has_both = |source: &usize| {
        let of = |sign: i16| all.row(*source).any(|(_, weight, _)| weight.signum() == sign);
        of(1) && of(-1)
    };
    let mut mixed = (0..net.neurons()).filter(has_both);
    let first = mixed.next()?;
    let others = match mixed.count() {
        0 => String::new(),
        more => format!(" (the first of {})", more + 1),
    };
    Some(Violation {
        limit: "core.source_sign".into(),
        place: format!("{}{others}, with weights of both signs,", neuron_name(net, first)),
        needed: 2,
        allowed: 1,
        remedy: "the sign belongs to the source: give its weights one sign, or use two sources that spike together"
            .into(),
    })
}

/// Checks the capacity of crosspoint cells: all synapses of a source and a target together.
fn crosspoints(net: &Graph, devices: &Devices) -> Option<Violation> {
    let mut largest = 0;
    for source in 0..net.neurons() {
        let (mut last, mut sum) = (None, 0i64);
        for (target, weight, _) in net.synapses.added_row(source) {
            sum = if last == Some(target) { sum + i64::from(weight) } else { weight.into() };
            last = Some(target);
            largest = largest.max(sum.unsigned_abs());
        }
    }
    let places = std::iter::once((format!("a weight of magnitude {largest} at one crosspoint"), largest));
    let remedy = |needed: u64| {
        let (bits, each) = (u64::BITS - needed.leading_zeros(), devices.cell_bits);
        format!("it would fit with {} slices of {each} bits", bits.div_ceil(each))
    };
    worst("core.synapses.devices.slices", places, devices.most_magnitude(), remedy)
}

/// Neurons with synapses, each with its number of distinct non-zero weights.
fn distinct_weights(all: Checked<'_>) -> Vec<(u32, u64)> {
    let synapses = &all.net.synapses;
    let mut end = 0;
    let begin = synapses.fan_in(all.net.neurons()).into_iter().map(|count| {
        let begin = end;
        end += count as usize;
        begin
    });
    let begin: Vec<usize> = begin.collect();
    // The weights into each neuron, and where they end so far.
    let (mut weights, mut ends) = (vec![0i16; end], begin.clone());
    for source in 0..all.net.neurons() {
        poll_at_row(source, synapses.fan_out(source));
        let own = synapses.added_row(source).filter(|(target, weight, _)| *weight != 0 && all.has(*target));
        for (target, weight, _) in own {
            let place = &mut ends[target as usize];
            weights[*place] = weight;
            *place += 1;
        }
    }
    let distinct = |(neuron, (begin, end)): (u32, (usize, usize))| {
        let own = &mut weights[begin..end];
        poll_at_row(neuron as usize, own.len());
        own.sort_unstable();
        (neuron, own.chunk_by(|a, b| a == b).count() as u64)
    };
    (0..).zip(begin.into_iter().zip(ends)).map(distinct).filter(|(_, count)| *count > 0).collect()
}

/// The sum of the magnitudes of what the synapses of every neuron add.
fn magnitudes(net: &Graph) -> Vec<i64> {
    let mut sum = vec![0i64; net.neurons()];
    for source in 0..net.neurons() {
        poll_at_row(source, net.synapses.fan_out(source));
        for (target, weight, _) in net.synapses.added_row(source) {
            sum[target as usize] += i64::from(weight.unsigned_abs());
        }
    }
    sum
}

/// Most neurons of a core, whatever its limits: the limit of chip files, and of 16 bits.
const MOST_NEURONS: usize = 1 << 16;

/// Checks what no core may exceed, even where limits are only reported.
pub(super) fn sizes(net: &Graph, cores: &[CoreLoad]) -> Result<(), MapError> {
    match cores.iter().find(|core| core.neurons() as usize > MOST_NEURONS) {
        None => Ok(()),
        Some(core) => {
            let (place, neurons) = (place_name(net, core), core.neurons() as usize);
            Err(MapError::CoreTooLarge { place, neurons, most: MOST_NEURONS })
        }
    }
}

/// Checks the outgoing axons of all cores.
pub(super) fn axons_out(net: &Graph, cores: &[CoreLoad], chip: &Chip) -> Option<Violation> {
    let allowed = chip.core.limits.max_axons_out?;
    let name = |core: &CoreLoad| place_name(net, core);
    let places = cores.iter().filter(|c| c.axons_out > allowed).map(|c| (name(c), u64::from(c.axons_out)));
    worst("core.max_axons_out", places, allowed.into(), grow("core.max_axons_out"))
}

/// Checks the axons that neurons reach.
pub(super) fn targets(net: &Graph, cores: &[CoreId], chip: &Chip) -> Option<Violation> {
    targets_from(net, cores, chip, |_| true)
}

/// The same of neurons on some of the cores.
pub(super) fn targets_from(
    net: &Graph,
    cores: &[CoreId],
    chip: &Chip,
    counts: impl Fn(CoreId) -> bool,
) -> Option<Violation> {
    let allowed = u64::from(chip.core.limits.max_targets?);
    let reached = axons_reached(net, cores).map(|(neuron, axons)| (neuron, u64::from(axons)));
    let reached = reached.filter(|(neuron, _)| counts(cores[*neuron]));
    let places = reached.filter(|(_, axons)| *axons > allowed).map(|(neuron, axons)| (neuron_name(net, neuron), axons));
    worst("core.max_targets", places, allowed, |_| {
        "neurons are copied for that, but not where the network itself says how many are on a core, nor where weights \
         have more classes than axons have types, nor where copies need other copies without end"
            .into()
    })
}

/// Neurons on the chip with the number of axons that each reaches: pairs of a core and a delay.
pub(super) fn axons_reached<'g>(graph: &'g Graph, cores: &'g [CoreId]) -> impl Iterator<Item = (usize, u32)> + 'g {
    let neurons = graph.populations.iter().filter(|population| population.source.is_none());
    let mut reached: Vec<(CoreId, u32)> = Vec::new();
    neurons.flat_map(|population| population.range()).map(move |neuron| {
        reached.clear();
        poll_at_row(neuron, graph.synapses.fan_out(neuron));
        for (target, _, delay) in graph.synapses.row(neuron) {
            let axon = (cores[target as usize], delay);
            if !reached.contains(&axon) {
                reached.push(axon);
            }
        }
        (neuron, reached.len() as u32)
    })
}

/// Name of a core by its contents, as in `the core of dense2 0..255`.
pub(super) fn place_name(net: &Graph, core: &CoreLoad) -> String {
    let name = |part: &CorePart| {
        let p = &net.populations[part.population as usize];
        format!("{} {}..{}", p.name, part.neurons.start - p.first, part.neurons.end - 1 - p.first)
    };
    let names: Vec<String> = core.parts.iter().map(name).collect();
    format!("the core of {}", some_of(&names.iter().map(String::as_str).collect::<Vec<_>>(), MOST_NAMES))
}
