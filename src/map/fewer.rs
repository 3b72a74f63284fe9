//! Changes that would save a core, of the command or of the chip: each found by mapping the network with it.

use super::place::Placer;
use super::{Mapping, MappingOptions, Partitioner, Sharing, arrange};
use crate::hw::{Chip, SynapseArray};
use crate::net::Graph;

/// A change with which the network takes fewer cores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// The change, as an option of the command line.
    pub change: String,
    /// Cores that the network then takes.
    pub cores: u32,
}

/// Synapses and neurons that all mappings together may visit: about a second's work.
const MOST_WORK: u64 = 1 << 26;

/// Passes over synapses that a mapping takes, about.
const PASSES: u64 = 4;

/// A limit is tried if some core has used at least this share of it (percent).
const NEAR: u64 = 75;

/// Changes that save a core: options of the command first, then each limit of the chip, raised as little as that takes,
/// those that grow the least first. None where cores were asked for, or where a limit is broken.
pub fn savings(
    graph: &Graph,
    chip: &Chip,
    options: MappingOptions,
    spikes: Option<&[u32]>,
    mapping: &Mapping,
) -> Vec<Saving> {
    let cores = mapping.cores.len() as u32;
    if cores < 2 || options.cores.is_some() || !mapping.violations.is_empty() {
        return Vec::new();
    }
    let each = PASSES * (graph.whole().synapses.len() + graph.whole().neurons()) as u64;
    // The number of cores does not depend on where they are.
    let partitioner = match options.partitioner {
        Partitioner::Auto => mapping.partitioner,
        asked => asked,
    };
    let options = MappingOptions { placer: Placer::Linear, partitioner, ..options };
    let mut trial = Trial { graph: graph.whole(), spikes, cores, left: MOST_WORK / each.max(1) };
    let mut all = trial.of_options(chip, options);
    // A search keeps the cores of what it begins with.
    let partitioner = match options.partitioner {
        Partitioner::Multilevel => Partitioner::Shared,
        other => other,
    };
    let options = MappingOptions { partitioner, ..options };
    // Where cores differ there is not one limit to raise.
    let mut limits = if chip.kinds().len() > 1 { Vec::new() } else { limits(chip, mapping) };
    limits.retain(|(_, allowed, needed)| needed * 100 >= allowed * NEAR);
    let mut raised: Vec<(u64, Saving)> =
        limits.into_iter().filter_map(|(path, allowed, _)| trial.raised(chip, options, path, allowed)).collect();
    raised.sort_by_key(|(growth, _)| *growth);
    all.extend(raised.into_iter().map(|(_, saving)| saving));
    all
}

/// Limits of a core that a chip file sets, each with what it allows and the most that a core needs.
fn limits(chip: &Chip, mapping: &Mapping) -> Vec<(&'static str, u64, u64)> {
    let limits = &chip.core.limits;
    let most = |of: &dyn Fn(&super::CoreLoad) -> u64| mapping.cores.iter().map(of).max().unwrap_or(0);
    let settings = limits.max_neuron_settings.unwrap_or_default();
    let mut all = vec![
        ("core.max_neurons", Some(limits.max_neurons.into()), most(&|core| core.neurons().into())),
        ("core.max_axons_in", Some(limits.max_axons_in.into()), most(&|core| core.axons_in.into())),
        ("core.max_axons_out", limits.max_axons_out.map(u64::from), most(&|core| core.axons_out.into())),
        (
            "core.max_neuron_settings.compartments",
            settings.compartments.map(u64::from),
            most(&|core| core.settings[0].into()),
        ),
        (
            "core.max_neuron_settings.thresholds",
            settings.thresholds.map(u64::from),
            most(&|core| core.settings[1].into()),
        ),
    ];
    if let SynapseArray::Sram(memory) = &chip.core.synapses {
        all.push(("core.synapses.bits", Some(memory.bits), most(&|core| core.memory_bits)));
    }
    all.into_iter().filter_map(|(path, allowed, needed)| Some((path, allowed?, needed))).collect()
}

/// Mappings that are tried, as long as some are left.
struct Trial<'a> {
    graph: &'a Graph,
    spikes: Option<&'a [u32]>,
    /// The cores that are to be fewer.
    cores: u32,
    left: u64,
}

impl Trial<'_> {
    /// The cores with some options, if they are fewer and nothing is broken.
    fn fewer(&mut self, chip: &Chip, options: MappingOptions) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let arranged = arrange(self.graph, chip, options, self.spikes).ok()?;
        let cores = arranged.mapping.cores.len() as u32;
        (cores < self.cores && arranged.mapping.violations.is_empty()).then_some(cores)
    }

    fn of_options(&mut self, chip: &Chip, options: MappingOptions) -> Vec<Saving> {
        let mut found = Vec::new();
        let shared = MappingOptions { sharing: Sharing::Always, ..options };
        if options.sharing != Sharing::Always {
            let cores = self.fewer(chip, shared);
            found.extend(cores.map(|cores| Saving { change: "--share-cores always".into(), cores }));
        }
        for partitioner in [Partitioner::Shared, Partitioner::Tiled] {
            if partitioner != options.partitioner && options.partitioner != Partitioner::Multilevel {
                let cores = self.fewer(chip, MappingOptions { partitioner, ..options });
                let change = format!("--partitioner {}", partitioner.name());
                found.extend(cores.map(|cores| Saving { change, cores }));
            }
        }
        found
    }

    /// The least value of a limit that saves a core, up to twice what it is, and its growth (in 65,536ths).
    fn raised(&mut self, chip: &Chip, options: MappingOptions, path: &str, allowed: u64) -> Option<(u64, Saving)> {
        let mut of = |value: u64| {
            let chip = chip.edit().set(path, value).build().ok()?;
            self.fewer(&chip, options)
        };
        let (mut low, mut high) = (allowed, allowed * 2);
        let mut cores = of(high)?;
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match of(middle) {
                Some(found) => (high, cores) = (middle, found),
                None => low = middle,
            }
        }
        let growth = (u128::from(high - allowed) << 16) / u128::from(allowed);
        Some((growth as u64, Saving { change: format!("--set {path}={high}"), cores }))
    }
}
