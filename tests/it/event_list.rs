//! Free-running chips once more, the plain way: one list of events, no routers, no contention.
//!
//! It shares no code with the chip model: times come from the chip file, ways from the routing, and all else from the
//! text of `model/core/free.rs`.

use spikemesh::hw::routing::way;
use spikemesh::hw::{Chip, ReceivePath, Stepping};
use spikemesh::ids::CoreId;
use spikemesh::map::{Mapping, NO_CORE};
use spikemesh::net::graph::{Drive, Graph};
use spikemesh::net::neuron::{Lif, Model, Reset};
use spikemesh::stats::Op;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What a run gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub counts: Vec<u32>,
    pub membranes: Vec<i64>,
    /// Spikes on the chip by time step, those after the last step in that.
    pub spikes_per_step: Vec<u64>,
    /// Packets that did not arrive before the deadline.
    pub dropped: u64,
    /// When the last core is done.
    pub busy_until: u64,
}

/// An event: tick, 0 for an edge of the clock or 1 for a packet, core, step or source.
type Event = (u64, u8, u32, u32);

#[derive(Clone, Default)]
struct Core {
    axon_free: u64,
    synapse_free: u64,
    soma_free: u64,
}

struct Bench<'a> {
    graph: &'a Graph,
    chip: &'a Chip,
    mapping: &'a Mapping,
    events: BinaryHeap<Reverse<Event>>,
    cores: Vec<Core>,
    /// Spikes of the step at hand.
    fired: u64,
    out: Outcome,
}

/// Runs a sparse network for so many steps, to rest or to the deadline.
pub fn run(graph: &Graph, chip: &Chip, mapping: &Mapping, steps: u32) -> Outcome {
    let Stepping::Free { time_step, deadline } = chip.stepping() else { panic!("not free-running") };
    let out = Outcome { counts: vec![0; graph.neurons()], membranes: vec![0; graph.neurons()], ..Outcome::default() };
    let cores = vec![Core::default(); mapping.cores.len()];
    let mut bench = Bench { graph, chip, mapping, events: BinaryHeap::new(), cores, fired: 0, out };
    // An edge reaches the host and every core; the host is the core behind the last.
    for step in 1..=steps {
        let at = u64::from(step - 1) * time_step;
        bench.events.extend((0..=mapping.cores.len() as u32).map(|core| Reverse((at, 0, core, step))));
    }
    let mut done = 0;
    while let Some(Reverse(event)) = bench.events.pop() {
        if event.0 >= deadline {
            bench.out.dropped += u64::from(event.1);
            continue;
        }
        if event.1 == 0 && event.3 != done {
            bench.end_step(done);
            done = event.3;
        }
        bench.handle(event);
    }
    bench.end_step(done);
    bench.out
}

