//! Partition: neurons are assigned to cores in their order, each core filled until a limit is reached.
//!
//! A limit that a single neuron breaks alone is noted and raised to what that neuron needs, so that the list of
//! problems is complete, and so that `--limits report` can continue.

use super::check::{MapError, Violation, grow, place_name, worst};
use super::kernels::SharedRows;
use super::{CoreLoad, Limits};
use crate::hw::{Chip, SynapseArray};
use crate::ids::SiteId;
use crate::net::Graph;
use crate::net::neuron::{Model, Odin};

/// Sources of every neuron's synapses, in rows by target.
struct Incoming {
    row: Vec<u64>,
    source: Vec<u32>,
}

impl Incoming {
    fn new(net: &Graph) -> Self {
        let n = net.neurons();
        let mut row = vec![0u64; n + 1];
        for source in 0..n {
            net.synapses.targets(source).for_each(|target| row[target as usize + 1] += 1);
        }
        for i in 0..n {
            row[i + 1] += row[i];
        }
        let mut next = row.clone();
        let mut from = vec![0u32; net.synapses.len()];
        for source in 0..n {
            for target in net.synapses.targets(source) {
                from[next[target as usize] as usize] = source as u32;
                next[target as usize] += 1;
            }
        }
        Self { row, source: from }
    }

    /// The sources of a neuron's synapses, each with its place.
    fn sources(&self, target: u32) -> impl Iterator<Item = (usize, usize)> + use<'_> {
        let row = self.row[target as usize] as usize..self.row[target as usize + 1] as usize;
        row.clone().zip(&self.source[row]).map(|(place, source)| (place, *source as usize))
    }
}

/// Loads of the core being filled.
struct Filler<'a> {
    chip: &'a Chip,
    /// Bits in which the network's weights are stored.
    weight_bits: u64,
    incoming: &'a Incoming,
    /// Synapses into the core from each source, valid if `stamp` is the core's.
    count: Vec<u32>,
    stamp: Vec<u32>,
    core: u32,
    /// `rows[k]`: sources with k synapses into the core.
    rows: Vec<u32>,
    neurons: u64,
    axons: u64,
    synapses: u64,
    /// Distinct rows, where kernels may be shared.
    kernels: Option<SharedRows>,
}

/// Neurons, axons and memory bits.
#[derive(Clone, Copy)]
struct CoreNeed {
    neurons: u64,
    axons: u64,
    memory: u64,
    /// Whether that is with shared kernels.
    shared: bool,
}

impl<'a> Filler<'a> {
    fn new(net: &Graph, chip: &'a Chip, incoming: &'a Incoming) -> Self {
        let (count, stamp) = (vec![0; net.neurons()], vec![u32::MAX; net.neurons()]);
        let weight_bits = net.synapses.weight_bits().into();
        let shares = matches!(&chip.core.synapses, SynapseArray::Sram(memory) if memory.shared_kernels);
        let kernels = if shares { SharedRows::new(net, &incoming.row) } else { None };
        let (rows, neurons, axons, synapses) = (vec![0], 0, 0, 0);
        Self { chip, weight_bits, incoming, count, stamp, core: 0, rows, neurons, axons, synapses, kernels }
    }

    /// Restarts at core 0.
    fn forget(&mut self) {
        self.stamp.fill(u32::MAX);
    }

    fn start(&mut self, core: u32) {
        self.core = core;
        self.rows.clear();
        self.rows.push(0);
        (self.neurons, self.axons, self.synapses) = (0, 0, 0);
        self.kernels.iter_mut().for_each(SharedRows::start);
    }

    fn add(&mut self, neuron: u32) {
        self.neurons += 1;
        let mut kernels = self.kernels.as_mut().and_then(|kernels| kernels.add_neuron(neuron));
        for (place, source) in self.incoming.sources(neuron) {
            if self.stamp[source] != self.core {
                self.stamp[source] = self.core;
                self.count[source] = 0;
                self.axons += 1;
                self.rows[0] += 1;
            }
            let k = self.count[source] as usize;
            self.count[source] += 1;
            self.rows[k] -= 1;
            if k + 1 == self.rows.len() {
                self.rows.push(0);
            }
            self.rows[k + 1] += 1;
            self.synapses += 1;
            kernels.iter_mut().for_each(|kernels| kernels.add(source, k, neuron, place));
        }
    }

