//! What given cores hold, counted in one pass over all synapses.

use super::filler::Ranges;
use super::settings::CoreSettings;
use crate::hw::{Chip, SramMemory, SynapseArray};
use crate::ids::SiteId;
use crate::map::runs::Runs;
use crate::map::{CoreLoad, CorePart};
use crate::net::Graph;
use std::ops::Range;

/// Whether rows of synapses could share kernels: then what a core holds depends on more than the lengths of rows.
pub(super) fn may_share_kernels(net: &Graph, chip: &Chip) -> bool {
    let shares = matches!(&chip.core.synapses, SynapseArray::Sram(memory) if memory.shared_kernels);
    let mut populations = net.populations.iter().enumerate();
    shares && populations.any(|(at, population)| population.source.is_none() && net.is_convolution(at))
}

/// The loads of cores of these neurons, with their outgoing axons. Rows must not share kernels.
pub(super) fn loads(net: &Graph, chip: &Chip, settings: &CoreSettings, cores: &[Ranges]) -> Vec<CoreLoad> {
    debug_assert!(!may_share_kernels(net, chip));
    let mut uses = settings.uses();
    let mut empty = |ranges: &Ranges| {
        let part = |(population, neurons): &(u32, Range<u32>)| CorePart {
            population: *population,
            neurons: neurons.clone(),
            synapses: 0,
        };
        CoreLoad {
            site: SiteId::default(),
            parts: ranges.iter().map(part).collect(),
            axons_in: 0,
            axons_out: 0,
            synapses: 0,
            memory_bits: 0,
            settings: uses.distinct(ranges.iter().flat_map(|(_, neurons)| neurons.clone())),
            shared_kernels: false,
            kind: 0,
        }
    };
    let mut loads: Vec<CoreLoad> = cores.iter().map(&mut empty).collect();
    let neurons: Vec<u64> = loads.iter().map(|core| core.neurons().into()).collect();
    let mut rows = RowBits::new(net, chip);
    let mut runs = Runs::of(net, &loads);
    for source in 0..net.neurons() {
        let mut axons = 0;
        runs.reached(net, source, |core, synapses| {
            axons += 1;
            let load = &mut loads[core];
            load.axons_in += 1;
            load.synapses += u64::from(synapses);
            load.memory_bits += rows.bits(synapses.into(), neurons[core]);
        });
        if let Some(core) = runs.core_of(source) {
            loads[core].axons_out += axons;
        }
    }
    count_parts(net, &mut loads);
    loads
}

/// Divides the synapses of cores that several populations share.
fn count_parts(net: &Graph, loads: &mut [CoreLoad]) {
    for load in loads.iter_mut().filter(|load| !load.is_shared()) {
        load.parts.iter_mut().for_each(|part| part.synapses = load.synapses);
    }
    let parts: Vec<(usize, usize)> = (0..)
        .zip(loads.iter())
        .filter(|(_, load)| load.is_shared())
        .flat_map(|(core, load)| (0..load.parts.len()).map(move |part| (core, part)))
        .collect();
    if parts.is_empty() {
        return;
    }
    let range = |(core, part): &(usize, usize)| std::iter::once(loads[*core].parts[*part].neurons.clone());
    let mut runs = Runs::new(net, parts.iter().map(range));
    let mut counts = vec![0; parts.len()];
    for source in 0..net.neurons() {
        runs.reached(net, source, |part, synapses| counts[part] += u64::from(synapses));
    }
    for ((core, part), synapses) in parts.into_iter().zip(counts) {
        loads[core].parts[part].synapses = synapses;
    }
}

/// Bits of rows, most of which are short and into cores of the same size.
struct RowBits<'a> {
    memory: Option<&'a SramMemory>,
    weight_bits: u64,
    /// Bits of short rows, by their synapses, into cores of so many neurons.
    short: Vec<u64>,
    neurons: u64,
}

/// Rows of fewer synapses are short.
const SHORT: u64 = 64;

impl<'a> RowBits<'a> {
    fn new(net: &Graph, chip: &'a Chip) -> Self {
        let memory = match &chip.core.synapses {
            SynapseArray::Sram(memory) => Some(memory),
            SynapseArray::Crossbar { .. } | SynapseArray::DigitalCrossbar | SynapseArray::SharedKernels(_) => None,
        };
        Self { memory, weight_bits: net.synapses.weight_bits().into(), short: Vec::new(), neurons: 0 }
    }

    fn bits(&mut self, synapses: u64, neurons: u64) -> u64 {
        let Some(memory) = self.memory else { return 0 };
        if self.short.is_empty() {
            self.neurons = neurons;
            self.short = (0..SHORT).map(|synapses| memory.row_bits(synapses, neurons, self.weight_bits)).collect();
        }
        match self.short.get(synapses as usize).filter(|_| neurons == self.neurons) {
            Some(bits) => *bits,
            None => memory.row_bits(synapses, neurons, self.weight_bits),
        }
    }
}