impl Bench<'_> {
    fn end_step(&mut self, step: u32) {
        if step > 0 {
            self.out.spikes_per_step.push(std::mem::take(&mut self.fired));
        }
    }

    fn ticks(&self, op: Op) -> u64 {
        self.chip.calibrations()[0].ticks(op).into()
    }

    /// The soma's time for neurons of which some are updated and some fire.
    fn soma(&self, accessed: u64, updated: u64, fired: u64) -> u64 {
        let work = accessed * self.ticks(Op::SomaAccess)
            + updated * self.ticks(Op::SomaUpdate)
            + fired * self.ticks(Op::SomaSpike);
        work.div_ceil(self.chip.core().soma_lanes.into())
    }

    fn handle(&mut self, (at, kind, core, what): Event) {
        match (kind, self.mapping.cores.get(CoreId::new(core))) {
            (0, None) => self.host(at, what),
            (0, Some(load)) => {
                let mut neurons: Vec<u32> = Vec::new();
                for part in &load.parts {
                    let population = &self.graph.populations[part.population as usize];
                    let biased = population.range().any(|i| self.graph.bias[i] != 0);
                    let leaks =
                        population.params.any(|params| matches!(params.model, Model::Lif(Lif { decay: 1.., .. })));
                    assert_eq!(population.drive, Drive::EveryStep);
                    if biased || leaks {
                        neurons.extend(part.neurons.clone());
                    }
                }
                if !neurons.is_empty() {
                    self.soma_works(core, at, &neurons, None);
                }
            }
            _ => self.packet(at, core, what),
        }
    }

    fn host(&mut self, at: u64, step: u32) {
        for population in &self.graph.populations {
            for (when, neuron) in population.source.iter().flatten().filter(|(when, _)| *when == step) {
                assert_eq!(*when, step);
                self.out.counts[(population.first + neuron) as usize] += 1;
                self.send(population.first + neuron, at, 0);
            }
        }
    }

    fn packet(&mut self, at: u64, core: u32, source: u32) {
        let mut sums: Vec<(u32, i64)> = Vec::new();
        let mut synapses = 0;
        for (target, weight, _) in self.graph.synapses.row(source as usize) {
            if self.mapping.core_of[target as usize].get() == core {
                synapses += 1;
                match sums.iter_mut().find(|(neuron, _)| *neuron == target) {
                    Some((_, sum)) => *sum += i64::from(weight),
                    None => sums.push((target, weight.into())),
                }
            }
        }
        sums.sort_unstable();
        let work = (synapses * self.ticks(Op::Synapse)).div_ceil(self.chip.core().synapse_lanes.into());
        let axon_in = self.ticks(Op::AxonIn);
        let state = &mut self.cores[core as usize];
        let pipelined = self.chip.core().receive == ReceivePath::Pipelined;
        let start = at.max(if pipelined { state.axon_free } else { state.synapse_free });
        state.axon_free = (start + axon_in).max(state.synapse_free);
        let ready = state.axon_free + work;
        state.synapse_free = ready.max(state.soma_free);
        let neurons: Vec<u32> = sums.iter().map(|(neuron, _)| *neuron).collect();
        self.soma_works(core, ready, &neurons, Some(&sums));
    }

    /// The soma works through neurons: with the sums that a packet brought, or with leak and bias.
    fn soma_works(&mut self, core: u32, ready: u64, neurons: &[u32], sums: Option<&[(u32, i64)]>) {
        let start = ready.max(self.cores[core as usize].soma_free);
        let (mut updated, mut fired, mut packets) = (0, 0, 0);
        for (order, &neuron) in neurons.iter().enumerate() {
            let i = neuron as usize;
            let params = self.graph.populations[self.graph.population_of(i)].params_of(i);
            let limit = (1i64 << (params.membrane_bits - 1)) - 1;
            let mut v = self.out.membranes[i];
            match sums {
                Some(sums) => {
                    updated += 1;
                    v += sums[order].1 << params.fraction_bits;
                }
                None => {
                    updated += u64::from(v != 0 || self.graph.bias[i] != 0);
                    if let Model::Lif(Lif { decay, .. }) = params.model {
                        v = v * i64::from(4096 - decay) / 4096;
                    }
                    v += i64::from(self.graph.bias[i]);
                }
            }
            v = v.clamp(-limit, limit);
            let threshold = i64::from(self.graph.threshold[i]);
            let fires = params.fires && v >= threshold;
            if fires {
                v = if params.reset == Reset::Zero { 0 } else { v - threshold };
            }
            self.out.membranes[i] = v;
            if fires {
                fired += 1;
                self.fired += 1;
                self.out.counts[i] += 1;
                let done = start + self.soma(order as u64 + 1, updated, fired);
                let axon_out = self.ticks(Op::AxonOut);
                packets += self.send(neuron, done + packets * axon_out, axon_out);
            }
        }
        let free = start + self.soma(neurons.len() as u64, updated, fired) + packets * self.ticks(Op::AxonOut);
        self.cores[core as usize].soma_free = free;
        self.out.busy_until = self.out.busy_until.max(free);
    }

    /// Sends a spike to all cores that it is for, by number, a packet each; gives their number.
    fn send(&mut self, neuron: u32, from: u64, each: u64) -> u64 {
        let noc = self.chip.noc();
        let router_of = |core: CoreId| match core {
            NO_CORE => noc.host_router(),
            core => noc.router_of(self.mapping.cores[core].site),
        };
        let targets = self.graph.synapses.targets(neuron as usize);
        let mut cores: Vec<CoreId> = targets.map(|target| self.mapping.core_of[target as usize]).collect();
        cores.sort_unstable();
        cores.dedup();
        let home = router_of(self.mapping.core_of[neuron as usize]);
        for (index, core) in cores.iter().enumerate() {
            let born = from + (index as u64 + 1) * each;
            let links = way(&noc.topology, &noc.routing, home, router_of(*core));
            let time: u64 = links.map(|(link, _)| self.ticks(link.op)).sum();
            let at = born + self.ticks(Op::Inject) + time + self.ticks(Op::Eject);
            self.events.push(Reverse((at, 1, core.get(), neuron)));
        }
        cores.len() as u64
    }
}