    fn remove(&mut self, neuron: u32) {
        self.neurons -= 1;
        let mut kernels = self.kernels.as_mut().and_then(|kernels| kernels.remove_neuron(neuron));
        for (place, source) in self.incoming.sources(neuron) {
            let k = self.count[source] as usize;
            self.count[source] -= 1;
            self.rows[k] -= 1;
            if k == 1 {
                self.stamp[source] = u32::MAX;
                self.axons -= 1;
            } else {
                self.rows[k - 1] += 1;
            }
            self.synapses -= 1;
            kernels.iter_mut().for_each(|kernels| kernels.remove(source, k, neuron, place));
        }
    }

    /// Whether the core has room for these neurons as well.
    fn has_room_for(&mut self, neurons: std::ops::Range<u32>, limits: CoreNeed) -> bool {
        let mut added = neurons.start;
        while added < neurons.end && within(self.need(), limits) {
            self.add(added);
            added += 1;
        }
        let fits = within(self.need(), limits);
        (neurons.start..added).for_each(|neuron| self.remove(neuron));
        fits
    }

    fn need(&self) -> CoreNeed {
        let (memory, shared) = match &self.chip.core.synapses {
            SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar => (0, false),
            SynapseArray::Sram(memory) => {
                let apart = bits(&self.rows, |k| memory.row_bits(k, self.neurons, self.weight_bits));
                let rows = self.kernels.as_ref().and_then(SharedRows::rows);
                let shared = rows.map(|rows| bits(rows, |k| memory.list_bits(k, self.weight_bits)));
                shared.filter(|bits| *bits < apart).map_or((apart, false), |bits| (bits, true))
            }
        };
        CoreNeed { neurons: self.neurons, axons: self.axons, memory, shared }
    }

    fn load(&self, population: u32, neurons: std::ops::Range<u32>) -> CoreLoad {
        let CoreNeed { axons, memory, shared, .. } = self.need();
        CoreLoad {
            site: SiteId::default(),
            population,
            neurons,
            axons_in: axons as u32,
            axons_out: 0,
            synapses: self.synapses,
            memory_bits: memory,
            shared_kernels: shared,
        }
    }
}

/// Bits of rows, `rows[k]` of k synapses.
fn bits(rows: &[u32], of_row: impl Fn(u64) -> u64) -> u64 {
    let used = (0..).zip(rows).skip(1).filter(|(_, rows)| **rows > 0);
    used.map(|(k, rows)| u64::from(*rows) * of_row(k)).sum()
}

fn limits_of(chip: &Chip) -> CoreNeed {
    let limits = &chip.core.limits;
    let memory = match &chip.core.synapses {
        SynapseArray::Sram(memory) => memory.bits,
        SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar => u64::MAX,
    };
    CoreNeed { neurons: limits.max_neurons.into(), axons: limits.max_axons_in.into(), memory, shared: false }
}

fn within(need: CoreNeed, limits: CoreNeed) -> bool {
    need.neurons <= limits.neurons && need.axons <= limits.axons && need.memory <= limits.memory
}

/// Splits all populations; gives the cores in use, with their outgoing axons, and the broken limits. A run of neurons
/// that begins at one of `tiles` stays together if it fits on a core.
pub(super) fn partition(
    net: &Graph,
    chip: &Chip,
    limits: Limits,
    tiles: &[u32],
) -> Result<(Vec<CoreLoad>, Vec<Violation>), MapError> {
    let incoming = Incoming::new(net);
    let mut filler = Filler::new(net, chip, &incoming);
    // Most neurons of each population on a core.
    let mut caps = vec![chip.core.limits.max_neurons; net.populations.len()];
    let mut cores = split(net, &mut filler, &caps, tiles);
    count_axons_out(net, &mut cores);
    // Outgoing axons depend on the partition of their targets, so they are only known afterwards: populations with too
    // many get fewer neurons per core, until all limits hold or nothing more can be done. Caps only shrink.
    while net.neurons_per_core.is_none() && shrink(&mut caps, &cores, chip) {
        cores = split(net, &mut filler, &caps, tiles);
        count_axons_out(net, &mut cores);
    }
    let mut violations = broken(net, chip, &cores);
    let available = chip.noc.cores();
    if cores.len() as u32 > available {
        violations.push(too_many_cores(net, chip, cores.len() as u64));
        if limits == Limits::Report {
            cores = squeeze(net, chip, &mut filler)?;
            count_axons_out(net, &mut cores);
        }
    }
    Ok((cores, violations))
}

/// Loads of cores that hold these neurons (population, first and end), and the limits that they break.
pub(super) fn loads(net: &Graph, chip: &Chip, cores: &[(u32, u32, u32)]) -> (Vec<CoreLoad>, Vec<Violation>) {
    let incoming = Incoming::new(net);
    let mut filler = Filler::new(net, chip, &incoming);
    let load = |(index, (population, first, end)): (usize, &(u32, u32, u32))| {
        filler.start(index as u32);
        (*first..*end).for_each(|neuron| filler.add(neuron));
        filler.load(*population, *first..*end)
    };
    let mut loads: Vec<CoreLoad> = cores.iter().enumerate().map(load).collect();
    count_axons_out(net, &mut loads);
    let violations = broken(net, chip, &loads);
    (loads, violations)
}

