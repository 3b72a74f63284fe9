//! What given cores hold, counted in one pass over all synapses.

use super::settings::CoreSettings;
use crate::hw::{Chip, SramMemory, SynapseArray};
use crate::ids::SiteId;
use crate::map::runs::Runs;
use crate::map::{CoreLoad, CorePart};
use crate::net::Graph;
use std::ops::Range;

/// Neurons of a core, each range of one population.
pub(in crate::map) type Ranges = Vec<(u32, Range<u32>)>;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::partition::filler::Filler;
    use crate::map::partition::incoming::IncomingSynapses;
    use crate::map::partition::{count_axons_out, evenly, on_chip};
    use crate::net::graph::{Csr, Drive, Population};
    use crate::net::neuron::{If, Model, Params, Reset};
    use crate::rng::mix;
    use std::sync::Arc;

    /// Two populations and a source, with random synapses of which some are parallel.
    fn network(seed: u64) -> Graph {
        let (mut populations, mut neurons) = (Vec::new(), 0);
        for (at, count) in [7, 40, 23].into_iter().enumerate() {
            populations.push(Population {
                name: format!("p{at}"),
                first: neurons,
                count,
                params: Params {
                    model: Model::If(If),
                    reset: Reset::Zero,
                    fraction_bits: 0,
                    membrane_bits: 24,
                    fires: true,
                }
                .into(),
                drive: Drive::EveryStep,
                window: None,
                source: (at == 0).then(Vec::new),
            });
            neurons += count;
        }
        let draw = |x: u64| mix(mix(seed) ^ x);
        let mut synapses = Csr::with_capacity(neurons as usize, 0);
        for source in 0..u64::from(neurons) {
            for k in 0..draw(source << 8) % 30 {
                let x = source << 8 | (k + 1);
                synapses.push(7 + (draw(x) % 63) as u32, (draw(x << 20) % 9) as i16 - 4, 1);
            }
            synapses.end_row();
        }
        let threshold = (0..u64::from(neurons)).map(|neuron| (draw(neuron << 40) % 3) as i32 + 1).collect();
        Graph {
            populations,
            bias: vec![0; neurons as usize],
            threshold,
            synapses: Arc::new(synapses),
            ..Graph::default()
        }
    }

    /// One pass gives what cores that are filled neuron by neuron hold, whether populations share them or not.
    #[test]
    fn given_cores_hold_what_filled_ones_do() {
        for name in ["loihi", "truenorth", "sram_mesh"] {
            let text = crate::hw::CHIP_FILES.get_file(format!("{name}.json")).unwrap().contents_utf8().unwrap();
            let chip = Chip::from_json(name, text).unwrap();
            for seed in 0..12 {
                let net = network(seed);
                let runs: Vec<_> = on_chip(&net).collect();
                let each = 1 + (seed as u32 * 5) % 64;
                let apart = runs.iter().flat_map(|run| evenly(std::slice::from_ref(run), each)).collect();
                for cores in [apart, evenly(&runs, each)] {
                    let (incoming, settings) = (IncomingSynapses::new(&net), CoreSettings::new(&net, &chip));
                    let mut filler = Filler::new(&net, &chip, &incoming, &settings);
                    let mut filled: Vec<CoreLoad> = cores.iter().map(|ranges| filler.filled(ranges)).collect();
                    count_axons_out(&net, &mut filled);
                    assert_eq!(loads(&net, &chip, &settings, &cores), filled, "{name}, {each} on a core, seed {seed}");
                    // And both are what a count of every synapse gives.
                    let core_of = crate::map::core_of(&net, &filled);
                    for (core, load) in filled.iter().enumerate() {
                        let is_here = |neuron: u32| core_of[neuron as usize].index() == core;
                        let heard = (0..net.neurons()).filter(|source| net.synapses.targets(*source).any(is_here));
                        assert_eq!(load.axons_in as usize, heard.count());
                        let reached = load.numbers().map(|neuron| {
                            let to = net.synapses.targets(neuron as usize).map(|to| core_of[to as usize]);
                            to.collect::<std::collections::BTreeSet<_>>().len()
                        });
                        assert_eq!(load.axons_out as usize, reached.sum::<usize>());
                    }
                }
            }
        }
    }

    #[test]
    fn sources_are_in_the_order_of_their_numbers() {
        let net = network(3);
        let incoming = IncomingSynapses::new(&net);
        for target in 0..net.neurons() as u32 {
            let wanted = (0..net.neurons())
                .flat_map(|source| net.synapses.targets(source).filter(|to| *to == target).map(move |_| source));
            assert!(incoming.sources(target).map(|(_, source)| source).eq(wanted));
        }
        let all = incoming.synapses(&(0..net.neurons() as u32));
        assert_eq!((all, incoming.rows().len()), (net.synapses.len() as u64, net.neurons() + 1));
    }
}