/// Splits all populations, each with a cap on the neurons of a core.
fn split(net: &Graph, filler: &mut Filler<'_>, caps: &[u32], tiles: &[u32]) -> Vec<CoreLoad> {
    let mut cores = Vec::new();
    filler.forget();
    for (index, population) in net.populations.iter().enumerate().filter(|(_, p)| p.source.is_none()) {
        let neurons = population.first..population.first + population.count;
        match net.neurons_per_core {
            Some(each) => fill_evenly(filler, &mut cores, index as u32, neurons, each),
            None => {
                let within = |at: u32| tiles.partition_point(|first| *first < at);
                let tiles = &tiles[within(neurons.start)..within(neurons.end)];
                fill(filler, &mut cores, NeuronRun { population: index as u32, neurons, tiles }, caps[index]);
            }
        }
    }
    cores
}

/// Counts the pairs of a neuron and a destination core, for every core.
fn count_axons_out(net: &Graph, cores: &mut [CoreLoad]) {
    let core_of = super::core_of(net, cores);
    let mut last_seen = vec![u32::MAX; cores.len()];
    for core in cores {
        core.axons_out = 0;
        for neuron in core.neurons.clone() {
            for target in net.synapses.targets(neuron as usize) {
                let to = core_of[target as usize].index();
                core.axons_out += u32::from(std::mem::replace(&mut last_seen[to], neuron) != neuron);
            }
        }
    }
}

/// Lowers the caps of populations with too many outgoing axons on a core; gives whether any could be lowered.
fn shrink(caps: &mut [u32], cores: &[CoreLoad], chip: &Chip) -> bool {
    let Some(allowed) = chip.core.limits.max_axons_out else { return false };
    let mut lowered = false;
    for core in cores.iter().filter(|core| core.axons_out > allowed) {
        let neurons = core.neurons.end - core.neurons.start;
        let share = (u64::from(neurons) * u64::from(allowed) / u64::from(core.axons_out)) as u32;
        let cap = &mut caps[core.population as usize];
        if share.max(1) < *cap && neurons > 1 {
            *cap = share.max(1);
            lowered = true;
        }
    }
    // A mapping with more cores than the chip has will not be run: no need to split further.
    lowered && cores.len() as u32 <= chip.noc.cores()
}

/// Neurons of a population to assign to cores, and the starts of tiles among them.
struct NeuronRun<'t> {
    population: u32,
    neurons: std::ops::Range<u32>,
    tiles: &'t [u32],
}

/// Fills cores until a limit is reached.
fn fill(filler: &mut Filler<'_>, cores: &mut Vec<CoreLoad>, run: NeuronRun<'_>, cap: u32) {
    let NeuronRun { population, neurons, tiles } = run;
    let mut limits = limits_of(filler.chip);
    limits.neurons = limits.neurons.min(cap.into());
    let mut tiles = tiles.iter().copied().peekable();
    let mut first = neurons.start;
    filler.start(cores.len() as u32);
    for neuron in neurons.clone() {
        let begins_tile = tiles.next_if_eq(&neuron).is_some();
        if begins_tile && neuron > first {
            let end = tiles.peek().copied().unwrap_or(neurons.end);
            if !filler.has_room_for(neuron..end, limits) {
                cores.push(filler.load(population, first..neuron));
                first = neuron;
                filler.start(cores.len() as u32);
            }
        }
        filler.add(neuron);
        if within(filler.need(), limits) {
            continue;
        }
        if neuron > first {
            filler.remove(neuron);
            cores.push(filler.load(population, first..neuron));
            first = neuron;
            filler.start(cores.len() as u32);
            filler.add(neuron);
        }
        let need = filler.need();
        limits.axons = limits.axons.max(need.axons);
        limits.memory = limits.memory.max(need.memory);
    }
    cores.push(filler.load(population, first..neurons.end));
}

/// Fills every core with the same number of neurons, whatever the limits.
fn fill_evenly(
    filler: &mut Filler<'_>,
    cores: &mut Vec<CoreLoad>,
    population: u32,
    neurons: std::ops::Range<u32>,
    each: u32,
) {
    let mut first = neurons.start;
    while first < neurons.end {
        let end = neurons.end.min(first.saturating_add(each));
        filler.start(cores.len() as u32);
        (first..end).for_each(|neuron| filler.add(neuron));
        cores.push(filler.load(population, first..end));
        first = end;
    }
}

/// Spreads the populations over all cores of the chip, whatever the limits.
fn squeeze(net: &Graph, chip: &Chip, filler: &mut Filler<'_>) -> Result<Vec<CoreLoad>, MapError> {
    let on_chip: Vec<_> = net.populations.iter().enumerate().filter(|(_, p)| p.source.is_none()).collect();
    let available = chip.noc.cores();
    if on_chip.len() > available as usize {
        return Err(MapError::TooManyPopulations {
            chip: chip.name.clone(),
            populations: on_chip.len(),
            cores: available,
            why: leaks(net).map_or(String::new(), |leaks| format!("; {}", leaks.why)),
        });
    }
    // The fewest neurons per core for which all populations have enough cores.
    let fits =
        |each: u32| on_chip.iter().map(|(_, p)| u64::from(p.count.div_ceil(each))).sum::<u64>() <= available.into();
    let (mut low, mut high) = (1, on_chip.iter().map(|(_, p)| p.count).max().unwrap_or(1));
    while low < high {
        let middle = low + (high - low) / 2;
        if fits(middle) { high = middle } else { low = middle + 1 }
    }
    let mut cores = Vec::new();
    filler.forget();
    for (index, p) in on_chip {
        fill_evenly(filler, &mut cores, index as u32, p.first..p.first + p.count, low);
    }
    Ok(cores)
}

fn broken(net: &Graph, chip: &Chip, cores: &[CoreLoad]) -> Vec<Violation> {
    let limits = limits_of(chip);
    let check = |limit: &str, allowed: u64, need: &dyn Fn(&CoreLoad) -> u64| {
        let places = cores.iter().filter(|c| need(c) > allowed).map(|c| (place_name(net, c), need(c)));
        worst(limit, places, allowed, grow(limit))
    };
    let checks = [
        check("core.max_neurons", limits.neurons, &|c| c.neurons.len() as u64),
        check("core.max_axons_in", limits.axons, &|c| c.axons_in.into()),
        check("core.synapses.bits", limits.memory, &|c| c.memory_bits),
    ];
    checks.into_iter().flatten().collect()
}

/// Populations of ODIN's neurons with different leaks; a core has one leak.
struct OdinLeaks {
    different: u64,
    /// Leaks and populations, as in `leaks of 2 (a) and 3 (b)`.
    which: String,
    why: &'static str,
}

fn leaks(net: &Graph) -> Option<OdinLeaks> {
    let mut found: Vec<(u32, &str)> = Vec::new();
    for population in net.populations.iter().filter(|p| p.source.is_none()) {
        for (_, params) in population.all_runs() {
            let Model::Odin(Odin { leak, .. }) = params.model else { continue };
            if found.iter().all(|(other, _)| *other != leak) {
                found.push((leak, &population.name));
            }
        }
    }
    let named: Vec<String> = found.iter().take(8).map(|(leak, name)| format!("{leak} ({name})")).collect();
    let (last, others) = named.split_last().filter(|_| found.len() > 1)?;
    let which = format!("leaks of {} and {last}", others.join(", "));
    let why = "a core holds neurons of one population, which share their leak";
    Some(OdinLeaks { different: found.len() as u64, which, why })
}

/// More cores are needed than there are. If only their leaks keep populations apart, the message says so.
fn too_many_cores(net: &Graph, chip: &Chip, needed: u64) -> Violation {
    let noc = &chip.noc;
    let populations = net.populations.iter().filter(|p| p.source.is_none()).count() as u64;
    let cores = u64::from(noc.cores());
    if let Some(leaks) = leaks(net).filter(|leaks| populations == needed && leaks.different > cores) {
        return Violation {
            limit: "leak".into(),
            place: format!("a network with {}", leaks.which),
            needed: leaks.different,
            allowed: cores,
            remedy: format!("{}: give all one leak, in one population, or use a chip with {needed} cores", leaks.why),
        };
    }
    Violation {
        limit: "mesh".into(),
        place: "the network".into(),
        needed,
        allowed: noc.cores().into(),
        remedy: format!(
            "it would fit on a {} with {} each{}",
            noc.topology.with_tiles(needed.div_ceil(noc.cores_per_tile.into())),
            if noc.cores_per_tile == 1 { "1 core".to_owned() } else { format!("{} cores", noc.cores_per_tile) },
            // Each population fills less than a core.
            if populations == needed && populations > 1 {
                ", or with fewer populations: a core holds neurons of one"
            } else {
                ""
            }
        ),
    }
}
